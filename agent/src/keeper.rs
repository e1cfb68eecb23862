//! Keeps the leases: renews all of them in one call, and passes on what the control plane says about each.
//!
//! When renewing fails it tries on; giving a lease up at its local deadline is `holding`'s part and needs no answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use skarv_http::Backoff;
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    control_plane::{Client, Renewed},
    holding::{Holding, Holdings},
};

const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));

/// Renews leases until it is dropped.
pub(crate) struct Keeper {
    pub(crate) client: Arc<Client>,
    pub(crate) holdings: Arc<Holdings>,
    pub(crate) polls: Arc<Polls>,
    pub(crate) drain: CancellationToken,
    /// Wakes it when a lease is to be renewed before its time.
    pub(crate) soon: Arc<Notify>,
}

impl Keeper {
    pub(crate) async fn keep(&self) {
        let mut failures = 0;
        loop {
            let wait = match failures {
                0 => self.client.terms().renew,
                n => BACKOFF.delay(n - 1, rand::random()),
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.soon.notified() => {}
            }
            failures = if self.renew().await { 0 } else { failures + 1 };
        }
    }

    /// One renewal of all that is held. Returns whether the control plane answered.
    async fn renew(&self) -> bool {
        let held = self.holdings.all();
        if held.is_empty() {
            return true;
        }
        match self.client.renew(self.polls.accounted(), &held).await {
            Ok(renewal) => {
                apply(&held, renewal.asked, &renewal.runs);
                if renewal.drain {
                    self.drain.cancel();
                }
                true
            }
            Err(error) => {
                tracing::warn!(%error, held = held.len(), "leases could not be renewed");
                false
            }
        }
    }
}

/// What the answer says, to the very holdings that were asked about: a run may be held under a higher epoch by now.
fn apply(held: &[Arc<Holding>], asked: Instant, renewed: &[Renewed]) {
    for (holding, renewed) in held.iter().zip(renewed) {
        if !renewed.lease.is_zero() {
            holding.extend(asked, renewed.lease);
        }
        holding.raise(renewed.signal);
    }
}

/// Which polls for work are accounted for: answered, or asked again under the same number until they are.
///
/// Runs leased by a later poll were never seen here, and a renewal gives them back.
#[derive(Debug, Default)]
pub(crate) struct Polls {
    accounted: AtomicU64,
}

impl Polls {
    /// The poll of this number begins, and will be asked again until it is answered.
    pub(crate) fn begin(&self, seq: u64) {
        self.accounted.store(seq, Ordering::Relaxed);
    }

    /// No poll after this one will be asked again.
    pub(crate) fn give_up(&self, answered: u64) {
        self.accounted.store(answered, Ordering::Relaxed);
    }

    fn accounted(&self) -> u64 {
        self.accounted.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{flow::Signal, holding::local_deadline, lease::RunKey};

    const LEASE: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_renewal_extends_what_is_kept_and_says_what_is_not() {
        let holdings = Arc::new(Holdings::default());
        let began = Instant::now();
        let hold = |n: u64| {
            let key = RunKey {
                run_id: n.to_string(),
                epoch: 1,
            };
            holdings.hold(key, local_deadline(began, LEASE)).unwrap()
        };
        let holds = [hold(0), hold(1), hold(2)];
        let held: Vec<_> = holds.iter().map(|h| Arc::clone(&h.holding)).collect();
        tokio::time::advance(Duration::from_secs(6)).await;
        let renewed = [
            (Signal::Go, LEASE),
            (Signal::Pause, LEASE),
            (Signal::Lost, Duration::ZERO),
        ]
        .map(|(signal, lease)| Renewed { signal, lease });
        apply(&held, began + Duration::from_secs(5), &renewed);
        tokio::time::advance(Duration::from_secs(4)).await;
        let alive: Vec<_> = held.iter().map(|h| h.alive(Instant::now())).collect();
        assert_eq!(alive, [true, true, false]);
        let told: Vec<_> = held.iter().map(|h| *h.signal().borrow()).collect();
        assert_eq!(told, [Signal::Go, Signal::Pause, Signal::Lost]);
    }

    #[test]
    fn a_poll_under_way_is_accounted_for_until_it_is_given_up() {
        let polls = Polls::default();
        polls.begin(5);
        assert_eq!(polls.accounted(), 5);
        polls.give_up(4);
        assert_eq!(polls.accounted(), 4);
    }
}
