//! How far the rows of stock are read: since which time, and how far in a pass through the rows that moved since then.
//!
//! Rows come in the order of the items and not of their changes, so a pass goes by page, and inside a page after the last
//! number. The next pass begins where the newest row of this one moved, by the system's own clock; ours only tells when
//! that moment is long over.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Balance;
use crate::api::Page;
use crate::source::Step;

/// A change may be stamped this long before it shows.
const SETTLING: TimeDelta = TimeDelta::seconds(10);
/// Two clocks differ by less. So long after a row moved, nothing more can be stamped with that second.
const OVER: TimeDelta = TimeDelta::minutes(15);

/// A place among the changes of stock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Rows that moved before are read. `None`: none are.
    pub(super) since: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pass: Option<Pass>,
}

/// A pass that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pass {
    begun: DateTime<Utc>,
    /// When the newest row so far moved.
    newest: Option<DateTime<Utc>>,
    /// The page that is being read, from 1.
    pub(super) page: usize,
    /// The last number that was read on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    /// The last number on the page before, until it has been looked at again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) edge: Option<String>,
}

impl Pass {
    pub(super) fn begun(now: DateTime<Utc>) -> Self {
        Self {
            begun: now,
            newest: None,
            page: 1,
            after: None,
            edge: None,
        }
    }

    /// To the page before, all of it.
    pub(super) fn back(self) -> Self {
        Self {
            page: self.page.saturating_sub(1).max(1),
            after: None,
            edge: None,
            ..self
        }
    }

    /// The rows of the page that are to be read next. A page that has lost the place is read from its first row.
    pub(super) fn rest<'a>(&self, rows: &'a [Balance], limit: usize) -> &'a [Balance] {
        let is_last = |row: &Balance| self.after.as_ref() == Some(&row.item_number);
        let start = rows.iter().position(is_last).map_or(0, |at| at + 1);
        let rest = &rows[start..];
        &rest[..rest.len().min(limit)]
    }

    /// Goes past these rows of a page, and on to the next page behind the last. False when there is no more.
    pub(super) fn read(&mut self, rows: &[Balance], page: &Page<Balance>) -> bool {
        let newest = rows.iter().filter_map(|row| row.updated_date).max();
        self.newest = self.newest.max(newest);
        let last = |rows: &[Balance]| rows.last().map(|row| row.item_number.clone());
        self.after = last(rows).or_else(|| self.after.take());
        let end = last(&page.items);
        if self.after != end {
            return true;
        }
        self.page += 1;
        self.after = None;
        self.edge = end;
        !page.last
    }
}

impl Position {
    pub(super) fn within(&self, pass: Pass) -> Self {
        Self {
            since: self.since,
            pass: Some(pass),
        }
    }

    /// Where the next pass begins.
    pub(super) fn behind(&self, pass: &Pass) -> Self {
        let next = pass.newest.map(|newest| match pass.begun - newest > OVER {
            true => newest + TimeDelta::seconds(1),
            false => newest - SETTLING,
        });
        Self {
            since: self.since.max(next),
            pass: None,
        }
    }

    /// A list without rows moves nothing. Inside a pass it is read on from the page before.
    pub(super) fn unheard(&self, pass: Pass) -> Step<Self> {
        let inside = pass.page > 1;
        Step {
            records: Vec::new(),
            position: Self {
                since: self.since,
                pass: inside.then(|| pass.back()),
            },
            done: !inside,
            heard: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn row(number: usize, moved: &str) -> Balance {
        Balance {
            item_number: format!("A-{number}"),
            available: None,
            updated_date: Some(at(moved)),
        }
    }

    fn after(since: Option<&str>, begun: &str, newest: &str) -> Option<DateTime<Utc>> {
        let mut pass = Pass::begun(at(begun));
        let items = vec![row(1, newest)];
        pass.read(&items.clone(), &Page { items, last: true });
        let position = Position {
            since: since.map(at),
            pass: None,
        };
        position.behind(&pass).since
    }

    #[test]
    fn what_moved_lately_is_read_again_and_what_moved_long_ago_is_not() {
        let newest = "2026-11-23T12:00:00Z";
        assert_eq!(
            after(None, "2026-11-23T12:10:00Z", newest),
            Some(at("2026-11-23T11:59:50Z"))
        );
        assert_eq!(
            after(None, "2026-11-23T12:15:01Z", newest),
            Some(at("2026-11-23T12:00:01Z"))
        );
    }

    #[test]
    fn reading_never_goes_back_in_time() {
        let since = "2026-11-23T12:00:01Z";
        let moved = "2026-11-23T12:00:02Z";
        assert_eq!(after(Some(since), "2026-11-23T12:00:05Z", moved), Some(at(since)));
    }

    #[test]
    fn a_page_that_has_lost_the_place_is_read_from_its_first_row() {
        let rows = [row(1, "2026-11-23T12:00:00Z"), row(2, "2026-11-23T12:00:00Z")];
        let mut pass = Pass::begun(at("2026-11-23T12:00:00Z"));
        pass.after = Some("A-1".to_owned());
        assert_eq!(pass.rest(&rows, 50).len(), 1);
        pass.after = Some("A-9".to_owned());
        assert_eq!((pass.rest(&rows, 50).len(), pass.rest(&rows, 1).len()), (2, 1));
    }
}
