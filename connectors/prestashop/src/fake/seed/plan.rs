//! Which orders there are, when each was placed and what became of it.
//!
//! About a tenth is not to be sent (waiting for payment, payment failed, cancelled, or older than thirty days); never so many that,
//! with the faulty ones, less than 84 of 100 are left. Ids ascend with the dates.

use chrono::{DateTime, Duration, SubsecRound, Utc};
use rand::{RngExt, rngs::StdRng};

use super::{
    Seed,
    course::{self, Fate},
};
use crate::fake::rows::Faulty;

/// One order to be: when it is placed, and the states it goes through.
pub(super) struct Placing {
    pub(super) at: DateTime<Utc>,
    pub(super) faulty: Option<Faulty>,
    pub(super) course: Vec<(u32, DateTime<Utc>)>,
}

#[derive(Clone, Copy)]
enum Special {
    Fate(Fate),
    Faulty(Faulty),
}

pub(super) fn placings(seed: Seed, rng: &mut StdRng) -> Vec<Placing> {
    let orders = seed.orders as usize;
    let flaws = if orders < 50 {
        0
    } else if orders < 200 {
        1
    } else {
        2
    } * Faulty::ALL.len();
    let idle = (orders / 10).min((orders * 16 / 100).saturating_sub(flaws));
    let old = idle.div_ceil(4).min(idle);
    let now = seed.now.trunc_subsecs(0);
    let mut placings = old_orders(old, now, rng);
    placings.extend(recent_orders(
        orders - old,
        &specials(idle - old, flaws),
        now,
        rng,
    ));
    placings
}

/// The orders with something the matter, mixed.
fn specials(idle: usize, flaws: usize) -> Vec<Special> {
    let fates = [Fate::AwaitsBankwire, Fate::PaymentFails, Fate::Cancelled];
    let mut fates = (0..idle).map(|i| Special::Fate(fates[i % fates.len()]));
    let mut flaws = (0..flaws).map(|i| Special::Faulty(Faulty::ALL[i % Faulty::ALL.len()]));
    let mut mixed = Vec::new();
    loop {
        let pair = [fates.next(), flaws.next()];
        if pair.iter().all(Option::is_none) {
            return mixed;
        }
        mixed.extend(pair.into_iter().flatten());
    }
}

/// Orders from before the shop was connected, with everything that happened to them.
fn old_orders(count: usize, now: DateTime<Utc>, rng: &mut StdRng) -> Vec<Placing> {
    let until = now - Duration::days(30) - Duration::hours(2);
    moments(count, now - Duration::days(60), now - Duration::days(31), rng)
        .into_iter()
        .map(|at| Placing {
            at,
            faulty: None,
            course: course::of(Fate::Sold, at, until, rng),
        })
        .collect()
}

fn recent_orders(count: usize, specials: &[Special], now: DateTime<Utc>, rng: &mut StdRng) -> Vec<Placing> {
    let until = now - Duration::minutes(1);
    let times = moments(
        count,
        now - Duration::hours(29 * 24 + 12),
        now - Duration::minutes(15),
        rng,
    );
    let mut placings = Vec::with_capacity(count);
    for (at, special) in times.into_iter().zip(spread(specials, count)) {
        let (fate, faulty) = match special {
            Some(Special::Fate(fate)) => (fate, None),
            Some(Special::Faulty(flaw)) => (Fate::Sold, Some(flaw)),
            None => (Fate::Sold, None),
        };
        placings.push(Placing {
            at,
            faulty,
            course: course::of(fate, at, until, rng),
        });
    }
    placings
}

/// The specials at even distances among `count` places.
fn spread(specials: &[Special], count: usize) -> Vec<Option<Special>> {
    let mut places = vec![None; count];
    for (turn, &special) in specials.iter().enumerate() {
        places[(turn + 1) * count / (specials.len() + 1)] = Some(special);
    }
    places
}

/// `count` ascending moments; now and then two orders share a second.
fn moments(count: usize, from: DateTime<Utc>, to: DateTime<Utc>, rng: &mut StdRng) -> Vec<DateTime<Utc>> {
    let span = (to - from).num_seconds();
    let cell = span / (count.max(1) as i64);
    let mut last = from;
    (0..count as i64)
        .map(|i| {
            if i % 17 != 16 {
                last =
                    from + Duration::seconds(span * i / count as i64 + rng.random_range(0..=cell * 9 / 10));
            }
            last
        })
        .collect()
}
