//! Open demand: what was ordered in a shop and does not stand in its accounting system yet, so that the stock level there
//! still counts it.
//!
//! An order's demand counts while the order waits. It ends with the order's invoice, with an order that is not to be sent,
//! and with a person who sets the order aside. What is told of an order replaces all that was known of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{FromQueryResult, prelude::Uuid};
use serde::Serialize;
use skarv_domain::{Result, record::RecordState};

use super::{CheckpointItem, PreparePage};
use crate::{
    entity::run,
    run::rows::Held,
    turn::{Turn, set},
};

/// An order: its stream and source key.
type Order = (Uuid, String);

/// The demand that a group of checkpoints changes.
#[derive(Default)]
pub(crate) struct Demand {
    told: BTreeMap<Order, Told>,
}

/// What is known of an order's demand from now on, by article number.
#[derive(Default)]
struct Told {
    tenant: Uuid,
    articles: BTreeMap<String, i64>,
}

#[derive(Serialize)]
struct Put {
    stream_id: Uuid,
    order_key: String,
    sku: String,
    quantity: i64,
    tenant_id: Uuid,
}

impl Demand {
    /// Takes in what an item tells of its orders, in the light of how they are since.
    pub(crate) fn take_in(
        &mut self,
        (stream, run): (Uuid, &run::Model),
        item: &CheckpointItem,
        state_of: impl Fn(&str) -> Option<RecordState>,
    ) {
        let fresh = || Told {
            tenant: run.tenant_id,
            ..Told::default()
        };
        let orders: BTreeSet<_> = item
            .demand
            .iter()
            .map(|demand| demand.order_key.as_str())
            .collect();
        for order in &orders {
            self.told.insert((stream, (*order).to_owned()), fresh());
        }
        for demand in &item.demand {
            let order = self.told.entry((stream, demand.order_key.clone())).or_default();
            let quantity = order.articles.entry(demand.sku.clone()).or_default();
            *quantity = quantity.saturating_add(demand.quantity);
        }
        let seen = item.outcomes.iter().map(|outcome| outcome.source_key.as_str());
        for order in seen.chain(orders.iter().copied()) {
            let over = state_of(order).is_some_and(|state| ends(state, orders.contains(order)));
            if over {
                self.told.insert((stream, order.to_owned()), fresh());
            }
        }
    }

    pub(crate) async fn save(self, turn: Turn<'_>) -> Result<()> {
        let orders: Vec<_> = self.told.keys().collect();
        turn.run_over(turn.sql.demand_clear, &orders).await?;
        let puts = self.told.into_iter().flat_map(|((stream_id, order_key), told)| {
            let counted = told.articles.into_iter().filter(|(_, quantity)| *quantity > 0);
            counted.map(move |(sku, quantity)| Put {
                stream_id,
                order_key: order_key.clone(),
                sku,
                quantity,
                tenant_id: told.tenant,
            })
        });
        turn.run_over(turn.sql.demand_put, &puts.collect::<Vec<_>>())
            .await
            .map(drop)
    }
}

/// Whether an order that is so waits for nothing any more. One that is not sent *yet* is dropped too: then its demand is told.
fn ends(state: RecordState, told: bool) -> bool {
    match state {
        RecordState::Written | RecordState::Adopted | RecordState::Unchanged | RecordState::Ignored => true,
        RecordState::Dropped => !told,
        RecordState::Parked | RecordState::Unknown => false,
    }
}

/// Forgets the demand of orders of which a person has told that they wait for nothing.
pub(crate) async fn forget(turn: Turn<'_>, orders: &[(Uuid, &str)]) -> Result<()> {
    turn.run_over(turn.sql.demand_clear, orders).await.map(drop)
}

#[derive(FromQueryResult)]
struct Sum {
    erp_id: Uuid,
    sku: String,
    quantity: i64,
}

/// Sums by accounting connection and article number.
pub(crate) type Sums = HashMap<(Uuid, String), i64>;

/// Open demand of the articles that are asked about: of every shop whose orders go to the accounting system that is read.
pub(crate) async fn sums(turn: Turn<'_>, live: &[(&PreparePage, &Held)]) -> Result<Sums> {
    let asked = live.iter().flat_map(|(page, held)| {
        let run = &held.run;
        page.want_demand
            .iter()
            .map(|sku| (run.tenant_id, run.source_id, sku))
    });
    let asked: Vec<_> = asked.collect::<BTreeSet<_>>().into_iter().collect();
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = turn.rows::<Sum>(turn.sql.demand_sum, [set(&asked)?]).await?;
    let sum = |row: Sum| ((row.erp_id, row.sku), row.quantity);
    Ok(rows.into_iter().map(sum).collect())
}

/// What one page is told: every article that it asked about.
pub(crate) fn of_page(page: &PreparePage, held: &Held, sums: &Sums) -> Vec<(String, i64)> {
    let of = |sku: &String| {
        sums.get(&(held.run.source_id, sku.clone()))
            .copied()
            .unwrap_or_default()
    };
    page.want_demand
        .iter()
        .map(|sku| (sku.clone(), of(sku)))
        .collect()
}
