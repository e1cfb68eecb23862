//! How far a shop has been read: its orders and its slips, each in a window of its own.
//!
//! A slip changes nothing of its order, not even the time of its change, so neither says anything of the other. Both windows
//! are closed by one look at the clock, and the next are opened when both are read. A cursor from before slips were read
//! has them begin where the orders stand: what was refunded earlier has been credited by hand.

use chrono::{DateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use skarv_canonical::Cursor;
use skarv_connector::{Error, Period};

use crate::{
    window::Position,
    zone::{self, Zone},
};

/// A position in the orders and one in the slips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) orders: Position,
    pub(crate) slips: Position,
}

/// The same as text.
#[derive(Serialize, Deserialize)]
struct Text {
    #[serde(flatten)]
    orders: Position,
    slips: Option<Position>,
}

impl Place {
    pub(crate) fn start(start_at: Option<DateTime<Utc>>, zone: Zone) -> Self {
        let start = Position::start(start_at, zone);
        Self {
            orders: start.clone(),
            slips: start,
        }
    }

    pub(crate) fn of(cursor: &Cursor) -> Result<Self, Error> {
        let Text { orders, slips } = read(cursor)?;
        let slips = slips.unwrap_or_else(|| beside(&orders));
        Ok(Self { orders, slips })
    }

    pub(crate) fn cursor(&self) -> Cursor {
        write(&Text {
            orders: self.orders.clone(),
            slips: Some(self.slips.clone()),
        })
    }

    /// Whether a window is being read.
    pub(crate) fn is_open(&self) -> bool {
        self.orders.to.is_some() || self.slips.to.is_some()
    }

    /// Closes the next windows by the shop's clock. None when nothing can have settled since the last ones.
    pub(crate) fn close_at(&self, clock: DateTime<Utc>, now: DateTime<Utc>, zone: Zone) -> Option<Self> {
        let orders = self.orders.close_at(clock, now, zone);
        let slips = self.slips.close_at(clock, now, zone);
        (orders.is_some() || slips.is_some()).then(|| Self {
            orders: orders.unwrap_or_else(|| self.orders.clone()),
            slips: slips.unwrap_or_else(|| self.slips.clone()),
        })
    }
}

/// Where the orders stand, for slips that have not been read yet.
fn beside(orders: &Position) -> Position {
    let mut slips = orders.clone();
    slips.to = None;
    slips.last_id = 0;
    slips.seen = false;
    slips
}

/// How far a period has been read: its orders by their ids, then its slips by theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) reading: Reading,
    pub(crate) last_id: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reading {
    #[default]
    Orders,
    Slips,
    Nothing,
}

impl Turn {
    pub(crate) fn of(cursor: Option<&Cursor>) -> Result<Self, Error> {
        cursor.map_or_else(|| Ok(Self::default()), read)
    }

    pub(crate) fn cursor(self) -> Cursor {
        write(&self)
    }

    /// After the rows up to this id, or after all of them.
    pub(crate) fn after(self, last_id: Option<u64>) -> Self {
        match (last_id, self.reading) {
            (Some(last_id), _) => Self { last_id, ..self },
            (None, Reading::Orders) => Self {
                reading: Reading::Slips,
                last_id: 0,
            },
            (None, Reading::Slips | Reading::Nothing) => Self {
                reading: Reading::Nothing,
                last_id: 0,
            },
        }
    }
}

/// The first and the last second of a period, by the shop's own calendar. An hour that comes twice lies in the one day.
pub(crate) fn seconds_of(period: Period) -> (String, String) {
    let last = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
    (
        zone::text(period.from.and_time(NaiveTime::MIN)),
        zone::text(period.to.and_time(last)),
    )
}

pub(crate) fn read<T: for<'a> Deserialize<'a>>(cursor: &Cursor) -> Result<T, Error> {
    let unreadable = |_| Error::configuration("cursor_unreadable").fix("resync_stream");
    serde_json::from_str(cursor.as_str()).map_err(unreadable)
}

pub(crate) fn write(place: &impl Serialize) -> Cursor {
    // plain fields always serialise
    Cursor::new(serde_json::to_string(place).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_of(text: &str) -> Place {
        Place::of(&Cursor::new(text)).unwrap()
    }

    #[test]
    fn a_cursor_from_before_slips_has_them_begin_where_the_orders_stand() {
        let old = r#"{"from":"2026-11-20 08:00:00","to":"2026-11-23 23:10:09","last_id":77,"seen":true,"lead_s":3590}"#;
        let place = read_of(old);
        assert_eq!(place.orders.last_id, 77);
        let slips = r#"{"from":"2026-11-20 08:00:00","last_id":0,"seen":false,"lead_s":3590}"#;
        assert_eq!(serde_json::to_string(&place.slips).unwrap(), slips);
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let place = Place {
            slips: read_of(r#"{"from":"2026-11-21 08:00:00","to":"2026-11-23 23:10:09","last_id":12}"#)
                .orders,
            ..read_of(r#"{"from":"2026-11-23 23:05:09","last_id":0,"seen":true}"#)
        };
        assert_eq!(Place::of(&place.cursor()).unwrap(), place);
    }

    #[test]
    fn what_is_no_cursor_is_for_a_person() {
        let error = Place::of(&Cursor::new("7")).unwrap_err();
        assert_eq!(
            (error.reason.code.as_str(), error.reason.fix.as_str()),
            ("cursor_unreadable", "resync_stream")
        );
    }
}
