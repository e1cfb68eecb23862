//! What can happen in a shop around the night when the clocks are changed, and how it is drawn.
//!
//! Drawn at even chances, little would meet: most pauses are short, most pages small and most stamps old enough to matter.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::reader::End;
use crate::connection::at;

/// The last second at which a change may become readable, counted from its stamp.
pub(super) const LATEST_S: i64 = 310;

#[derive(Clone, Copy, Debug)]
pub(super) enum Night {
    /// 02:00 is followed by 03:00.
    Spring,
    /// 03:00 is followed by 02:00.
    Autumn,
    Ordinary,
}

impl Night {
    /// When the clocks are changed.
    pub(super) fn change(self) -> DateTime<Utc> {
        at(match self {
            Self::Spring => "2026-03-29T01:00:00Z",
            Self::Autumn => "2026-10-25T01:00:00Z",
            Self::Ordinary => "2026-11-24T01:00:00Z",
        })
    }
}

/// How long nothing happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pause {
    Seconds(i64),
    /// Until so many seconds after the clocks were changed, where that is to come.
    PastTheChange(i64),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Sale { count: u32, late_s: i64 },
    Change { which: usize, late_s: i64 },
    Look { limit: usize, skew_s: i64, end: End },
}

#[derive(Clone, Debug)]
pub(super) struct History {
    pub(super) night: Night,
    /// Seconds before the clocks are changed.
    pub(super) begins: i64,
    pub(super) events: Vec<(Pause, Event)>,
}

pub(super) fn histories() -> impl Strategy<Value = History> {
    let night = prop_oneof![Just(Night::Spring), Just(Night::Autumn), Just(Night::Ordinary)];
    let begins = prop_oneof![0..=300_i64, 0..=9_000_i64];
    let events = proptest::collection::vec((pause(), event()), 4..30);
    (night, begins, events).prop_map(|(night, begins, events)| History {
        night,
        begins,
        events,
    })
}

fn pause() -> impl Strategy<Value = Pause> {
    prop_oneof![
        // the same second
        4 => Just(Pause::Seconds(0)),
        4 => (1..=15_i64).prop_map(Pause::Seconds),
        2 => (16..=330_i64).prop_map(Pause::Seconds),
        2 => (331..=4_800_i64).prop_map(Pause::Seconds),
        1 => (0..=LATEST_S).prop_map(Pause::PastTheChange),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => (1..=3_u32, late()).prop_map(|(count, late_s)| Event::Sale { count, late_s }),
        4 => (0..12_usize, late()).prop_map(|(which, late_s)| Event::Change { which, late_s }),
        4 => (limit(), -25..=25_i64, end()).prop_map(|(limit, skew_s, end)| Event::Look { limit, skew_s, end }),
    ]
}

/// Seconds from a stamp to the moment at which it can be read.
fn late() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => Just(0_i64),
        2 => 1..=10_i64,
        2 => 11..=LATEST_S - 10,
        2 => LATEST_S - 9..=LATEST_S,
    ]
}

fn limit() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 1..=3_usize, 2 => 1..=50_usize]
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        4 => Just(End::Done),
        2 => (1..=3_usize).prop_map(End::Stops),
        2 => (1..=3_usize).prop_map(End::Dies),
    ]
}
