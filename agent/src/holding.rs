//! Runs that this agent holds: what each was told, and until when the agent itself believes in its lease.
//!
//! Invariant: a holding that is lost stays lost. The agent gives a lease up a fifth of its length before the control
//! plane does, on its own monotonic clock counted from before the request left, so two agents never both believe.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use crate::{
    flow::{Progress, Signal},
    lease::RunKey,
};

/// One held run.
#[derive(Debug)]
pub(crate) struct Holding {
    pub(crate) key: RunKey,
    pub(crate) progress: Arc<Progress>,
    signal: watch::Sender<Signal>,
    deadline: watch::Sender<Instant>,
}

impl Holding {
    fn new(key: RunKey, deadline: Instant) -> Self {
        Self {
            key,
            progress: Arc::default(),
            signal: watch::Sender::new(Signal::Go),
            deadline: watch::Sender::new(deadline),
        }
    }

    /// What the run is told, as it changes.
    pub(crate) fn signal(&self) -> watch::Receiver<Signal> {
        self.signal.subscribe()
    }

    /// Tells the run something, unless it was told something graver.
    pub(crate) fn raise(&self, signal: Signal) {
        self.signal.send_if_modified(|told| {
            let graver = signal > *told;
            if graver {
                *told = signal;
            }
            graver
        });
    }

    /// Returns once the lease is lost.
    pub(crate) async fn lost(&self) {
        // the sender is ours, so waiting ends only with the signal
        let mut signal = self.signal.subscribe();
        signal.wait_for(|told| *told == Signal::Lost).await.ok();
    }

    /// Whether an effect may still begin.
    pub(crate) fn alive(&self, now: Instant) -> bool {
        !self.is_lost() && now < *self.deadline.borrow()
    }

    pub(crate) fn is_lost(&self) -> bool {
        *self.signal.borrow() == Signal::Lost
    }

    /// Takes a renewed lease in.
    pub(crate) fn extend(&self, asked: Instant, lease: Duration) {
        self.deadline.send_replace(local_deadline(asked, lease));
    }
}

/// Until when the agent itself believes in a lease that it asked for at `asked`.
pub(crate) fn local_deadline(asked: Instant, lease: Duration) -> Instant {
    asked + (lease - lease / 5)
}

/// All held runs.
#[derive(Debug, Default)]
pub(crate) struct Holdings {
    held: Mutex<HashMap<RunKey, Arc<Holding>>>,
    added: Notify,
}

impl Holdings {
    fn held(&self) -> MutexGuard<'_, HashMap<RunKey, Arc<Holding>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to hold a run. `None` when it is held already: its lease was handed out twice.
    pub(crate) fn hold(self: &Arc<Self>, key: RunKey, deadline: Instant) -> Option<Hold> {
        let holding = Arc::new(Holding::new(key, deadline));
        let mut held = self.held();
        if held.contains_key(&holding.key) {
            return None;
        }
        held.insert(holding.key.clone(), Arc::clone(&holding));
        drop(held);
        self.added.notify_one();
        Some(Hold {
            holdings: Arc::clone(self),
            holding,
        })
    }

    /// All that are not lost.
    pub(crate) fn all(&self) -> Vec<Arc<Holding>> {
        self.held().values().filter(|h| !h.is_lost()).cloned().collect()
    }

    /// Tells every run something.
    pub(crate) fn raise(&self, signal: Signal) {
        self.held().values().for_each(|holding| holding.raise(signal));
    }

    /// Gives up every lease at its local deadline, for ever: works without the control plane, that is its point.
    pub(crate) async fn watch_deadlines(&self) {
        loop {
            let next = self.all().iter().map(|h| *h.deadline.borrow()).min();
            let due = async {
                match next {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => self.expire(Instant::now()),
                () = self.added.notified() => {}
            }
        }
    }

    fn expire(&self, now: Instant) {
        for holding in self.all().iter().filter(|h| !h.alive(now)) {
            tracing::warn!(run = %holding.key, "the lease was not renewed in time: the run is given up");
            holding.raise(Signal::Lost);
        }
    }
}

/// Holds a run until it is dropped.
#[derive(Debug)]
pub(crate) struct Hold {
    holdings: Arc<Holdings>,
    pub(crate) holding: Arc<Holding>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.holdings.held().remove(&self.holding.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(15);

    fn key(epoch: u64) -> RunKey {
        RunKey {
            run_id: "r".to_owned(),
            epoch,
        }
    }

    fn hold(holdings: &Arc<Holdings>) -> Hold {
        holdings
            .hold(key(1), local_deadline(Instant::now(), LEASE))
            .unwrap()
    }

    async fn given_up(hold: &Hold) {
        let lost = tokio::time::timeout(LEASE * 10, hold.holding.lost());
        lost.await.expect("it was never given up");
    }

    fn watched() -> (Arc<Holdings>, tokio::task::JoinHandle<()>) {
        let holdings = Arc::new(Holdings::default());
        let watching = Arc::clone(&holdings);
        (
            holdings,
            tokio::spawn(async move { watching.watch_deadlines().await }),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_that_is_not_renewed_is_given_up_a_fifth_before_its_end() {
        let (holdings, _watch) = watched();
        let began = Instant::now();
        given_up(&hold(&holdings)).await;
        assert_eq!(began.elapsed().as_secs(), 12);
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_counts_from_when_it_was_asked_for() {
        let (holdings, _watch) = watched();
        let (began, hold) = (Instant::now(), hold(&holdings));
        let asked = began + Duration::from_secs(5);
        tokio::time::sleep(Duration::from_secs(11)).await;
        hold.holding.extend(asked, LEASE);
        given_up(&hold).await;
        assert_eq!(began.elapsed().as_secs(), 17);
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_deadline_nothing_begins_even_before_the_watch_has_noticed() {
        let holdings = Arc::new(Holdings::default());
        let hold = hold(&holdings);
        assert!(hold.holding.alive(Instant::now()));
        tokio::time::advance(Duration::from_secs(12)).await;
        assert!(!hold.holding.alive(Instant::now()));
        assert!(!hold.holding.is_lost());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_run_stays_lost_whatever_comes_later() {
        let holdings = Arc::new(Holdings::default());
        let hold = hold(&holdings);
        hold.holding.raise(Signal::Lost);
        hold.holding.raise(Signal::Pause);
        hold.holding.extend(Instant::now(), LEASE);
        assert!(hold.holding.is_lost());
        assert!(holdings.all().is_empty(), "it is not renewed either");
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_is_held_once_an_epoch() {
        let holdings = Arc::new(Holdings::default());
        let first = hold(&holdings);
        let deadline = Instant::now() + LEASE;
        assert!(holdings.hold(key(1), deadline).is_none());
        assert!(holdings.hold(key(2), deadline).is_some());
        drop(first);
        assert!(holdings.hold(key(1), deadline).is_some());
    }
}
