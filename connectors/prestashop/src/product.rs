//! Products as articles: the source that reads them. The sink that writes them is in `product/sink.rs`.
//!
//! A page of products takes one request, and as few more as their combinations need, however many those are. `place.rs` says how
//! far has been read, `page.rs` which articles come next, `assemble.rs` makes them. Nothing is ever told to be gone: what a shop
//! does not show is left alone, and a shop that showed products before and shows none now is in trouble.

mod assemble;
mod card;
mod fit;
mod fresh;
mod page;
mod place;
pub(crate) mod rates;
pub(crate) mod shelf;
mod sink;

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{Reason, record::Pulled, spec::ProductSettings};
use skarv_connector::{Error, Extent, Page, PullRequest, Source};
use tokio::sync::OnceCell;

pub(crate) use self::sink::{Articles, missing_category, wrong_groups};
use self::{
    assemble::{Desk, Variants, chosen, parked},
    page::{Chosen, Products, articles, choose, products},
    place::{Inside, Place, Sweep},
    shelf::Shelf,
};
use crate::{
    api::{Api, Stamp},
    batch,
    feed::{PRODUCTS, Span},
    shop::ShopSettings,
    zone::Zone,
};

/// Products in one request: their texts may be long.
const MOST_PRODUCTS: usize = 50;

/// Reads the products of one shop.
pub(crate) struct Catalogue {
    api: Api,
    settings: ProductSettings,
    known: OnceCell<(Zone, Shelf)>,
    /// Whether changes have been looked at in this slice. A sweep takes many slices, and none of them may pass changes by.
    looked: AtomicBool,
}

/// The articles after a position.
struct Part {
    records: Vec<Pulled>,
    /// The last product that was read to its end, if any was.
    last_id: Option<u64>,
    inside: Option<Inside>,
    /// Whether there may be more.
    more: bool,
    /// Whether the shop showed any product.
    any: bool,
}

/// Where a part begins.
#[derive(Clone, Copy)]
struct From {
    last_id: u64,
    inside: Option<Inside>,
    /// Whether the shop has shown products before.
    seen: bool,
}

#[async_trait]
impl Source for Catalogue {
    async fn pull(&self, request: PullRequest) -> Result<Page, Error> {
        match request.extent {
            Extent::Changes => self.changes(request).await,
            Extent::Everything => self.everything(request).await,
        }
    }

    async fn fetch(&self, keys: &[String], _now: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        let wanted: Vec<Option<Chosen>> = keys.iter().map(|key| chosen(key)).collect();
        let mut ids: Vec<u64> = wanted.iter().flatten().map(|chosen| chosen.product).collect();
        ids.sort_unstable();
        ids.dedup();
        let ids = ids.iter().map(u64::to_string).collect();
        let products = products(&batch::nodes(&self.api, PRODUCTS.resource, "id", ids).await?);
        let there = |chosen: &Chosen| {
            let shown = products.get(&chosen.product);
            shown.is_some_and(|shown| articles(chosen.product, shown).contains(chosen))
        };
        let found: Vec<Chosen> = wanted.into_iter().flatten().filter(there).collect();
        let mut records = self.records(&products, &found).await?;
        let mut take = |key: &String| {
            let at = records.iter().position(|record| record.source_key == *key);
            at.map_or_else(|| gone(key), |at| records.swap_remove(at))
        };
        Ok(keys.iter().map(&mut take).collect())
    }
}

impl Catalogue {
    pub(crate) fn new(api: Api, settings: ProductSettings) -> Self {
        Self {
            api,
            settings,
            known: OnceCell::new(),
            looked: AtomicBool::new(false),
        }
    }

    /// What changed, and when nothing more did, everything once a day.
    async fn changes(&self, request: PullRequest) -> Result<Page, Error> {
        let (zone, _) = self.known().await?;
        let mut place = Place::of(&request, *zone)?;
        let looked = self.looked.swap(true, Ordering::Relaxed);
        if !place.is_open() && !looked {
            self.open_window(&mut place, &request).await?;
        }
        let records = match (place.is_open(), place.sweep_at(request.now)) {
            (true, _) => self.window(&mut place, *zone, request.limit).await?,
            (false, Some(sweep)) => {
                let (records, sweep) = self.sweep(sweep, place.changes.seen, request.limit).await?;
                place.sweep = Some(sweep).filter(|sweep| !sweep.over);
                records
            }
            (false, None) => Vec::new(),
        };
        Ok(Page {
            records,
            done: place.is_settled(request.now),
            cursor: place.cursor(),
        })
    }

    async fn everything(&self, request: PullRequest) -> Result<Page, Error> {
        let sweep = Sweep::of(request.cursor.as_ref())?;
        let (records, sweep) = match sweep.over {
            true => (Vec::new(), sweep),
            false => self.sweep(sweep, false, request.limit).await?,
        };
        Ok(Page {
            records,
            done: sweep.over,
            cursor: sweep.cursor(),
        })
    }

    /// Closes the next window by the shop's clock, unless nothing can have settled since the last one.
    async fn open_window(&self, place: &mut Place, request: &PullRequest) -> Result<(), Error> {
        let shop = ShopSettings::read(&self.api).await?;
        let clock = shop.clock.unwrap_or(request.now);
        if let Some(changes) = place.changes.close_at(clock, request.now, shop.zone) {
            place.changes = changes;
            place.inside = None;
        }
        Ok(())
    }

    /// The next of what changed in the window that is open.
    async fn window(&self, place: &mut Place, zone: Zone, limit: usize) -> Result<Vec<Pulled>, Error> {
        let changes = &place.changes;
        let to = changes.to.clone().unwrap_or_default();
        let span = Span {
            feed: &PRODUCTS,
            stamped: Some((Stamp::Changed, &changes.from, &to)),
        };
        let from = From {
            last_id: changes.last_id,
            inside: place.inside,
            seen: changes.seen,
        };
        let part = self.part(&span, from, limit).await?;
        place.changes.seen |= part.any;
        place.inside = part.inside;
        place.changes = match part.more {
            true => place.changes.after(part.last_id.unwrap_or(from.last_id)),
            false => place.changes.finished(zone),
        };
        Ok(part.records)
    }

    /// The next of everything. `seen` says that the shop has shown products before.
    async fn sweep(&self, sweep: Sweep, seen: bool, limit: usize) -> Result<(Vec<Pulled>, Sweep), Error> {
        let span = Span {
            feed: &PRODUCTS,
            stamped: None,
        };
        let from = From {
            last_id: sweep.last_id,
            inside: sweep.inside,
            seen: seen || sweep.last_id > 0,
        };
        let part = self.part(&span, from, limit).await?;
        let sweep = Sweep {
            last_id: part.last_id.unwrap_or(from.last_id),
            inside: part.inside,
            over: !part.more,
        };
        Ok((part.records, sweep))
    }

    async fn part(&self, span: &Span<'_>, from: From, limit: usize) -> Result<Part, Error> {
        let most = limit.clamp(1, MOST_PRODUCTS);
        let read = span.after(&self.api, from.last_id, most, from.seen).await?;
        let products = products(&read.nodes);
        let choice = choose(&products, from.inside, limit.max(1));
        let whole = choice.last_id == products.keys().next_back().copied();
        Ok(Part {
            records: self.records(&products, &choice.articles).await?,
            // ids that came and are no products of ours are passed by too
            last_id: if whole {
                read.ids.last().copied()
            } else {
                choice.last_id
            },
            inside: choice.inside,
            more: !whole || read.full(most).is_some(),
            any: !read.ids.is_empty(),
        })
    }

    async fn records(&self, products: &Products, wanted: &[Chosen]) -> Result<Vec<Pulled>, Error> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let (zone, shelf) = self.known().await?;
        let desk = Desk {
            products,
            shelf,
            zone: *zone,
            language: &self.settings.language,
            variants: Variants::read(&self.api, wanted).await?,
        };
        Box::pin(desk.records(&self.api, wanted)).await
    }

    /// What must be known of the shop before anything is read of it.
    async fn known(&self) -> Result<&(Zone, Shelf), Error> {
        let read = async || {
            let shop = ShopSettings::read(&self.api).await?;
            let shelf = Shelf::read(&self.api, &shop, &self.settings).await?;
            Ok((shop.zone, shelf))
        };
        self.known.get_or_try_init(read).await
    }
}

fn gone(key: &str) -> Pulled {
    parked(
        key.to_owned(),
        "",
        Reason::data("record_gone").fix("check_in_source"),
    )
}
