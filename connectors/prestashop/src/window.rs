//! How far records of one kind have been read: a window of stamps in the shop's own clock, and inside it a position by id.
//!
//! A window is closed before it is read, so that paging through it sees a set that only shrinks: an order that changes
//! meanwhile leaves it and is met again in the next one. Nothing is skipped; what lies in an overlap comes twice.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::zone::{self, Zone};

/// Changes younger than this may not be committed yet.
const SETTLING: TimeDelta = TimeDelta::seconds(10);
/// Two clocks are never read at the same moment. The overlap of two windows makes up for this.
const JITTER_S: i64 = 60;
/// PrestaShop is younger than this.
const BEGINNING: &str = "2000-01-01 00:00:00";

/// A position in the records of a shop. The texts are local times as the webservice writes them, so they compare as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) from: String,
    /// The end of the window being read. None between windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
    /// The last id that was read in it.
    #[serde(default)]
    pub(crate) last_id: u64,
    /// Whether any record has been read. An empty shop is not left behind.
    #[serde(default)]
    pub(crate) seen: bool,
    /// How many seconds the shop's local time was ahead of our own when the last window was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lead_s: Option<i64>,
}

impl Position {
    /// Where to begin: a day before the first order that is wanted, since an order is never changed before it is placed.
    pub(crate) fn start(start_at: Option<DateTime<Utc>>, zone: Zone) -> Self {
        let from = start_at.map(|at| zone::text(zone.local(at - TimeDelta::days(1))));
        Self::between(from.unwrap_or_else(|| BEGINNING.to_owned()))
    }

    fn between(from: String) -> Self {
        Self {
            from,
            to: None,
            last_id: 0,
            seen: false,
            lead_s: None,
        }
    }

    /// Closes the next window by the shop's clock. None when nothing can have settled since the last one.
    ///
    /// A clock that has been set back, or a time zone that has changed, stamps new orders with times that are read already:
    /// the window then reaches back as far as the shop's local time has fallen behind ours.
    pub(crate) fn close_at(&self, clock: DateTime<Utc>, now: DateTime<Utc>, zone: Zone) -> Option<Self> {
        let local = zone.local(clock - SETTLING);
        let lead_s = (local - now.naive_utc()).num_seconds();
        let lost = self.lead_s.map_or(0, |before| before.saturating_sub(lead_s));
        let from = match zone::parse(&self.from) {
            Some(from) if lost > JITTER_S => zone::text(from - TimeDelta::seconds(lost)),
            _ => self.from.clone(),
        };
        let to = zone::text(local);
        (to > from).then(|| Self {
            from,
            to: Some(to),
            last_id: 0,
            lead_s: Some(lead_s),
            ..self.clone()
        })
    }

    /// After a page that was full.
    pub(crate) fn after(&self, last_id: u64) -> Self {
        Self {
            last_id,
            ..self.clone()
        }
    }

    /// After a page that was not: the window is read to its end.
    pub(crate) fn finished(&self, zone: Zone) -> Self {
        if !self.seen {
            return Self {
                to: None,
                ..self.clone()
            };
        }
        let end = self.to.as_deref().and_then(zone::parse);
        let from = end.map(|end: NaiveDateTime| zone::text(end - zone.overlap(end)));
        Self {
            from: from.unwrap_or_else(|| self.from.clone()),
            to: None,
            last_id: 0,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> Zone {
        Zone::named("Europe/Stockholm").unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn reading_begins_a_day_before_the_first_wanted_order() {
        let position = Position::start(Some(at("2026-11-01T00:00:00Z")), zone());
        assert_eq!(position.from, "2026-10-31 01:00:00");
        assert_eq!(Position::start(None, zone()).from, BEGINNING);
    }

    #[test]
    fn a_window_ends_ten_seconds_before_the_shop_s_clock() {
        let open = Position::between("2026-11-20 00:00:00".into());
        let closed = open
            .close_at(at("2026-11-24T06:00:00Z"), at("2026-11-24T06:00:00Z"), zone())
            .unwrap();
        assert_eq!(closed.to.as_deref(), Some("2026-11-24 06:59:50"));
    }

    #[test]
    fn a_window_that_would_be_empty_is_not_opened() {
        let open = Position::between("2026-11-24 07:00:00".into());
        assert_eq!(
            open.close_at(at("2026-11-24T06:00:05Z"), at("2026-11-24T06:00:05Z"), zone()),
            None
        );
    }

    #[test]
    fn the_next_window_overlaps_the_one_before() {
        let read = Position {
            from: "2026-11-20 00:00:00".into(),
            to: Some("2026-11-24 06:59:50".into()),
            last_id: 77,
            seen: true,
            lead_s: None,
        };
        let next = Position {
            seen: true,
            ..Position::between("2026-11-24 06:54:50".into())
        };
        assert_eq!(read.finished(zone()), next);
    }

    /// Stamped at 01:59:59 and seen half a minute later, when the window before has gone to 03:00:06.
    #[test]
    fn a_change_that_is_seen_late_is_not_missed_when_the_clocks_go_forward() {
        let open = Position::between("2026-03-29 01:50:00".into());
        let clock = at("2026-03-29T01:00:16Z");
        let window = open.close_at(clock, clock, zone()).unwrap();
        assert_eq!(window.to.as_deref(), Some("2026-03-29 03:00:06"));
        let read = Position { seen: true, ..window };
        assert!(read.finished(zone()).from.as_str() <= "2026-03-29 01:59:59");
    }

    /// Polls every ten minutes through the night the clocks go back, and once after a stop of six hours.
    #[test]
    fn no_change_is_missed_when_the_clocks_go_back() {
        let night = at("2026-10-24T22:00:00Z");
        let polls: Vec<i64> = (0..40).map(|n| n * 10).chain([800]).collect();
        let mut windows = Vec::new();
        let mut position = Position::between(zone::text(zone().local(night)));
        for minutes in &polls {
            let clock = night + TimeDelta::minutes(*minutes);
            let Some(window) = position.close_at(clock, clock, zone()) else {
                continue;
            };
            position = Position {
                seen: true,
                ..window.clone()
            }
            .finished(zone());
            windows.push((clock, window));
        }
        for second in (0..24_000).step_by(30) {
            let change = night + TimeDelta::seconds(second);
            let stamp = zone::text(zone().local(change));
            let seen = windows.iter().any(|(clock, window)| {
                *clock >= change && window.from <= stamp && Some(&stamp) <= window.to.as_ref()
            });
            assert!(seen, "{change} {stamp}");
        }
    }

    /// The shop's clock jumps an hour ahead and back, and its zone changes; orders come all the time.
    #[test]
    fn no_change_is_missed_when_the_clock_or_the_zone_jumps() {
        let start = at("2026-11-20T00:00:00Z");
        let london = Zone::named("Europe/London").unwrap();
        let shop = |minutes: i64| {
            let jump = if (60..120).contains(&minutes) { 60 } else { 0 };
            let zone = if minutes < 240 { zone() } else { london };
            (start + TimeDelta::minutes(minutes + jump), zone)
        };
        let mut windows = Vec::new();
        let mut position = Position::between(zone::text(zone().local(start)));
        for minutes in (10..400).step_by(10) {
            let (clock, zone) = shop(minutes);
            let Some(window) = position.close_at(clock, start + TimeDelta::minutes(minutes), zone) else {
                continue;
            };
            position = Position {
                seen: true,
                ..window.clone()
            }
            .finished(zone);
            windows.push((minutes, window));
        }
        for minutes in 1..380 {
            let (clock, zone) = shop(minutes);
            let stamp = zone::text(zone.local(clock));
            let seen = windows.iter().any(|(read, window)| {
                *read >= minutes && window.from <= stamp && Some(&stamp) <= window.to.as_ref()
            });
            assert!(seen, "{minutes} {stamp}");
        }
    }

    #[test]
    fn a_shop_without_orders_is_not_left_behind() {
        let open = Position::between("2026-11-20 00:00:00".into());
        let closed = open
            .close_at(at("2026-11-24T06:00:00Z"), at("2026-11-24T06:00:00Z"), zone())
            .unwrap();
        assert_eq!(closed.finished(zone()).from, "2026-11-20 00:00:00");
    }
}
