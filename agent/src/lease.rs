//! A lease in plain words: the time-limited right to one run, and all that carrying it needs.
//!
//! Its secrets live as long as the lease is carried and are printed nowhere. What keeps it alive is in `holding` and
//! `keeper`.

use std::{collections::BTreeMap, fmt, time::Duration};

use secrecy::SecretString;
use skarv_canonical::{Cursor, Fingerprint, reconciliation::Compared};
use skarv_connector::{CheckReport, Discovery, Finding, Period};

use crate::{
    flow::{DryRun, SliceEnd},
    preflight::Place,
};

/// A run under one epoch. Everything said about the run carries both.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RunKey {
    pub(crate) run_id: String,
    pub(crate) epoch: u64,
}

impl fmt::Display for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.run_id, self.epoch)
    }
}

/// What a run is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sync,
    Backfill,
    Replay,
    Reconcile,
    Check,
    Discover,
    Preflight,
    DryRun(DryRunAsk),
    /// One that this version does not carry.
    Other(String),
}

impl Kind {
    /// Whether it leaves room to whatever is urgent, as the control plane counts it.
    pub(crate) fn is_background(&self) -> bool {
        match self {
            Self::Backfill | Self::Reconcile => true,
            Self::Sync
            | Self::Replay
            | Self::Check
            | Self::Discover
            | Self::Preflight
            | Self::DryRun(_)
            | Self::Other(_) => false,
        }
    }
}

/// The right to one run.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) key: RunKey,
    pub(crate) kind: Kind,
    /// How often it was tried, from 1.
    pub(crate) attempt: u32,
    /// Opaque reference of the tenant, for logs.
    pub(crate) tenant_ref: String,
    /// Where the stream's spec is found. `None` for runs on a connection.
    pub(crate) spec: Option<Fingerprint>,
    /// How long the lease lasts, from when the control plane gave it.
    pub(crate) length: Duration,
    pub(crate) slice: Slice,
    pub(crate) cursor: Option<Cursor>,
    /// The records to carry again, for a replay.
    pub(crate) keys: Vec<String>,
    /// Where the specs of all streams of the flow are found, for a pre-flight check.
    pub(crate) flow_specs: Vec<Fingerprint>,
    /// Whether the shop owns the products, for a pre-flight check.
    pub(crate) shop_is_master: bool,
    /// The days to compare, for a reconciliation.
    pub(crate) period: Option<Period>,
    /// The system to read. Of a run on one connection, that one.
    pub(crate) source: Option<Connection>,
    /// The system to write. A reconciliation only reads it.
    pub(crate) target: Option<Connection>,
}

/// What a dry run is to foresee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DryRunAsk {
    /// Everything from the beginning; otherwise what is new after the cursor.
    pub(crate) everything: bool,
    pub(crate) records: usize,
}

/// How much a run does before it yields its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) length: Duration,
    pub(crate) records: usize,
}

/// One connection, with its credentials, for this run only.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Opaque reference, for logs and reservations.
    pub(crate) reference: String,
    pub(crate) connector: String,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) secrets: BTreeMap<String, SecretString>,
    pub(crate) shop_ref: String,
    /// Requests that may be sent without reserving first.
    pub(crate) budget: RequestGrant,
}

/// A chunk of a connection's request budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestGrant {
    pub(crate) count: u32,
    /// Before the first.
    pub(crate) wait: Duration,
    /// The least time between two.
    pub(crate) interval: Duration,
    /// After this the rest of the chunk is void.
    pub(crate) expires: Duration,
}

/// How a run or slice ended, and what it found.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) end: SliceEnd,
    pub(crate) found: Option<Found>,
}

/// What a run found, by its kind.
#[derive(Debug)]
pub(crate) enum Found {
    Check(CheckReport),
    Discovery(Discovery),
    Preflight(Vec<(Place, Finding)>),
    DryRun(DryRun),
    Reconciliation(Period, Compared),
}

impl Ending {
    /// A run that went through, and what it found.
    pub(crate) fn found(found: Found) -> Self {
        Self {
            end: SliceEnd::Succeeded,
            found: Some(found),
        }
    }
}

impl From<SliceEnd> for Ending {
    fn from(end: SliceEnd) -> Self {
        Self { end, found: None }
    }
}
