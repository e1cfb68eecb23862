//! Work that nobody asks for: streams fall due, leases run out, delayed runs become ready, counts are checked.
//!
//! Each job looks at the database and does what is to be done **now**; nothing is remembered between two looks, so one that
//! is missed, repeated or done by another replica at the same time does no harm. A failure is logged and the next look tries
//! again.

mod gate_audit;
mod promoter;
mod reaper;
mod scheduler;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_domain::{clock::Clock, error::Result};
use skarv_store::Store;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How often each job looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intervals {
    /// Streams that fall due, and delayed runs.
    pub(crate) schedule: Duration,
    /// Leases that ran out.
    pub(crate) reap: Duration,
    /// Counts of connections in use.
    pub(crate) gate_audit: Duration,
}

/// One job.
#[async_trait]
trait Job: Send + Sync {
    /// What logs call it.
    fn name(&self) -> &'static str;

    /// Does what is to be done at this instant.
    async fn activate(&self, now: DateTime<Utc>) -> Result<()>;
}

/// Starts all jobs as tasks of the tracker.
pub(crate) fn start(
    store: &Store,
    clock: &Arc<dyn Clock>,
    every: Intervals,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) {
    let jobs: [(Box<dyn Job>, Duration); 4] = [
        (Box::new(scheduler::Scheduler::new(store.clone())), every.schedule),
        (Box::new(promoter::Promoter::new(store.clone())), every.schedule),
        (Box::new(reaper::Reaper::new(store.clone())), every.reap),
        (Box::new(gate_audit::GateAudit::new(store.clone())), every.gate_audit),
    ];
    for (job, interval) in jobs {
        tasks.spawn(run(job, Arc::clone(clock), interval, stop.clone()));
    }
}

async fn run(job: Box<dyn Job>, clock: Arc<dyn Clock>, interval: Duration, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(jittered(interval, rand::random())) => {}
        }
        if let Err(error) = job.activate(clock.now()).await {
            tracing::warn!(job = job.name(), %error, "background work failed and is tried again");
        }
    }
}

/// The interval give or take a tenth, so that replicas do not look at the same instant.
fn jittered(interval: Duration, dice: f64) -> Duration {
    interval.mul_f64(0.9 + 0.2 * dice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_a_tenth() {
        let second = Duration::from_secs(1);
        assert_eq!(jittered(second, 0.0), Duration::from_millis(900));
        assert!(jittered(second, 0.999) < Duration::from_millis(1_100));
    }
}
