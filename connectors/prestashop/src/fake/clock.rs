//! The shop's clock: starts at the seed's `now`, runs with real time, and can be set forward.
//!
//! It never goes back, as the clock of a server should not; reading the wall clock is left to nobody.

use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Europe::Stockholm;

pub(crate) struct Clock {
    base: DateTime<Utc>,
    since: Instant,
}

impl Clock {
    pub(crate) fn starting_at(now: DateTime<Utc>) -> Self {
        Self {
            base: now,
            since: Instant::now(),
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        let elapsed = Duration::from_std(self.since.elapsed()).unwrap_or(Duration::zero());
        self.base + elapsed
    }

    pub(crate) fn advance_to(&mut self, now: DateTime<Utc>) {
        if now > self.now() {
            *self = Self::starting_at(now);
        }
    }
}

/// Shop-local time without an offset, the only form of time the webservice knows.
pub(crate) fn local(at: DateTime<Utc>) -> String {
    at.with_timezone(&Stockholm)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}
