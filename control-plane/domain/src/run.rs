//! A run: one piece of work for an agent, on a stream or on a connection, done in slices.
//!
//! What people see of it is here; the machine that decides what may happen to it is in `state`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use skarv_canonical::Reason;

use crate::{
    dry_run::DryRunAsk,
    id::{ConnectionId, RunId, StreamId, TenantId},
    period::Period,
};

pub mod state;

pub use state::{Event, Hold, Lease, Refused, RunState, Step};

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Carries changes.
    Sync,
    /// Carries everything.
    Backfill,
    /// Carries chosen records again.
    Replay,
    /// Shows what would be written.
    DryRun,
    /// Compares both systems over a period.
    Reconcile,
    /// Tests a connection.
    Check,
    /// Reads what a connection has to choose from.
    Discover,
    /// Completes an OAuth authorization.
    Authorize,
    /// Says what is missing before a flow is switched on.
    Preflight,
}

impl RunKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Sync,
        Self::Backfill,
        Self::Replay,
        Self::DryRun,
        Self::Reconcile,
        Self::Check,
        Self::Discover,
        Self::Authorize,
        Self::Preflight,
    ];

    /// The stable name, as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Backfill => "backfill",
            Self::Replay => "replay",
            Self::DryRun => "dry_run",
            Self::Reconcile => "reconcile",
            Self::Check => "check",
            Self::Discover => "discover",
            Self::Authorize => "authorize",
            Self::Preflight => "preflight",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether it writes records, and so holds its stream's lane.
    pub fn carries(self) -> bool {
        match self {
            Self::Sync | Self::Backfill | Self::Replay => true,
            Self::DryRun
            | Self::Reconcile
            | Self::Check
            | Self::Discover
            | Self::Authorize
            | Self::Preflight => false,
        }
    }

    /// Whether it is on a connection; otherwise it is on a stream.
    pub fn on_connection(self) -> bool {
        match self {
            Self::Check | Self::Discover | Self::Authorize => true,
            Self::Sync | Self::Backfill | Self::Replay | Self::DryRun | Self::Reconcile | Self::Preflight => {
                false
            }
        }
    }
}

/// What a run is asked for, beyond what it is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RunAsk {
    /// Nothing more.
    #[default]
    Nothing,
    /// These records, by their source keys; for replays.
    Records(Vec<String>),
    /// These days; for comparisons.
    Period(Period),
    /// So much; for dry runs.
    Foresee(DryRunAsk),
}

impl RunAsk {
    /// The records to carry again.
    pub fn records(&self) -> &[String] {
        match self {
            Self::Records(keys) => keys,
            Self::Nothing | Self::Period(_) | Self::Foresee(_) => &[],
        }
    }

    /// The days to compare.
    pub fn period(&self) -> Option<Period> {
        match self {
            Self::Period(period) => Some(*period),
            Self::Nothing | Self::Records(_) | Self::Foresee(_) => None,
        }
    }

    /// What to foresee.
    pub fn foresee(&self) -> Option<DryRunAsk> {
        match self {
            Self::Foresee(ask) => Some(*ask),
            Self::Nothing | Self::Records(_) | Self::Period(_) => None,
        }
    }
}

/// What a run that writes nothing is to look at, of both systems of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Orders against documents, over these days.
    Reconcile(Period),
    /// What is missing before the stream's flow is switched on.
    Preflight,
    /// What would be written.
    DryRun(DryRunAsk),
}

impl Look {
    /// The run that does it.
    pub fn run(self) -> (RunKind, RunAsk) {
        match self {
            Self::Reconcile(period) => (RunKind::Reconcile, RunAsk::Period(period)),
            Self::Preflight => (RunKind::Preflight, RunAsk::Nothing),
            Self::DryRun(ask) => (RunKind::DryRun, RunAsk::Foresee(ask)),
        }
    }
}

/// What a run is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunSubject {
    /// A stream.
    Stream(StreamId),
    /// A connection.
    Connection(ConnectionId),
}

/// How a run is, as people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Waits for its turn, for room at a connection, or for its next try.
    Queued,
    /// An agent has it.
    Running,
    /// Everything there was is settled.
    Succeeded,
    /// It could not go on.
    Failed,
    /// It was cancelled, or its stream was switched off.
    Cancelled,
}

impl Phase {
    /// The stable name, as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The phase of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Queued,
            Self::Running,
            Self::Succeeded,
            Self::Failed,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|phase| phase.as_str() == name)
    }

    /// Whether nothing more will happen to it.
    pub fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Succeeded | Self::Failed | Self::Cancelled => true,
        }
    }
}

/// A run as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Whose it is.
    pub tenant: TenantId,
    /// What it is for.
    pub kind: RunKind,
    /// What it is on.
    pub subject: RunSubject,
    /// How it is.
    pub phase: Phase,
    /// Counts so far.
    pub totals: Totals,
    /// Share done in percent, for runs with a known end.
    pub percent: Option<u32>,
    /// Why it failed, or why it waits for its next try.
    pub error: Option<Reason>,
    /// When it was first queued.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// How an agent says that a slice ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishOutcome {
    /// Everything there was is settled.
    Succeeded,
    /// There is more.
    Yielded,
    /// It could not go on.
    Failed,
    /// The agent drains.
    HandedBack,
    /// It was cancelled.
    Cancelled,
}

/// Counts of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Records read.
    pub read: u64,
    /// Records written.
    pub written: u64,
    /// Records found in the target and taken over.
    pub adopted: u64,
    /// Records that stood there already.
    pub unchanged: u64,
    /// Records not to be sent.
    pub dropped: u64,
    /// Records that wait for a person or a later try.
    pub parked: u64,
    /// Records whose outcome nothing can tell.
    pub unknown: u64,
    /// Requests to foreign systems that were tried again.
    pub retries: u64,
}

impl Totals {
    /// The sum of both.
    #[must_use]
    pub fn plus(self, more: Self) -> Self {
        Self {
            read: self.read.saturating_add(more.read),
            written: self.written.saturating_add(more.written),
            adopted: self.adopted.saturating_add(more.adopted),
            unchanged: self.unchanged.saturating_add(more.unchanged),
            dropped: self.dropped.saturating_add(more.dropped),
            parked: self.parked.saturating_add(more.parked),
            unknown: self.unknown.saturating_add(more.unknown),
            retries: self.retries.saturating_add(more.retries),
        }
    }

    /// Whether it is worth remembering: something was read.
    pub fn notable(&self) -> bool {
        self.read > 0
    }
}
