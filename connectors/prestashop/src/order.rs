//! Orders and the refunds of them: the source that reads them, page by page and by key.
//!
//! Everything that is read is returned; which orders are sent is decided elsewhere. `place.rs` says how far both are read,
//! `feed.rs` reads the next of either, `order/page.rs` makes records of them.

mod assemble;
mod discounts;
mod fees;
mod goods;
mod page;
mod rates;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{Reason, record::Pulled, spec::OrderSettings, trigger};
use skarv_connector::{Error, Page, PeriodRequest, PullRequest, Source};
use tokio::sync::{Mutex, OnceCell};

use crate::{
    api::{Api, Stamp},
    batch::{self, Nodes},
    feed::{Feed, ORDERS, Part, SLIPS, Span},
    place::{self, Place, Reading, Turn},
    refund::slip_id,
    shop::{self, Shop, ShopSettings},
    window::Position,
    zone::Zone,
};

/// Orders in one request. Larger pages gain nothing and take the shop's memory.
const MOST_ORDERS: usize = 100;

/// Reads the orders of one shop, and their refunds.
pub(crate) struct Orders {
    api: Api,
    settings: OrderSettings,
    shop: Mutex<Option<Shop>>,
    /// Filled when the shop is known to have the states that send an order.
    triggers: OnceCell<()>,
}

#[async_trait]
impl Source for Orders {
    async fn pull(&self, request: PullRequest) -> Result<Page, Error> {
        let place = self.place(&request).await?;
        let zone = self.ready().await?;
        let Some(mut place) = place else {
            return Ok(nothing_new(&request, zone));
        };
        let limit = request.limit.clamp(1, MOST_ORDERS);
        let orders = self.read_on(&ORDERS, &mut place.orders, zone, limit).await?;
        let slips = match (place.orders.to.is_none(), limit.saturating_sub(orders.ids.len())) {
            (true, room @ 1..) => self.read_on(&SLIPS, &mut place.slips, zone, room).await?,
            _ => Part::default(),
        };
        Ok(Page {
            records: self.records(orders.nodes, slips.nodes).await?,
            cursor: place.cursor(),
            done: !place.is_open(),
        })
    }

    async fn fetch(&self, keys: &[String], _now: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        self.ready().await?;
        let orders = keys.iter().filter(|key| key.parse::<u64>().is_ok()).cloned();
        let slips = keys.iter().filter_map(|key| slip_id(key));
        let (orders, slips) = tokio::try_join!(
            batch::nodes(&self.api, ORDERS.resource, "id", orders.collect()),
            batch::nodes(&self.api, SLIPS.resource, "id", slips.collect()),
        )?;
        let mut found = self.records(orders, slips).await?;
        let mut take = |key: &String| {
            let at = found.iter().position(|record| record.source_key == *key);
            at.map_or_else(|| gone(key), |at| found.swap_remove(at))
        };
        Ok(keys.iter().map(&mut take).collect())
    }

    async fn made_in(&self, request: PeriodRequest) -> Result<Page, Error> {
        self.ready().await?;
        let mut turn = Turn::of(request.cursor.as_ref())?;
        let days = place::seconds_of(request.period);
        let limit = request.limit.clamp(1, MOST_ORDERS);
        let orders = self
            .made(&ORDERS, Reading::Orders, &days, &mut turn, limit)
            .await?;
        let room = limit.saturating_sub(orders.ids.len());
        let slips = self.made(&SLIPS, Reading::Slips, &days, &mut turn, room).await?;
        Ok(Page {
            records: self.records(orders.nodes, slips.nodes).await?,
            cursor: turn.cursor(),
            done: turn.reading == Reading::Nothing,
        })
    }
}

impl Orders {
    pub(crate) fn new(api: Api, settings: OrderSettings) -> Self {
        Self {
            api,
            settings,
            shop: Mutex::new(None),
            triggers: OnceCell::new(),
        }
    }

    /// Where to read: inside the windows that are open, or in new ones. None when new ones would be empty.
    async fn place(&self, request: &PullRequest) -> Result<Option<Place>, Error> {
        let stored = request.cursor.as_ref().map(Place::of).transpose()?;
        if let Some(open) = stored.as_ref().filter(|place| place.is_open()) {
            return Ok(Some(open.clone()));
        }
        let settings = self.look_at_clock().await?;
        let from = stored.unwrap_or_else(|| Place::start(request.start_at, settings.zone));
        Ok(from.close_at(settings.clock.unwrap_or(request.now), request.now, settings.zone))
    }

    /// The next of one kind, if its window is open, and the position after them.
    async fn read_on(
        &self,
        feed: &Feed,
        position: &mut Position,
        zone: Zone,
        limit: usize,
    ) -> Result<Part, Error> {
        let Some(to) = position.to.clone() else {
            return Ok(Part::default());
        };
        let span = Span {
            feed,
            stamped: Some((Stamp::Changed, &position.from, &to)),
        };
        let part = span
            .after(&self.api, position.last_id, limit, position.seen)
            .await?;
        position.seen |= !part.ids.is_empty();
        *position = match part.full(limit) {
            Some(last) => position.after(last),
            None => position.finished(zone),
        };
        Ok(part)
    }

    /// The next of one kind that was made in a period, if it is its turn.
    async fn made(
        &self,
        feed: &Feed,
        reading: Reading,
        (from, to): &(String, String),
        turn: &mut Turn,
        limit: usize,
    ) -> Result<Part, Error> {
        if turn.reading != reading || limit == 0 {
            return Ok(Part::default());
        }
        let span = Span {
            feed,
            stamped: Some((Stamp::Made, from, to)),
        };
        let part = span.after(&self.api, turn.last_id, limit, false).await?;
        *turn = turn.after(part.full(limit));
        Ok(part)
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

    /// What must be known before anything is read: the shop's time zone, and that it has the states that send an order.
    async fn ready(&self) -> Result<Zone, Error> {
        let known = self.shop.lock().await.as_ref().map(|shop| shop.settings.zone);
        let zone = match known {
            Some(zone) => zone,
            None => self.look_at_clock().await?.zone,
        };
        self.triggers.get_or_try_init(|| self.hold_triggers()).await?;
        Ok(zone)
    }

    /// A trigger that the shop has no state for would look like a shop without orders.
    async fn hold_triggers(&self) -> Result<(), Error> {
        let states = shop::states(&self.api).await?;
        let living: Vec<_> = states.values().filter(|state| !state.deleted).collect();
        let living: Vec<_> = living.into_iter().map(|state| state.shown.clone()).collect();
        trigger::resolve(&self.settings.triggers, &living).map_err(Error::new)?;
        if let Some(shop) = self.shop.lock().await.as_mut() {
            shop.states.fill(states);
        }
        Ok(())
    }

    /// Orders, then refunds, each with everything around them and in the order of their ids.
    async fn records(&self, orders: Nodes, slips: Nodes) -> Result<Vec<Pulled>, Error> {
        let mut shop = self.shop.lock().await;
        match shop.as_mut() {
            Some(shop) => Box::pin(page::records(&self.api, &self.settings, shop, (orders, slips))).await,
            None => Ok(Vec::new()),
        }
    }
}

fn nothing_new(request: &PullRequest, zone: Zone) -> Page {
    let start = || Place::start(request.start_at, zone).cursor();
    Page {
        records: Vec::new(),
        cursor: request.cursor.clone().unwrap_or_else(start),
        done: true,
    }
}

fn gone(key: &str) -> Pulled {
    page::parked(key, "", Reason::data("record_gone").fix("check_in_source"))
}
