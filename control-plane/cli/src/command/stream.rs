//! `skarv streams`.

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
}

#[derive(Args)]
pub(super) struct Run {
    /// The stream, such as orders
    stream: String,
    #[command(flatten)]
    place: InFlow,
    /// Wait until the request has been served
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

impl Run {
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

async fn active_run(session: &Session, stream: &str) -> anyhow::Result<Option<String>> {
    let flow = stream.split("/streams/").next().unwrap_or_default();
    let streams = streams(session, flow.to_owned()).await?;
    let active = streams
        .into_iter()
        .find(|s| s.name == stream)
        .map(|s| s.active_run);
    Ok(active.filter(|run| !run.is_empty()))
}
