//! The shop's clock: starts at the seed's `now`, runs with real time or stands still, and can be set forward.
//!
//! It never goes back, as the clock of a server should not, unless it is told to be wrong: then everything that the shop
//! stamps or says is wrong by as much. Reading the wall clock is left to nobody.

use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Europe::Stockholm;

pub(crate) struct Clock {
    base: DateTime<Utc>,
    /// When it showed that. None while it stands still.
    since: Option<Instant>,
    /// How wrong it is.
    wrong_by: Duration,
}

impl Clock {
    pub(crate) fn starting_at(now: DateTime<Utc>) -> Self {
        Self {
            base: now,
            since: Some(Instant::now()),
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
        let elapsed = self.since.map(|since| since.elapsed()).unwrap_or_default();
        self.base + Duration::from_std(elapsed).unwrap_or_default()
    }

    pub(crate) fn advance_to(&mut self, now: DateTime<Utc>) {
        if now > self.right() {
            self.base = now;
            self.since = self.since.map(|_| Instant::now());
        }
    }

    /// Whether only being set moves it, so that a test decides what every second looks like.
    pub(crate) fn stand_still(&mut self, still: bool) {
        self.base = self.right();
        self.since = (!still).then(Instant::now);
    }
}

/// Shop-local time without an offset, the only form of time the webservice knows.
pub(crate) fn local(at: DateTime<Utc>) -> String {
    at.with_timezone(&Stockholm)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_stands_still_moves_when_it_is_set_and_then_only() {
        let opened: DateTime<Utc> = "2026-11-24T06:00:00Z".parse().unwrap();
        let mut clock = Clock::starting_at(opened);
        clock.stand_still(true);
        for later in [opened + Duration::seconds(1), opened + Duration::hours(1)] {
            clock.advance_to(later);
            assert_eq!(clock.now(), later);
        }
        clock.stand_still(false);
        assert!(clock.now() > opened + Duration::hours(1));
    }
}
