//! Instants as tables hold them.

use chrono::{DateTime, Utc};
use skarv_domain::clock::from_micros;

pub(crate) fn instant(micros: i64) -> DateTime<Utc> {
    from_micros(micros)
}

pub(crate) fn instant_of(micros: Option<i64>) -> Option<DateTime<Utc>> {
    micros.map(from_micros)
}

pub(crate) fn micros_of(instant: Option<DateTime<Utc>>) -> Option<i64> {
    instant.map(|instant| instant.timestamp_micros())
}
