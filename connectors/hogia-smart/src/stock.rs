//! How many there are of each item: the rows that moved since the last reading, and what a row says.
//!
//! No row is not zero: of an item that nobody counts nothing is told. What can be sold is `available`, less than there is
//! where some is set aside. How far the rows are read is in `pass`.

mod pass;

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use skarv_canonical::Reason;
use skarv_canonical::mapping::article::STOCK_UNKNOWN;
use skarv_canonical::record::{Pulled, Record};
use skarv_canonical::stock::StockLevel;
use skarv_connector::Error;

use crate::amount::Amount;
use crate::api::{Api, Page, without_end};
use crate::item::doubled;
use crate::source::{Asked, Step, Walk};
use pass::{Pass, Position};

const BALANCES: &str = "stockbalances";
/// A million rows. A server that ignores `page` would otherwise be read for ever.
const MOST_PAGES: usize = 2_000;

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Balance {
    item_number: String,
    available: Option<Amount>,
    updated_date: Option<DateTime<Utc>>,
}

impl Balance {
    fn number(&self) -> &str {
        self.item_number.trim()
    }

    fn record(&self, now: DateTime<Utc>) -> Pulled {
        let level = StockLevel {
            key: self.number().to_owned(),
            sku: self.number().to_owned(),
            available: self.available.map(|amount| amount.0),
            // the contract has no mark for it
            sold_when_empty: None,
            as_of: self.updated_date.unwrap_or(now),
        };
        pulled(self.number(), Ok(Record::Stock(level)))
    }
}

fn pulled(number: &str, content: Result<Record, Reason>) -> Pulled {
    Pulled {
        source_key: number.to_owned(),
        reference: number.to_owned(),
        amount: None,
        content,
    }
}

/// The rows as records, each number once.
fn records(rows: &[Balance], all: &[Balance], now: DateTime<Utc>) -> Vec<Pulled> {
    let mut records: Vec<Pulled> = Vec::with_capacity(rows.len());
    for row in rows {
        let number = row.number();
        let bear = all.iter().filter(|other| other.number() == number);
        // a row of nobody knows what tells nothing
        if number.is_empty() || records.iter().any(|known| known.source_key == number) {
            continue;
        }
        records.push(match bear.clone().count() {
            0 | 1 => row.record(now),
            _ => pulled(
                number,
                Err(doubled(number, bear.map(|row| row.item_number.as_str()))),
            ),
        });
    }
    records
}

/// A page, and the pass that has come to it.
struct Turned {
    pass: Pass,
    page: Page<Balance>,
    /// Whether the system has shown what it should: an empty page behind a full one is an end, an empty page is none.
    heard: bool,
}

/// The stock of a company.
pub(crate) struct Stock(pub(crate) Api);

impl Stock {
    /// A page of the rows that moved then or later; of all, without a time.
    async fn page(&self, since: Option<DateTime<Utc>>, number: usize) -> Result<Page<Balance>, Error> {
        if number > MOST_PAGES {
            return Err(without_end(BALANCES));
        }
        let since = since.map(|since| since.to_rfc3339_opts(SecondsFormat::Secs, true));
        let filter: Vec<_> = since
            .iter()
            .map(|since| ("changedSince", since.as_str()))
            .collect();
        self.0.page(&[BALANCES], &filter, number).await
    }

    /// The page that a pass has come to. A page behind another is none if rows before it went away meanwhile, since those
    /// after them moved up: then the page before it is read again.
    async fn turned_to(&self, position: &Position, mut pass: Pass) -> Result<Turned, Error> {
        let page = self.page(position.since, pass.page).await?;
        let Some(edge) = pass.edge.take() else {
            let heard = !page.items.is_empty();
            return Ok(Turned { pass, page, heard });
        };
        let before = self.page(position.since, pass.page - 1).await?;
        let ends = |page: &Page<Balance>| page.items.last().is_some_and(|row| row.item_number == edge);
        match (ends(&before), ends(&page)) {
            (true, true) => Err(without_end(BALANCES)),
            (true, false) => Ok(Turned {
                pass,
                page,
                heard: true,
            }),
            (false, _) => Ok(Turned {
                pass: pass.back(),
                heard: !before.items.is_empty(),
                page: before,
            }),
        }
    }

    async fn of(&self, number: &str, now: DateTime<Utc>) -> Result<Pulled, Error> {
        let mut rows: Vec<Balance> = self.0.list(&[BALANCES], &[("itemNumber", number)]).await?;
        rows.retain(|row| row.number() == number);
        let unknown = || pulled(number, Err(Reason::data(STOCK_UNKNOWN).with("number", number)));
        Ok(records(&rows, &rows, now).pop().unwrap_or_else(unknown))
    }
}

#[async_trait]
impl Walk for Stock {
    type Position = Position;
    const VANISHED: &'static str = "stock_vanished";

    async fn step(&self, from: &Position, asked: Asked) -> Result<Step<Position>, Error> {
        let pass = from.pass.clone().unwrap_or_else(|| Pass::begun(asked.now));
        let Turned {
            mut pass,
            page,
            heard,
        } = self.turned_to(from, pass).await?;
        if !heard {
            return Ok(from.unheard(pass));
        }
        let rows = pass.rest(&page.items, asked.limit);
        let more = pass.read(rows, &page);
        Ok(Step {
            records: records(rows, &page.items, asked.now),
            position: if more {
                from.within(pass)
            } else {
                from.behind(&pass)
            },
            done: !more,
            heard,
        })
    }

    async fn any(&self) -> Result<bool, Error> {
        let first: Vec<IgnoredAny> = self
            .0
            .get(&[BALANCES], &[("page", "1"), ("pageSize", "1")])
            .await?;
        Ok(!first.is_empty())
    }

    async fn fetch(&self, keys: &[String], now: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.push(self.of(key, now).await?);
        }
        Ok(found)
    }
}
