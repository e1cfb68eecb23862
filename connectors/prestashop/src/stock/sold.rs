//! What the shop has sold lately: the orders that were made since a moment, and the numbers and quantities of their rows.
//!
//! A cancelled order has given its goods back. An order or a row that the shop cannot show is left out: there is nothing to
//! count by, and the stream of orders tells a person of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use skarv_connector::{Error, RecentOrder};

use crate::{
    api::{Api, Resource, Stamp},
    batch,
    feed::{PLACED, Span},
    shop::{Shop, ShopSettings, Wanted},
    xml::Node,
    zone,
};

/// Orders whose rows are read: of more, the last.
const MOST_ORDERS: usize = 2_000;
/// Orders in one page of the list: about a hundred kilobytes.
const PAGE: usize = 500;
/// A shop that sells more in a day is none.
const MOST_PAGES: usize = 200;
/// The clock of a shop may be ahead of ours, so the list has no end by time.
const END: &str = "9999-12-31 23:59:59";

const ROWS: Resource = Resource::fields(
    "order_details",
    "order_detail",
    "[id,id_order,product_reference,product_quantity]",
);

pub(super) async fn since(api: &Api, since: DateTime<Utc>) -> Result<Vec<RecentOrder>, Error> {
    let mut shop = Shop::new(ShopSettings::read(api).await?);
    let states = placed(api, &zone::text(shop.settings.zone.local(since))).await?;
    if states.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = Wanted {
        states: states.values().copied().collect(),
        ..Wanted::default()
    };
    Box::pin(shop.cover(api, &wanted)).await?;
    let stands = states.iter().filter(|(_, state)| !shop.is_cancelled(**state));
    let keys: Vec<String> = stands.map(|(order, _)| order.to_string()).collect();
    let rows = batch::nodes(api, ROWS, "id_order", keys).await?.rows;
    Ok(by_order(&rows))
}

/// The last orders that were made from a local time on, with their states.
async fn placed(api: &Api, from: &str) -> Result<BTreeMap<u64, u64>, Error> {
    let span = Span {
        feed: &PLACED,
        stamped: Some((Stamp::Made, from, END)),
    };
    let mut states = BTreeMap::new();
    let mut last = 0;
    for _ in 0..MOST_PAGES {
        let part = span.after(api, last, PAGE, false).await?;
        states.extend(part.nodes.rows.iter().filter_map(state));
        while states.len() > MOST_ORDERS {
            states.pop_first();
        }
        match part.full(PAGE) {
            Some(id) => last = id,
            None => return Ok(states),
        }
    }
    Err(Error::configuration("list_without_end")
        .with("resource", PLACED.resource.path)
        .fix("let_questions_through"))
}

/// An order, and the state that it is in.
fn state(row: &Node) -> Option<(u64, u64)> {
    Some((
        row.text("id").parse().ok()?,
        row.text("current_state").parse().ok()?,
    ))
}

fn by_order(rows: &[Node]) -> Vec<RecentOrder> {
    let mut orders = BTreeMap::<String, BTreeMap<String, i64>>::new();
    for row in rows {
        let number = row.text("product_reference").trim();
        let quantity = row.text("product_quantity").parse::<u32>();
        if let (false, Ok(quantity)) = (number.is_empty(), quantity) {
            let order = orders.entry(row.text("id_order").to_owned()).or_default();
            *order.entry(number.to_owned()).or_default() += i64::from(quantity);
        }
    }
    let order = |(key, rows)| RecentOrder { key, rows };
    orders.into_iter().map(order).collect()
}
