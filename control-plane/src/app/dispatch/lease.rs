//! Leasing runs: agents wait here, and one dispatcher asks the store for all of them at once and deals what it gets.
//!
//! Nothing here is remembered: a poll that is answered too late was leased all the same, and asking again under the same
//! number hands the runs out again.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use skarv_domain::{
    auth::AuthContext,
    error::{Error, Result},
};
use skarv_store::{LeaseAnswer, LeasePoll, Leased, Store};
use tokio::{
    sync::{Notify, oneshot},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::seat;
use crate::app::{App, Settings};

const LEASE: &str = "skarv.agent.v1.DispatchService/LeaseRuns";

/// Polls that may wait at once in this process.
const MOST_WAITING: usize = 10_000;

/// How many runs one poll may ask for.
const MOST_SLOTS: u32 = 1_000;

/// What an agent asks for.
#[derive(Clone, Debug)]
pub(crate) struct LeaseAsk {
    pub(crate) agent_id: String,
    pub(crate) poll_seq: u64,
    pub(crate) free_slots: u32,
    pub(crate) free_background_slots: u32,
    pub(crate) wait: Duration,
}

/// What an agent is given.
#[derive(Debug)]
pub(crate) struct Leases {
    pub(crate) runs: Vec<Leased>,
    pub(crate) drain: bool,
    /// How long a run holds its slot, and how many records it carries, before it yields.
    pub(crate) slice: Duration,
    pub(crate) slice_records: u32,
}

/// Where agents wait for work.
#[derive(Clone, Debug)]
pub(crate) struct Polls(Arc<Hall>);

#[derive(Debug, Default)]
struct Hall {
    waiting: Mutex<Vec<Waiting>>,
    came: Notify,
}

/// Deals runs to whoever waits. One a process.
pub(crate) struct Dispatcher {
    hall: Arc<Hall>,
    store: Store,
    recheck: Duration,
}

#[derive(Debug)]
struct Waiting {
    poll: LeasePoll,
    until: Instant,
    answer: oneshot::Sender<Result<LeaseAnswer>>,
}

impl Polls {
    /// An empty hall, and the dispatcher that serves it.
    pub(crate) fn over(store: Store, recheck: Duration) -> (Self, Dispatcher) {
        let hall = Arc::<Hall>::default();
        (Self(Arc::clone(&hall)), Dispatcher { hall, store, recheck })
    }
}

impl Hall {
    fn add(&self, waiting: Waiting) -> Result<()> {
        let mut all = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_WAITING {
            let (problem, retry) = (
                "too many agents wait for work here".to_owned(),
                Duration::from_secs(1),
            );
            return Err(Error::ResourceExhausted { problem, retry });
        }
        // an agent asks one poll at a time: an older one was given up on its way
        all.retain(|other| other.poll.agent != waiting.poll.agent);
        all.push(waiting);
        drop(all);
        self.came.notify_one();
        Ok(())
    }

    fn take(&self) -> Vec<Waiting> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put_back(&self, mut waiting: Vec<Waiting>) {
        let mut all = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = |old: &Waiting| all.iter().any(|new| new.poll.agent == old.poll.agent);
        waiting.retain(|old| !newer(old));
        all.append(&mut waiting);
    }

    fn is_empty(&self) -> bool {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }
}

impl App {
    /// Waits for work, at most as long as asked and as the settings allow.
    pub(crate) async fn runs_lease(&self, auth: &AuthContext, ask: LeaseAsk) -> Result<Leases> {
        let agent = seat(auth, LEASE, &ask.agent_id)?;
        let poll = LeasePoll {
            agent,
            poll_seq: ask.poll_seq,
            free_slots: ask.free_slots.min(MOST_SLOTS),
            free_background_slots: ask.free_background_slots.min(ask.free_slots).min(MOST_SLOTS),
        };
        let (answer, answered) = oneshot::channel();
        let until = Instant::now() + ask.wait.min(self.settings.poll);
        self.polls.0.add(Waiting { poll, until, answer })?;
        let answer = answered.await.unwrap_or_else(|_| Err(superseded()))?;
        if !answer.known {
            return Err(Error::not_found("agent", agent));
        }
        let Settings {
            slice, slice_records, ..
        } = self.settings;
        Ok(Leases {
            runs: answer.leases,
            drain: answer.drain,
            slice,
            slice_records,
        })
    }
}

impl Dispatcher {
    /// Deals until told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut changed = self.store.changed();
        while !stop.is_cancelled() {
            changed.mark_unchanged();
            self.deal().await;
            let idle = self.hall.is_empty();
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.hall.came.notified() => {}
                // a hint may be lost with the process that would have given it, so the store is asked now and then
                () = tokio::time::sleep(self.recheck), if !idle => {}
                hint = changed.changed(), if !idle => if hint.is_err() { break },
            }
        }
        // whoever waits is told that there is nothing, and asks another process
        for waiting in self.hall.take() {
            drop(waiting.answer.send(Ok(nothing())));
        }
    }

    async fn deal(&self) {
        let mut waiting = self.hall.take();
        waiting.retain(|w| !w.answer.is_closed());
        if waiting.is_empty() {
            return;
        }
        match self
            .store
            .run_lease(waiting.iter().map(|w| w.poll).collect())
            .await
        {
            Ok(answers) => self.hall.put_back(hand_out(waiting, answers)),
            Err(error) => {
                for waiting in waiting {
                    drop(waiting.answer.send(Err(error.clone())));
                }
            }
        }
    }
}

/// Answers those for whom there is something to say or whose time is up; returns the others.
fn hand_out(waiting: Vec<Waiting>, answers: Vec<LeaseAnswer>) -> Vec<Waiting> {
    let now = Instant::now();
    let mut still = Vec::new();
    for (waiting, answer) in waiting.into_iter().zip(answers) {
        if answer.leases.is_empty() && !answer.drain && answer.known && waiting.until > now {
            still.push(waiting);
        } else {
            // a caller that is gone asks again under the same number
            drop(waiting.answer.send(Ok(answer)));
        }
    }
    still
}

fn nothing() -> LeaseAnswer {
    LeaseAnswer {
        known: true,
        drain: false,
        leases: Vec::new(),
    }
}

fn superseded() -> Error {
    Error::Unavailable {
        problem: "a newer poll of this agent has taken over".to_owned(),
        retry: Duration::from_secs(1),
    }
}
