//! Benches of the fake shop for the behaviour suite.
//!
//! Products are read by changes, so the shop has just been filled. Orders that are told a state wait for their transfer.

use std::collections::BTreeSet;

use anyhow::Result;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use skarv_canonical::{
    Currency,
    article::{ArticleCard, ArticleField, Texts},
    price::{Owned, PriceTag},
    spec::{PriceSettings, ProductSettings, StockSettings, StreamKind, StreamSettings, StreamSpec},
    status::{OrderEvent, StateChange},
    stock::StockCount,
    write::{Document, Effect, Write},
};
use skarv_conformance::bench::{Bench, Half, Workshop};
use skarv_connector::{Access, Connector, Extent, PullRequest};
use skarv_http::{Client, ClientConfig, Limits, hostile::Format};
use skarv_prestashop::{
    PrestaShop,
    fake::{Shop, Version},
};

use crate::{
    conformance::{all_records, shop},
    connection::{KEY, access, at, settings},
    counter::{self, NOW, admin},
    products,
    status::desk,
};

pub(crate) struct Shops;

struct ShopBench {
    shop: Shop,
    kind: StreamKind,
    /// The numbers of plain products.
    numbers: Vec<String>,
}

#[async_trait]
impl Workshop for Shops {
    async fn bench(&self, kind: StreamKind, _: Half) -> Result<Option<Box<dyn Bench>>> {
        let shop = match kind {
            StreamKind::Orders => shop(Version::V8_2_1).await,
            StreamKind::Products | StreamKind::Prices | StreamKind::Stock => {
                products::shop(40, Version::V8_2_1).await
            }
            StreamKind::OrderStatus => waiting(20).await,
            StreamKind::PriceLists => return Ok(None),
        };
        let numbers = match kind {
            StreamKind::Orders | StreamKind::OrderStatus => Vec::new(),
            _ => numbers(&shop).await?,
        };
        Ok(Some(Box::new(ShopBench { shop, kind, numbers })))
    }
}

/// A shop with so many orders that wait for their transfer.
async fn waiting(orders: u32) -> Shop {
    let shop = counter::shop(0, Version::V8_2_1).await;
    let made = format!(r#"{{"count":{orders},"now":"2026-11-24T06:00:00Z"}}"#);
    counter::admin_post(&shop, "orders", &made).await;
    for order in 1..=orders {
        let state = format!(r#"{{"state":{},"employee":0}}"#, desk::WIRE);
        counter::admin_post(&shop, &format!("orders/{order}/state"), &state).await;
    }
    shop
}

/// The numbers that one plain product alone bears.
async fn numbers(shop: &Shop) -> Result<Vec<String>> {
    let ledger: serde_json::Value = serde_json::from_str(&admin(shop, "catalogue/ledger").await)?;
    let all = ledger["products"].as_array().cloned().unwrap_or_default();
    let number = |product: &serde_json::Value| product["reference"].as_str().unwrap_or_default().to_owned();
    let plain = |product: &&serde_json::Value| {
        product["combinations"].as_array().is_none_or(Vec::is_empty) && product["active"] == true
    };
    let mut found: Vec<String> = all.iter().filter(plain).map(number).collect();
    found.retain(|one| !one.is_empty() && all.iter().filter(|it| number(it) == *one).count() == 1);
    Ok(found)
}

#[async_trait]
impl Bench for ShopBench {
    fn connector(&self) -> &dyn Connector {
        &PrestaShop
    }

    fn stream(&self) -> StreamSpec {
        let settings = match self.kind {
            StreamKind::Orders => StreamSettings::Orders(settings("2026-10-25T00:00:00Z")),
            StreamKind::Products => StreamSettings::Products(carried()),
            StreamKind::Prices => StreamSettings::Prices(PriceSettings::swedish()),
            StreamKind::OrderStatus => return desk::spec(),
            _ => StreamSettings::Stock(StockSettings::default()),
        };
        StreamSpec { settings }
    }

    fn upstream(&self) -> String {
        self.shop.base_url()
    }

    fn access(&self, address: &str) -> Access {
        impatient(access(address, KEY))
    }

    fn stranger(&self, address: &str) -> Access {
        impatient(access(address, "ANNANNYCKEL0123456789ABCDEFGHIJK"))
    }

    fn speaks(&self) -> Format {
        Format::Xml
    }

    fn now(&self) -> DateTime<Utc> {
        at(NOW)
    }

    fn start_at(&self) -> Option<DateTime<Utc>> {
        // nothing in the seed is older than two months
        (self.kind == StreamKind::Orders).then(|| at(NOW) - TimeDelta::days(90))
    }

    async fn books(&self) -> Result<String> {
        let catalogue = match self.kind {
            StreamKind::Orders | StreamKind::OrderStatus => String::new(),
            _ => admin(&self.shop, "catalogue/ledger").await,
        };
        Ok(admin(&self.shop, "ledger").await + &catalogue)
    }

    async fn holds(&self) -> Result<BTreeSet<String>> {
        if self.kind == StreamKind::Orders {
            return Ok(all_records(&self.shop).await);
        }
        let source = PrestaShop
            .source(&access(&self.shop.base_url(), KEY), &self.stream())
            .await?;
        let request = PullRequest {
            cursor: None,
            start_at: None,
            extent: Extent::Everything,
            limit: 1_000,
            now: self.now(),
        };
        let page = source.pull(request).await?;
        anyhow::ensure!(page.done, "the shop has more");
        Ok(page.records.into_iter().map(|record| record.source_key).collect())
    }

    fn record(&self, n: usize) -> Vec<Write> {
        let number = self.numbers.get(n).cloned().unwrap_or_default();
        match self.kind {
            StreamKind::OrderStatus => vec![desk::of(StateChange {
                order: (n + 1).to_string(),
                ..desk::change(OrderEvent::Invoiced)
            })],
            StreamKind::Products => vec![article(&format!("NY-{n}"), "Skål i lergods")],
            StreamKind::Prices => vec![price(&number, "777")],
            _ => vec![stock(&number, 4711)],
        }
    }

    fn later(&self, write: &Write) -> Option<Write> {
        match self.kind {
            StreamKind::Products => Some(article(&write.our_key, "Fat i stengods")),
            _ => None,
        }
    }

    fn refused(&self) -> Option<Write> {
        match self.kind {
            StreamKind::Prices => Some(price("FINNS-INTE", "777")),
            StreamKind::Stock => Some(stock("FINNS-INTE", 7)),
            _ => None,
        }
    }
}

/// Nobody waits half a minute for a shop that is meant to hurt.
fn impatient(access: Access) -> Access {
    let config = ClientConfig {
        allow_private: true,
        limits: Limits {
            timeout: std::time::Duration::from_secs(2),
            ..Limits::default()
        },
        ..ClientConfig::default()
    };
    Access {
        http: Client::new(config).expect("a client"),
        ..access
    }
}

fn carried() -> ProductSettings {
    let mut settings = ProductSettings::swedish();
    settings.fields.insert(ArticleField::Price);
    settings.tax_groups.insert(25.into(), "1".to_owned());
    settings
}

fn write(number: &str, effect: Effect, document: Document) -> Write {
    Write {
        our_key: number.to_owned(),
        effect,
        document,
    }
}

fn article(number: &str, name: &str) -> Write {
    let texts = |text: &str| Some(Texts::from([("sv".to_owned(), text.to_owned())]));
    let card = ArticleCard {
        sku: number.to_owned(),
        name: texts(name),
        description: texts("Mjukt"),
        active: Some(true),
        ean: Some(String::new()),
        weight: None,
        rate: Some(25.into()),
        price: Some(80.into()),
        currency: Currency::SEK,
        first_price: None,
        may_create: true,
    };
    write(number, Effect::Update, Document::Article(Box::new(card)))
}

fn price(number: &str, amount: &str) -> Write {
    let tag = PriceTag {
        sku: number.to_owned(),
        currency: Currency::SEK,
        with_tax: false,
        regular: amount.parse().expect("an amount"),
        campaign: Owned::NotOurs,
    };
    write(number, Effect::Set, Document::Price(Box::new(tag)))
}

fn stock(number: &str, quantity: i64) -> Write {
    let count = StockCount {
        sku: number.to_owned(),
        quantity,
        sold_when_empty: None,
        sweep: None,
    };
    write(number, Effect::Set, Document::Stock(count))
}
