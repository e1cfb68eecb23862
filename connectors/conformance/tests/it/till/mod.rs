//! The till: its fake, its connector, and the bench they are tried on.

mod connector;
mod fake;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{
    Currency,
    article::{ArticleCard, Texts},
    price::{Owned, PriceTag},
    spec::{PriceSettings, ProductSettings, StockSettings, StreamKind, StreamSettings, StreamSpec},
    write::{Document, Effect, Write},
};
use skarv_conformance::bench::{Bench, Half, Workshop};
use skarv_connector::{Access, Connector};
use skarv_http::{Client, ClientConfig, Limits, hostile::Format};

pub(crate) use connector::{Flaw, TillConnector};
use fake::{Fake, KEY};

/// Benches for a connector with a flaw.
pub(crate) struct Tills(pub(crate) Flaw);

struct TillBench {
    fake: Fake,
    connector: TillConnector,
    stream: StreamKind,
}

#[async_trait]
impl Workshop for Tills {
    async fn bench(&self, stream: StreamKind, _: Half) -> Result<Option<Box<dyn Bench>>> {
        Ok(Some(Box::new(TillBench {
            fake: Fake::open().await,
            connector: TillConnector(self.0),
            stream,
        })))
    }
}

fn access(address: &str, key: &str) -> Access {
    let config = ClientConfig {
        allow_private: true,
        limits: Limits {
            timeout: std::time::Duration::from_secs(2),
            ..Limits::default()
        },
        ..ClientConfig::default()
    };
    Access {
        connection: "kassan".to_owned(),
        shop_ref: String::new(),
        settings: BTreeMap::from([("url".to_owned(), address.to_owned())]),
        secrets: BTreeMap::from([("key".to_owned(), key.into())]),
        http: Client::new(config).unwrap(),
    }
}

#[async_trait]
impl Bench for TillBench {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn stream(&self) -> StreamSpec {
        let settings = match self.stream {
            StreamKind::Products => StreamSettings::Products(ProductSettings::swedish()),
            StreamKind::Prices => StreamSettings::Prices(PriceSettings::swedish()),
            _ => StreamSettings::Stock(StockSettings::default()),
        };
        StreamSpec { settings }
    }

    fn upstream(&self) -> String {
        self.fake.url.clone()
    }

    fn access(&self, address: &str) -> Access {
        access(address, KEY)
    }

    fn stranger(&self, address: &str) -> Access {
        access(address, "en annan nyckel")
    }

    fn speaks(&self) -> Format {
        Format::Json
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    async fn books(&self) -> Result<String> {
        Ok(self.fake.books())
    }

    async fn holds(&self) -> Result<BTreeSet<String>> {
        Ok(fake::numbers().collect())
    }

    fn record(&self, n: usize) -> Vec<Write> {
        match self.stream {
            StreamKind::Products => vec![article(&format!("N-{n}"), "Garn")],
            _ => vec![price(&format!("G-{n:02}"))],
        }
    }

    fn later(&self, write: &Write) -> Option<Write> {
        (self.stream == StreamKind::Products).then(|| article(&write.our_key, "Ullgarn"))
    }

    fn refused(&self) -> Option<Write> {
        (self.stream == StreamKind::Prices).then(|| price("okänd"))
    }
}

fn article(number: &str, name: &str) -> Write {
    let card = ArticleCard {
        sku: number.to_owned(),
        name: Some(Texts::from([("sv".to_owned(), name.to_owned())])),
        description: None,
        active: None,
        ean: None,
        weight: None,
        rate: None,
        price: None,
        currency: Currency::SEK,
        first_price: None,
        may_create: true,
    };
    Write {
        our_key: number.to_owned(),
        effect: Effect::Update,
        document: Document::Article(Box::new(card)),
    }
}

fn price(number: &str) -> Write {
    let tag = PriceTag {
        sku: number.to_owned(),
        currency: Currency::SEK,
        with_tax: false,
        regular: 80.into(),
        campaign: Owned::NotOurs,
    };
    Write {
        our_key: number.to_owned(),
        effect: Effect::Set,
        document: Document::Price(Box::new(tag)),
    }
}
