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

/// Articles in one answer that tells all open demand.
const MOST: usize = 50_000;
const ONE_MORE: u32 = MOST as u32 + 1;

#[derive(FromQueryResult)]
struct Sum {
    erp_id: Uuid,
    sku: String,
    quantity: i64,
}

/// What is told of open demand.
#[derive(Default)]
pub(crate) struct Sums {
    /// By accounting connection and article number, of the articles that are asked about.
    asked: HashMap<(Uuid, String), i64>,
    /// By accounting connection, of every article.
    all: HashMap<Uuid, Vec<(String, i64)>>,
}

/// Open demand as it is asked for: of every shop whose orders go to the accounting system that is read.
pub(crate) async fn sums(turn: Turn<'_>, live: &[(&PreparePage, &Held)]) -> Result<Sums> {
    let asked = live.iter().flat_map(|(page, held)| {
        let run = &held.run;
        page.want_demand
            .iter()
            .map(|sku| (run.tenant_id, run.source_id, sku))
    });
    let asked: BTreeSet<_> = asked.collect();
    let wholes = live.iter().filter(|(page, _)| page.want_all_demand);
    let wholes: BTreeSet<_> = wholes
        .map(|(_, held)| (held.run.tenant_id, held.run.source_id))
        .collect();
    let mut sums = Sums::default();
    if !asked.is_empty() {
        let asked = set(&asked.into_iter().collect::<Vec<_>>())?;
        let rows = turn.rows::<Sum>(turn.sql.demand_sum, [asked]).await?;
        sums.asked = rows
            .into_iter()
            .map(|row| ((row.erp_id, row.sku), row.quantity))
            .collect();
    }
    for whole in wholes {
        let rows = turn
            .rows::<Sum>(turn.sql.demand_all, [set(&[whole])?, ONE_MORE.into()])
            .await?;
        let all = rows.into_iter().map(|row| (row.sku, row.quantity)).collect();
        sums.all.insert(whole.1, all);
    }
    Ok(sums)
}

impl Sums {
    /// What one page is told: every article that it asked about, and where it wants all of it, every one that has some.
    pub(crate) fn of_page(&self, page: &PreparePage, held: &Held) -> Vec<(String, i64)> {
        let of = |sku: &String| {
            let sum = self.asked.get(&(held.run.source_id, sku.clone()));
            (sku.clone(), sum.copied().unwrap_or_default())
        };
        let asked = page.want_demand.iter().map(of);
        asked
            .chain(self.whole(page, held).iter().take(MOST).cloned())
            .collect()
    }

    /// Whether that is all there is.
    pub(crate) fn complete(&self, page: &PreparePage, held: &Held) -> bool {
        page.want_all_demand && self.whole(page, held).len() <= MOST
    }

    fn whole(&self, page: &PreparePage, held: &Held) -> &[(String, i64)] {
        let all = self.all.get(&held.run.source_id).filter(|_| page.want_all_demand);
        all.map(Vec::as_slice).unwrap_or_default()
    }
}
