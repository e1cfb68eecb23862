//! How far a shop's products have been read: what changed, in windows of change times, and everything, once a day.
//!
//! Combinations have no time of their own and do not move their product's, so what changed tells only of products; whatever
//! else changes is met by the daily sweep. A page may end inside a product: then the position is on the combination.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use skarv_canonical::Cursor;
use skarv_connector::{Error, PullRequest};

use crate::{
    place::{read, write},
    window::Position,
    zone::Zone,
};

/// From the beginning of one sweep to that of the next.
const BETWEEN_SWEEPS: TimeDelta = TimeDelta::days(1);

/// Inside a product: the last of its combinations that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Inside {
    pub(crate) product: u64,
    pub(crate) combination: u64,
}

/// How far everything has been read, by the ids of products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sweep {
    pub(crate) last_id: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inside: Option<Inside>,
    #[serde(default)]
    pub(crate) over: bool,
}

impl Sweep {
    pub(crate) fn of(cursor: Option<&Cursor>) -> Result<Self, Error> {
        cursor.map_or_else(|| Ok(Self::default()), read)
    }

    pub(crate) fn cursor(self) -> Cursor {
        write(&self)
    }
}

/// How far changes have been read, and the sweep that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) changes: Position,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inside: Option<Inside>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sweep: Option<Sweep>,
    /// When the last sweep began. The first window reads everything too.
    swept: DateTime<Utc>,
}

impl Place {
    pub(crate) fn of(request: &PullRequest, zone: Zone) -> Result<Self, Error> {
        let start = || Self {
            changes: Position::start(request.start_at, zone),
            inside: None,
            sweep: None,
            swept: request.now,
        };
        request.cursor.as_ref().map_or_else(|| Ok(start()), read)
    }

    pub(crate) fn cursor(&self) -> Cursor {
        write(self)
    }

    /// Whether a window is being read.
    pub(crate) fn is_open(&self) -> bool {
        self.changes.to.is_some()
    }

    /// The sweep that is under way, or one that is due.
    pub(crate) fn sweep_at(&mut self, now: DateTime<Utc>) -> Option<Sweep> {
        if self.sweep.is_none() && self.is_due(now) {
            self.sweep = Some(Sweep::default());
            self.swept = now;
        }
        self.sweep
    }

    /// Whether there is nothing to go on with for now.
    pub(crate) fn is_settled(&self, now: DateTime<Utc>) -> bool {
        !self.is_open() && self.sweep.is_none() && !self.is_due(now)
    }

    /// A clock that was set back makes one due too, or there would be none for as long.
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        (now - self.swept).abs() >= BETWEEN_SWEEPS
    }
}

#[cfg(test)]
mod tests {
    use skarv_connector::Extent;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn place(cursor: Option<Cursor>) -> Place {
        let request = PullRequest {
            cursor,
            start_at: None,
            extent: Extent::Changes,
            limit: 100,
            now: at("2026-11-24T06:00:00Z"),
        };
        Place::of(&request, Zone::named("Europe/Stockholm").unwrap()).unwrap()
    }

    #[test]
    fn everything_is_read_again_a_day_later_and_not_before() {
        let mut place = place(None);
        assert_eq!(place.sweep_at(at("2026-11-25T05:59:59Z")), None);
        assert!(!place.is_settled(at("2026-11-25T06:00:00Z")));
        assert_eq!(place.sweep_at(at("2026-11-25T06:00:00Z")), Some(Sweep::default()));
        place.sweep = None;
        assert!(place.is_settled(at("2026-11-26T05:00:00Z")));
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let mut before = place(None);
        before.inside = Some(Inside {
            product: 12,
            combination: 34,
        });
        before.sweep = Some(Sweep {
            last_id: 7,
            ..Sweep::default()
        });
        assert_eq!(place(Some(before.cursor())), before);
    }
}
