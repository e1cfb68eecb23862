//! The shop's clock: starts at the seed's `now`, runs with real time, and can be set forward.
//!
//! It never goes back, as the clock of a server should not, unless it is told to be wrong: then everything that the shop
//! stamps or says is wrong by as much. Reading the wall clock is left to nobody.

use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Europe::Stockholm;

pub(crate) struct Clock {
    base: DateTime<Utc>,
    since: Instant,
    /// How wrong it is.
    wrong_by: Duration,
}

impl Clock {
    pub(crate) fn starting_at(now: DateTime<Utc>) -> Self {
        Self {
            base: now,
            since: Instant::now(),
            wrong_by: Duration::zero(),
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.right() + self.wrong_by
    }

    pub(crate) fn be_wrong_by(&mut self, seconds: i64) {
        self.wrong_by = Duration::try_seconds(seconds).unwrap_or_default();
    }

    fn right(&self) -> DateTime<Utc> {
        let elapsed = Duration::from_std(self.since.elapsed()).unwrap_or(Duration::zero());
        self.base + elapsed
    }

    pub(crate) fn advance_to(&mut self, now: DateTime<Utc>) {
        if now > self.right() {
            self.base = now;
            self.since = Instant::now();
        }
    }
}

/// Shop-local time without an offset, the only form of time the webservice knows.
pub(crate) fn local(at: DateTime<Utc>) -> String {
    at.with_timezone(&Stockholm)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}
