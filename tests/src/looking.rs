//! Looking before anything is sent, as a partner's program does it: a flow that is off, pre-flight, dry runs, one stream at a
//! time; and what both systems were asked meanwhile, by their own tapes.

use anyhow::Context;
use chrono::TimeDelta;
use prost_types::FieldMask;
use serde::Deserialize;
use serde_json::{Value, json};
use skarv::demo::{
    books::Admin,
    goods::Flow,
    setup::{self, SetUp},
};
use skarv_proto::v1 as pb;

use crate::Platform;

/// A call on a tape.
#[derive(Clone, Debug, Deserialize)]
struct Call {
    method: String,
    target: String,
}

impl Call {
    /// Whether it may have changed anything: signing in does not.
    fn writes(&self) -> bool {
        self.method != "GET" && !self.target.starts_with("/connect/token")
    }
}

/// Both systems' tapes since they were started.
pub struct Tapes<'a>(&'a Platform);

impl Tapes<'_> {
    /// How many calls both systems had, and those that write.
    pub async fn calls(&self) -> anyhow::Result<(usize, Vec<String>)> {
        let mut calls: Vec<Call> = self.0.shop.get("tape").await?;
        calls.extend(self.0.erp.get::<Vec<Call>>("tape").await?);
        let writes = calls.iter().filter(|call| call.writes());
        let told = writes.map(|call| format!("{} {}", call.method, call.target));
        Ok((calls.len(), told.collect()))
    }
}

impl Platform {
    /// Sets the tenant up with a flow that is off, and so is each of its streams. Needs an agent.
    pub async fn draw_up(&self, goods: Option<Flow>) -> anyhow::Result<SetUp> {
        let start_at = self.now() - TimeDelta::days(30);
        setup::draw_up(&self.api, "kunden", &self.systems, start_at, goods).await
    }

    /// Switches the flow on with each of its streams off by itself.
    pub async fn activate_without_streams(&self, set_up: &SetUp) -> anyhow::Result<()> {
        for stream in self.streams(set_up).await? {
            self.switch(&stream.name, pb::StreamState::Off).await?;
        }
        let name = set_up.flow.clone();
        let request = pb::ActivateFlowRequest { name };
        self.api.flows().activate_flow(request).await?;
        Ok(())
    }

    /// The streams of the flow.
    pub async fn streams(&self, set_up: &SetUp) -> anyhow::Result<Vec<pb::Stream>> {
        let parent = set_up.flow.clone();
        let request = pb::ListStreamsRequest { parent };
        Ok(self.api.flows().list_streams(request).await?.into_inner().streams)
    }

    /// Switches one stream.
    pub async fn switch(&self, name: &str, state: pb::StreamState) -> anyhow::Result<()> {
        let stream = pb::Stream {
            name: name.to_owned(),
            state: state.into(),
            ..pb::Stream::default()
        };
        let request = pb::UpdateStreamRequest {
            stream: Some(stream),
            update_mask: Some(mask("state")),
            ..pb::UpdateStreamRequest::default()
        };
        self.api.flows().update_stream(request).await?;
        Ok(())
    }

    /// Switches one stream on, and waits until what is due is carried.
    pub async fn carry_what_is_due(&self, set_up: &SetUp) -> anyhow::Result<()> {
        let before = self.stream_until(set_up, |_| true).await?.last_ok_time;
        self.switch(&set_up.stream, pb::StreamState::On).await?;
        let carried = |stream: &pb::Stream| stream.last_ok_time != before && stream.active_run.is_empty();
        self.stream_until(set_up, carried).await.map(|_| ())
    }

    /// Foresees what the stream would write, and waits for it.
    pub async fn dry_run(&self, set_up: &SetUp, extent: pb::DryRunExtent) -> anyhow::Result<pb::Run> {
        let request = pb::DryRunStreamRequest {
            name: set_up.stream.clone(),
            extent: extent.into(),
            max_records: 1_000,
            ..pb::DryRunStreamRequest::default()
        };
        let asked = self.api.flows().dry_run_stream(request).await?.into_inner();
        self.succeeded(&asked.run.context("no run")?).await
    }

    /// Asks what is missing, and waits for it.
    pub async fn preflight(&self, set_up: &SetUp) -> anyhow::Result<Vec<pb::PreflightFinding>> {
        let request = pb::PreflightFlowRequest {
            name: set_up.flow.clone(),
            ..pb::PreflightFlowRequest::default()
        };
        let asked = self.api.flows().preflight_flow(request).await?.into_inner();
        let run = self.succeeded(&asked.run.context("no run")?).await?;
        Ok(run.preflight.context("it told nothing")?.findings)
    }

    /// The flow as it is.
    pub async fn flow(&self, set_up: &SetUp) -> anyhow::Result<pb::Flow> {
        let name = set_up.flow.clone();
        let found = self.api.flows().get_flow(pb::GetFlowRequest { name }).await?;
        found.into_inner().flow.context("no flow")
    }

    /// Changes what is named of a flow.
    pub async fn update(&self, flow: pb::Flow, path: &str) -> anyhow::Result<pb::Flow> {
        let request = pb::UpdateFlowRequest {
            flow: Some(flow),
            update_mask: Some(mask(path)),
            ..pb::UpdateFlowRequest::default()
        };
        let updated = self.api.flows().update_flow(request).await?.into_inner();
        updated.flow.context("no flow")
    }

    /// What all runs of the stream that carried anything came to.
    pub async fn carried(&self, set_up: &SetUp) -> anyhow::Result<pb::RunTotals> {
        let mut sum = pb::RunTotals::default();
        for run in self.runs(set_up).await? {
            let carries = matches!(run.purpose(), pb::RunPurpose::Sync | pb::RunPurpose::Backfill);
            if run.subject == set_up.stream && carries {
                add(&mut sum, &run.totals.unwrap_or_default());
            }
        }
        Ok(sum)
    }

    async fn runs(&self, set_up: &SetUp) -> anyhow::Result<Vec<pb::Run>> {
        let request = pb::ListRunsRequest {
            parent: set_up.tenant.clone(),
            page_size: 500,
            ..pb::ListRunsRequest::default()
        };
        Ok(self.api.runs().list_runs(request).await?.into_inner().runs)
    }

    /// All records of the stream as they are.
    pub async fn records(&self, set_up: &SetUp) -> anyhow::Result<Vec<pb::Record>> {
        let mut records = Vec::new();
        let mut request = pb::ListRecordsRequest {
            parent: set_up.stream.clone(),
            page_size: 500,
            ..pb::ListRecordsRequest::default()
        };
        loop {
            let page = self.api.records().list_records(request.clone()).await?;
            let page = page.into_inner();
            records.extend(page.records);
            if page.next_page_token.is_empty() {
                return Ok(records);
            }
            request.page_token = page.next_page_token;
        }
    }

    /// Starts both systems' tapes.
    pub async fn tapes(&self) -> anyhow::Result<Tapes<'_>> {
        for system in [&self.shop, &self.erp] {
            let _: Value = system.post("tape", &json!({})).await?;
        }
        Ok(Tapes(self))
    }

    /// Everything that stands in both systems' own books.
    pub async fn all_books(&self) -> anyhow::Result<Vec<Value>> {
        let mut books = Vec::new();
        for (system, path) in self.shelves() {
            books.push(system.get(path).await?);
        }
        Ok(books)
    }

    fn shelves(&self) -> [(&Admin, &'static str); 4] {
        [
            (&self.shop, "ledger"),
            (&self.shop, "catalogue/ledger"),
            (&self.erp, "ledger"),
            (&self.erp, "items"),
        ]
    }
}

fn mask(path: &str) -> FieldMask {
    FieldMask {
        paths: vec![path.to_owned()],
    }
}

fn add(sum: &mut pb::RunTotals, more: &pb::RunTotals) {
    sum.read += more.read;
    sum.written += more.written;
    sum.adopted += more.adopted;
    sum.unchanged += more.unchanged;
    sum.dropped += more.dropped;
    sum.parked += more.parked;
    sum.unknown += more.unknown;
}
