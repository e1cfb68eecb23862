//! `skarv connections discover`: what a system has to choose from in settings.

use clap::Args;
use skarv_proto::v1 as pb;

use super::Named;
use crate::{
    command::{session::Session, wait},
    failure::Exit,
    show,
};

#[derive(Args)]
pub(in crate::command) struct Discover {
    #[command(flatten)]
    named: Named,
    /// Show what was read last, without asking the system
    #[arg(long)]
    kept: bool,
    /// Only this list, such as order_states
    #[arg(long, value_name = "NAME")]
    list: Option<String>,
}

impl Discover {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let (api, name) = (&session.api, self.named.name()?);
        if !self.kept {
            let request = pb::DiscoverConnectionRequest { name: name.clone() };
            let answer = api.call(request, async |r| api.connections().discover_connection(r).await);
            let run = answer.await?.run.unwrap_or_default();
            let (run, exit) = wait::until_ended(session, run, wait::TEST).await?;
            if !matches!(exit, Exit::Done) {
                session.view.one(&run)?;
                return Ok(exit);
            }
        }
        let request = pb::GetDiscoveryRequest { name };
        let answer = api.call(request, async |r| api.connections().get_discovery(r).await);
        let mut found = answer.await?.discovery.unwrap_or_default();
        if let Some(wanted) = &self.list {
            found.lists.retain(|list| list.name == *wanted);
        }
        session.view.told(&found, |lang| show::discovery(&found, lang))?;
        Ok(Exit::Done)
    }
}
