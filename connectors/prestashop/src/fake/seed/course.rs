//! What becomes of an order after it was placed: the states it goes through, and when.
//!
//! The warehouse works in rounds, so that many orders change in the same second, as they do when a list is updated in bulk.

use chrono::{DateTime, Datelike, Duration, Utc, Weekday};
use rand::{RngExt, rngs::StdRng};

use super::states::{BANKWIRE, CANCELLED, DELIVERED, PAID, PAYMENT_ERROR, PREPARING, REMOTE_PAID, SHIPPED};

/// The end that an order comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Sold,
    AwaitsBankwire,
    PaymentFails,
    Cancelled,
}

/// States with their times, the first at `placed` and none after `until`.
pub(super) fn of(
    fate: Fate,
    placed: DateTime<Utc>,
    until: DateTime<Utc>,
    rng: &mut StdRng,
) -> Vec<(u32, DateTime<Utc>)> {
    match fate {
        Fate::AwaitsBankwire => vec![(BANKWIRE, placed)],
        Fate::PaymentFails => vec![(PAYMENT_ERROR, placed)],
        Fate::Cancelled => {
            let regretted = (placed + Duration::minutes(rng.random_range(20..1800))).min(until);
            vec![(PAID, placed), (CANCELLED, regretted)]
        }
        Fate::Sold => sold(placed, until, rng),
    }
}

fn sold(placed: DateTime<Utc>, until: DateTime<Utc>, rng: &mut StdRng) -> Vec<(u32, DateTime<Utc>)> {
    let mut course = payment(placed, until, rng);
    let mut last = course.last().map_or(placed, |&(_, at)| at);
    // some orders are never touched again, whatever happens to the parcel
    let steps = if rng.random_range(0..6) == 0 {
        0
    } else {
        rng.random_range(1..=3)
    };
    for (state, hour) in [(PREPARING, 6), (SHIPPED, 14), (DELIVERED, 17)]
        .into_iter()
        .take(steps)
    {
        last = round_after(last, hour);
        if last > until {
            break;
        }
        course.push((state, last));
    }
    course
}

/// Paid at once, in one of two ways, or by a transfer that arrives some hours later.
fn payment(placed: DateTime<Utc>, until: DateTime<Utc>, rng: &mut StdRng) -> Vec<(u32, DateTime<Utc>)> {
    let arrives = placed + Duration::minutes(rng.random_range(45..1200));
    match rng.random_range(0..10) {
        0..=1 if arrives <= until => vec![(BANKWIRE, placed), (PAID, arrives)],
        0..=5 => vec![(PAID, placed)],
        _ => vec![(REMOTE_PAID, placed)],
    }
}

/// The next full `hour` (UTC) after `at` on a Monday, Wednesday or Friday.
fn round_after(at: DateTime<Utc>, hour: u32) -> DateTime<Utc> {
    let midnight = at.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    let first = midnight + Duration::hours(i64::from(hour));
    (0..8)
        .map(|day| first + Duration::days(day))
        .find(|round| *round > at && matches!(round.weekday(), Weekday::Mon | Weekday::Wed | Weekday::Fri))
        .unwrap_or(first + Duration::days(8))
}
