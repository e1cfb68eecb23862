//! The suite itself: a system that keeps its promises passes, and each broken promise is noticed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
    time::Duration,
};

use anyhow::Result;
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use skarv_canonical::{
    Country, Currency, Cursor, Reason,
    customer::Address,
    invoice::{Buyer, Invoice},
    record::Pulled,
    vat::VatScheme,
    write::{Document, Effect, Write},
};
use skarv_connector::{BoxedSource, Error, Found, Page, PullRequest, Put, Receipt, Sink, Source};
use skarv_http::SendWindow;

use crate::{
    sink::{self, Delivery},
    source::{self, Beginning},
};

/// Records 0 to 99, and how they are handed out wrongly.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shelf {
    Sound,
    /// Every page begins with the record before it.
    Repeats,
    /// The last record of a full page is left out.
    Loses,
    /// A record fetched by key is another one.
    MixesUp,
}

const RECORDS: usize = 100;

fn record(key: &str, reference: &str) -> Pulled {
    Pulled {
        source_key: key.to_owned(),
        reference: reference.to_owned(),
        amount: None,
        content: Err(Reason::data("sample")),
    }
}

#[async_trait]
impl Source for Shelf {
    async fn pull(&self, request: PullRequest) -> Result<Page, Error> {
        let from = request
            .cursor
            .map_or(0, |cursor| cursor.as_str().parse().unwrap());
        let to = (from + request.limit).min(RECORDS);
        let first = if *self == Self::Repeats {
            from.saturating_sub(1)
        } else {
            from
        };
        let last = if *self == Self::Loses && to < RECORDS {
            to - 1
        } else {
            to
        };
        let records = (first..last)
            .take(request.limit)
            .map(|n| record(&n.to_string(), "R"));
        Ok(Page {
            records: records.collect(),
            cursor: Cursor::new(to.to_string()),
            done: to == RECORDS,
        })
    }

    async fn fetch(&self, keys: &[String], _now: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        let reference = if *self == Self::MixesUp { "S" } else { "R" };
        Ok(keys.iter().map(|key| record(key, reference)).collect())
    }
}

impl Shelf {
    async fn open(self) -> Result<BoxedSource> {
        Ok(Box::new(self))
    }
}

const BEGINNING: Beginning = Beginning {
    start_at: None,
    now: DateTime::UNIX_EPOCH,
};

async fn reads_once(shelf: Shelf) -> Result<()> {
    let expected: BTreeSet<String> = (0..RECORDS).map(|n| n.to_string()).collect();
    source::reads_everything_once_through_pages(async || shelf.open().await, BEGINNING, &expected).await
}

#[tokio::test]
async fn a_sound_source_passes() -> Result<()> {
    let open = async || Shelf::Sound.open().await;
    reads_once(Shelf::Sound).await?;
    source::resumes_from_any_cursor(open, BEGINNING).await?;
    source::reading_changes_nothing(open, BEGINNING, async || Ok("books".to_owned())).await?;
    source::fetch_returns_what_pull_did(open, BEGINNING, "none").await
}

#[tokio::test]
async fn a_source_that_repeats_or_loses_a_record_is_noticed() {
    let repeated = reads_once(Shelf::Repeats).await.unwrap_err();
    assert!(format!("{repeated:#}").contains("came twice"), "{repeated:#}");
    let lost = reads_once(Shelf::Loses).await.unwrap_err();
    assert!(format!("{lost:#}").contains("missing"), "{lost:#}");
}

#[tokio::test]
async fn a_source_that_fetches_something_else_is_noticed() {
    let open = async || Shelf::MixesUp.open().await;
    let error = source::fetch_returns_what_pull_did(open, BEGINNING, "none")
        .await
        .unwrap_err();
    assert!(error.to_string().starts_with("pulled"), "{error:#}");
}

#[tokio::test]
async fn a_source_that_writes_is_noticed() {
    let looks = Mutex::new(0);
    let books = async || {
        let mut looks = looks.lock().unwrap();
        *looks += 1;
        Ok(looks.to_string())
    };
    let open = async || Shelf::Sound.open().await;
    assert!(
        source::reading_changes_nothing(open, BEGINNING, books)
            .await
            .is_err()
    );
}

/// Documents by key, and how they are kept wrongly.
#[derive(Default)]
struct Drawer {
    documents: Mutex<BTreeMap<String, String>>,
    forgets: bool,
    shares: bool,
}

#[async_trait]
impl Sink for Drawer {
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        let documents = self.documents.lock().unwrap();
        let found = |foreign_id: &String| Found {
            foreign_id: foreign_id.clone(),
            mismatch: None,
        };
        Ok(documents.get(&write.our_key).filter(|_| !self.forgets).map(found))
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        let mut documents = self.documents.lock().unwrap();
        let number = if self.shares { 1 } else { documents.len() + 1 };
        documents.insert(put.write.our_key.clone(), number.to_string());
        Ok(Receipt::of(number.to_string()))
    }
}

fn invoice(key: &str) -> [Write; 1] {
    let invoice = Invoice {
        reference: key.to_owned(),
        order_number: String::new(),
        customer_number: String::new(),
        buyer: Buyer::at(address()),
        date: NaiveDate::default(),
        payment_terms_days: 30,
        currency: Currency::SEK,
        conversion_rate: 1.into(),
        scheme: VatScheme::Domestic,
        rows: Vec::new(),
        total: 0.into(),
        payment_method: String::new(),
        takes_stock: false,
        note: String::new(),
    };
    [Write {
        our_key: key.to_owned(),
        effect: Effect::Create,
        document: Document::Invoice(Box::new(invoice)),
    }]
}

fn address() -> Address {
    Address {
        name: "Åsa Öberg".to_owned(),
        company: String::new(),
        line1: "Storgatan 1".to_owned(),
        line2: String::new(),
        postcode: "871 31".to_owned(),
        city: "Härnösand".to_owned(),
        country: Country::SE,
        vat_number: String::new(),
        phone: String::new(),
    }
}

fn window() -> SendWindow {
    SendWindow::new(
        tokio::time::Instant::now(),
        DateTime::UNIX_EPOCH,
        Duration::from_secs(60),
    )
}

const DELIVERY: Delivery<'static> = Delivery {
    window: &window,
    visible_after: Duration::ZERO,
};

#[tokio::test]
async fn a_sound_sink_passes() -> Result<()> {
    let sink = Drawer::default();
    let [first, second, third] = ["a", "b", "c"].map(invoice);
    sink::find_before_put_finds_nothing(&sink, &first).await?;
    sink::put_then_find_finds_it(&sink, &first, DELIVERY).await?;
    sink::two_keys_two_documents(&sink, [&second, &third], DELIVERY).await
}

#[tokio::test]
async fn a_sink_that_finds_what_was_never_put_is_noticed() -> Result<()> {
    let sink = Drawer::default();
    sink::put_then_find_finds_it(&sink, &invoice("a"), DELIVERY).await?;
    assert!(
        sink::find_before_put_finds_nothing(&sink, &invoice("a"))
            .await
            .is_err()
    );
    Ok(())
}

#[tokio::test]
async fn a_sink_that_does_not_find_what_was_put_is_noticed() {
    let sink = Drawer {
        forgets: true,
        ..Drawer::default()
    };
    let error = sink::put_then_find_finds_it(&sink, &invoice("a"), DELIVERY)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("is not found"), "{error:#}");
}

#[tokio::test]
async fn a_sink_that_makes_one_document_of_two_is_noticed() {
    let sink = Drawer {
        shares: true,
        ..Drawer::default()
    };
    let [first, second] = ["a", "b"].map(invoice);
    let error = sink::two_keys_two_documents(&sink, [&first, &second], DELIVERY)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("are both"), "{error:#}");
}
