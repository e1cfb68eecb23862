//! What may happen to a run, and what it is afterwards.
//!
//! A run becomes ready only by being given its lane; whoever has a lane keeps it while it is ready, leased or waits for
//! room at a connection. An epoch never goes down: it grows with every lease and with every lease that is taken away, so whatever an earlier
//! holder says is known to be late. The store applies these events to rows inside its writing transactions.

use chrono::{DateTime, Utc};

use crate::{
    id::{AgentId, ConnectionId},
    lease::Claim,
};

/// A run's place in the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunState {
    /// Where it is.
    pub step: Step,
    /// The fencing token.
    pub epoch: u64,
    /// Tries that failed since it last got on.
    pub attempt: u32,
    /// The last checkpoint of this epoch.
    pub seq: Option<u64>,
    /// A person wants it to stop.
    pub cancel: bool,
}

/// Where a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Queued, and held up by something that will free it.
    Waiting(Hold),
    /// May be leased.
    Ready,
    /// An agent has it.
    Leased(Lease),
    /// Not before this instant.
    Delayed(DateTime<Utc>),
    /// Over: the row is deleted.
    Ended,
}

/// What holds a queued run up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Another run has its lane.
    Lane,
    /// The connection has no room.
    Connection(ConnectionId),
}

/// An agent's time-limited right to a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The agent.
    pub agent: AgentId,
    /// The poll that brought it.
    pub poll: u64,
    /// When it was leased.
    pub since: DateTime<Utc>,
    /// When it expires.
    pub until: DateTime<Utc>,
}

/// What happens to a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An agent takes it.
    Lease(Lease),
    /// Its agent keeps it.
    Renew {
        /// Who says so.
        claim: Claim,
        /// The new end.
        until: DateTime<Utc>,
    },
    /// Its agent has settled something.
    Checkpoint {
        /// Who says so.
        claim: Claim,
        /// The checkpoint's number within the epoch.
        seq: u64,
    },
    /// Its agent is done for good.
    Finish {
        /// Who says so.
        claim: Claim,
    },
    /// Its agent got on and there is more to do: a slice ended.
    Yield {
        /// Who says so.
        claim: Claim,
        /// When the next slice may start.
        at: DateTime<Utc>,
        /// The instant now.
        now: DateTime<Utc>,
    },
    /// Its agent could not get on and it is to be tried again.
    Retry {
        /// Who says so.
        claim: Claim,
        /// When.
        at: DateTime<Utc>,
    },
    /// Its agent gives it back untried.
    HandBack {
        /// Who says so.
        claim: Claim,
    },
    /// Its lease is taken away: it expired, or its agent is gone.
    Reap {
        /// The instant now.
        now: DateTime<Utc>,
        /// Whether the agent said goodbye, so that the lease need not have expired.
        gone: bool,
        /// When it may be tried again.
        retry_at: DateTime<Utc>,
    },
    /// What delayed it has passed.
    Promote {
        /// The instant now.
        now: DateTime<Utc>,
    },
    /// A person wants it now: nothing delays it any more.
    Hasten,
    /// The connection has no room for it.
    Block(ConnectionId),
    /// It is given its lane, or room at its connection.
    Free,
    /// A person wants it to stop.
    Cancel,
}

/// Why an event may not happen. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Whoever says so does not have the run.
    #[error("the lease is lost")]
    Lost,
    /// Its time has not come.
    #[error("it is too early")]
    Early,
    /// A checkpoint that was settled before: the answer is the same and nothing changes.
    #[error("this checkpoint is settled already")]
    Repeated,
    /// The run is not where this can happen.
    #[error("a run does not do this where it is")]
    OutOfPlace,
}

impl RunState {
    /// A run that was just queued: it waits for its lane, which may be free.
    pub fn enqueue() -> Self {
        Self {
            step: Step::Waiting(Hold::Lane),
            epoch: 0,
            attempt: 0,
            seq: None,
            cancel: false,
        }
    }

    /// Whether it has its lane, so that no other run of the lane may be active.
    pub fn has_lane(&self) -> bool {
        match self.step {
            Step::Ready | Step::Leased(_) | Step::Waiting(Hold::Connection(_)) => true,
            Step::Waiting(Hold::Lane) | Step::Delayed(_) | Step::Ended => false,
        }
    }

    /// The lease, if an agent has it.
    pub fn lease(&self) -> Option<&Lease> {
        match &self.step {
            Step::Leased(lease) => Some(lease),
            Step::Waiting(_) | Step::Ready | Step::Delayed(_) | Step::Ended => None,
        }
    }

    fn held_by(&self, claim: Claim) -> Result<&Lease, Refused> {
        match self.lease() {
            Some(lease) if lease.agent == claim.agent && self.epoch == claim.epoch => Ok(lease),
            _ => Err(Refused::Lost),
        }
    }

    /// A run that goes back to the queue, or ends when a person wanted it to.
    fn requeued(self, step: Step) -> Self {
        if self.cancel {
            Self {
                step: Step::Ended,
                ..self
            }
        } else {
            Self { step, ..self }
        }
    }
}

fn queued_at(at: DateTime<Utc>, now: DateTime<Utc>) -> Step {
    if at > now {
        Step::Delayed(at)
    } else {
        Step::Waiting(Hold::Lane)
    }
}

/// What a run is after an event, or why the event may not happen.
pub fn apply(run: RunState, event: Event) -> Result<RunState, Refused> {
    match event {
        Event::Lease(lease) => lease_to(&run, lease),
        Event::Renew { claim, until } => {
            let kept = Lease {
                until,
                ..run.held_by(claim)?.clone()
            };
            Ok(RunState {
                step: Step::Leased(kept),
                ..run
            })
        }
        Event::Checkpoint { claim, seq } => checkpoint(run, claim, seq),
        Event::Finish { claim } => run.held_by(claim).cloned().map(|_| RunState {
            step: Step::Ended,
            ..run
        }),
        Event::Yield { claim, at, now } => {
            run.held_by(claim)?;
            Ok(RunState { attempt: 0, ..run }.requeued(queued_at(at, now)))
        }
        Event::Retry { claim, at } => {
            run.held_by(claim)?;
            Ok(RunState {
                attempt: run.attempt.saturating_add(1),
                ..run
            }
            .requeued(Step::Delayed(at)))
        }
        Event::HandBack { claim } => {
            run.held_by(claim)?;
            Ok(run.requeued(Step::Waiting(Hold::Lane)))
        }
        Event::Reap { now, gone, retry_at } => reap(run, now, gone, retry_at),
        Event::Promote { now } => promote(&run, now),
        Event::Hasten => match run.step {
            Step::Delayed(_) => Ok(RunState {
                step: Step::Waiting(Hold::Lane),
                ..run
            }),
            Step::Waiting(_) | Step::Ready | Step::Leased(_) | Step::Ended => Err(Refused::OutOfPlace),
        },
        Event::Block(connection) => match run.step {
            Step::Ready => Ok(RunState {
                step: Step::Waiting(Hold::Connection(connection)),
                ..run
            }),
            Step::Waiting(_) | Step::Leased(_) | Step::Delayed(_) | Step::Ended => Err(Refused::OutOfPlace),
        },
        Event::Free => match run.step {
            Step::Waiting(_) => Ok(RunState {
                step: Step::Ready,
                ..run
            }),
            Step::Ready | Step::Leased(_) | Step::Delayed(_) | Step::Ended => Err(Refused::OutOfPlace),
        },
        Event::Cancel => cancel(run),
    }
}

fn lease_to(run: &RunState, lease: Lease) -> Result<RunState, Refused> {
    match run.step {
        Step::Ready => Ok(RunState {
            step: Step::Leased(lease),
            epoch: run.epoch.saturating_add(1),
            seq: None,
            ..run.clone()
        }),
        Step::Waiting(_) | Step::Leased(_) | Step::Delayed(_) | Step::Ended => Err(Refused::OutOfPlace),
    }
}

/// The first checkpoint of an epoch may have any number; from then on each is one more than the last. A gap means that one
/// went missing, and going on would forget what it settled: the run is taken up again from the cursor instead.
fn checkpoint(run: RunState, claim: Claim, seq: u64) -> Result<RunState, Refused> {
    run.held_by(claim)?;
    match run.seq {
        Some(last) if seq <= last => Err(Refused::Repeated),
        Some(last) if seq != last.saturating_add(1) => Err(Refused::Lost),
        _ => Ok(RunState {
            seq: Some(seq),
            ..run
        }),
    }
}

fn reap(run: RunState, now: DateTime<Utc>, gone: bool, retry_at: DateTime<Utc>) -> Result<RunState, Refused> {
    let lease = run.lease().ok_or(Refused::OutOfPlace)?;
    if !gone && lease.until > now {
        return Err(Refused::Early);
    }
    let attempt = if gone {
        run.attempt
    } else {
        run.attempt.saturating_add(1)
    };
    let taken = RunState {
        epoch: run.epoch.saturating_add(1),
        attempt,
        seq: None,
        ..run
    };
    Ok(taken.requeued(queued_at(retry_at, now)))
}

fn promote(run: &RunState, now: DateTime<Utc>) -> Result<RunState, Refused> {
    match run.step {
        Step::Delayed(until) if until <= now => Ok(RunState {
            step: Step::Waiting(Hold::Lane),
            ..run.clone()
        }),
        Step::Delayed(_) => Err(Refused::Early),
        Step::Waiting(_) | Step::Ready | Step::Leased(_) | Step::Ended => Err(Refused::OutOfPlace),
    }
}

/// A run that nobody has ends at once; one that an agent has is told at its next renewal.
fn cancel(run: RunState) -> Result<RunState, Refused> {
    match run.step {
        Step::Ended => Err(Refused::OutOfPlace),
        Step::Leased(_) => Ok(RunState { cancel: true, ..run }),
        Step::Waiting(_) | Step::Ready | Step::Delayed(_) => Ok(RunState {
            cancel: true,
            step: Step::Ended,
            ..run
        }),
    }
}

#[cfg(test)]
mod tests;
