//! Ending runs, and taking in what they found.

use std::time::Duration;

use skarv_canonical::Reason;
use skarv_domain::{
    auth::AuthContext,
    connection::Checked,
    error::Result,
    id::RunId,
    lease::Answer,
    run::{FinishOutcome, Totals},
};
use skarv_store::FinishItem;

use super::seat;
use crate::app::{
    App,
    run::{CheckReport, Found},
};

const FINISH: &str = "skarv.agent.v1.DispatchService/FinishRun";

/// The end of a run or a slice.
#[derive(Clone, Debug)]
pub(crate) struct Finish {
    pub(crate) run: RunId,
    pub(crate) epoch: u64,
    pub(crate) outcome: FinishOutcome,
    pub(crate) error: Option<Reason>,
    pub(crate) retry: Option<Duration>,
    /// Whether the stream is to stop until a person has acted.
    pub(crate) block: bool,
    pub(crate) totals: Totals,
    pub(crate) found: Option<Found>,
}

/// What an agent is told about one end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finished {
    pub(crate) run: RunId,
    pub(crate) answer: Answer,
}

impl App {
    /// Ends runs or slices. A test of a connection that went through makes it `ok`, or blocked by the first problem.
    pub(crate) async fn runs_finish(
        &self,
        auth: &AuthContext,
        agent_id: &str,
        items: Vec<Finish>,
    ) -> Result<Vec<Finished>> {
        let agent = seat(auth, FINISH, agent_id)?;
        let runs: Vec<RunId> = items.iter().map(|item| item.run).collect();
        let items = items.into_iter().map(to_store).collect::<Result<_>>()?;
        let answers = self.store.run_finish(agent, items).await?;
        Ok(runs
            .into_iter()
            .zip(answers)
            .map(|(run, answer)| Finished { run, answer })
            .collect())
    }
}

fn to_store(finish: Finish) -> Result<FinishItem> {
    // only a run that went through says something
    let found = finish
        .found
        .filter(|_| finish.outcome == FinishOutcome::Succeeded);
    let result = found.as_ref().map(Found::stored).transpose()?;
    let check = match found {
        Some(Found::Check(report)) => Some(checked(report)),
        Some(Found::Discovery(_) | Found::Preflight(_) | Found::DryRun(_) | Found::Reconciliation(_))
        | None => None,
    };
    Ok(FinishItem {
        run: finish.run,
        epoch: finish.epoch,
        outcome: finish.outcome,
        error: finish.error,
        retry: finish.retry,
        block: finish.block,
        totals: finish.totals,
        result,
        check,
    })
}

fn checked(report: CheckReport) -> Checked {
    Checked {
        problem: report.items.into_iter().find_map(|item| item.problem),
        host_key: report.host_key,
        title: report.title,
        system_version: report.system_version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::run::CheckItem;

    #[test]
    fn the_first_problem_of_a_test_is_the_connections() {
        let item = |code: &str, problem: Option<&str>| CheckItem {
            code: code.to_owned(),
            problem: problem.map(Reason::data),
        };
        let report = CheckReport {
            items: vec![
                item("sign_in", None),
                item("read_orders", Some("first")),
                item("read_taxes", Some("second")),
            ],
            host_key: "shop.example.se".to_owned(),
            title: "Shop".to_owned(),
            system_version: "8.2.1".to_owned(),
        };
        assert_eq!(checked(report).problem.unwrap().code, "first");
    }
}
