//! Products of the fake shop: read as articles, and written as such. Each story is told of both generations of shops.

mod changing;
mod reading;
mod texts;
mod writing;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use skarv_canonical::{
    Currency,
    article::{Article, ArticleCard, ArticleField, Texts},
    mapping,
    record::{Pulled, Record},
    spec::{ProductSettings, StreamSettings, StreamSpec},
    write::{Document, Effect, Write},
};
use skarv_connector::{
    BoxedSink, BoxedSource, Connector, Error, Extent, Page, PullRequest, Put, Receipt, Source,
};
use skarv_prestashop::{
    PrestaShop,
    fake::{Config, Seed, Shop, Version, start_with_products},
};

use crate::{
    connection::{KEY, access, at},
    counter::{NOW, admin, admin_post},
};

pub(crate) const BOTH: [Version; 2] = [Version::V8_2_1, Version::V1_7_8_11];

/// A shop with so many products, as they were seeded.
pub(crate) async fn shop(products: u32, version: Version) -> Shop {
    let config = Config {
        seed: Seed {
            orders: 5,
            seed: 7,
            now: at(NOW),
        },
        api_key: KEY.to_owned(),
        version,
        port: 0,
        allow_any_host: false,
    };
    start_with_products(config, products).await.expect("a shop")
}

/// Everything is carried, prices too, and each of the shop's tax groups is known.
fn settings() -> ProductSettings {
    let groups = [(25, 1), (12, 2), (6, 3)];
    let mut settings = ProductSettings::swedish();
    settings.fields.insert(ArticleField::Price);
    settings.tax_groups = groups
        .map(|(rate, group): (u32, u32)| (rate.into(), group.to_string()))
        .into();
    settings
}

fn spec(settings: ProductSettings) -> StreamSpec {
    StreamSpec {
        settings: StreamSettings::Products(settings),
    }
}

async fn source(shop: &Shop) -> BoxedSource {
    let access = access(&shop.base_url(), KEY);
    let source = PrestaShop.source(&access, &spec(settings())).await;
    source.expect("a source")
}

async fn sink(shop: &Shop) -> BoxedSink {
    sink_by(shop, settings()).await
}

async fn sink_by(shop: &Shop, settings: ProductSettings) -> BoxedSink {
    let access = access(&shop.base_url(), KEY);
    PrestaShop.sink(&access, &spec(settings)).await.expect("a sink")
}

async fn pull(
    source: &dyn Source,
    (extent, cursor): (Extent, Option<&str>),
    limit: usize,
    now: &str,
) -> Result<Page, Error> {
    let request = PullRequest {
        cursor: cursor.map(skarv_canonical::Cursor::new),
        start_at: None,
        extent,
        limit,
        now: at(now),
    };
    source.pull(request).await
}

/// Everything from a cursor on that one slice reads, and the cursor after it.
async fn read(shop: &Shop, extent: Extent, cursor: Option<&str>, now: &str) -> (Vec<Pulled>, String) {
    let source = source(shop).await;
    let (mut records, mut cursor) = (Vec::new(), cursor.map(str::to_owned));
    for _ in 0..200 {
        let read = pull(source.as_ref(), (extent, cursor.as_deref()), 40, now).await;
        let page = read.expect("a page");
        records.extend(page.records);
        cursor = Some(page.cursor.as_str().to_owned());
        if page.done {
            return (records, cursor.unwrap_or_default());
        }
    }
    panic!("reading has no end");
}

async fn everything(shop: &Shop) -> BTreeMap<String, Pulled> {
    let (records, _) = read(shop, Extent::Everything, None, NOW).await;
    let count = records.len();
    let by_key: BTreeMap<_, _> = records
        .into_iter()
        .map(|record| (record.source_key.clone(), record))
        .collect();
    assert_eq!(by_key.len(), count, "each comes once");
    by_key
}

fn article(record: &Pulled) -> &Article {
    match record.content.as_ref().expect("an article") {
        Record::Article(article) => article,
        other => panic!("not an article: {other:?}"),
    }
}

/// What the shop itself says of a product.
async fn product(shop: &Shop, id: u64) -> Value {
    let products = catalogue(shop).await;
    let found = products.iter().find(|product| product["id"] == id);
    found.cloned().expect("the product")
}

async fn catalogue(shop: &Shop) -> Vec<Value> {
    let ledger: Value = serde_json::from_str(&admin(shop, "catalogue/ledger").await).expect("json");
    ledger["products"].as_array().expect("products").clone()
}

async fn numbered(shop: &Shop, number: &str) -> Vec<Value> {
    let mut products = catalogue(shop).await;
    products.retain(|product| product["reference"] == number);
    products
}

/// The writes that the shop accepted of a kind, in their order.
async fn written(shop: &Shop, kind: &str) -> Vec<Value> {
    let told = admin(shop, &format!("catalogue/writes?kind={kind}")).await;
    let told: Value = serde_json::from_str(&told).expect("json");
    let writes = told["writes"].as_array().expect("writes").iter();
    writes
        .filter(|write| write["by"] == "webservice")
        .cloned()
        .collect()
}

/// The clerk changes a row.
async fn clerk(shop: &Shop, row: &str, set: Value, now: &str) {
    let body = json!({ "set": set, "now": now }).to_string();
    admin_post(shop, &format!("catalogue/rows/{row}"), &body).await;
}

async fn clock(shop: &Shop, now: &str) {
    let body = json!({ "now": now, "still": true }).to_string();
    admin_post(shop, "clock", &body).await;
}

fn sv(text: &str) -> Texts {
    Texts::from([("sv".to_owned(), text.to_owned())])
}

/// A card as an accounting system with one language has it.
fn card(number: &str) -> ArticleCard {
    ArticleCard {
        sku: number.to_owned(),
        name: Some(sv("Skål i lergods")),
        description: Some(sv("Drejad för hand\n\nTål maskin & ugn")),
        active: Some(true),
        ean: Some("7350000000017".to_owned()),
        weight: Some("0.85".parse().expect("a weight")),
        rate: Some(25.into()),
        price: Some("239.20".parse().expect("a price")),
        currency: Currency::SEK,
        first_price: Some("100".parse().expect("a price")),
        may_create: true,
    }
}

/// A card on which nothing is ours.
fn blank(number: &str) -> ArticleCard {
    ArticleCard {
        name: None,
        description: None,
        active: None,
        first_price: None,
        ean: None,
        weight: None,
        rate: None,
        price: None,
        ..card(number)
    }
}

fn write(card: ArticleCard) -> Write {
    Write {
        our_key: card.sku.clone(),
        effect: Effect::Update,
        document: Document::Article(Box::new(card)),
    }
}

async fn put(sink: &BoxedSink, card: ArticleCard, existing: Option<&str>) -> Result<Receipt, Error> {
    let write = write(card);
    let put = Put {
        write: &write,
        existing,
        earlier: &[],
        window: None,
    };
    sink.put(put).await
}

/// Where the number of a card stands.
async fn matched(sink: &BoxedSink, number: &str) -> Result<Option<String>, Error> {
    let found = sink.match_existing(&write(card(number))).await?;
    Ok(found.map(|found| found.foreign_id))
}

/// The card that an article of this shop would make.
fn card_of(article: &Article) -> ArticleCard {
    mapping::article::article(article, &settings()).expect("a card")
}

fn codes(receipt: &Receipt) -> Vec<&str> {
    receipt
        .remarks
        .iter()
        .map(|remark| remark.code.as_str())
        .collect()
}
