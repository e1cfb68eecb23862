//! What became of each source record, and what its story tells.
//!
//! The record says how things are; the story is append-only and says how they came to be so. A record that is read again
//! and found as it was adds nothing to its story. Nothing here holds a payload: replay fetches it afresh.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use skarv_canonical::{Fingerprint, Reason, write::Entity};

use crate::id::{RunId, StreamId, TenantId};

mod selection;
mod settle;

pub use selection::{Filter, Only, Preview, Selection};
pub use settle::{Known, Settlement, Standing, credited, resolved, settle};

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

impl Outcome {
    /// Whether a document of the record's own is known to stand in the books: an order's invoice, a refund's credit note. A
    /// refund names its order's invoice too, which is not its own.
    pub fn books(&self) -> bool {
        let own = if is_refund(&self.source_key) {
            Entity::Credit
        } else {
            Entity::Invoice
        };
        let stands = |write: &SettledWrite| write.entity == own && !write.unknown;
        match self.result {
            RecordState::Written | RecordState::Adopted | RecordState::Unchanged => true,
            // of a record that parked, its first writes may stand all the same
            RecordState::Parked | RecordState::Unknown | RecordState::Dropped | RecordState::Ignored => {
                self.writes.iter().any(stands)
            }
        }
    }

    /// Whether the order is not sent because it is cancelled.
    pub fn cancelled(&self) -> bool {
        let code = self.reason.as_ref().map(|reason| reason.code.as_str());
        self.result == RecordState::Dropped && code == Some(settle::CANCELLED)
    }

    /// The source key of the order that a refund takes back from, as far as its credit note's reference tells.
    pub fn refunded_order(&self) -> Option<&str> {
        let own = format!("-{}", self.source_key);
        let credit = self.writes.iter().find(|write| write.entity == Entity::Credit)?;
        let invoice = credit.our_key.strip_suffix(&own)?;
        invoice.split_once('-').map(|(_shop, order)| order)
    }
}

/// Whether a record of an orders stream is a refund: its key is `R` and the slip's id.
fn is_refund(source_key: &str) -> bool {
    source_key
        .strip_prefix('R')
        .is_some_and(|slip| slip.starts_with(|c: char| c.is_ascii_digit()))
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

#[cfg(test)]
mod tests;
