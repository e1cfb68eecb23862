//! `skarv flows dry-run`: what a flow's streams would write, field by field, with nothing written.

use clap::Args;
use skarv_proto::v1 as pb;

use super::Named;
use crate::{
    command::{
        session::Session,
        wait::{self, Timeout},
    },
    failure::{Exit, Usage},
    show,
};

#[derive(Args)]
pub(in crate::command) struct DryRun {
    #[command(flatten)]
    named: Named,
    /// Streams to look at, such as orders,stock [default: all of the flow]
    #[arg(long, value_name = "STREAMS", value_delimiter = ',')]
    stream: Vec<String>,
    /// Everything, as an initial sync would carry it; otherwise what is new
    #[arg(long)]
    everything: bool,
    /// At most so many records a stream, 1 to 1000
    #[arg(long, default_value_t = 100)]
    max_records: u32,
    #[command(flatten)]
    timeout: Timeout,
}

impl DryRun {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let mut exit = Exit::Done;
        let streams = self.streams(session).await?;
        for name in streams {
            let (run, ended) = self.of(session, name).await?;
            match &run.dry_run {
                Some(told) => session.view.told(&run, |lang| show::dry_run(&run, told, lang))?,
                None => session.view.told(&run, |lang| show::not_foreseen(&run, lang))?,
            }
            if !matches!(ended, Exit::Done) {
                exit = ended;
            }
        }
        Ok(exit)
    }

    /// The names of the streams to look at.
    async fn streams(&self, session: &Session) -> anyhow::Result<Vec<String>> {
        let (api, parent) = (&session.api, self.named.name()?);
        if !self.stream.is_empty() {
            let name = |kind: &String| format!("{parent}/streams/{kind}");
            return Ok(self.stream.iter().map(name).collect());
        }
        if self.everything {
            let problem = "everything of which streams? Name products, prices or stock with --stream";
            return Err(Usage::new(problem).into());
        }
        let request = pb::ListStreamsRequest { parent };
        let listed = api.call(request, async |r| api.flows().list_streams(r).await);
        let streams = listed.await?.streams.into_iter();
        Ok(streams.map(|stream| stream.name).collect())
    }

    async fn of(&self, session: &Session, name: String) -> anyhow::Result<(pb::Run, Exit)> {
        let api = &session.api;
        let extent = if self.everything {
            pb::DryRunExtent::Everything
        } else {
            pb::DryRunExtent::Changes
        };
        let request = pb::DryRunStreamRequest {
            name,
            extent: extent.into(),
            max_records: self.max_records,
            ..pb::DryRunStreamRequest::default()
        };
        let answer = api.call(request, async |r| api.flows().dry_run_stream(r).await);
        let run = answer.await?.run.unwrap_or_default();
        wait::until_ended(session, run, self.timeout.span()).await
    }
}
