//! How often one write is sent within a slice, and what a failure that certainly had no effect leads to.

use std::time::Duration;

use skarv_canonical::Class;
use skarv_connector::Error;

use super::engine::Run;

/// How often one write is sent within a slice.
const MOST_SENT: u32 = 5;

/// What the client says of a call that no longer fits in its window.
const WINDOW_CLOSED: &str = "send_window_closed";

/// How often a window may be over before a write can leave: more than that, and grants are shorter than calls.
const MOST_CLOSED: u32 = 20;

/// How often a write was tried in this slice.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tries {
    pub(super) sent: u32,
    /// How often its window was over before it could leave.
    closed: u32,
}

/// What a failure leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another try after this wait, under a new grant.
    Again(Duration),
    /// Not in this slice; after this wait, if one is known.
    Later(Option<Duration>),
    /// The target refuses it as it is.
    Refused,
    /// Nothing can tell what it led to.
    Unknown,
}

impl Tries {
    pub(super) fn used_up(self) -> bool {
        self.sent >= MOST_SENT
    }

    /// What a failure without an effect leads to.
    pub(super) fn after(&mut self, run: &Run, error: &Error) -> Next {
        if error.reason.code == WINDOW_CLOSED {
            return self.closed();
        }
        match error.class() {
            Class::Transient | Class::RateLimited => self.passing(run, error.retry_after),
            Class::UnknownOutcome => Next::Unknown,
            Class::Data | Class::Configuration | Class::Credentials => Next::Refused,
        }
    }

    /// It never left, because others of the page took their time: that says nothing about this write.
    fn closed(&mut self) -> Next {
        self.sent -= 1;
        self.closed += 1;
        match self.closed < MOST_CLOSED {
            true => Next::Again(Duration::ZERO),
            false => Next::Later(None),
        }
    }

    fn passing(self, run: &Run, asked_for: Option<Duration>) -> Next {
        let wait = asked_for.unwrap_or_else(|| run.backoff(self.sent));
        if self.used_up() {
            return Next::Later(asked_for);
        }
        if wait > run.patience() {
            return Next::Later(Some(wait));
        }
        run.progress.retried();
        Next::Again(wait)
    }
}
