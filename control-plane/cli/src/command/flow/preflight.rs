//! `skarv flows preflight`: what is missing before a flow is switched on.

use clap::Args;
use skarv_proto::v1 as pb;

use super::Named;
use crate::{
    command::{session::Session, wait},
    failure::Exit,
    show,
};

#[derive(Args)]
pub(in crate::command) struct Preflight {
    #[command(flatten)]
    named: Named,
}

impl Preflight {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let (api, view) = (&session.api, &session.view);
        let request = pb::PreflightFlowRequest {
            name: self.named.name()?,
            ..pb::PreflightFlowRequest::default()
        };
        let answer = api.call(request, async |r| api.flows().preflight_flow(r).await);
        let run = answer.await?.run.unwrap_or_default();
        let (run, exit) = wait::until_ended(session, run, wait::TEST).await?;
        let Some(told) = &run.preflight else {
            view.one(&run)?;
            return Ok(exit);
        };
        view.told(&run, |lang| show::preflight(told, lang))?;
        Ok(if is_ready(told) { exit } else { Exit::Failed })
    }
}

/// Whether nothing keeps the flow from working; a warning does not.
fn is_ready(told: &pb::Preflight) -> bool {
    let blocking = pb::FindingSeverity::Blocking;
    told.findings.iter().all(|finding| finding.severity() != blocking)
}
