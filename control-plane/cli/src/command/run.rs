//! `skarv runs`.

use std::time::Duration;

use clap::{Args, Subcommand};
use skarv_proto::v1 as pb;

use super::{
    page::Limit,
    session::Session,
    wait::{self, Timeout},
};
use crate::{
    failure::{Exit, Usage},
    names::InTenant,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List a tenant's runs, newest first
    List {
        #[command(flatten)]
        place: InTenant,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show one run
    Show(Named),
    /// Wait until a run has ended: exit code 0 when it succeeded, 1 when it failed, 3 when the time was up
    Wait {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        timeout: Timeout,
    },
    /// Stop a run for good. What it has done stays done
    Cancel(Named),
}

#[derive(Args)]
pub(super) struct Named {
    /// The run
    run: String,
    #[command(flatten)]
    place: InTenant,
}

impl Named {
    fn name(&self) -> Result<String, Usage> {
        self.place.name("runs", &self.run)
    }
}

impl Command {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        match self {
            Self::List { place, limit } => list(session, place.parent()?, &limit).await?,
            Self::Show(named) => show(session, named.name()?).await?,
            Self::Cancel(named) => cancel(session, named.name()?).await?,
            Self::Wait { named, timeout } => {
                // the state as it is, at once: a run that has ended is not waited for
                let run = wait::ask(session, named.name()?, Duration::ZERO).await?;
                let (run, exit) = wait::until_ended(session, run, timeout.span()).await?;
                session.view.one(&run)?;
                return Ok(exit);
            }
        }
        Ok(Exit::Done)
    }
}

async fn list(session: &Session, parent: String, limit: &Limit) -> anyhow::Result<()> {
    let api = &session.api;
    let fetch = async |page_size, page_token| {
        let request = pb::ListRunsRequest {
            parent: parent.clone(),
            page_size,
            page_token,
        };
        let page = api.call(request, async |r| api.runs().list_runs(r).await).await?;
        Ok((page.runs, page.next_page_token))
    };
    session.view.list("runs", &limit.all(fetch).await?)
}

async fn show(session: &Session, name: String) -> anyhow::Result<()> {
    let api = &session.api;
    let request = pb::GetRunRequest { name };
    let answer = api.call(request, async |r| api.runs().get_run(r).await).await?;
    session.view.one(&answer.run.unwrap_or_default())
}

async fn cancel(session: &Session, name: String) -> anyhow::Result<()> {
    let api = &session.api;
    let request = pb::CancelRunRequest { name };
    let answer = api
        .call(request, async |r| api.runs().cancel_run(r).await)
        .await?;
    session.view.one(&answer.run.unwrap_or_default())
}
