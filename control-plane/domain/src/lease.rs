//! What an agent that says it holds a run may do, and what it is told.
//!
//! To start something new (prepare) the lease must live. To tell what has happened (checkpoint, finish) it is enough that
//! nobody else got the run since: refusing would forget finished invoices.

use chrono::{DateTime, Utc};

use crate::{
    id::AgentId,
    run::{RunState, Step},
};

/// Who says something about a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The agent.
    pub agent: AgentId,
    /// The epoch it was given.
    pub epoch: u64,
}

/// What an agent is told about one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done as asked.
    Ok,
    /// The lease is gone: stop at once. Nothing was changed.
    Lost,
    /// The run is cancelled: stop, then finish it as cancelled.
    Cancel,
    /// The stream is paused: settle what was started, then finish as yielded.
    Pause,
    /// The tenant's package no longer allows it: write nothing more.
    NotAllowed,
}

/// What an agent wants to do with a run that it says it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Keep it.
    Renew,
    /// Start writes.
    Prepare,
    /// Tell what became of records.
    Checkpoint,
    /// End it.
    Finish,
    /// Use one of its connections: reserve requests, renew credentials.
    UseConnection,
}

/// What bears on a run from outside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// Whether its stream is switched off, paused or blocked.
    pub paused: bool,
    /// Until when the tenant's package allows it; `None` is without end.
    pub allowed_until: Option<DateTime<Utc>>,
}

/// What an agent is told when it wants to do this.
pub fn answer(run: &RunState, claim: Claim, act: Act, around: Circumstances, now: DateTime<Utc>) -> Answer {
    let Step::Leased(lease) = &run.step else {
        return Answer::Lost;
    };
    if lease.agent != claim.agent || run.epoch != claim.epoch {
        return Answer::Lost;
    }
    match act {
        Act::Prepare | Act::UseConnection if lease.until <= now => Answer::Lost,
        // what has happened is told however late
        Act::Checkpoint | Act::Finish | Act::UseConnection => Answer::Ok,
        // a lease that nobody took away may be kept, however late
        Act::Renew | Act::Prepare => standing(run, around, now),
    }
}

fn standing(run: &RunState, around: Circumstances, now: DateTime<Utc>) -> Answer {
    if run.cancel {
        Answer::Cancel
    } else if around.allowed_until.is_some_and(|until| until <= now) {
        Answer::NotAllowed
    } else if around.paused {
        Answer::Pause
    } else {
        Answer::Ok
    }
}

#[cfg(test)]
mod tests;
