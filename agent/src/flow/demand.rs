//! Open demand: what is ordered in the shop and not invoiced yet. Orders tell of it, and stock levels are written less it.
//!
//! The shop has taken it off its own quantity already, the books have not: a level that is written as the books have it
//! would put it back on sale.

use std::collections::{BTreeMap, BTreeSet};

use skarv_canonical::{
    order::Order,
    record::{Pulled, Record},
    write::{Entity, Write},
};

use super::{
    control::{ControlError, OrderDemand},
    end::End,
    engine::{Run, Work},
    transform::{Beside, Item},
};

/// What the records of a page are to be seen beside.
pub(super) async fn beside(run: &Run, records: &[Pulled]) -> Result<Beside, ControlError> {
    let number = |pulled: &Pulled| match &pulled.content {
        Ok(Record::Stock(level)) => Some(level.sku.trim().to_owned()),
        _ => None,
    };
    let numbers: BTreeSet<String> = records
        .iter()
        .filter_map(number)
        .filter(|sku| !sku.is_empty())
        .collect();
    let mut beside = Beside {
        sweep: (run.work == Work::Everything).then(|| run.wall.now().date_naive()),
        ..Beside::default()
    };
    if !numbers.is_empty() {
        beside.open_demand = run.control.demand(numbers.into_iter().collect()).await?;
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
