//! Skarv carries a shop's orders: every part in a process of its own, a tenant set up through the API as a partner would.

use std::{path::Path, time::Duration};

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use skarv::{
    client::Api,
    demo::{
        books::{ErpBooks, ShopBooks},
        compare::{Comparison, Parked, Terms, compare},
        setup::order_settings,
    },
};
use skarv_canonical::descriptor::FASTEST;
use skarv_proto::{convert::settings::encode_order_settings, v1 as pb};
use skarv_tests::{
    Tenant, Wanted,
    bench::plan::{Marks, Plan, Recorded, plan},
    problems,
};
use tokio::time::Instant;

use crate::{
    desk::Desk,
    meter::{self, Lap, Spent},
    part::{Enrolment, Part, Plane, Seed, Systems},
    process::Process,
    report::Calls,
};

/// How often to look whether everything is settled.
const LOOK: Duration = Duration::from_millis(50);
/// How long to wait, and for each order.
const PATIENCE: Duration = Duration::from_secs(120);
const PATIENCE_PER_ORDER: Duration = Duration::from_millis(100);
/// What the comparison says of the demo's shop, and which says nothing of Skarv.
const OF_MANY_ORDERS: &str = "at least 80 %";

/// The two systems, running.
pub(crate) struct Fakes {
    pub(crate) process: Process,
    pub(crate) systems: Systems,
    shop: Desk,
    erp: Desk,
}

impl Fakes {
    /// The same seed gives the same systems.
    pub(crate) async fn start(seed: &Seed, folder: &Path) -> anyhow::Result<Self> {
        let (process, systems): (_, Systems) = Process::start(Part::Fakes, seed, folder).await?;
        let (shop, erp) = (
            Desk::new(systems.shop_admin.clone())?,
            Desk::new(systems.erp_admin.clone())?,
        );
        Ok(Self {
            process,
            systems,
            shop,
            erp,
        })
    }

    /// Takes down every call from now on, and takes so long to answer it.
    pub(crate) async fn begin(&self, answer_ms: u64) -> anyhow::Result<()> {
        let slow = json!({ "slow_every": u64::from(answer_ms > 0), "slow_ms": answer_ms });
        for desk in [&self.shop, &self.erp] {
            desk.post("faults", &slow).await?;
            desk.post("tape", &Value::Null).await?;
        }
        Ok(())
    }

    /// What was taken down, of the shop and of the accounting system.
    pub(crate) async fn tapes(&self) -> anyhow::Result<(Vec<Recorded>, Vec<Recorded>)> {
        Ok((self.shop.get("tape").await?, self.erp.get("tape").await?))
    }

    /// Holds the books against each other.
    pub(crate) async fn comparison(&self, parked: &Parked, terms: &Terms) -> anyhow::Result<Comparison> {
        let shop: ShopBooks = self.shop.get("ledger").await?;
        let erp: ErpBooks = self.erp.get("ledger").await?;
        let mut found = compare(&shop, &erp, parked, terms);
        found.problems.retain(|problem| !problem.contains(OF_MANY_ORDERS));
        Ok(found)
    }
}

/// How Skarv did.
pub(crate) struct Ran {
    pub(crate) spent: Spent,
    pub(crate) agent_peak_mb: Option<f64>,
    pub(crate) control_plane_peak_mb: Option<f64>,
    pub(crate) comparison: Comparison,
    pub(crate) calls: Calls,
    pub(crate) plan: Plan,
    /// What the comparison of another run of the same orders needs.
    pub(crate) parked: Parked,
    pub(crate) terms: Terms,
}

/// Carries the orders of this shop, from switching the flow on until all is settled.
pub(crate) async fn run(seed: &Seed, answer_ms: u64, folder: &Path) -> anyhow::Result<Ran> {
    let fakes = Fakes::start(seed, folder).await?;
    let database = folder.join(format!("{}.db", seed.orders));
    let (control_plane, plane): (_, Plane) = Process::start(Part::ControlPlane, &database, folder).await?;
    let api = Api::connect(&plane.url, plane.key.into()).await?;
    let enrolment = Enrolment {
        url: plane.url,
        token: pool_token(&api).await?,
    };
    let (agent, ()) = Process::start(Part::Agent, &enrolment, folder).await?;
    let start_at = seed.now - TimeDelta::days(30);
    let (flow, shop_ref) = set_up(&api, &fakes.systems, start_at).await?;
    fakes.begin(answer_ms).await?;
    let lap = Lap::start(&[&agent, &control_plane, &fakes.process]);
    let name = flow.clone();
    api.flows()
        .activate_flow(pb::ActivateFlowRequest { name })
        .await?;
    let patience = PATIENCE + PATIENCE_PER_ORDER * seed.orders;
    let settled = tokio::time::timeout(patience, settled(&api, &flow)).await;
    let spent = lap.spent();
    settled.with_context(|| format!("not settled in {patience:?}; the agent: {}", agent.last_words()))??;
    let peaks = [meter::peak_mb(agent.pid), meter::peak_mb(control_plane.pid)];
    let (shop, erp) = fakes.tapes().await?;
    let parked = parked(&api, &flow).await?;
    let terms = Terms {
        start_at,
        shop_ref: shop_ref.clone(),
    };
    let comparison = fakes.comparison(&parked, &terms).await?;
    let sign_in = fakes
        .systems
        .erp_token_url
        .trim_start_matches(&fakes.systems.erp_url);
    let marks = Marks {
        shop_ref: &shop_ref,
        sign_in,
    };
    let calls = Calls::of(&shop, &erp);
    let plan = plan(shop, erp, &marks);
    agent.stop().await?;
    control_plane.stop().await?;
    fakes.process.stop().await?;
    Ok(Ran {
        spent,
        agent_peak_mb: peaks[0],
        control_plane_peak_mb: peaks[1],
        comparison,
        calls,
        plan,
        parked,
        terms,
    })
}

async fn pool_token(api: &Api) -> anyhow::Result<String> {
    let request = pb::CreateEnrolmentTokenRequest {
        parent: "pools/default".to_owned(),
    };
    let token = api.pools().create_enrolment_token(request).await?;
    Ok(token.into_inner().enrolment_token)
}

/// A tenant with two tested connections and a flow that is still off: the flow, and the shop's reference.
async fn set_up(api: &Api, systems: &Systems, start_at: DateTime<Utc>) -> anyhow::Result<(String, String)> {
    let pace = FASTEST.to_string();
    let tenant = Tenant::create(api, "kunden", "Kunden AB").await?;
    let shop = Wanted {
        id: "butiken",
        connector: "prestashop",
        settings: &[("base_url", &systems.shop_url), ("requests_per_second", &pace)],
        secrets: &[("api_key", &systems.shop_key)],
    };
    let erp = Wanted {
        id: "ekonomin",
        connector: "hogia-smart",
        settings: &[
            ("base_url", &systems.erp_url),
            ("token_url", &systems.erp_token_url),
            ("organization_id", &systems.organization_id),
            ("requests_per_second", &pace),
        ],
        secrets: &[
            ("client_id", &systems.client_id),
            ("client_secret", &systems.client_secret),
        ],
    };
    let (shop, erp) = (tenant.connect(&shop).await?, tenant.connect(&erp).await?);
    for connection in [&shop, &erp] {
        let tested = tenant.test(connection).await?;
        let found = problems(&tested);
        ensure!(found.is_empty(), "{connection} does not work: {found:?}");
    }
    let request = pb::CreateFlowRequest {
        parent: tenant.name,
        flow_id: "order-till-faktura".to_owned(),
        flow: Some(pb::Flow {
            template: pb::Template::ShopMaster.into(),
            shop_connection: shop.clone(),
            erp_connection: erp,
            order_settings: Some(encode_order_settings(&order_settings(start_at))),
            ..pb::Flow::default()
        }),
        ..pb::CreateFlowRequest::default()
    };
    let made = api.flows().create_flow(request).await?.into_inner();
    let request = pb::GetConnectionRequest { name: shop };
    let shop = api.connections().get_connection(request).await?.into_inner();
    Ok((
        made.flow.unwrap_or_default().name,
        shop.connection.unwrap_or_default().shop_ref,
    ))
}

/// Waits until the order stream has been read to its end.
async fn settled(api: &Api, flow: &str) -> anyhow::Result<()> {
    let request = pb::ListStreamsRequest {
        parent: flow.to_owned(),
    };
    let mut look = tokio::time::interval_at(Instant::now() + LOOK, LOOK);
    loop {
        look.tick().await;
        let listed = api
            .call(request.clone(), async |q| api.flows().list_streams(q).await)
            .await?;
        let named = |stream: &pb::Stream| stream.name.ends_with("/orders");
        let stream = listed
            .streams
            .into_iter()
            .find(named)
            .context("no order stream")?;
        if stream.state() == pb::StreamState::Blocked {
            bail!("the stream has stopped: {:?}", stream.block_reason);
        }
        if stream.last_ok_time.is_some() {
            return Ok(());
        }
    }
}

/// What Skarv says it did not deliver.
async fn parked(api: &Api, flow: &str) -> anyhow::Result<Parked> {
    let mut parked = Parked::new();
    for state in [pb::RecordState::Parked, pb::RecordState::Unknown] {
        let mut request = pb::ListRecordsRequest {
            parent: format!("{flow}/streams/orders"),
            state: state.into(),
            page_size: 500,
            ..pb::ListRecordsRequest::default()
        };
        loop {
            let page = api
                .call(request.clone(), async |q| api.records().list_records(q).await)
                .await?;
            parked.extend(page.records.into_iter().map(by_id));
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
    }
    Ok(parked)
}

fn by_id(record: pb::Record) -> (String, String) {
    let id = record.name.rsplit('/').next().unwrap_or_default().to_owned();
    (id, record.reason.unwrap_or_default().code)
}
