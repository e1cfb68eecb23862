//! What tests set up before their story begins, and the stories of setting up itself.

use std::collections::HashMap;

use skarv_proto::{convert::settings::encode_time, v1 as pb};
use tonic::{Code, Status};

use crate::world::{Caller, World, field, reason};

pub(crate) const TENANT: &str = "tenants/bagarn";
pub(crate) const SHOP: &str = "tenants/bagarn/connections/shop";
pub(crate) const FLOW: &str = "tenants/bagarn/flows/orders";
pub(crate) const STREAM: &str = "tenants/bagarn/flows/orders/streams/orders";
pub(crate) const SECRET: &str = "WEBSERVICE-KEY-THAT-NOBODY-MAY-SEE";

pub(crate) fn map(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

pub(crate) fn tenant(id: &str) -> pb::CreateTenantRequest {
    pb::CreateTenantRequest {
        tenant_id: id.to_owned(),
        tenant: Some(pb::Tenant {
            display_name: format!("{id} AB"),
            ..pb::Tenant::default()
        }),
        ..pb::CreateTenantRequest::default()
    }
}

pub(crate) fn shop() -> pb::CreateConnectionRequest {
    connection(
        "shop",
        "prestashop",
        &[("base_url", "https://shop.example.se")],
        &[("api_key", SECRET)],
    )
}

pub(crate) fn erp() -> pb::CreateConnectionRequest {
    let organization = [("organization_id", "9f2c3e1a-7c3e-4a52-b1f0-d6a9e7701234")];
    connection(
        "erp",
        "hogia-smart",
        &organization,
        &[("client_id", "skarv"), ("client_secret", SECRET)],
    )
}

fn connection(
    id: &str,
    connector: &str,
    settings: &[(&str, &str)],
    secrets: &[(&str, &str)],
) -> pb::CreateConnectionRequest {
    pb::CreateConnectionRequest {
        parent: TENANT.to_owned(),
        connection_id: id.to_owned(),
        connection: Some(pb::Connection {
            connector: connector.to_owned(),
            settings: map(settings),
            ..pb::Connection::default()
        }),
        secrets: map(secrets),
        ..pb::CreateConnectionRequest::default()
    }
}

pub(crate) fn flow() -> pb::CreateFlowRequest {
    let start_at = chrono::DateTime::from_timestamp(1_760_000_000, 0).map(encode_time);
    pb::CreateFlowRequest {
        parent: TENANT.to_owned(),
        flow_id: "orders".to_owned(),
        flow: Some(pb::Flow {
            template: pb::Template::ShopMaster.into(),
            shop_connection: SHOP.to_owned(),
            erp_connection: "tenants/bagarn/connections/erp".to_owned(),
            order_settings: Some(pb::OrderSettings {
                start_at,
                trigger_state_ids: vec!["2".to_owned()],
                home_country: "SE".to_owned(),
                payment_terms_days: 30,
                ..pb::OrderSettings::default()
            }),
            ..pb::Flow::default()
        }),
        ..pb::CreateFlowRequest::default()
    }
}

impl Caller {
    /// A tenant with a shop, an accounting system and a flow between them, switched off and untested.
    pub(crate) async fn set_up(&self) {
        self.tenants().create_tenant(tenant("bagarn")).await.unwrap();
        self.connections().create_connection(shop()).await.unwrap();
        self.connections().create_connection(erp()).await.unwrap();
        self.flows().create_flow(flow()).await.unwrap();
    }

    pub(crate) async fn connection(&self, name: &str) -> pb::Connection {
        let request = pb::GetConnectionRequest {
            name: name.to_owned(),
        };
        self.connections()
            .get_connection(request)
            .await
            .unwrap()
            .into_inner()
            .connection
            .unwrap()
    }

    pub(crate) async fn stream(&self) -> pb::Stream {
        let request = pb::ListStreamsRequest {
            parent: FLOW.to_owned(),
        };
        self.flows()
            .list_streams(request)
            .await
            .unwrap()
            .into_inner()
            .streams
            .remove(0)
    }

    pub(crate) async fn activate(&self) -> Result<pb::Flow, Status> {
        let request = pb::ActivateFlowRequest {
            name: FLOW.to_owned(),
        };
        Ok(self
            .flows()
            .activate_flow(request)
            .await?
            .into_inner()
            .flow
            .unwrap())
    }
}

#[tokio::test]
async fn a_flow_is_made_switched_off_with_its_streams() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let stream = admin.stream().await;
    assert_eq!(stream.name, STREAM);
    assert_eq!(stream.state(), pb::StreamState::Off);
    assert_eq!(stream.interval.unwrap().seconds, 3_600);
}

#[tokio::test]
async fn a_flow_whose_connections_are_untested_cannot_be_switched_on() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let refused = admin.activate().await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "CONNECTION_NOT_TESTED")
    );
    assert!(
        refused.message().contains("TestConnection"),
        "{}",
        refused.message()
    );
}

#[tokio::test]
async fn a_bad_connection_setting_is_named() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.tenants().create_tenant(tenant("bagarn")).await.unwrap();
    let with = |settings: &[(&str, &str)]| {
        let mut request = shop();
        request.connection.as_mut().unwrap().settings = map(settings);
        request
    };
    let address = ("base_url", "https://shop.example.se");
    for (settings, wrong) in [
        (vec![], "connection.settings[base_url]"),
        (
            vec![("base_url", "shop.example.se")],
            "connection.settings[base_url]",
        ),
        (vec![address, ("colour", "red")], "connection.settings[colour]"),
        (
            vec![address, ("requests_per_second", "0")],
            "connection.settings[requests_per_second]",
        ),
    ] {
        let refused = admin
            .connections()
            .create_connection(with(&settings))
            .await
            .unwrap_err();
        assert_eq!(
            (refused.code(), field(&refused)),
            (Code::InvalidArgument, wrong.to_owned())
        );
    }
}

#[tokio::test]
async fn an_unknown_connector_is_refused_with_those_that_exist() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.tenants().create_tenant(tenant("bagarn")).await.unwrap();
    let mut request = shop();
    request.connection.as_mut().unwrap().connector = "magento".to_owned();
    let refused = admin.connections().create_connection(request).await.unwrap_err();
    assert_eq!(field(&refused), "connection.connector");
    assert!(refused.message().contains("prestashop"), "{}", refused.message());
}

#[tokio::test]
async fn the_two_ends_of_a_flow_must_stand_on_their_sides() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.tenants().create_tenant(tenant("bagarn")).await.unwrap();
    admin.connections().create_connection(shop()).await.unwrap();
    admin.connections().create_connection(erp()).await.unwrap();
    let mut swapped = flow();
    let ends = swapped.flow.as_mut().unwrap();
    std::mem::swap(&mut ends.shop_connection, &mut ends.erp_connection);
    let refused = admin.flows().create_flow(swapped).await.unwrap_err();
    assert_eq!(field(&refused), "flow.shop_connection");
    let mut same = flow();
    same.flow.as_mut().unwrap().erp_connection = SHOP.to_owned();
    assert_eq!(
        field(&admin.flows().create_flow(same).await.unwrap_err()),
        "flow.erp_connection"
    );
}

#[tokio::test]
async fn a_wrong_order_setting_is_named_by_its_whole_path() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.tenants().create_tenant(tenant("bagarn")).await.unwrap();
    let mut request = flow();
    request
        .flow
        .as_mut()
        .unwrap()
        .order_settings
        .as_mut()
        .unwrap()
        .trigger_state_ids
        .clear();
    let refused = admin.flows().create_flow(request).await.unwrap_err();
    assert_eq!(field(&refused), "flow.order_settings.trigger_state_ids");
}

#[tokio::test]
async fn the_catalog_says_what_a_connection_needs_and_what_is_unverified() {
    let world = World::start().await;
    let listed = world
        .admin()
        .await
        .catalog()
        .list_connectors(pb::ListConnectorsRequest {})
        .await
        .unwrap();
    let connectors = listed.into_inner().connectors;
    let hogia = connectors
        .iter()
        .find(|connector| connector.connector == "hogia-smart")
        .unwrap();
    assert!(!hogia.verified && !hogia.notice.is_empty());
    assert!(
        hogia
            .secrets
            .iter()
            .any(|secret| secret.name == "client_secret" && secret.required)
    );
}
