//! Waiting for a run to end, with its counts on a terminal while it is under way.

use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use skarv_proto::v1 as pb;
use tokio::time::Instant;
use tonic::{Code, Status};

use super::session::Session;
use crate::failure::Exit;

/// How long a connection test may take: it waits for an agent, then for the foreign system.
pub(super) const TEST: Duration = Duration::from_secs(180);
/// How often to ask while somebody watches.
const LOOK: Duration = Duration::from_secs(1);
/// How long one question waits while nobody does.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait.
#[derive(Args, Debug)]
pub(super) struct Timeout {
    /// Seconds to wait before giving up with exit code 3
    #[arg(long, default_value_t = 3600)]
    timeout: u64,
}

impl Timeout {
    pub(super) fn span(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}

/// Waits until a run that the server just spoke of has ended or the time is up, and says which.
pub(super) async fn until_ended(
    session: &Session,
    run: pb::Run,
    within: Duration,
) -> anyhow::Result<(pb::Run, Exit)> {
    let end = Instant::now() + within;
    let bar = ProgressBar::new_spinner();
    let turn = if bar.is_hidden() { PATIENCE } else { LOOK };
    let mut run = run;
    loop {
        if let Some(exit) = ended(&run) {
            bar.finish_and_clear();
            return Ok((run, exit));
        }
        bar.set_message(progress(&run));
        bar.tick();
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            bar.finish_and_clear();
            return Ok((run, Exit::TimedOut));
        }
        run = match ask(session, run.name.clone(), left.min(turn)).await {
            Err(error) if gone(&error) => nothing_to_do(run),
            answer => answer?,
        };
    }
}

/// A run that read nothing leaves no entry, so one that was there and no longer is has succeeded.
fn gone(error: &anyhow::Error) -> bool {
    let status = error.downcast_ref::<Status>();
    status.is_some_and(|status| status.code() == Code::NotFound)
}

fn nothing_to_do(run: pb::Run) -> pb::Run {
    pb::Run {
        state: pb::RunState::Succeeded.into(),
        totals: Some(pb::RunTotals::default()),
        ..run
    }
}

/// Reads the run when it has ended, or when this time has passed.
pub(super) async fn ask(session: &Session, name: String, timeout: Duration) -> anyhow::Result<pb::Run> {
    let api = &session.api;
    let request = pb::WaitRunRequest {
        name,
        timeout: prost_types::Duration::try_from(timeout).ok(),
    };
    let answer = api.call(request, async |r| api.runs().wait_run(r).await).await?;
    Ok(answer.run.unwrap_or_default())
}

fn ended(run: &pb::Run) -> Option<Exit> {
    match run.state() {
        pb::RunState::Succeeded => Some(Exit::Done),
        pb::RunState::Failed | pb::RunState::Cancelled => Some(Exit::Failed),
        pb::RunState::Unspecified | pb::RunState::Queued | pb::RunState::Running => None,
    }
}

fn progress(run: &pb::Run) -> String {
    let totals = run.totals.unwrap_or_default();
    let state = match run.state() {
        pb::RunState::Running => "under way",
        _ => "waits for its turn",
    };
    let share = run
        .percent
        .map_or_else(String::new, |percent| format!(" {percent} %,"));
    format!(
        "{state}:{share} {} read, {} written, {} parked",
        totals.read, totals.written, totals.parked
    )
}
