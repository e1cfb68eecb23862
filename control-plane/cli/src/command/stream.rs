//! `skarv streams`.

use std::time::Duration;

use clap::{Args, Subcommand};
use skarv_proto::v1 as pb;

use super::{
    session::Session,
    wait::{self, Timeout},
};
use crate::{
    failure::Exit,
    names::{InFlow, InTenant},
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the streams of a flow
    List {
        /// The flow
        flow: String,
        #[command(flatten)]
        place: InTenant,
    },
    /// Ask for a stream to run now
    Run(Run),
    /// Change how often a stream runs, or switch it on or off by itself
    Update(Update),
    /// Carry everything of a stream once: products, prices or stock. Orders and changes go before it
    InitialSync(Run),
}

#[derive(Args)]
#[command(group(clap::ArgGroup::new("change").required(true).multiple(true).args(["every", "on", "off"])))]
pub(super) struct Update {
    /// The stream, such as stock
    stream: String,
    #[command(flatten)]
    place: InFlow,
    /// Time between scheduled runs, 1m to 24h, such as 10m
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    every: Option<Duration>,
    /// Switch it on, whenever its flow is; a blocked stream gets another try
    #[arg(long, conflicts_with = "off")]
    on: bool,
    /// Switch it off; it keeps its place
    #[arg(long)]
    off: bool,
}

#[derive(Args)]
pub(super) struct Run {
    /// The stream, such as orders
    stream: String,
    #[command(flatten)]
    place: InFlow,
    /// Wait until it has been done
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    timeout: Timeout,
}

impl Command {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        match self {
            Self::List { flow, place } => {
                let streams = streams(session, place.name("flows", &flow)?).await?;
                session.view.list("streams", &streams)?;
                Ok(Exit::Done)
            }
            Self::Run(run) => run.run(session).await,
            Self::Update(update) => update.run(session).await,
            Self::InitialSync(run) => run.initial_sync(session).await,
        }
    }
}

async fn streams(session: &Session, parent: String) -> anyhow::Result<Vec<pb::Stream>> {
    let api = &session.api;
    let request = pb::ListStreamsRequest { parent };
    let answer = api
        .call(request, async |r| api.flows().list_streams(r).await)
        .await?;
    Ok(answer.streams)
}

impl Update {
    async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let api = &session.api;
        let state = match (self.on, self.off) {
            (true, _) => pb::StreamState::On,
            (_, true) => pb::StreamState::Off,
            (false, false) => pb::StreamState::Unspecified,
        };
        let request = pb::UpdateStreamRequest {
            stream: Some(pb::Stream {
                name: self.place.stream(&self.stream)?,
                interval: self.every.map(prost_types::Duration::try_from).transpose()?,
                state: state.into(),
                ..pb::Stream::default()
            }),
            ..pb::UpdateStreamRequest::default()
        };
        let answer = api
            .call(request, async |r| api.flows().update_stream(r).await)
            .await?;
        session.view.one(&answer.stream.unwrap_or_default())?;
        Ok(Exit::Done)
    }
}

impl Run {
    async fn initial_sync(self, session: &Session) -> anyhow::Result<Exit> {
        let (api, view) = (&session.api, &session.view);
        let name = self.place.stream(&self.stream)?;
        let request = pb::StartInitialSyncRequest {
            name: name.clone(),
            ..pb::StartInitialSyncRequest::default()
        };
        let answer = api
            .call(request, async |r| api.flows().start_initial_sync(r).await)
            .await?;
        let run = answer.run.unwrap_or_default();
        if !self.wait {
            view.one(&run)?;
            return Ok(Exit::Done);
        }
        let (run, exit) = wait::until_ended(session, run, self.timeout.span()).await?;
        view.one(&run)?;
        let parked = run.totals.unwrap_or_default().parked;
        if parked > 0 && !view.is_json() {
            view.one(&parked_by_reason(session, name).await?)?;
        }
        Ok(exit)
    }

    async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let api = &session.api;
        let name = self.place.stream(&self.stream)?;
        let request = pb::RunStreamRequest { name: name.clone() };
        let answer = api
            .call(request, async |r| api.flows().run_stream(r).await)
            .await?;
        let run = answer.run.unwrap_or_default();
        if !self.wait {
            session.view.one(&run)?;
            return Ok(Exit::Done);
        }
        let before = run.state() == pb::RunState::Running;
        let (mut run, mut exit) = wait::until_ended(session, run, self.timeout.span()).await?;
        // a run that was under way already is followed by one for this request
        if before
            && exit == Exit::Done
            && let Some(next) = active_run(session, &name).await?
        {
            let next = pb::Run {
                name: next,
                ..pb::Run::default()
            };
            (run, exit) = wait::until_ended(session, next, self.timeout.span()).await?;
        }
        session.view.one(&run)?;
        Ok(exit)
    }
}

/// What of the stream waits for a person, by reason.
async fn parked_by_reason(session: &Session, parent: String) -> anyhow::Result<pb::PreviewReplayResponse> {
    let api = &session.api;
    let request = pb::PreviewReplayRequest {
        parent,
        filter: Some(pb::RecordFilter::default()),
        ..pb::PreviewReplayRequest::default()
    };
    api.call(request, async |r| api.records().preview_replay(r).await)
        .await
}

async fn active_run(session: &Session, stream: &str) -> anyhow::Result<Option<String>> {
    let flow = stream.split("/streams/").next().unwrap_or_default();
    let streams = streams(session, flow.to_owned()).await?;
    let active = streams
        .into_iter()
        .find(|s| s.name == stream)
        .map(|s| s.active_run);
    Ok(active.filter(|run| !run.is_empty()))
}
