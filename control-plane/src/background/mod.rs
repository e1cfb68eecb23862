//! Work that nobody asks for: streams fall due, leases run out, delayed runs become ready, counts are checked, signing keys
//! change.
//!
//! Each job looks at the store and does what is to be done **now**; nothing is remembered between two looks, so one that is
//! missed, repeated or done by another replica at the same time does no harm. A failure is logged and the next look tries
//! again.

mod jobs;

use std::{sync::Arc, time::Duration};

use skarv_store::Store;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use jobs::{GateAudit, Job, Promoter, Reaper, Scheduler, SigningKeys, Tidy};

use crate::auth::{rotation::Rotation, token::Tokens};

/// How often each job looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intervals {
    /// Streams that fall due, and delayed runs.
    pub(crate) schedule: Duration,
    /// Leases that ran out.
    pub(crate) reap: Duration,
    /// Counts of connections in use, what has expired, and signing keys.
    pub(crate) upkeep: Duration,
}

/// Starts all jobs as tasks of the tracker.
pub(crate) fn start(
    store: &Store,
    (tokens, rotation): (Arc<Tokens>, Rotation),
    every: Intervals,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) {
    let jobs: [(Box<dyn Job>, Duration); 6] = [
        (Box::new(Scheduler), every.schedule),
        (Box::new(Promoter), every.schedule),
        (Box::new(Reaper), every.reap),
        (Box::new(GateAudit), every.upkeep),
        (Box::new(Tidy), every.upkeep),
        (Box::new(SigningKeys { tokens, rotation }), every.upkeep),
    ];
    for (job, interval) in jobs {
        tasks.spawn(run(job, store.clone(), interval, stop.clone()));
    }
}

async fn run(job: Box<dyn Job>, store: Store, interval: Duration, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(jittered(interval, rand::random())) => {}
        }
        if let Err(error) = job.activate(&store).await {
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
