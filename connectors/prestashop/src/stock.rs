//! Stock levels, written: one row for each thing that is sold, and of the row its quantity alone.
//!
//! `stock/shelf.rs` remembers what the shop had before the books were read. What differs is read again right before it is sent,
//! what was sold in between is taken off, and what stands is not sent. What is left is a sale between that last look and the
//! write. `stock/sold.rs` says what was ordered before that. The row of a product that is sold in combinations is the shop's own sum and never written.

mod body;
mod shelf;
mod sold;

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{
    Reason,
    stock::StockCount,
    write::{Document, Write},
};
use skarv_connector::{Error, Found, Put, Receipt, RecentOrder, Sink};
use tokio::sync::{Mutex, OnceCell};

use crate::{
    api::Api,
    batch,
    numbers::{self, Place},
    system,
};
use body::ROWS;
use shelf::{LEVELS, Shelf, Thing, Want};

/// Rows in one body.
pub(crate) const BATCH: u32 = 100;

/// The stock of one shop.
pub(crate) struct Stock {
    api: Api,
    shelf: Mutex<Shelf>,
    patches: OnceCell<bool>,
}

/// What is to stand for one article, and where.
#[derive(Clone, Copy)]
struct Item {
    thing: Thing,
    row: u64,
    want: Want,
}

type End = Result<Receipt, Error>;

impl Stock {
    pub(crate) fn new(api: Api) -> Self {
        Self {
            api,
            shelf: Mutex::default(),
            patches: OnceCell::new(),
        }
    }

    /// One end for each count.
    async fn counts(&self, counts: &[&StockCount]) -> Vec<End> {
        let items = match self.items(counts).await {
            Ok(items) => items,
            Err(error) => return vec![Err(error); counts.len()],
        };
        let found: Vec<Item> = items
            .iter()
            .filter_map(|item| item.as_ref().ok().copied())
            .collect();
        let mut ends = self.write(found).await.into_iter();
        let end = |item: Result<Item, Error>| match item {
            Ok(item) => ends.next().unwrap_or_else(|| Ok(receipt(item))),
            Err(error) => Err(error),
        };
        items.into_iter().map(end).collect()
    }

    /// Where each count belongs.
    async fn items(&self, counts: &[&StockCount]) -> Result<Vec<Result<Item, Error>>, Error> {
        let numbers: Vec<String> = counts.iter().map(|count| count.sku.clone()).collect();
        let places = numbers::places(&self.api, &numbers).await?;
        let things: Vec<Result<Thing, Error>> = counts
            .iter()
            .map(|count| thing(numbers::the_one(&places, &count.sku)?, &count.sku))
            .collect();
        self.look_up(things.iter().flatten()).await?;
        let shelf = self.shelf.lock().await;
        let item = |(thing, count): (Result<Thing, Error>, &&StockCount)| {
            let thing = thing?;
            let row = shelf.row(thing).map_err(|rows| unclear(count, rows))?;
            let want = want(count)?;
            Ok(Item { thing, row, want })
        };
        Ok(things.into_iter().zip(counts).map(item).collect())
    }

    /// Learns the rows of things that were not there when the slice began.
    async fn look_up(&self, things: impl Iterator<Item = &Thing>) -> Result<(), Error> {
        let products: BTreeSet<u64> = {
            let shelf = self.shelf.lock().await;
            things
                .filter(|thing| !shelf.knows(**thing))
                .map(|(product, _)| *product)
                .collect()
        };
        let products: Vec<String> = products.iter().map(u64::to_string).collect();
        let found = batch::nodes(&self.api, LEVELS, "id_product", products).await?;
        let mut shelf = self.shelf.lock().await;
        found.rows.iter().for_each(|row| shelf.learn(row));
        Ok(())
    }

    async fn patches(&self) -> Result<bool, Error> {
        let patches = || system::writes_by_patch(&self.api, ROWS);
        self.patches.get_or_try_init(patches).await.copied()
    }
}

#[async_trait]
impl Sink for Stock {
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        let count = count(write)?;
        let mut items = self.items(&[count]).await?;
        match items.pop() {
            Some(Ok(item)) => Ok(Some(Found {
                foreign_id: item.row.to_string(),
                mismatch: None,
            })),
            Some(Err(error)) if error.reason.code != numbers::NOT_THERE => Err(error),
            Some(Err(_)) | None => Ok(None),
        }
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        let mut ends = self.counts(&[count(put.write)?]).await;
        ends.pop()
            .unwrap_or_else(|| Err(Error::configuration("not_supported")))
    }

    async fn begin(&self) -> Result<(), Error> {
        let (_, shelf) = tokio::try_join!(self.patches(), Shelf::read(&self.api))?;
        *self.shelf.lock().await = shelf;
        Ok(())
    }

    async fn recent_orders(&self, since: DateTime<Utc>) -> Result<Vec<RecentOrder>, Error> {
        sold::since(&self.api, since).await
    }

    async fn put_all(&self, puts: Vec<Put<'_>>) -> Vec<End> {
        let counts: Result<Vec<&StockCount>, Error> = puts.iter().map(|put| count(put.write)).collect();
        match counts {
            Ok(counts) => self.counts(&counts).await,
            Err(error) => vec![Err(error); puts.len()],
        }
    }
}

fn count(write: &Write) -> Result<&StockCount, Error> {
    match &write.document {
        Document::Stock(count) => Ok(count),
        _ => Err(Error::configuration("not_supported")),
    }
}

fn thing(place: &Place, number: &str) -> Result<Thing, Error> {
    match place.in_combinations {
        true => Err(Error::data("article_in_combinations")
            .with("number", number)
            .with("article", &place.name)
            .fix("number_combinations")),
        false => Ok((place.product, place.combination.unwrap_or(0))),
    }
}

fn want(count: &StockCount) -> Result<Want, Error> {
    // the shop's column holds no more, and would keep something else
    if i32::try_from(count.quantity).is_err() {
        return Err(Error::new(unfit(count)));
    }
    Ok(Want {
        quantity: count.quantity,
        when_empty: count.sold_when_empty.map(u8::from),
    })
}

fn unfit(count: &StockCount) -> Reason {
    Reason::data("stock_unfit")
        .with("number", &count.sku)
        .with("quantity", count.quantity)
        .fix("correct_stock")
}

fn unclear(count: &StockCount, rows: usize) -> Error {
    Error::data("stock_row_unclear")
        .with("number", &count.sku)
        .with("rows", rows)
        .fix("save_stock_in_shop")
}

fn receipt(item: Item) -> Receipt {
    Receipt::of(item.row.to_string())
}
