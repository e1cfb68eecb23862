//! A stream that reads items or stock, as an agent would read it: page after page with the cursor of the page before. And
//! articles to write.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use skarv_canonical::article::{Article, ArticleCard, Texts};
use skarv_canonical::price::ArticlePrice;
use skarv_canonical::record::{Pulled, Record};
use skarv_canonical::spec::{PriceSettings, ProductSettings, StockSettings, StreamSettings, StreamSpec};
use skarv_canonical::stock::StockLevel;
use skarv_canonical::write::{Document, Effect, Write};
use skarv_canonical::{Currency, Cursor};
use skarv_connector::{Access, BoxedSink, BoxedSource, Connector, Error, Extent, Page, PullRequest};
use skarv_hogia_smart::HogiaSmart;

use crate::system::System;

/// No test reads further.
const MOST_PAGES: usize = 2_000;

pub(crate) fn products() -> StreamSpec {
    StreamSpec {
        settings: StreamSettings::Products(ProductSettings::swedish()),
    }
}

pub(crate) fn prices() -> StreamSpec {
    StreamSpec {
        settings: StreamSettings::Prices(PriceSettings::swedish()),
    }
}

pub(crate) fn stock() -> StreamSpec {
    StreamSpec {
        settings: StreamSettings::Stock(StockSettings::default()),
    }
}

pub(crate) async fn source(access: &Access, spec: &StreamSpec) -> BoxedSource {
    HogiaSmart::default()
        .source(access, spec)
        .await
        .expect("a source")
}

pub(crate) async fn article_sink(system: &System) -> BoxedSink {
    HogiaSmart::default()
        .sink(&system.access, &products())
        .await
        .expect("a sink")
}

/// The fake's noon, so many minutes later.
pub(crate) fn minutes(later: i64) -> DateTime<Utc> {
    let noon: DateTime<Utc> = "2026-11-23T12:00:00Z".parse().expect("a time");
    noon + TimeDelta::minutes(later)
}

/// A stream that is being read.
pub(crate) struct Stream {
    pub(crate) source: BoxedSource,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) extent: Extent,
    pub(crate) now: DateTime<Utc>,
}

impl Stream {
    pub(crate) async fn open(access: &Access, spec: &StreamSpec) -> Self {
        Self {
            source: source(access, spec).await,
            cursor: None,
            extent: Extent::Changes,
            now: minutes(0),
        }
    }

    pub(crate) async fn everything(access: &Access, spec: &StreamSpec) -> Self {
        Self {
            extent: Extent::Everything,
            ..Self::open(access, spec).await
        }
    }

    /// The next page, without going on.
    pub(crate) async fn page(&self, limit: usize) -> Result<Page, Error> {
        let request = PullRequest {
            cursor: self.cursor.clone(),
            start_at: None,
            extent: self.extent,
            limit,
            now: self.now,
        };
        self.source.pull(request).await
    }

    pub(crate) async fn pull(&mut self, limit: usize) -> Page {
        let page = self.page(limit).await.expect("a page");
        assert!(page.records.len() <= limit);
        self.cursor = Some(page.cursor.clone());
        page
    }

    /// Everything until the source says that there is no more.
    pub(crate) async fn drain(&mut self, limit: usize) -> Vec<Pulled> {
        let mut records = Vec::new();
        for _ in 0..MOST_PAGES {
            let page = self.pull(limit).await;
            records.extend(page.records);
            if page.done {
                return records;
            }
        }
        panic!("no end");
    }

    /// What people call the records that come.
    pub(crate) async fn numbers(&mut self, limit: usize) -> Vec<String> {
        let records = self.drain(limit).await;
        records.into_iter().map(|record| record.reference).collect()
    }
}

pub(crate) fn article(pulled: &Pulled) -> &Article {
    match &pulled.content {
        Ok(Record::Article(article)) => article,
        other => panic!("no article: {other:?}"),
    }
}

pub(crate) fn price(pulled: &Pulled) -> &ArticlePrice {
    match &pulled.content {
        Ok(Record::Price(price)) => price,
        other => panic!("no price: {other:?}"),
    }
}

pub(crate) fn level(pulled: &Pulled) -> &StockLevel {
    match &pulled.content {
        Ok(Record::Stock(level)) => level,
        other => panic!("no level: {other:?}"),
    }
}

pub(crate) fn reason(pulled: &Pulled) -> String {
    let reason = pulled.content.as_ref().expect_err("a reason");
    reason.to_string()
}

/// An item as a person would add it by hand.
pub(crate) fn by_hand(number: &str) -> Value {
    json!({
        "number": number,
        "name": format!("Artikel {number}"),
        "salesAccounts": [{ "number": 3001, "type": "NationalSales" }],
        "price": { "regular": 80 },
    })
}

impl System {
    /// Adds items by hand.
    pub(crate) async fn stocked(self, numbers: &[&str]) -> Self {
        for number in numbers {
            self.admin_post("items", &by_hand(number)).await;
        }
        self
    }

    pub(crate) async fn seeded(self, items: usize) -> Self {
        self.admin_post("items/seed", &json!({ "items": items })).await;
        self
    }

    pub(crate) async fn change_item(&self, number: &str, fields: Value) {
        self.admin_post(&format!("items/{number}"), &fields).await;
    }

    pub(crate) async fn count_item(&self, number: &str, quantity: &str) {
        let counted = json!({ "quantity": quantity });
        self.admin_post(&format!("items/{number}/stock"), &counted).await;
    }

    /// The items as they stand in the system.
    pub(crate) async fn items(&self) -> Vec<Value> {
        self.admin_get("items").await.as_array().expect("items").clone()
    }

    pub(crate) async fn item(&self, number: &str) -> Value {
        let items = self.items().await;
        let item = items.into_iter().find(|item| item["number"] == number);
        item.expect("an item")
    }
}

/// An article of a shop, with everything but a price on its card.
pub(crate) fn card(number: &str) -> ArticleCard {
    ArticleCard {
        sku: number.to_owned(),
        name: Some(text("Räksmörgås")),
        description: Some(text("På rågbröd")),
        active: Some(true),
        ean: Some("7350000000001".to_owned()),
        weight: None,
        rate: Some(12.into()),
        price: None,
        currency: Currency::SEK,
        first_price: None,
        may_create: true,
    }
}

pub(crate) fn text(text: &str) -> Texts {
    Texts::from([("sv".to_owned(), text.to_owned())])
}

pub(crate) fn article_write(card: ArticleCard) -> Write {
    Write {
        our_key: card.sku.clone(),
        effect: Effect::Update,
        document: Document::Article(Box::new(card)),
    }
}
