//! What became of each source record, and what its story tells.
//!
//! The record says how things are; the story is append-only and says how they came to be so. A record that is read again
//! and found as it was adds nothing to its story. Nothing here holds a payload: replay fetches it afresh.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use skarv_canonical::{Class, Fingerprint, Reason, write::Entity};

use crate::{
    clock::after,
    id::{RunId, StreamId, TenantId},
    retry::record_backoff,
    write::Finding,
};

mod selection;

pub use selection::{Filter, Preview, Selection};

/// How a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// In the target, made by us.
    Written,
    /// In the target, found there and taken over.
    Adopted,
    /// In the target already.
    Unchanged,
    /// Not to be sent. Nobody needs to act.
    Dropped,
    /// Waits for a person or a later try.
    Parked,
    /// A write may have happened and nothing can tell.
    Unknown,
    /// Was parked, and a person has set it aside.
    Ignored,
}

impl RecordState {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Written,
        Self::Adopted,
        Self::Unchanged,
        Self::Dropped,
        Self::Parked,
        Self::Unknown,
        Self::Ignored,
    ];

    /// The stable name, as stored and in stories.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Adopted => "adopted",
            Self::Unchanged => "unchanged",
            Self::Dropped => "dropped",
            Self::Parked => "parked",
            Self::Unknown => "unknown",
            Self::Ignored => "ignored",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    fn stands_in_target(self) -> bool {
        match self {
            Self::Written | Self::Adopted => true,
            Self::Unchanged | Self::Dropped | Self::Parked | Self::Unknown | Self::Ignored => false,
        }
    }
}

/// An amount of money in the smallest unit of its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Öre, cents: whole units of the smallest kind.
    pub minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// One source record of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its stream.
    pub stream: StreamId,
    /// The source's key of it.
    pub source_key: String,
    /// What people call it.
    pub reference: String,
    /// How it is.
    pub state: RecordState,
    /// Why it was dropped or parked.
    pub reason: Option<Reason>,
    /// What it comes to.
    pub amount: Option<Amount>,
    /// When it is tried again by itself.
    pub retry_at: Option<DateTime<Utc>>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// The writes that a person is to settle; only of an unknown record.
    pub doubts: Vec<Doubt>,
}

/// A write that may have happened, and nothing can tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// What it is about.
    pub entity: Entity,
    /// Our key, by which a person finds it in the target.
    pub our_key: String,
}

/// One thing that happened to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// The run it happened in.
    pub run: Option<RunId>,
    /// What: a record state, or `replayed`, `resolved`, `doubled`.
    pub what: String,
    /// Further facts by name, such as `invoice` to the target's id.
    pub facts: BTreeMap<String, String>,
    /// Why.
    pub reason: Option<Reason>,
}

/// A record and what became of it, as an agent tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The source's key.
    pub source_key: String,
    /// What people call it.
    pub reference: String,
    /// What it comes to.
    pub amount: Option<Amount>,
    /// What became of it.
    pub result: RecordState,
    /// Its writes that are settled, in order.
    pub writes: Vec<SettledWrite>,
    /// Why, where there is a reason.
    pub reason: Option<Reason>,
    /// When to try a parked record again by itself; `None` waits for a person.
    pub retry: Option<Duration>,
    /// Rules that changed it, by their ids.
    pub rules: Vec<String>,
    /// What a person may see of it, masked.
    pub excerpt: String,
}

/// A write that is settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledWrite {
    /// What it is about.
    pub entity: Entity,
    /// Our key.
    pub our_key: String,
    /// The target's id. Empty when nothing can tell.
    pub foreign_id: String,
    /// Over the target form.
    pub fingerprint: Fingerprint,
    /// Whether nothing can tell.
    pub unknown: bool,
    /// Whether it was found there rather than made now.
    pub adopted: bool,
    /// What to remember as "this record is that record".
    pub links: Vec<Link>,
}

/// "This record in the source is that record in the target."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it is about.
    pub entity: String,
    /// The source's key.
    pub source_key: String,
    /// The target's key.
    pub target_key: String,
}

/// What is remembered of a record between runs, apart from what people see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How it is.
    pub state: RecordState,
    /// Why.
    pub reason: Option<Reason>,
    /// Tries of a parked record.
    pub attempt: u32,
    /// When it is tried again by itself.
    pub retry_at: Option<DateTime<Utc>>,
    /// The writes that a person is to settle.
    pub doubts: Vec<Doubt>,
}

/// What an outcome makes of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// How it is from now on.
    pub standing: Standing,
    /// Whether its story tells of it.
    pub tell: bool,
}

/// What an outcome makes of a record. `doubts` are those of its writes of which nothing can tell, as far as nobody knows
/// better. `again` says that the record was asked for once more, by a person or a timer, rather than met on the way.
pub fn settle(
    before: Option<&Standing>,
    outcome: &Outcome,
    doubts: Vec<Doubt>,
    again: bool,
    now: DateTime<Utc>,
) -> Settlement {
    if let Some(before) = before.filter(|before| stays(before, outcome, &doubts, again)) {
        return Settlement {
            standing: before.clone(),
            tell: false,
        };
    }
    let state = match before {
        // what stands in the target goes on standing there, whatever a later look finds not worth doing
        Some(before) if before.state.stands_in_target() && is_quiet(outcome.result) => before.state,
        _ => outcome.result,
    };
    let (attempt, retry_at) = retry_of(before, outcome, again, now);
    let reason = outcome.reason.clone();
    let same = before.is_some_and(|before| before.state == state && before.reason == reason);
    let tell = match outcome.result {
        RecordState::Written | RecordState::Adopted => true,
        RecordState::Unchanged => false,
        RecordState::Dropped | RecordState::Parked | RecordState::Unknown | RecordState::Ignored => {
            again || !same
        }
    };
    Settlement {
        standing: Standing {
            state,
            reason,
            attempt,
            retry_at,
            doubts,
        },
        tell,
    }
}

/// What an outcome says nothing new about.
fn stays(before: &Standing, outcome: &Outcome, doubts: &[Doubt], again: bool) -> bool {
    use RecordState::{Dropped, Ignored, Parked, Unchanged, Unknown};
    match (before.state, outcome.result) {
        // it is in doubt whatever the shop says of it now: only knowing ends a doubt
        (Unknown, Parked | Dropped) => !before.doubts.is_empty(),
        // it comes late: somebody has told meanwhile
        (_, Unknown) => doubts.is_empty() && outcome.writes.iter().any(|write| write.unknown),
        // what stands in the target otherwise than it should is not put right by being found there again; what was set
        // aside comes back by being delivered: otherwise both by being sent again
        (Parked, Unchanged) | (Ignored, Parked | Dropped | Unchanged) => !again,
        _ => false,
    }
}

/// What a record is when a person has told what became of one of its writes. What is still in doubt stays unknown. A
/// document that stands is taken over. A card that stands, or a write that was not made, leaves something to send.
pub fn resolved(before: &Standing, doubt: &Doubt, finding: &Finding, retry_at: DateTime<Utc>) -> Standing {
    let doubts: Vec<_> = before
        .doubts
        .iter()
        .filter(|other| *other != doubt)
        .cloned()
        .collect();
    let stands = matches!(finding, Finding::ExistsAs(_)) && doubt.entity != Entity::Customer;
    let (state, reason, retry_at) = if !doubts.is_empty() {
        (RecordState::Unknown, before.reason.clone(), None)
    } else if stands {
        (RecordState::Adopted, None, None)
    } else {
        let reason = Reason::new(Class::Transient, "resolved_by_hand");
        (RecordState::Parked, Some(reason), Some(retry_at))
    };
    Standing {
        state,
        reason,
        attempt: 0,
        retry_at,
        doubts,
    }
}

fn is_quiet(result: RecordState) -> bool {
    match result {
        RecordState::Unchanged | RecordState::Dropped => true,
        RecordState::Written
        | RecordState::Adopted
        | RecordState::Parked
        | RecordState::Unknown
        | RecordState::Ignored => false,
    }
}

/// A parked record that is met again on the way keeps the try it waits for; only a try counts as one.
fn retry_of(
    before: Option<&Standing>,
    outcome: &Outcome,
    again: bool,
    now: DateTime<Utc>,
) -> (u32, Option<DateTime<Utc>>) {
    let parked = before.filter(|before| before.state == RecordState::Parked);
    match (outcome.result, outcome.retry) {
        (RecordState::Parked, Some(base)) => match parked {
            Some(parked) if !again && parked.attempt > 0 => (parked.attempt, parked.retry_at),
            parked => {
                let attempt = parked.map_or(0, |parked| parked.attempt).saturating_add(1);
                (
                    attempt,
                    record_backoff(base, attempt).map(|wait| after(now, wait)),
                )
            }
        },
        _ => (0, None),
    }
}

#[cfg(test)]
mod tests;
