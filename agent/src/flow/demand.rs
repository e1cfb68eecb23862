//! Open demand: what is ordered in the shop and not invoiced yet. Orders tell of it, and stock levels are written less it.
//!
//! The shop has taken it off its own quantity already, the books have not: a level that is written as the books have it
//! would put it back on sale. An order that no run has read is not told of, so the shop itself is asked what it sold lately.
//!
//! The order of questions is what makes it safe: the shop's quantities, its orders, open demand, the levels. An order from before
//! the first look is then unread, waits, or is off the books before they are read; one from after it is seen as a difference
//! from that look. What falls between two questions is counted twice and never not at all: a little less is on sale until the
//! order is read. An invoice moves its articles in the books, which are told again then; the sweep of the day does the rest.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::TimeDelta;
use skarv_canonical::{
    Class,
    order::Order,
    record::{Pulled, Record},
    spec::StreamKind,
    write::{Entity, Write},
};
use skarv_connector::{Error, RecentOrder};

use super::{
    control::{ControlError, OrderDemand},
    end::End,
    engine::{Run, Work},
    pull::patiently,
    transform::{Beside, Item},
};

/// How old an order may be that no run has read. A stream of orders that stands still for longer is told of to people.
const LATELY: TimeDelta = TimeDelta::hours(24);

/// Orders of the target that no run has read, as far as is known. Grows never.
#[derive(Debug, Default)]
pub(super) struct Unread(BTreeMap<String, BTreeMap<String, i64>>);

impl Unread {
    /// What the target sold lately, in a slice that writes stock levels. Orders that will not be sent are among them: they
    /// count until their stream has read and dropped them.
    pub(super) async fn lately(run: &Run) -> Result<Self, Error> {
        if run.spec.kind() != StreamKind::Stock {
            return Ok(Self::default());
        }
        let since = run.wall.now() - LATELY;
        match patiently(run, || run.sink.recent_orders(since)).await {
            Ok(orders) => Ok(Self::of(orders)),
            Err(error) if matches!(error.class(), Class::Configuration | Class::Credentials) => {
                tracing::warn!(%error, "orders cannot be read in the shop: what nobody has read may be sold again");
                Ok(Self::default())
            }
            Err(error) => Err(error),
        }
    }

    fn of(orders: Vec<RecentOrder>) -> Self {
        Self(orders.into_iter().map(|order| (order.key, order.rows)).collect())
    }

    fn keys(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// What is read stays read.
    fn keep(&mut self, unread: &BTreeSet<String>) {
        self.0.retain(|key, _| unread.contains(key));
    }

    fn sums(&self) -> HashMap<String, i64> {
        let mut sums = HashMap::new();
        for (sku, quantity) in self.0.values().flatten() {
            let sum: &mut i64 = sums.entry(sku.clone()).or_default();
            *sum = sum.saturating_add(*quantity);
        }
        sums
    }
}

/// What the records of the next page are to be seen beside. Asked before they are read.
pub(super) async fn before(run: &Run, unread: &mut Unread) -> Result<Beside, ControlError> {
    let mut beside = Beside {
        today: run.wall.now().date_naive(),
        sweep: run.work == Work::Everything,
        ..Beside::default()
    };
    if run.spec.kind() == StreamKind::Stock {
        let waiting = run.control.waiting(unread.keys()).await?;
        unread.keep(&waiting.unread);
        (beside.open_demand, beside.complete) = (waiting.demand, waiting.complete);
        beside.unread = unread.sums();
    }
    Ok(beside)
}

/// Asks about these records by their numbers where there is more than one answer tells. The larger of both counts.
pub(super) async fn complete(
    run: &Run,
    records: &[Pulled],
    mut beside: Beside,
) -> Result<Beside, ControlError> {
    let number = |pulled: &Pulled| match &pulled.content {
        Ok(Record::Stock(level)) => Some(level.sku.trim().to_owned()),
        _ => None,
    };
    let numbers: BTreeSet<String> = records.iter().filter_map(number).collect();
    let numbers: Vec<String> = numbers.into_iter().filter(|sku| !sku.is_empty()).collect();
    if beside.complete || numbers.is_empty() {
        return Ok(beside);
    }
    for (sku, quantity) in run.control.demand(numbers).await? {
        let known = beside.open_demand.entry(sku).or_default();
        *known = quantity.max(*known);
    }
    Ok(beside)
}

/// What an order asks for, by article number. Rows without one are known to no other system.
pub(super) fn of_order(order: &Order) -> BTreeMap<String, i64> {
    let mut demand = BTreeMap::new();
    for line in order.lines.iter().filter(|line| !line.sku.trim().is_empty()) {
        *demand.entry(line.sku.trim().to_owned()).or_default() += i64::from(line.quantity);
    }
    demand
}

/// What a record tells of open demand, whether it is settled or not. An order whose invoice stands waits for nothing.
pub(super) fn told(item: &Item, ends: &[(Write, End)]) -> Vec<OrderDemand> {
    let invoiced = ends.iter().any(|(write, end)| {
        write.entity() == Entity::Invoice && matches!(end, End::Stands { .. } | End::Changed { .. })
    });
    let of_one = |(sku, quantity): (&String, &i64)| OrderDemand {
        order_key: item.source_key.clone(),
        sku: sku.clone(),
        quantity: if invoiced { 0 } else { *quantity },
    };
    item.demand.iter().map(of_one).collect()
}
