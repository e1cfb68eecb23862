//! The shop's clock: times in the webservice are local, without an offset, in the time zone of the shop.
//!
//! An hour that comes twice in autumn is read as its first pass, one that is skipped in spring is moved past the gap. How
//! far a window must reach back because of that is decided here too.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

const FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// Changes are stamped when they begin and seen when they are committed: each window starts a little before the last one's end.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);
/// The same, and the hour that comes twice or not at all.
const OVERLAP_AT_CLOCK_CHANGE: TimeDelta = TimeDelta::minutes(70);

/// The shop's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Zone(Tz);

impl Zone {
    /// The zone of whoever has none.
    pub(crate) const UTC: Self = Self(Tz::UTC);

    /// A zone by its name, such as `Europe/Stockholm`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    /// What the shop's clock shows at an instant.
    pub(crate) fn local(self, at: DateTime<Utc>) -> NaiveDateTime {
        at.with_timezone(&self.0).naive_local()
    }

    /// The instant of a local time.
    pub(crate) fn utc(self, local: NaiveDateTime) -> DateTime<Utc> {
        match self.0.from_local_datetime(&local) {
            MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => at.with_timezone(&Utc),
            // inside the gap: by the offset from before it, which lands as far behind the gap as the text is inside
            MappedLocalTime::None => (local - self.offset(local.and_utc() - TimeDelta::days(1))).and_utc(),
        }
    }

    /// How far the window after one that ended at this local time must reach back.
    ///
    /// Around the hour that comes twice, a change of the second pass bears a time that a window of the first pass has gone by.
    /// Just after the hour that is skipped, what was stamped five minutes ago bears a time more than an hour back.
    pub(crate) fn overlap(self, end: NaiveDateTime) -> TimeDelta {
        let at = self.utc(end);
        let clocks_change = self.offset(at - TimeDelta::hours(2)) != self.offset(at + TimeDelta::hours(1));
        if clocks_change {
            OVERLAP_AT_CLOCK_CHANGE
        } else {
            OVERLAP
        }
    }

    fn offset(self, at: DateTime<Utc>) -> TimeDelta {
        let offset = self.0.offset_from_utc_datetime(&at.naive_utc()).fix();
        TimeDelta::seconds(offset.local_minus_utc().into())
    }
}

/// A local time of the webservice. `0000-00-00 00:00:00` and anything else that is no time is none.
pub(crate) fn parse(text: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text, FORMAT).ok()
}

/// A local time as the webservice writes it.
pub(crate) fn text(local: NaiveDateTime) -> String {
    local.format(FORMAT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stockholm() -> Zone {
        Zone::named("Europe/Stockholm").unwrap()
    }

    fn utc(local: &str) -> String {
        stockholm().utc(parse(local).unwrap()).to_rfc3339()
    }

    fn overlap(end: &str) -> i64 {
        stockholm().overlap(parse(end).unwrap()).num_minutes()
    }

    #[test]
    fn local_times_become_instants() {
        assert_eq!(utc("2026-11-23 23:18:03"), "2026-11-23T22:18:03+00:00");
        assert_eq!(utc("2026-07-01 12:00:00"), "2026-07-01T10:00:00+00:00");
    }

    #[test]
    fn an_hour_that_comes_twice_is_read_as_its_first_pass() {
        assert_eq!(utc("2026-10-25 02:30:00"), "2026-10-25T00:30:00+00:00");
    }

    #[test]
    fn a_time_in_the_gap_of_spring_is_moved_past_it() {
        assert_eq!(utc("2026-03-29 02:30:00"), "2026-03-29T01:30:00+00:00");
        assert_eq!(
            stockholm().local("2026-03-29T01:30:00Z".parse().unwrap()),
            parse("2026-03-29 03:30:00").unwrap()
        );
    }

    #[test]
    fn the_database_zero_is_no_time() {
        assert_eq!(parse("0000-00-00 00:00:00"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn windows_reach_back_over_the_hour_that_comes_twice() {
        assert_eq!(overlap("2026-10-25 01:30:00"), 5);
        assert_eq!(overlap("2026-10-25 02:30:00"), 70);
        assert_eq!(overlap("2026-10-25 03:30:00"), 70);
        assert_eq!(overlap("2026-10-25 04:30:00"), 5);
        assert_eq!(overlap("2026-10-24 12:00:00"), 5);
    }

    #[test]
    fn windows_reach_back_over_the_hour_that_is_skipped() {
        assert_eq!(overlap("2026-03-29 00:59:59"), 5);
        assert_eq!(overlap("2026-03-29 03:00:20"), 70);
        assert_eq!(overlap("2026-03-29 04:59:59"), 70);
        assert_eq!(overlap("2026-03-29 05:30:00"), 5);
    }
}
