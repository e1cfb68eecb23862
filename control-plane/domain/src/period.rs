//! A period of days that is compared. Days are the shop's own, so "not in the future" means nowhere on earth.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// As many days as one comparison takes.
const LONGEST: i64 = 366;
/// How far the earliest clock on earth is ahead of UTC.
const EARLIEST: TimeDelta = TimeDelta::hours(14);

/// Days, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    /// The first.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
}

impl Period {
    /// The period that a person asks for.
    pub fn asked(from: &str, to: &str, now: DateTime<Utc>) -> Result<Self> {
        let (from, to) = (day("from", from)?, day("to", to)?);
        if to < from {
            return Err(Error::invalid("to", "must not be before `from`"));
        }
        if (to - from).num_days() >= LONGEST {
            return Err(Error::invalid(
                "to",
                format!("must be at most {LONGEST} days in all"),
            ));
        }
        if to > (now + EARLIEST).date_naive() {
            return Err(Error::invalid("to", "must not be in the future"));
        }
        Ok(Self { from, to })
    }
}

fn day(field: &str, text: &str) -> Result<NaiveDate> {
    text.parse()
        .map_err(|_| Error::invalid(field, "must be a day such as 2026-11-01"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::from_micros;

    /// The evening of 1 November 2026 in Stockholm.
    fn asked(from: &str, to: &str) -> Result<Period> {
        Period::asked(from, to, from_micros(1_793_563_200_000_000))
    }

    fn field(result: Result<Period>) -> String {
        match result {
            Err(Error::InvalidArgument { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_day_is_a_period_and_so_is_a_leap_year() {
        assert!(asked("2026-11-01", "2026-11-01").is_ok());
        assert!(asked("2024-01-01", "2024-12-31").is_ok());
    }

    #[test]
    fn a_period_that_cannot_be_is_refused_by_its_field() {
        assert_eq!(field(asked("1 November", "2026-11-01")), "from");
        assert_eq!(field(asked("2026-10-01", "2026-13-01")), "to");
        assert_eq!(field(asked("2026-10-02", "2026-10-01")), "to");
        assert_eq!(field(asked("2025-01-01", "2026-01-02")), "to");
        assert_eq!(field(asked("2026-11-01", "2026-11-03")), "to");
    }
}
