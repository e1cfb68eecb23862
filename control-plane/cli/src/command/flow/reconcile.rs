//! `skarv flows reconcile`: compares the orders of a period with the books, and says what differs.

use clap::Args;
use skarv_proto::v1 as pb;

use super::Named;
use crate::{
    command::{
        session::Session,
        wait::{self, Timeout},
    },
    failure::Exit,
    show,
};

#[derive(Args)]
pub(in crate::command) struct Reconcile {
    #[command(flatten)]
    named: Named,
    /// First day, such as 2026-11-01
    #[arg(long, value_name = "DAY")]
    from: String,
    /// Last day, at most 366 days in all
    #[arg(long, value_name = "DAY")]
    to: String,
    #[command(flatten)]
    timeout: Timeout,
}

impl Reconcile {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let (api, view) = (&session.api, &session.view);
        let request = pb::ReconcileFlowRequest {
            name: self.named.name()?,
            from: self.from,
            to: self.to,
            ..pb::ReconcileFlowRequest::default()
        };
        let answer = api
            .call(request, async |r| api.flows().reconcile_flow(r).await)
            .await?;
        let run = answer.run.unwrap_or_default();
        let (run, exit) = wait::until_ended(session, run, self.timeout.span()).await?;
        match &run.reconciliation {
            Some(told) => view.told(&run, |lang| show::reconciliation(told, lang))?,
            None => view.one(&run)?,
        }
        let differs = run.reconciliation.as_ref().is_some_and(differs);
        Ok(if differs { Exit::Failed } else { exit })
    }
}

fn differs(told: &pb::Reconciliation) -> bool {
    !told.differences.is_empty() || told.differences_left_out > 0
}
