//! Follows a tenant through the public API until everything is settled.

use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use skarv_proto::v1 as pb;

use super::{Options, compare::Parked, goods::Counts, setup::SetUp};
use crate::client::Api;

/// How often to look.
const LOOK: Duration = Duration::from_millis(100);

/// Waits until the order stream has settled everything there was, showing how far it is.
pub(super) async fn until_settled(api: &Api, set_up: &SetUp, options: &Options) -> anyhow::Result<()> {
    let bar = bar(options);
    loop {
        let stream = stream(api, set_up).await?;
        if stream.state() == pb::StreamState::Blocked {
            let reason = stream.block_reason.unwrap_or_default();
            bail!(
                "the order stream has stopped: {} {}",
                reason.message_en,
                reason.fix_en
            );
        }
        bar.set_position(totals(api, set_up).await?.read);
        if stream.last_ok_time.is_some() {
            bar.finish_and_clear();
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Runs the order stream once more, and waits until that run has settled everything there was.
pub(super) async fn run_again(api: &Api, set_up: &SetUp) -> anyhow::Result<()> {
    let request = pb::RunStreamRequest {
        name: set_up.stream.clone(),
    };
    let started = api
        .flows()
        .run_stream(request)
        .await
        .context("running the stream")?;
    until_ended(api, started.into_inner().run.unwrap_or_default()).await
}

/// Waits until a run has settled everything there was.
pub(super) async fn until_ended(api: &Api, mut run: pb::Run) -> anyhow::Result<()> {
    loop {
        match run.state() {
            pb::RunState::Succeeded => return Ok(()),
            pb::RunState::Failed | pb::RunState::Cancelled => {
                bail!("the run ended: {:?}", run.error)
            }
            _ => {}
        }
        let wait = pb::WaitRunRequest {
            name: run.name.clone(),
            timeout: None,
        };
        let waited = api.runs().wait_run(wait).await.context("waiting for the run")?;
        run = waited.into_inner().run.unwrap_or_default();
    }
}

fn bar(options: &Options) -> ProgressBar {
    let target = if options.progress {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(u64::from(options.orders)), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} orders read, {elapsed}") {
        bar.set_style(style);
    }
    bar
}

async fn stream(api: &Api, set_up: &SetUp) -> anyhow::Result<pb::Stream> {
    let request = pb::ListStreamsRequest {
        parent: set_up.flow.clone(),
    };
    let streams = api
        .flows()
        .list_streams(request)
        .await
        .context("listing the streams")?
        .into_inner()
        .streams;
    streams
        .into_iter()
        .find(|s| s.name == set_up.stream)
        .context("the flow has no order stream")
}

/// Counts of all runs of one stream so far.
pub(super) async fn counts(api: &Api, tenant: &str, stream: &str) -> anyhow::Result<Counts> {
    let mut sum = Counts::default();
    for run in runs(api, tenant)
        .await?
        .into_iter()
        .filter(|run| run.subject == stream)
    {
        let totals = run.totals.unwrap_or_default();
        sum.read += totals.read;
        sum.written += totals.written + totals.adopted;
        sum.unchanged += totals.unchanged;
        sum.parked += totals.parked;
    }
    Ok(sum)
}

/// Counts of all runs of the tenant so far.
pub(super) async fn totals(api: &Api, set_up: &SetUp) -> anyhow::Result<pb::RunTotals> {
    let mut sum = pb::RunTotals::default();
    let runs = runs(api, &set_up.tenant).await?;
    for totals in runs.into_iter().filter_map(|run| run.totals) {
        sum.read += totals.read;
        sum.written += totals.written;
        sum.retries += totals.retries;
    }
    Ok(sum)
}

async fn runs(api: &Api, tenant: &str) -> anyhow::Result<Vec<pb::Run>> {
    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListRunsRequest {
            parent: tenant.to_owned(),
            page_size: 500,
            page_token,
        };
        let page = api.runs().list_runs(request).await.context("listing the runs")?;
        let page = page.into_inner();
        all.extend(page.runs);
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        page_token = page.next_page_token;
    }
}

/// What Skarv says it did not deliver: order id to reason.
pub(super) async fn parked(api: &Api, set_up: &SetUp) -> anyhow::Result<Parked> {
    let mut parked = Parked::new();
    for state in [pb::RecordState::Parked, pb::RecordState::Unknown] {
        for record in records(api, &set_up.stream, state).await? {
            let id = record.name.rsplit('/').next().unwrap_or_default().to_owned();
            parked.insert(id, record.reason.unwrap_or_default().code);
        }
    }
    Ok(parked)
}

/// What people call the records of a stream that are in this state.
pub(super) async fn references(
    api: &Api,
    stream: &str,
    state: pb::RecordState,
) -> anyhow::Result<Vec<String>> {
    let records = records(api, stream, state).await?;
    Ok(records.into_iter().map(|record| record.reference).collect())
}

async fn records(api: &Api, stream: &str, state: pb::RecordState) -> anyhow::Result<Vec<pb::Record>> {
    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListRecordsRequest {
            parent: stream.to_owned(),
            state: state.into(),
            page_size: 500,
            page_token,
            ..pb::ListRecordsRequest::default()
        };
        let page = api
            .records()
            .list_records(request)
            .await
            .context("listing records")?
            .into_inner();
        all.extend(page.records);
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        page_token = page.next_page_token;
    }
}
