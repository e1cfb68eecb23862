//! Switches that make the shop misbehave, and the count of what it was asked.
//!
//! Every n-th webservice request is hit, counted from the last reset, so that a test knows which one; what is to happen a number of
//! times (`next_…`) goes first. A lost answer is a request that was served and whose reply never leaves. Lies are told in `lies.rs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// 0 means off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Faults {
    pub(crate) lost_answer_every: u64,
    pub(crate) http_500_every: u64,
    pub(crate) http_429_every: u64,
    pub(crate) retry_after_s: u64,
    pub(crate) slow_every: u64,
    pub(crate) slow_ms: u64,
    pub(crate) next_lost: u64,
    pub(crate) next_500: u64,
    pub(crate) next_429: u64,
    /// Writes that are kept and whose answer is lost.
    pub(crate) next_lost_write: u64,
    /// Writes that are kept and that PHP dies over before it answers.
    pub(crate) next_dead_write: u64,
    /// Whether a list without a sort comes in an order of its own.
    pub(crate) shuffle_ids: bool,
    /// Resources that the key has lost its right to.
    pub(crate) deny: Vec<String>,
    /// The resource whose lists are lied about.
    pub(crate) lies_about: String,
    pub(crate) next_duplicate_rows: u64,
    pub(crate) duplicate_rows_every: u64,
    pub(crate) next_reverse_rows: u64,
    pub(crate) reverse_rows_every: u64,
    pub(crate) next_empty_list: u64,
    pub(crate) empty_list_every: u64,
    pub(crate) next_same_page: u64,
    pub(crate) same_page_every: u64,
    pub(crate) next_shift_rows: u64,
    pub(crate) shift_rows_every: u64,
    pub(crate) next_notices: u64,
    pub(crate) notices_every: u64,
    /// An order that no list can be shown with.
    pub(crate) poison_order: u32,
    pub(crate) clock_offset_s: i64,
    pub(crate) without_clock: bool,
    /// What the shop says of its time zone, where that is not the truth.
    pub(crate) time_zone: String,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            lost_answer_every: 0,
            http_500_every: 0,
            http_429_every: 0,
            retry_after_s: 1,
            slow_every: 0,
            slow_ms: 0,
            next_lost: 0,
            next_500: 0,
            next_429: 0,
            next_lost_write: 0,
            next_dead_write: 0,
            shuffle_ids: true,
            deny: Vec::new(),
            lies_about: "orders".to_owned(),
            next_duplicate_rows: 0,
            duplicate_rows_every: 0,
            next_reverse_rows: 0,
            reverse_rows_every: 0,
            next_empty_list: 0,
            empty_list_every: 0,
            next_same_page: 0,
            same_page_every: 0,
            next_shift_rows: 0,
            shift_rows_every: 0,
            next_notices: 0,
            notices_every: 0,
            poison_order: 0,
            clock_offset_s: 0,
            without_clock: false,
            time_zone: String::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    ServerError,
    TooMany { retry_after_s: u64 },
    LostAnswer,
}

impl Fault {
    fn name(self) -> &'static str {
        match self {
            Self::ServerError => "http_500",
            Self::TooMany { .. } => "http_429",
            Self::LostAnswer => "lost_answer",
        }
    }
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Hit {
    pub(crate) fault: Option<Fault>,
    pub(crate) delay_ms: u64,
}

impl Faults {
    /// Decides about the `count`-th request.
    fn hit(&mut self, count: u64) -> Hit {
        let due = |every: u64| every > 0 && count.is_multiple_of(every);
        let delay_ms = if due(self.slow_every) { self.slow_ms } else { 0 };
        let too_many = Fault::TooMany {
            retry_after_s: self.retry_after_s,
        };
        let fault = if take(&mut self.next_500) || due(self.http_500_every) {
            Some(Fault::ServerError)
        } else if take(&mut self.next_429) || due(self.http_429_every) {
            Some(too_many)
        } else if take(&mut self.next_lost) || due(self.lost_answer_every) {
            Some(Fault::LostAnswer)
        } else {
            None
        };
        Hit { fault, delay_ms }
    }
}

/// Uses up one of what is to happen a number of times.
pub(crate) fn take(left: &mut u64) -> bool {
    let any = *left > 0;
    *left = left.saturating_sub(1);
    any
}

/// Webservice requests since the last reset.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Tally {
    total: u64,
    by_resource: BTreeMap<String, u64>,
    by_status: BTreeMap<u16, u64>,
    faults: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Counts a request and says what is to happen to it.
    pub(crate) fn arrive(&mut self, resource: &str, faults: &mut Faults) -> Hit {
        self.total += 1;
        *self.by_resource.entry(resource.to_owned()).or_default() += 1;
        let hit = faults.hit(self.total);
        if let Some(fault) = hit.fault {
            *self.faults.entry(fault.name()).or_default() += 1;
        }
        if hit.delay_ms > 0 {
            *self.faults.entry("slow").or_default() += 1;
        }
        hit
    }

    /// Counts something else that was done wrong.
    pub(crate) fn note(&mut self, fault: &'static str) {
        *self.faults.entry(fault).or_default() += 1;
    }

    pub(crate) fn leave(&mut self, status: u16) {
        *self.by_status.entry(status).or_default() += 1;
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_third_request_is_hit_and_no_other() {
        let mut faults = Faults {
            http_500_every: 3,
            ..Faults::default()
        };
        let mut tally = Tally::default();
        let hits: Vec<bool> = (0..7)
            .map(|_| tally.arrive("orders", &mut faults).fault.is_some())
            .collect();
        assert_eq!(hits, [false, false, true, false, false, true, false]);
    }

    #[test]
    fn a_fault_that_was_ordered_once_comes_once() {
        let mut faults = Faults {
            next_429: 1,
            retry_after_s: 7,
            ..Faults::default()
        };
        let mut tally = Tally::default();
        let first = tally.arrive("orders", &mut faults);
        assert_eq!(first.fault, Some(Fault::TooMany { retry_after_s: 7 }));
        assert_eq!(tally.arrive("orders", &mut faults), Hit::default());
    }
}
