//! Skarv around two systems, every part a process of its own, with a tenant set up through the API as a partner would.

use std::{path::Path, time::Duration};

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use prost_types::FieldMask;
use skarv::{
    client::Api,
    demo::{compare::Terms, setup::order_settings},
};
use skarv_canonical::descriptor::FASTEST;
use skarv_proto::{convert::settings::encode_order_settings, v1 as pb};
use skarv_tests::{Tenant, Wanted, problems};
use tokio::time::Instant;

use crate::{
    fakes::Fakes,
    meter::{self, Lap},
    part::{Enrolment, Part, Plane, Seed, Systems},
    process::Process,
};

/// How often to look whether everything is settled.
const LOOK: Duration = Duration::from_millis(50);
/// So long before now the flow's orders begin.
const ORDERS_OF: TimeDelta = TimeDelta::days(30);
/// The longest time between scheduled runs, for streams that are to run only when they are asked to.
const SELDOM: prost_types::Duration = prost_types::Duration {
    seconds: 24 * 3600,
    nanos: 0,
};

/// Everything, running, with a flow that is off.
pub(crate) struct House {
    pub(crate) fakes: Fakes,
    pub(crate) api: Api,
    pub(crate) agent: Process,
    control_plane: Process,
    /// The flow's name.
    pub(crate) flow: String,
    pub(crate) terms: Terms,
}

/// The most memory that each has had, in megabytes.
#[derive(Clone, Copy)]
pub(crate) struct Peaks {
    pub(crate) agent: Option<f64>,
    pub(crate) control_plane: Option<f64>,
}

impl House {
    /// Starts everything. `settings` are what the flow has beside those of orders.
    pub(crate) async fn start(seed: &Seed, settings: pb::Flow, folder: &Path) -> anyhow::Result<Self> {
        let fakes = Fakes::start(seed, folder).await?;
        let database = folder.join(format!("{}-{}.db", seed.orders, seed.products));
        let (control_plane, plane): (_, Plane) =
            Process::start(Part::ControlPlane, &database, folder).await?;
        let api = Api::connect(&plane.url, plane.key.into()).await?;
        let enrolment = Enrolment {
            url: plane.url,
            token: pool_token(&api).await?,
        };
        let (agent, ()) = Process::start(Part::Agent, &enrolment, folder).await?;
        let start_at = seed.now - ORDERS_OF;
        let (flow, shop_ref) = set_up(&api, &fakes.systems, start_at, settings).await?;
        Ok(Self {
            fakes,
            api,
            agent,
            control_plane,
            flow,
            terms: Terms { start_at, shop_ref },
        })
    }

    /// Switches the flow on.
    pub(crate) async fn activate(&self) -> anyhow::Result<()> {
        let name = self.flow.clone();
        self.api
            .flows()
            .activate_flow(pb::ActivateFlowRequest { name })
            .await?;
        Ok(())
    }

    /// Lets the flow's streams run by themselves once a day and no oftener.
    pub(crate) async fn run_seldom(&self) -> anyhow::Result<()> {
        for stream in self.streams().await? {
            let request = pb::UpdateStreamRequest {
                stream: Some(pb::Stream {
                    interval: Some(SELDOM),
                    ..stream
                }),
                update_mask: Some(FieldMask {
                    paths: vec!["interval".to_owned()],
                }),
                ..pb::UpdateStreamRequest::default()
            };
            self.api.flows().update_stream(request).await?;
        }
        Ok(())
    }

    /// Waits until every stream has been read to its end once.
    pub(crate) async fn settled(&self, patience: Duration) -> anyhow::Result<()> {
        let settled = tokio::time::timeout(patience, self.all_read()).await;
        settled.with_context(|| {
            let said = self.agent.last_words();
            format!("not settled in {patience:?}; the agent: {said}")
        })?
    }

    async fn all_read(&self) -> anyhow::Result<()> {
        let mut look = tokio::time::interval_at(Instant::now() + LOOK, LOOK);
        loop {
            look.tick().await;
            let mut open = self.streams().await?;
            let stopped = |stream: &&pb::Stream| stream.state() == pb::StreamState::Blocked;
            if let Some(stream) = open.iter().find(stopped) {
                bail!("{} has stopped: {:?}", stream.name, stream.block_reason);
            }
            open.retain(|stream| stream.last_ok_time.is_none() && stream.state() == pb::StreamState::On);
            if open.is_empty() {
                return Ok(());
            }
        }
    }

    async fn streams(&self) -> anyhow::Result<Vec<pb::Stream>> {
        let request = pb::ListStreamsRequest {
            parent: self.flow.clone(),
        };
        let listed = self
            .api
            .call(request, async |q| self.api.flows().list_streams(q).await)
            .await?;
        Ok(listed.streams)
    }

    /// Asks for everything of a stream.
    pub(crate) async fn load(&self, kind: &str) -> anyhow::Result<pb::Run> {
        let request = pb::StartInitialSyncRequest {
            name: format!("{}/streams/{kind}", self.flow),
            ..pb::StartInitialSyncRequest::default()
        };
        let started = self.api.flows().start_initial_sync(request).await?;
        Ok(started.into_inner().run.unwrap_or_default())
    }

    /// Waits until a run has settled everything there was.
    pub(crate) async fn ended(&self, mut run: pb::Run) -> anyhow::Result<pb::Run> {
        loop {
            match run.state() {
                pb::RunState::Succeeded => return Ok(run),
                pb::RunState::Failed | pb::RunState::Cancelled => bail!("the run ended: {:?}", run.error),
                _ => {}
            }
            let wait = pb::WaitRunRequest {
                name: run.name.clone(),
                timeout: None,
            };
            let waited = self
                .api
                .call(wait, async |q| self.api.runs().wait_run(q).await)
                .await?;
            run = waited.run.unwrap_or_default();
        }
    }

    /// What Skarv says it did not deliver of a stream.
    pub(crate) async fn parked(&self, kind: &str) -> anyhow::Result<Vec<pb::Record>> {
        let mut parked = Vec::new();
        for state in [pb::RecordState::Parked, pb::RecordState::Unknown] {
            let mut request = pb::ListRecordsRequest {
                parent: format!("{}/streams/{kind}", self.flow),
                state: state.into(),
                page_size: 500,
                ..pb::ListRecordsRequest::default()
            };
            loop {
                let page = self
                    .api
                    .call(request.clone(), async |q| {
                        self.api.records().list_records(q).await
                    })
                    .await?;
                parked.extend(page.records);
                if page.next_page_token.is_empty() {
                    break;
                }
                request.page_token = page.next_page_token;
            }
        }
        Ok(parked)
    }

    /// Begins to count what everything takes.
    pub(crate) fn lap(&self) -> Lap {
        Lap::start(&[&self.agent, &self.control_plane, &self.fakes.process])
    }

    pub(crate) fn peaks(&self) -> Peaks {
        Peaks {
            agent: meter::peak_mb(self.agent.pid),
            control_plane: meter::peak_mb(self.control_plane.pid),
        }
    }

    /// Stops everything in order.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.agent.stop().await?;
        self.control_plane.stop().await?;
        self.fakes.process.stop().await
    }
}

async fn pool_token(api: &Api) -> anyhow::Result<String> {
    let request = pb::CreateEnrolmentTokenRequest {
        parent: "pools/default".to_owned(),
    };
    let token = api.pools().create_enrolment_token(request).await?;
    Ok(token.into_inner().enrolment_token)
}

/// A tenant with two tested connections and a flow that is still off: the flow, and the shop's reference.
async fn set_up(
    api: &Api,
    systems: &Systems,
    start_at: DateTime<Utc>,
    settings: pb::Flow,
) -> anyhow::Result<(String, String)> {
    let tenant = Tenant::create(api, "kunden", "Kunden AB").await?;
    let [shop, erp] = connections(&tenant, systems).await?;
    let mut orders = encode_order_settings(&order_settings(start_at));
    orders.takes_stock = settings.stock_settings.is_some();
    let request = pb::CreateFlowRequest {
        parent: tenant.name,
        flow_id: "order-till-faktura".to_owned(),
        flow: Some(pb::Flow {
            shop_connection: shop.clone(),
            erp_connection: erp,
            order_settings: Some(orders),
            ..settings
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

/// Of the shop and of the accounting system, both tested.
async fn connections(tenant: &Tenant<'_>, systems: &Systems) -> anyhow::Result<[String; 2]> {
    let pace = FASTEST.to_string();
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
    let connections = [tenant.connect(&shop).await?, tenant.connect(&erp).await?];
    for connection in &connections {
        let tested = tenant.test(connection).await?;
        let found = problems(&tested);
        ensure!(found.is_empty(), "{connection} does not work: {found:?}");
    }
    Ok(connections)
}
