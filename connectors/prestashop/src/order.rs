//! Orders: the source that reads them, page by page and by key.
//!
//! Everything that is read is returned; which orders are sent is decided elsewhere. A page is at most as many requests as
//! there are kinds of rows around an order, however many orders it has.

mod assemble;
mod discounts;
mod fees;
mod goods;
mod rates;

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{
    Currency, Money, Reason,
    money::to_ore,
    record::{Pulled, Record},
    spec::OrderSettings,
};
use skarv_connector::{Error, Page, PullRequest, Source};
use tokio::sync::Mutex;

use crate::{
    api::{Api, Query},
    batch::{self, Nodes},
    error,
    related::Related,
    row::{OrderRow, Row, Unreadable},
    shop::{Shop, ShopSettings},
    window::Position,
};

/// Orders in one request. Larger pages gain nothing and take the shop's memory.
const MOST_ORDERS: usize = 100;

/// Reads the orders of one shop.
pub(crate) struct Orders {
    api: Api,
    settings: OrderSettings,
    shop: Mutex<Option<Shop>>,
}

#[async_trait]
impl Source for Orders {
    async fn pull(&self, request: PullRequest) -> Result<Page, Error> {
        let Some(mut position) = self.position(&request).await? else {
            return self.nothing_new(&request).await;
        };
        let limit = request.limit.clamp(1, MOST_ORDERS);
        let (mut nodes, mut ids) = self.window(&position, limit).await?;
        if ids.is_empty() {
            (nodes, ids) = self.look_again(&position, limit).await?;
        }
        position.seen |= !ids.is_empty();
        let records = self.records(nodes).await?;
        let next = match ids.last() {
            Some(last) if ids.len() >= limit => position.after(*last),
            _ => position.finished(self.zone().await?),
        };
        Ok(Page {
            records,
            cursor: next.cursor(),
            done: next.to.is_none(),
        })
    }

    async fn fetch(&self, keys: &[String], _now: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        let ids = keys.iter().filter(|key| key.parse::<u64>().is_ok()).cloned();
        let nodes = batch::nodes(&self.api, OrderRow::RESOURCE, OrderRow::KEY, ids.collect()).await?;
        let mut found = self.records(nodes).await?;
        let mut take = |key: &String| {
            let at = found.iter().position(|record| record.source_key == *key);
            at.map_or_else(|| gone(key), |at| found.swap_remove(at))
        };
        Ok(keys.iter().map(&mut take).collect())
    }
}

impl Orders {
    pub(crate) fn new(api: Api, settings: OrderSettings) -> Self {
        Self {
            api,
            settings,
            shop: Mutex::new(None),
        }
    }

    /// Where to read: inside the window that is open, or in a new one. None when a new one would be empty.
    async fn position(&self, request: &PullRequest) -> Result<Option<Position>, Error> {
        let stored = request.cursor.as_ref().map(Position::of).transpose()?;
        if let Some(open) = stored.as_ref().filter(|position| position.to.is_some()) {
            return Ok(Some(open.clone()));
        }
        let settings = self.look_at_clock().await?;
        let from = stored.unwrap_or_else(|| Position::start(request.start_at, settings.zone));
        Ok(from.close_at(settings.clock.unwrap_or(request.now), request.now, settings.zone))
    }

    async fn nothing_new(&self, request: &PullRequest) -> Result<Page, Error> {
        let cursor = match &request.cursor {
            Some(cursor) => cursor.clone(),
            None => Position::start(request.start_at, self.zone().await?).cursor(),
        };
        Ok(Page {
            records: Vec::new(),
            cursor,
            done: true,
        })
    }

    /// Reads the shop's settings anew, with what its clock shows.
    async fn look_at_clock(&self) -> Result<ShopSettings, Error> {
        let settings = ShopSettings::read(&self.api).await?;
        let mut shop = self.shop.lock().await;
        match shop.as_mut() {
            Some(shop) => shop.settings = settings.clone(),
            None => *shop = Some(Shop::new(settings.clone())),
        }
        Ok(settings)
    }

    async fn zone(&self) -> Result<crate::zone::Zone, Error> {
        let known = self.shop.lock().await.as_ref().map(|shop| shop.settings.zone);
        match known {
            Some(zone) => Ok(zone),
            None => Ok(self.look_at_clock().await?.zone),
        }
    }

    /// The orders of a window after a position, and their ids. One that the shop cannot show does not hide the others.
    async fn window(&self, position: &Position, limit: usize) -> Result<(Nodes, Vec<u64>), Error> {
        let to = position.to.as_deref().unwrap_or_default();
        let query = Query::of(OrderRow::RESOURCE)
            .changed(&position.from, to)
            .after(position.last_id);
        match self.api.list(query.clone().limit(limit)).await {
            Ok(listing) => {
                let ids = ids(listing.rows.iter().map(|row| row.text("id")));
                if ids.len() < listing.rows.len() || !goes_on(position.last_id, &ids) {
                    // such a page says nothing of which ids are read: all of them tell
                    let found = self.by_ids(query.clone(), position.last_id, limit).await?;
                    if found.1.is_empty() {
                        self.is_heard(query).await?;
                    }
                    return Ok(found);
                }
                let nodes = Nodes {
                    rows: listing.rows,
                    unreadable: Vec::new(),
                };
                Ok((nodes, ids))
            }
            Err(error) if error::may_be_one_row(&error) => {
                self.by_ids(query.limit(limit), position.last_id, limit).await
            }
            Err(error) => Err(error),
        }
    }

    /// A list without rows may come from a shop in trouble. A window is over only when the shop says so twice, and shows that it
    /// has orders at all.
    async fn look_again(&self, position: &Position, limit: usize) -> Result<(Nodes, Vec<u64>), Error> {
        let to = position.to.as_deref().unwrap_or_default();
        let all = Query::of(OrderRow::RESOURCE);
        let query = all.clone().changed(&position.from, to).after(position.last_id);
        let found = self.by_ids(query.limit(limit), position.last_id, limit).await?;
        if found.1.is_empty()
            && position.seen
            && self.api.list(all.ids_only().limit(1)).await?.rows.is_empty()
        {
            return Err(Error::transient("orders_vanished"));
        }
        Ok(found)
    }

    /// Whether the shop answers what it is asked. One that gives the same page for ever gives more than the one row, too.
    async fn is_heard(&self, query: Query) -> Result<(), Error> {
        match self.api.list(query.ids_only().limit(1)).await?.rows.len() {
            0 | 1 => Ok(()),
            _ => Err(Error::configuration("list_without_end")
                .with("resource", OrderRow::RESOURCE.path)
                .fix("let_questions_through")),
        }
    }

    /// The first orders of a list that cannot be read as such, by their ids. One that is listed and not to be had parks.
    async fn by_ids(&self, query: Query, after: u64, limit: usize) -> Result<(Nodes, Vec<u64>), Error> {
        let rows = self.api.list(query.ids_only()).await?.rows;
        let listed = ids(rows.iter().filter_map(|row| row.attribute("id")));
        let listed: BTreeSet<u64> = listed.into_iter().filter(|id| *id > after).collect();
        let ids: Vec<u64> = listed.into_iter().take(limit).collect();
        let keys: Vec<String> = ids.iter().map(u64::to_string).collect();
        let mut nodes = batch::nodes(&self.api, OrderRow::RESOURCE, OrderRow::KEY, keys.clone()).await?;
        let lost = nodes.lack(OrderRow::KEY, keys);
        let again = batch::nodes(&self.api, OrderRow::RESOURCE, OrderRow::KEY, lost.clone()).await?;
        nodes.add(again);
        let lost = nodes.lack(OrderRow::KEY, lost);
        nodes.unreadable.extend(lost);
        Ok((nodes, ids))
    }

    /// Orders with everything around them, in the order of their ids.
    async fn records(&self, nodes: Nodes) -> Result<Vec<Pulled>, Error> {
        let mut records: Vec<Pulled> = nodes.unreadable.iter().map(|key| stuck(key)).collect();
        let mut rows = Vec::new();
        for node in &nodes.rows {
            match OrderRow::of(node) {
                Ok(row) => rows.push(row),
                Err(unreadable) => records.push(parked(
                    node.text("id"),
                    node.text("reference"),
                    unreadable.reason(),
                )),
            }
        }
        records.extend(self.assembled(&rows).await?);
        records.sort_by_key(|record| record.source_key.parse::<u64>().unwrap_or_default());
        Ok(records)
    }

    async fn assembled(&self, rows: &[OrderRow]) -> Result<Vec<Pulled>, Error> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.zone().await?;
        let related = Box::pin(Related::read(&self.api, rows)).await?;
        let mut shop = self.shop.lock().await;
        let Some(shop) = shop.as_mut() else {
            return Ok(Vec::new());
        };
        Box::pin(shop.cover(&self.api, &related.wanted(rows))).await?;
        Ok(rows.iter().map(|row| self.pulled(row, &related, shop)).collect())
    }

    fn pulled(&self, row: &OrderRow, related: &Related, shop: &Shop) -> Pulled {
        let order = match related.around(row) {
            Ok(around) => assemble::assemble(row, &around, shop, &self.settings),
            Err(reason) => assemble::not_sent(row, shop, &self.settings).ok_or(reason),
        };
        let currency = shop.currencies.get(row.currency).copied();
        Pulled {
            source_key: row.key(),
            reference: row.reference.clone(),
            amount: currency.map(|currency: Currency| Money::new(to_ore(row.total.gross), currency)),
            content: order.map(|order| Record::Order(Box::new(order))),
        }
    }
}

fn ids<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<u64> {
    texts.filter_map(|text| text.parse().ok()).collect()
}

/// Whether a page was sorted and filtered as it was asked for. A firewall that cuts either off would make reading endless.
fn goes_on(after: u64, ids: &[u64]) -> bool {
    ids.is_sorted_by(|a, b| a < b) && ids.first().is_none_or(|first| *first > after)
}

fn stuck(key: &str) -> Pulled {
    let unreadable = Unreadable::NotShown {
        resource: OrderRow::RESOURCE.path,
        field: OrderRow::KEY,
        value: key.to_owned(),
    };
    parked(key, "", unreadable.reason())
}

fn gone(key: &str) -> Pulled {
    parked(key, "", Reason::data("record_gone").fix("check_in_source"))
}

fn parked(key: &str, reference: &str, reason: Reason) -> Pulled {
    Pulled {
        source_key: key.to_owned(),
        reference: reference.to_owned(),
        amount: None,
        content: Err(reason),
    }
}
