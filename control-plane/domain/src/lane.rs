//! Lanes, and the order in which runs get their turn.
//!
//! A lane has one active run at a time: the stream for whatever writes, a lane of its own for whatever does not. Between
//! lanes the turn is fair by one number: `tag = max(V, F) + delay`, where V is how far the pool has come, F how far ahead
//! its tenant has queued, and the delay belongs to the class. Every delay is bounded, so nothing starves.

use skarv_canonical::spec::StreamKind;

use crate::{
    id::RunId,
    period::Period,
    run::{RunAsk, RunKind, RunSubject},
};

/// What one run costs its tenant, at the weight that tenants have by default.
const COST_AT_WEIGHT_ONE: i64 = 100_000;

/// The weight that tenants have by default.
pub const DEFAULT_WEIGHT: u32 = 100;

/// How urgent runs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A person waits in front of it.
    Check,
    /// Orders.
    Orders,
    /// Order statuses.
    Status,
    /// Stock levels.
    Stock,
    /// Prices and price lists.
    Price,
    /// Products.
    Product,
    /// Initial loads and sweeps.
    Backfill,
}

impl Class {
    /// All of them, most urgent first.
    pub const ALL: [Self; 7] = [
        Self::Check,
        Self::Orders,
        Self::Status,
        Self::Stock,
        Self::Price,
        Self::Product,
        Self::Backfill,
    ];

    /// The class of a run of this kind on a stream of this kind.
    pub fn of(kind: RunKind, stream: Option<StreamKind>) -> Self {
        match (kind, stream) {
            (RunKind::Check | RunKind::Discover | RunKind::Authorize | RunKind::Preflight, _) => Self::Check,
            (RunKind::Backfill | RunKind::Reconcile, _) => Self::Backfill,
            (RunKind::Sync | RunKind::Replay | RunKind::DryRun, Some(StreamKind::Orders) | None) => {
                Self::Orders
            }
            (_, Some(StreamKind::OrderStatus)) => Self::Status,
            (_, Some(StreamKind::Stock)) => Self::Stock,
            (_, Some(StreamKind::Prices | StreamKind::PriceLists)) => Self::Price,
            (_, Some(StreamKind::Products)) => Self::Product,
        }
    }

    /// The number it is stored by.
    pub fn as_i16(self) -> i16 {
        match self {
            Self::Check => 0,
            Self::Orders => 1,
            Self::Status => 2,
            Self::Stock => 3,
            Self::Price => 4,
            Self::Product => 5,
            Self::Backfill => 6,
        }
    }

    /// The class of this number; an unknown one counts as the least urgent.
    pub fn from_i16(number: i16) -> Self {
        Self::ALL
            .into_iter()
            .find(|class| class.as_i16() == number)
            .unwrap_or(Self::Backfill)
    }

    /// How far behind orders it queues, in the unit of tags: so many runs of one tenant are worth its wait.
    pub fn delay(self) -> i64 {
        match self {
            Self::Check | Self::Orders => 0,
            Self::Status => 2_000,
            Self::Stock => 5_000,
            Self::Price => 10_000,
            Self::Product => 20_000,
            Self::Backfill => 50_000,
        }
    }

    /// Whether it may not take the slots that are kept free for live work.
    pub fn is_background(self) -> bool {
        self == Self::Backfill
    }

    /// The name of the purse that its runs are paid from, apart for live and background work.
    pub fn group(self) -> &'static str {
        if self.is_background() {
            "background"
        } else {
            "live"
        }
    }
}

/// The number that a run queues by: the smallest goes first. Checks go before everything: no other number is negative.
pub fn tag(pool_clock: i64, tenant_finish: i64, class: Class) -> i64 {
    if class == Class::Check {
        -1
    } else {
        pool_clock.max(tenant_finish).saturating_add(class.delay())
    }
}

/// How far a tenant has queued after one more run.
pub fn finish_after(pool_clock: i64, tenant_finish: i64, class: Class, weight: u32) -> i64 {
    let cost = if class == Class::Check {
        0
    } else {
        COST_AT_WEIGHT_ONE / i64::from(weight.max(1))
    };
    pool_clock.max(tenant_finish).saturating_add(cost)
}

/// How far a pool has come once a run with this tag is leased. Only grows.
pub fn clock_after(pool_clock: i64, tag: i64, class: Class) -> i64 {
    pool_clock.max(tag.saturating_sub(class.delay()))
}

/// The lane that a run holds while it is active.
pub fn lane(kind: RunKind, subject: RunSubject) -> String {
    let of = match subject {
        RunSubject::Stream(id) => id.to_string(),
        RunSubject::Connection(id) => id.to_string(),
    };
    if kind.carries() {
        format!("stream:{of}")
    } else {
        format!("{}:{of}", kind.as_str())
    }
}

/// What may be queued once: a second request for it is the same run. Replays are each their own, comparisons of other days
/// are others, and so are dry runs that look at something else.
pub fn queue_key(kind: RunKind, subject: RunSubject, ask: &RunAsk, run: RunId) -> String {
    let name = kind.as_str();
    let of = match subject {
        RunSubject::Stream(id) => id.to_string(),
        RunSubject::Connection(id) => id.to_string(),
    };
    match ask {
        RunAsk::Records(_) => format!("{name}:{run}"),
        RunAsk::Period(Period { from, to }) => format!("{name}:{of}:{from}:{to}"),
        RunAsk::Foresee(ask) => format!("{name}:{of}:{}:{}", ask.everything, ask.max_records),
        RunAsk::Nothing => format!("{name}:{of}"),
    }
}

/// The order in which runs that wait for one lane get it: backfill last, otherwise as they came.
pub fn turn(class: Class, waiting_since_micros: i64) -> (bool, i64) {
    (class.is_background(), waiting_since_micros)
}

#[cfg(test)]
mod tests;
