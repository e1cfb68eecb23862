//! Sets a tenant up as a partner would: tenant, two connections, a test of each, a flow, and on.

use std::collections::HashMap;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use skarv_canonical::{
    Country,
    invoice::RowKind,
    spec::{AccountRule, OrderSettings, bas_accounts},
    trigger::TriggerState,
    vat::{VatRate, VatScheme},
};
use skarv_proto::{convert::settings::encode_order_settings, v1 as pb};

use super::goods::Flow;
use crate::client::Api;

/// Simulators on this machine can take more than the connectors ask of real systems.
const PACE: &str = "500";

/// Where the two systems are and how to get in.
#[derive(Clone, Debug)]
pub struct Systems {
    /// Address of the shop.
    pub shop_url: String,
    /// The shop's webservice key.
    pub shop_key: String,
    /// Address of the accounting system's API.
    pub erp_url: String,
    /// Address of its sign-in.
    pub erp_token_url: String,
    /// Its organisation.
    pub organization_id: String,
    /// Who signs in.
    pub client_id: String,
    /// With what.
    pub client_secret: String,
}

/// A tenant that is set up, by resource names.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// The tenant.
    pub tenant: String,
    /// The flow.
    pub flow: String,
    /// Its order stream.
    pub stream: String,
    /// The shop's immutable reference.
    pub shop_ref: String,
}

/// Sets a tenant up and switches its flow on.
pub async fn set_up(
    api: &Api,
    tenant_id: &str,
    systems: &Systems,
    start_at: DateTime<Utc>,
    goods: Option<Flow>,
) -> anyhow::Result<SetUp> {
    let set_up = draw_up(api, tenant_id, systems, start_at, goods).await?;
    let name = set_up.flow.clone();
    api.flows()
        .activate_flow(pb::ActivateFlowRequest { name })
        .await
        .context("switching the flow on")?;
    Ok(set_up)
}

/// Sets a tenant up, with a flow that is off.
pub async fn draw_up(
    api: &Api,
    tenant_id: &str,
    systems: &Systems,
    start_at: DateTime<Utc>,
    goods: Option<Flow>,
) -> anyhow::Result<SetUp> {
    let tenant = create_tenant(api, tenant_id).await?;
    let shop = create_connection(
        api,
        &tenant,
        "butiken",
        "prestashop",
        shop_settings(systems),
        shop_secrets(systems),
    );
    let shop = shop.await.context("creating the shop's connection")?;
    let erp = create_connection(
        api,
        &tenant,
        "ekonomin",
        "hogia-smart",
        erp_settings(systems),
        erp_secrets(systems),
    );
    let erp = erp.await.context("creating the accounting connection")?;
    for connection in [&shop, &erp] {
        test(api, connection).await?;
    }
    let flow = create_flow(api, &tenant, &shop, &erp, start_at, goods).await?;
    let shop = api
        .connections()
        .get_connection(pb::GetConnectionRequest { name: shop })
        .await?
        .into_inner();
    let shop_ref = shop.connection.unwrap_or_default().shop_ref;
    Ok(SetUp {
        stream: format!("{flow}/streams/orders"),
        tenant,
        flow,
        shop_ref,
    })
}

async fn create_tenant(api: &Api, tenant_id: &str) -> anyhow::Result<String> {
    let request = pb::CreateTenantRequest {
        tenant_id: tenant_id.to_owned(),
        tenant: Some(pb::Tenant {
            display_name: "Ångströms Kök & Verkstad AB".to_owned(),
            ..pb::Tenant::default()
        }),
        ..pb::CreateTenantRequest::default()
    };
    let answer = api
        .tenants()
        .create_tenant(request)
        .await
        .context("creating the tenant")?
        .into_inner();
    Ok(answer.tenant.unwrap_or_default().name)
}

async fn create_connection(
    api: &Api,
    tenant: &str,
    id: &str,
    connector: &str,
    settings: HashMap<String, String>,
    secrets: HashMap<String, String>,
) -> anyhow::Result<String> {
    let request = pb::CreateConnectionRequest {
        parent: tenant.to_owned(),
        connection_id: id.to_owned(),
        connection: Some(pb::Connection {
            connector: connector.to_owned(),
            settings,
            ..pb::Connection::default()
        }),
        secrets,
        ..pb::CreateConnectionRequest::default()
    };
    let answer = api.connections().create_connection(request).await?.into_inner();
    Ok(answer.connection.unwrap_or_default().name)
}

fn map(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn shop_settings(systems: &Systems) -> HashMap<String, String> {
    map(&[("base_url", &systems.shop_url), ("requests_per_second", PACE)])
}

fn shop_secrets(systems: &Systems) -> HashMap<String, String> {
    map(&[("api_key", &systems.shop_key)])
}

fn erp_settings(systems: &Systems) -> HashMap<String, String> {
    map(&[
        ("base_url", &systems.erp_url),
        ("token_url", &systems.erp_token_url),
        ("organization_id", &systems.organization_id),
        ("requests_per_second", PACE),
    ])
}

fn erp_secrets(systems: &Systems) -> HashMap<String, String> {
    map(&[
        ("client_id", &systems.client_id),
        ("client_secret", &systems.client_secret),
    ])
}

/// Tests a connection and waits for the answer.
async fn test(api: &Api, connection: &str) -> anyhow::Result<()> {
    let request = pb::TestConnectionRequest {
        name: connection.to_owned(),
    };
    let started = api
        .connections()
        .test_connection(request)
        .await
        .with_context(|| format!("testing {connection}"))?;
    let run = started.into_inner().run.unwrap_or_default();
    let wait = pb::WaitRunRequest {
        name: run.name,
        timeout: None,
    };
    let run = api
        .runs()
        .wait_run(wait)
        .await?
        .into_inner()
        .run
        .unwrap_or_default();
    let check = run.check.clone().unwrap_or_default();
    let problems: Vec<_> = check.items.into_iter().filter_map(|item| item.problem).collect();
    match (run.state(), problems.first()) {
        (pb::RunState::Succeeded, None) => Ok(()),
        (_, Some(problem)) => bail!("{connection}: {} {}", problem.message_en, problem.fix_en),
        (state, None) => bail!(
            "{connection}: the test ended {} {:?}",
            state.as_str_name(),
            run.error
        ),
    }
}

async fn create_flow(
    api: &Api,
    tenant: &str,
    shop: &str,
    erp: &str,
    start_at: DateTime<Utc>,
    goods: Option<Flow>,
) -> anyhow::Result<String> {
    let flow = pb::Flow {
        template: pb::Template::ShopMaster.into(),
        shop_connection: shop.to_owned(),
        erp_connection: erp.to_owned(),
        order_settings: Some(encode_order_settings(&with_payments(order_settings(start_at)))),
        ..pb::Flow::default()
    };
    let flow = match goods {
        Some(goods) => goods.settings(flow),
        None => flow,
    };
    let request = pb::CreateFlowRequest {
        parent: tenant.to_owned(),
        flow_id: "order-till-faktura".to_owned(),
        flow: Some(flow),
        ..pb::CreateFlowRequest::default()
    };
    let answer = api
        .flows()
        .create_flow(request)
        .await
        .context("creating the flow")?
        .into_inner();
    Ok(answer.flow.unwrap_or_default().name)
}

/// Card and telephone payments are registered against the provider's account; invoices are the merchant's to collect.
fn with_payments(mut settings: OrderSettings) -> OrderSettings {
    let provider = ["gg_kort", "gg_mobil"].map(|module| (module.to_owned(), Some(1580)));
    settings.payments.modules.extend(provider);
    settings
}

/// Paid orders, the BAS accounts, and this company's own accounts for consumers in Germany.
pub fn order_settings(start_at: DateTime<Utc>) -> OrderSettings {
    let mut accounts = bas_accounts();
    let germany: Option<Country> = "DE".parse().ok();
    let oss = |row, rate: u32, account| AccountRule {
        row,
        scheme: VatScheme::Oss,
        country: germany,
        rate: Some(VatRate::from(rate)),
        account,
    };
    accounts.extend([
        oss(RowKind::Goods, 19, 3161),
        oss(RowKind::Goods, 7, 3162),
        oss(RowKind::Shipping, 19, 3165),
        oss(RowKind::Wrapping, 19, 3165),
    ]);
    OrderSettings {
        accounts,
        ..OrderSettings::swedish(
            start_at,
            ["2", "11"].map(|id| TriggerState::Id(id.to_owned())).to_vec(),
        )
    }
}
