//! What a run needs from the control plane, in plain words: verdicts before it writes, a checkpoint after.
//!
//! The one implementation speaks gRPC (`control_plane/`); the engine's own tests give an in-memory one. Implementations
//! repeat a call by themselves while the lease may live, so an error here is final for the run.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use async_trait::async_trait;
use skarv_canonical::{
    Cursor, Fingerprint, Money, Reason,
    write::{Effect, Entity},
};
use tokio::time::Instant;

use super::end::Step;

/// One write that is asked about.
#[derive(Clone, Debug)]
pub struct Question {
    /// What it is about.
    pub entity: Entity,
    /// Our key. Occurs once in a page.
    pub our_key: String,
    /// Over the target form.
    pub fingerprint: Fingerprint,
    /// What it does to what is there.
    pub effect: Effect,
    /// Whether doing it twice would be seen.
    pub needs_intent: bool,
    /// Whether the target can be searched by our key.
    pub searchable: bool,
    /// How long the target's search may lag behind.
    pub visible_after: Duration,
}

/// What a write is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody wrote it: create it while the grant lasts.
    New(Grant),
    /// This run asked before, in this epoch: look it up unless it is known not to have been sent, then as `New`.
    Held(Grant),
    /// It stands there as it is to be.
    Unchanged {
        /// The target's id.
        foreign_id: String,
    },
    /// It stands there, with another fingerprint.
    Linked {
        /// The target's id.
        foreign_id: String,
        /// Empty where it is never touched again.
        grant: Grant,
    },
    /// Someone may have written it: wait and look it up; adopt it, or ask again. Only with no wait left may it be created.
    Pending {
        /// How long to wait before the look-up can settle anything, from when the question was asked.
        wait: Duration,
        /// Empty while there is a wait.
        grant: Grant,
    },
    /// Another run holds it: ask again.
    Busy {
        /// How long to wait.
        wait: Duration,
    },
    /// Someone may have written it and nothing can tell: a person decides.
    Unknown,
}

/// The span in which a write may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Counted from `Prepared::asked`.
    pub length: Duration,
}

/// Answers to a page's questions, in the order asked.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The instant before the question left: grants count from here.
    pub asked: Instant,
    /// The instant at which the answer was there: waits count from here, so that they are never cut short.
    pub answered: Instant,
    /// The wall clock at `asked`, for the second look at the send window.
    pub asked_wall: chrono::DateTime<chrono::Utc>,
    /// One for each question.
    pub verdicts: Vec<Verdict>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Written.
    Written,
    /// Found in the target and taken over.
    Adopted,
    /// It stood there already.
    Unchanged,
    /// Not to be sent.
    Dropped,
    /// Could not be delivered.
    Parked,
    /// A write may have happened and nothing can tell.
    Unknown,
}

/// One record and what became of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The source's key.
    pub source_key: String,
    /// What people call it.
    pub reference: String,
    /// What it comes to.
    pub amount: Option<Money>,
    /// What became of it.
    pub result: Settled,
    /// Writes that are settled, in order.
    pub writes: Vec<SettledWrite>,
    /// Why, where there is a reason.
    pub reason: Option<Reason>,
    /// When to try a parked record again by itself.
    pub retry: Option<Duration>,
    /// What a person may see of it, masked.
    pub excerpt: String,
    /// Every write of it as far as it went, for whoever only foresees.
    pub(super) steps: Vec<Step>,
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
    /// The source's key of the record that it is, where it is one: an invoice is its order, whichever record made it.
    pub stands_for: Option<String>,
}

/// What a run has settled since its last checkpoint.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint {
    /// Where to go on. Only ever set when every record before it is settled.
    pub cursor: Option<Cursor>,
    /// Records and what became of them.
    pub outcomes: Vec<Outcome>,
    /// What orders that were seen wait for.
    pub demand: Vec<OrderDemand>,
    /// Writes that were granted and certainly not made, by what they are about and our key.
    pub released: Vec<(Entity, String)>,
}

/// How much of an article one order waits for: ordered, and not invoiced yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderDemand {
    /// The order's source key.
    pub order_key: String,
    /// Article number. Never empty.
    pub sku: String,
    /// Whole units; zero when it waits no more.
    pub quantity: i64,
}

/// What orders wait for, all of it as it is at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Ordered and not invoiced, by article number.
    pub demand: HashMap<String, i64>,
    /// Whether that is all there is.
    pub complete: bool,
    /// Those of the orders asked about that no run has read, of a stream that is to read them.
    pub unread: BTreeSet<String>,
}

/// Why a run cannot go on with the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// The lease is gone: stop at once, say nothing more.
    #[error("the lease is lost")]
    Lost,
    /// A person cancelled the run.
    #[error("the run is cancelled")]
    Cancelled,
    /// The stream is paused.
    #[error("the stream is paused")]
    Paused,
    /// The tenant's package no longer allows it.
    #[error("the tenant's package does not allow it")]
    NotAllowed,
}

/// The control plane, for one run.
#[async_trait]
pub trait Control: Send + Sync {
    /// Asks what writes are to be, and gets grants for those that may be sent.
    async fn prepare(&self, questions: Vec<Question>) -> Result<Prepared, ControlError>;

    /// Asks what writes are to be, and only that: stores nothing, grants nothing.
    async fn peek(&self, questions: Vec<Question>) -> Result<Prepared, ControlError>;

    /// What all orders together wait for, by article number: one answer for each number that is asked about. Stores nothing.
    async fn demand(&self, numbers: Vec<String>) -> Result<HashMap<String, i64>, ControlError>;

    /// What all orders together wait for, whatever the article, and which of these orders nobody has read. Stores nothing.
    async fn waiting(&self, orders: Vec<String>) -> Result<Waiting, ControlError>;

    /// Settles records and moves the cursor. Returns our keys of writes that were settled before with another foreign id.
    async fn checkpoint(&self, checkpoint: Checkpoint) -> Result<Vec<String>, ControlError>;
}
