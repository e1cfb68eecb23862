//! What is missing before a flow is switched on, as one of its systems sees it.

use chrono::{DateTime, Utc};
use skarv_canonical::{
    Reason,
    spec::{StreamKind, StreamSpec},
};

/// What a system is asked: everything that the flow is to do, of which it looks at its own side.
#[derive(Clone, Copy, Debug)]
pub struct Flight<'a> {
    /// Every stream of the flow, on or not.
    pub streams: &'a [StreamSpec],
    /// Whether products go from the shop to the accounting system: then the shop owns them.
    pub shop_is_master: bool,
    /// The time.
    pub now: DateTime<Utc>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The flow would stop, or park what it carries.
    Blocking,
    /// It would work, and perhaps not as meant.
    Warning,
}

/// One thing that is missing or doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The stream that it is about; `None` is the whole connection.
    pub stream: Option<StreamKind>,
    /// What it is, and what to do about it.
    pub reason: Reason,
}

impl Finding {
    /// What keeps a stream from working.
    pub fn blocking(stream: Option<StreamKind>, reason: Reason) -> Self {
        Self {
            severity: Severity::Blocking,
            stream,
            reason,
        }
    }

    /// What a person should know.
    pub fn warning(stream: Option<StreamKind>, reason: Reason) -> Self {
        Self {
            severity: Severity::Warning,
            stream,
            reason,
        }
    }
}
