//! Products, prices and stock over the wire: settings that make streams, and streams that are switched one by one. How everything
//! is carried at the beginning is in `initial_sync`.

use std::sync::Arc;

use skarv_canonical::{
    catalog::Catalog,
    descriptor::{Reads, Side, Writes},
    spec::StreamKind,
    write::{Effect, Entity},
};
use skarv_control_plane::Config;
use skarv_domain::{SystemClock, auth::Scope};
use skarv_proto::v1;
use tonic::{Code, Status};

use crate::{
    agent::{Agent, built_in},
    setup::{FLOW, erp, flow, shop, tenant},
    world::{Caller, World, field, quick, reason},
};

pub(crate) const PRODUCTS: &str = "tenants/bagarn/flows/orders/streams/products";
pub(crate) const STOCK: &str = "tenants/bagarn/flows/orders/streams/stock";

/// The built-in catalog with systems that can carry goods, or cannot.
fn catalog(able: bool) -> Catalog {
    let kinds = [StreamKind::Products, StreamKind::Prices, StreamKind::Stock];
    let entities = [Entity::Article, Entity::Price, Entity::Stock];
    let mut catalog = built_in();
    for connector in &mut catalog.connectors {
        connector.reads.retain(|reads| !kinds.contains(&reads.stream));
        connector
            .writes
            .retain(|writes| !entities.contains(&writes.entity));
        if !able || connector.side == Side::Test {
            continue;
        }
        connector.reads.extend(kinds.map(Reads::changes_of));
        connector.writes.extend(entities.clone().map(|entity| Writes {
            entity,
            effect: Effect::Update,
            searchable: true,
            visible_after_ms: 0,
            batch: 1,
            fields: Vec::new(),
        }));
    }
    catalog
}

pub(crate) async fn world(able: bool) -> World {
    let config = Config {
        catalog: Some(catalog(able)),
        ..quick()
    };
    World::with(config, Arc::new(SystemClock)).await
}

/// A flow of the combined template with products and stock.
fn combined() -> v1::CreateFlowRequest {
    let mut request = flow();
    let flow = request.flow.as_mut().unwrap();
    flow.template = v1::Template::Combined.into();
    flow.product_settings = Some(v1::ProductSettings::default());
    flow.order_settings.as_mut().unwrap().takes_stock = true;
    flow.stock_settings = Some(v1::StockSettings {
        buffer: 2,
        decides_sold_when_empty: true,
    });
    request
}

async fn connected(world: &World) -> Caller {
    let admin = world.admin().await;
    admin.tenants().create_tenant(tenant("bagarn")).await.unwrap();
    admin.connections().create_connection(shop()).await.unwrap();
    admin.connections().create_connection(erp()).await.unwrap();
    admin
}

/// A combined flow that is on, and the agent that tested its connections.
pub(crate) async fn carrying(world: &World) -> (Caller, Agent) {
    let admin = connected(world).await;
    admin.flows().create_flow(combined()).await.unwrap();
    let agent = world.agent_of(&catalog(true)).await;
    agent.pass_tests(&admin).await;
    admin.activate().await.unwrap();
    (admin, agent)
}

fn change(paths: &[&str], flow: v1::Flow) -> v1::UpdateFlowRequest {
    v1::UpdateFlowRequest {
        flow: Some(v1::Flow {
            name: FLOW.to_owned(),
            ..flow
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        ..v1::UpdateFlowRequest::default()
    }
}

impl Caller {
    async fn streams(&self) -> Vec<v1::Stream> {
        let request = v1::ListStreamsRequest {
            parent: FLOW.to_owned(),
        };
        let answer = self.flows().list_streams(request).await.unwrap();
        answer.into_inner().streams
    }

    async fn stream_named(&self, name: &str) -> v1::Stream {
        let streams = self.streams().await;
        streams.into_iter().find(|stream| stream.name == name).unwrap()
    }

    pub(crate) async fn turn(&self, name: &str, state: v1::StreamState) -> Result<v1::Stream, Status> {
        let request = v1::UpdateStreamRequest {
            stream: Some(v1::Stream {
                name: name.to_owned(),
                state: state.into(),
                ..v1::Stream::default()
            }),
            ..v1::UpdateStreamRequest::default()
        };
        let answer = self.flows().update_stream(request).await?;
        Ok(answer.into_inner().stream.unwrap())
    }

    pub(crate) async fn initial_sync(&self, name: &str) -> Result<v1::Run, Status> {
        let request = v1::StartInitialSyncRequest {
            name: name.to_owned(),
            ..v1::StartInitialSyncRequest::default()
        };
        let answer = self.flows().start_initial_sync(request).await?;
        Ok(answer.into_inner().run.unwrap())
    }
}

fn kinds(streams: &[v1::Stream]) -> Vec<v1::StreamKind> {
    streams.iter().map(v1::Stream::kind).collect()
}

#[tokio::test]
async fn a_flow_has_the_streams_that_it_has_settings_for() {
    let world = world(true).await;
    let admin = connected(&world).await;
    let made = admin
        .flows()
        .create_flow(combined())
        .await
        .unwrap()
        .into_inner()
        .flow
        .unwrap();
    // what was left out is told as it counts
    let products = made.product_settings.unwrap();
    assert_eq!((products.language.as_str(), products.fields.len()), ("sv", 6));
    assert_eq!(made.stock_settings.unwrap().buffer, 2);
    assert_eq!(made.price_settings, None);
    assert_eq!(
        kinds(&admin.streams().await),
        [
            v1::StreamKind::Orders,
            v1::StreamKind::Products,
            v1::StreamKind::Stock
        ]
    );
}

#[tokio::test]
async fn a_stream_that_the_template_lacks_is_refused_by_its_settings() {
    let world = world(true).await;
    let admin = connected(&world).await;
    let mut request = combined();
    request.flow.as_mut().unwrap().template = v1::Template::ShopMaster.into();
    let refused = admin.flows().create_flow(request).await.unwrap_err();
    assert_eq!(
        (refused.code(), field(&refused).as_str()),
        (Code::InvalidArgument, "flow.stock_settings")
    );
    assert!(
        refused.message().contains("TEMPLATE_SHOP_MASTER"),
        "{}",
        refused.message()
    );
}

#[tokio::test]
async fn a_stream_that_a_system_cannot_carry_is_refused_whenever_it_is_asked_for() {
    let world = world(false).await;
    let admin = connected(&world).await;
    let refused = admin.flows().create_flow(combined()).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "SYSTEM_CANNOT")
    );
    admin.flows().create_flow(flow()).await.unwrap();
    let products = v1::Flow {
        product_settings: Some(v1::ProductSettings::default()),
        ..v1::Flow::default()
    };
    let refused = admin
        .update(change(&["product_settings"], products))
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), "SYSTEM_CANNOT");
    assert!(
        refused.message().contains("connections/shop"),
        "{}",
        refused.message()
    );
    assert_eq!(admin.flow().await.product_settings, None);
}

#[tokio::test]
async fn settings_come_with_their_stream_and_go_with_it() {
    let world = world(true).await;
    let (admin, _) = carrying(&world).await;
    let prices = v1::Flow {
        price_settings: Some(v1::PriceSettings::default()),
        ..v1::Flow::default()
    };
    let part = change(&["price_settings.with_tax"], prices.clone());
    let refused = admin.update(part).await.unwrap_err();
    assert_eq!(field(&refused), "update_mask");
    let changed = admin.update(change(&["price_settings"], prices)).await.unwrap();
    assert_eq!(changed.price_settings.unwrap().home_country, "SE");
    let name = format!("{FLOW}/streams/prices");
    assert_eq!(admin.stream_named(&name).await.state(), v1::StreamState::On);
    let gone = admin
        .update(change(&["price_settings"], v1::Flow::default()))
        .await
        .unwrap();
    assert_eq!(gone.price_settings, None);
    let off = admin.stream_named(&name).await;
    assert_eq!(off.state(), v1::StreamState::Off);
    assert_eq!(off.off_reason.unwrap().code, "stream_without_settings");
    let refused = admin.turn(&name, v1::StreamState::On).await.unwrap_err();
    assert_eq!(reason(&refused), "STREAM_HAS_NO_SETTINGS");
}

#[tokio::test]
async fn a_change_without_a_mask_changes_what_is_given() {
    let world = world(true).await;
    let (admin, _) = carrying(&world).await;
    let before = admin.flow().await;
    let mut request = change(
        &[],
        v1::Flow {
            stock_settings: Some(v1::StockSettings::default()),
            ..v1::Flow::default()
        },
    );
    request.update_mask = None;
    let after = admin.update(request).await.unwrap();
    assert_eq!(after.stock_settings.unwrap().buffer, 0);
    assert_eq!(after.order_settings, before.order_settings);
    assert_eq!(after.product_settings, before.product_settings);
}

#[tokio::test]
async fn a_stream_is_switched_off_by_itself_and_says_so_in_both_languages() {
    let world = world(true).await;
    let (admin, _) = carrying(&world).await;
    let off = admin.turn(STOCK, v1::StreamState::Off).await.unwrap();
    let why = off.off_reason.unwrap();
    assert_eq!(why.code, "stream_switched_off");
    assert!(!why.message_sv.is_empty() && !why.fix_en.is_empty());
    assert_eq!(admin.stream_named(PRODUCTS).await.off_reason, None);
    let again = admin.activate().await.unwrap();
    assert_eq!(again.state(), v1::FlowState::Active);
    assert_eq!(admin.stream_named(STOCK).await.state(), v1::StreamState::Off);
    let on = admin.turn(STOCK, v1::StreamState::On).await.unwrap();
    assert_eq!((on.state(), on.off_reason), (v1::StreamState::On, None));
}

#[tokio::test]
async fn a_beat_that_cannot_be_is_refused_and_a_repeat_is_answered_the_same() {
    let world = world(true).await;
    let (admin, _) = carrying(&world).await;
    let every = |seconds, id: &str| v1::UpdateStreamRequest {
        stream: Some(v1::Stream {
            name: STOCK.to_owned(),
            interval: Some(prost_types::Duration { seconds, nanos: 0 }),
            ..v1::Stream::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["interval".to_owned()],
        }),
        request_id: id.to_owned(),
        validate_only: false,
    };
    for seconds in [-1, 0, 59, 86_401] {
        let refused = admin.flows().update_stream(every(seconds, "")).await.unwrap_err();
        assert_eq!(field(&refused), "stream.interval", "{seconds}");
    }
    let mut other = every(600, "");
    other.update_mask.as_mut().unwrap().paths = vec!["kind".to_owned()];
    let refused = admin.flows().update_stream(other).await.unwrap_err();
    assert_eq!(field(&refused), "update_mask");
    let marked = every(600, "0b5d7a74-c5e0-4f4c-9f1a-3b1f0d6a9e77");
    let first = admin
        .flows()
        .update_stream(marked.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first.stream.as_ref().unwrap().interval.unwrap().seconds, 600);
    admin.flows().update_stream(every(900, "")).await.unwrap();
    let again = admin.flows().update_stream(marked).await.unwrap().into_inner();
    assert_eq!(again, first);
    assert_eq!(admin.stream_named(STOCK).await.interval.unwrap().seconds, 900);
}

#[tokio::test]
async fn nobody_stops_or_switches_what_is_another_tenants() {
    let world = world(true).await;
    let (admin, _) = carrying(&world).await;
    let run = admin.initial_sync(PRODUCTS).await.unwrap();
    let stranger = world.partner("annan-byra").await;
    let refused = stranger
        .runs()
        .cancel_run(v1::CancelRunRequest { name: run.name })
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    let refused = stranger.turn(STOCK, v1::StreamState::Off).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(
        stranger.initial_sync(STOCK).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_merchant_switches_its_streams_and_leaves_the_first_load_to_who_sets_up() {
    let world = world(true).await;
    let (_, _) = carrying(&world).await;
    let store = world.plane.store();
    let tenant = store
        .tenant_get(&Scope::Staff, &"bagarn".parse().unwrap())
        .await
        .unwrap();
    let merchant = world.merchant(tenant.id).await;
    merchant.turn(STOCK, v1::StreamState::Off).await.unwrap();
    let refused = merchant.initial_sync(PRODUCTS).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
