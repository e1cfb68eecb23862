//! The loop of an agent: take a slot, then ask for work; and its end, where nothing held is dropped.
//!
//! Everything that runs is owned by `work`: aborting it stops the agent where it stands. What a lease needs is in
//! `carry`; a panic there ends that run as failed and nothing else.

use std::{sync::Arc, time::Duration};

use skarv_canonical::{Class, Reason};
use skarv_http::Backoff;
use tokio::{sync::Notify, task::JoinSet, time::Instant};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::Instrument;

use crate::{
    carry::Carrier,
    control_plane::{CallError, Client, Leased},
    flow::{Signal, SliceEnd},
    holding::{Hold, Holdings, local_deadline},
    keeper::{Keeper, Polls},
    lease::{Ending, Lease},
    slots::{Slot, Slots},
};

/// How long the control plane may keep a poll waiting.
pub(crate) const POLL: Duration = Duration::from_secs(20);

/// The same while no backfill would be taken: a backfill slot that becomes free is offered this soon.
const SHORT_POLL: Duration = Duration::from_secs(1);

/// Waits between polls that fail, or bring nothing sooner than they should. All agents fail together when the control
/// plane restarts, and may not come back together.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(5));

/// How long aborted runs may take to be gone.
const ABORT_LIMIT: Duration = Duration::from_secs(1);

/// An agent at work.
pub(crate) struct Worker {
    client: Arc<Client>,
    carrier: Arc<Carrier>,
    slots: Slots,
    holdings: Arc<Holdings>,
    polls: Arc<Polls>,
    soon: Arc<Notify>,
    drain: CancellationToken,
    drain_limit: Duration,
}

impl Worker {
    pub(crate) fn new(
        client: Arc<Client>,
        carrier: Carrier,
        slots: u32,
        drain_limit: Duration,
        drain: CancellationToken,
    ) -> Self {
        Self {
            client,
            carrier: Arc::new(carrier),
            slots: Slots::new(slots),
            holdings: Arc::default(),
            polls: Arc::default(),
            soon: Arc::default(),
            drain,
            drain_limit,
        }
    }

    /// Works until it is told to drain, and ends when everything held has ended or is handed back.
    pub(crate) async fn work(self) {
        let keeper = self.keeper();
        let holdings = Arc::clone(&self.holdings);
        let _renewing = AbortOnDropHandle::new(tokio::spawn(async move { keeper.keep().await }));
        let _watching = AbortOnDropHandle::new(tokio::spawn(async move { holdings.watch_deadlines().await }));
        let mut runs = JoinSet::new();
        self.take_work(&mut runs).await;
        self.wind_up(runs).await;
    }

    fn keeper(&self) -> Keeper {
        Keeper {
            client: Arc::clone(&self.client),
            holdings: Arc::clone(&self.holdings),
            polls: Arc::clone(&self.polls),
            drain: self.drain.clone(),
            soon: Arc::clone(&self.soon),
        }
    }

    async fn take_work(&self, runs: &mut JoinSet<()>) {
        let (mut answered, mut in_vain) = (0, 0_u32);
        while let Some(polled) = self.drain.run_until_cancelled(self.poll(answered + 1)).await {
            while runs.try_join_next().is_some() {}
            match polled {
                Ok(leased) => {
                    answered += 1;
                    in_vain = if leased.came_in_vain() {
                        in_vain.saturating_add(1)
                    } else {
                        0
                    };
                    self.begin_all(leased, runs);
                }
                Err(error) => {
                    in_vain = in_vain.saturating_add(1);
                    tracing::warn!(%error, in_vain, "cannot ask for work");
                }
            }
            if in_vain > 0 {
                let wait = BACKOFF.delay(in_vain - 1, rand::random());
                self.drain.run_until_cancelled(tokio::time::sleep(wait)).await;
            }
        }
        self.polls.give_up(answered);
    }

    /// Takes a slot, then asks for work.
    async fn poll(&self, seq: u64) -> Result<Leased, CallError> {
        let free = self.slots.free().await;
        let wait = if free.background == 0 { SHORT_POLL } else { POLL };
        self.polls.begin(seq);
        self.client.lease_runs(seq, free, wait).await
    }

    fn begin_all(&self, leased: Leased, runs: &mut JoinSet<()>) {
        let (began, sure) = beginning(leased.asked, leased.received, self.client.terms().renew);
        let came = !leased.leases.is_empty();
        for lease in leased.leases {
            self.begin(lease, began, runs);
        }
        if came && !sure {
            self.soon.notify_one();
        }
        for undecodable in leased.refused {
            let client = Arc::clone(&self.client);
            runs.spawn(async move { client.finish_unheld(undecodable).await });
        }
        if leased.drain {
            tracing::info!("the control plane asks this agent to drain");
            self.drain.cancel();
        }
    }

    fn begin(&self, lease: Lease, began: Instant, runs: &mut JoinSet<()>) {
        let deadline = local_deadline(began, lease.length);
        let Some(hold) = self.holdings.hold(lease.key.clone(), deadline) else {
            tracing::warn!(run = %lease.key, "the run is held already");
            return;
        };
        let slot = self.slots.take(lease.kind.is_background());
        let span =
            tracing::info_span!("run", key = %lease.key, kind = ?lease.kind, tenant = %lease.tenant_ref);
        let run = supervise(
            Arc::clone(&self.client),
            Arc::clone(&self.carrier),
            lease,
            hold,
            slot,
        );
        runs.spawn(run.instrument(span));
    }

    async fn wind_up(self, mut runs: JoinSet<()>) {
        self.holdings.raise(Signal::Drain);
        if ended(&mut runs, self.drain_limit).await {
            return self.client.deregister(&[]).await;
        }
        let unfinished = self.holdings.all();
        tracing::warn!(
            runs = unfinished.len(),
            "handing back runs that did not end in time"
        );
        runs.abort_all();
        ended(&mut runs, ABORT_LIMIT).await;
        let left = self.client.hand_back(&unfinished).await;
        self.client.deregister(&left).await;
    }
}

/// From when leases count, and whether that is sure. After a long poll they began at an unknown moment within it: they
/// count from the answer, and a renewal at once gives them a sure beginning.
fn beginning(asked: Instant, received: Instant, renew: Duration) -> (Instant, bool) {
    let prompt = received - asked <= renew / 4;
    (if prompt { asked } else { received }, prompt)
}

/// Whether all runs ended within the limit.
async fn ended(runs: &mut JoinSet<()>, limit: Duration) -> bool {
    let all = async { while runs.join_next().await.is_some() {} };
    tokio::time::timeout(limit, all).await.is_ok()
}

/// Carries a lease in a task of its own and says how it ended. The slot and the hold are given back last.
async fn supervise(client: Arc<Client>, carrier: Arc<Carrier>, lease: Lease, hold: Hold, slot: Slot) {
    let holding = Arc::clone(&hold.holding);
    tracing::debug!(attempt = lease.attempt, "a run begins");
    let carrying = async move { carrier.carry(lease, &holding).await }.in_current_span();
    let ending = match AbortOnDropHandle::new(tokio::spawn(carrying)).await {
        Ok(ending) => ending,
        Err(broken) => {
            tracing::error!(%broken, "a run broke");
            agent_fault()
        }
    };
    tracing::debug!(end = ?ending.end, "a run ended");
    if ending.end != SliceEnd::Lost {
        client.finish(&hold.holding, &ending).await;
    }
    drop((hold, slot));
}

/// The run met a defect of ours.
fn agent_fault() -> Ending {
    SliceEnd::Failed {
        reason: Reason::new(Class::Transient, "agent_fault"),
        retry: None,
        block: false,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_counts_from_the_question_unless_that_waited_long() {
        let (asked, renew) = (Instant::now(), Duration::from_secs(4));
        let after = |ms| beginning(asked, asked + Duration::from_millis(ms), renew);
        assert_eq!(after(900), (asked, true));
        assert_eq!(after(19_000), (asked + Duration::from_secs(19), false));
    }
}
