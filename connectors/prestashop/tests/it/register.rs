//! What the descriptor says of fields is what goes over the line to a PrestaShop and back.
//!
//! Articles, prices and stock levels are put field by field changed; orders, refunds and products are read with every leaf of the
//! answers changed, one at a time. What cannot be changed alone is in `BOUND`: its places are declared and not tried.

use std::collections::BTreeSet;

use anyhow::Result;
use skarv_canonical::{
    Currency,
    article::{ArticleCard, ArticleField, Texts},
    descriptor::Place,
    price::{Campaign, Owned, PriceTag},
    record::Record,
    spec::{PriceSettings, ProductSettings, StockSettings, StreamKind, StreamSettings, StreamSpec},
    status::OrderEvent,
    stock::StockCount,
    write::{Document, Effect, Entity, Write},
};
use skarv_conformance::{
    register::{self, Pairs},
    tap::{Call, Tap},
};
use skarv_connector::{Access, Connector, Extent, PullRequest, Put};
use skarv_prestashop::{
    PrestaShop,
    fake::{Shop, Version},
};

use crate::{
    connection::{KEY, access, at, settings},
    counter::{self, NOW, admin_post},
    products,
    status::desk::{self, Desk},
};

/// Fields that cannot be changed alone: ids tie the shop's rows together, and what an order's rows come to is its total.
const BOUND: [&str; 20] = [
    "order.key",
    "order.currency",
    "order.billing.country",
    "order.delivery.country",
    "order.customer.key",
    "order.lines.key",
    "order.lines.gross",
    "order.lines.net",
    "order.lines.rate",
    "order.discounts.shares.gross",
    "order.discounts.shares.rate",
    "order.states_passed.id",
    "order.taxes.gross",
    "refund.key",
    "refund.slip.key",
    "refund.slip.lines.order_line",
    "article.key",
    // only where the first of two is empty, or with the total
    "addresses.dni",
    "addresses.phone_mobile",
    "orders.total_wrapping_tax_incl",
];

/// The list, and the path within a row that is written. What is said of the list itself is nobody's.
fn put_as(call: &Call, leaf: &str) -> Option<String> {
    let list = list(call)?;
    let mut steps = leaf
        .split('.')
        .skip_while(|step| *step == "prestashop" || *step == list);
    let row = steps.next()?;
    let within: Vec<&str> = steps.filter(|step| *step != "language").collect();
    (!within.is_empty() && row != "errors").then(|| format!("{list}.{}", within.join(".")))
}

/// The list, and the path within a row that is read. An id says which row is meant, and is no field of it.
fn read_as(call: &Call, leaf: &str) -> Option<String> {
    let list = list(call)?;
    let within: Vec<&str> = leaf
        .split('.')
        .skip(3)
        .filter(|step| *step != "language")
        .collect();
    let last = within.last()?;
    (*last != "id" && !last.starts_with("id_")).then(|| format!("{list}.{}", within.join(".")))
}

fn list(call: &Call) -> Option<&str> {
    call.path
        .split('/')
        .rfind(|step| step.chars().any(|c| c.is_ascii_alphabetic()))
}

async fn tapped(shop: &Shop) -> (Tap, Access) {
    let tap = Tap::on(&shop.base_url()).await.expect("a tap");
    let access = access(&tap.url(), KEY);
    (tap, access)
}

fn carried() -> ProductSettings {
    let groups = [(25, 1), (12, 2), (6, 3)];
    let mut settings = ProductSettings::swedish();
    settings.fields.insert(ArticleField::Price);
    settings.tax_groups = groups
        .map(|(rate, group): (u32, u32)| (rate.into(), group.to_string()))
        .into();
    settings
}

fn spec(entity: &Entity) -> StreamSpec {
    let settings = match entity {
        Entity::Article => StreamSettings::Products(carried()),
        Entity::Price => StreamSettings::Prices(PriceSettings::swedish()),
        Entity::Stock => StreamSettings::Stock(StockSettings::default()),
        Entity::Status => return desk::spec(),
        other => panic!("not written here: {other}"),
    };
    StreamSpec { settings }
}

async fn put(shop: &Shop, document: Document) -> Option<Vec<Call>> {
    let (tap, access) = tapped(shop).await;
    let mut write = Write {
        our_key: "G-1".to_owned(),
        effect: Effect::Set,
        document,
    };
    if write.entity() == Entity::Article {
        write.effect = Effect::Update;
    }
    let sink = PrestaShop
        .sink(&access, &spec(&write.entity()))
        .await
        .expect("a sink");
    sink.begin().await.expect("a look");
    let put = Put {
        write: &write,
        existing: None,
        earlier: &[],
        window: None,
    };
    sink.put_all(vec![put]).await.remove(0).ok()?;
    Some(tap.calls()).filter(|calls| calls.iter().any(Call::writes))
}

fn declared(entity: &Entity) -> Vec<Place> {
    let descriptor = PrestaShop.descriptor();
    descriptor.write_of(entity).expect("it is written").fields.clone()
}

async fn puts_what_it_declares(entity: Entity, samples: Vec<Document>, bound: &[&str]) -> Result<()> {
    let mut seen = Pairs::new();
    for sample in samples {
        // every put finds the shop as the first did
        let put = async |document: Document| match document {
            Document::Status(_) => put(&Desk::of(Version::V8_2_1).await.shop, document).await,
            _ => put(&products::shop(12, Version::V8_2_1).await, document).await,
        };
        for (field, places) in register::put_places(&sample, put, &put_as).await? {
            seen.entry(field).or_default().extend(places);
        }
    }
    register::agrees(&declared(&entity), &seen, bound)
}

/// The article number of a plain product of the shop.
async fn number() -> String {
    let shop = products::shop(12, Version::V8_2_1).await;
    let ledger: serde_json::Value =
        serde_json::from_str(&counter::admin(&shop, "catalogue/ledger").await).expect("json");
    let mut products = ledger["products"].as_array().expect("products").iter();
    let plain = products.find(|product| {
        let reference = product["reference"].as_str().unwrap_or_default();
        !reference.is_empty() && product["combinations"].as_array().is_none_or(Vec::is_empty)
    });
    plain.expect("a plain product")["reference"]
        .as_str()
        .expect("a text")
        .to_owned()
}

#[tokio::test]
async fn an_article_is_put_where_the_register_says() -> Result<()> {
    let text = |text: &str| Some(Texts::from([("sv".to_owned(), text.to_owned())]));
    let card = |price: Option<&str>, first: Option<&str>| ArticleCard {
        sku: "NY-1".to_owned(),
        name: text("Garn"),
        description: text("Mjukt"),
        active: Some(true),
        ean: Some("7350000000017".to_owned()),
        weight: "0.5".parse().ok(),
        rate: Some(25.into()),
        price: price.and_then(|price| price.parse().ok()),
        currency: Currency::SEK,
        first_price: first.and_then(|price| price.parse().ok()),
        may_create: true,
    };
    let samples = [card(Some("80"), None), card(None, Some("80"))];
    let samples = samples.map(|card| Document::Article(Box::new(card)));
    puts_what_it_declares(Entity::Article, samples.into(), &[]).await
}

#[tokio::test]
async fn a_price_is_put_where_the_register_says() -> Result<()> {
    let day = |day: &str| day.parse().ok();
    let tag = PriceTag {
        sku: number().await,
        currency: Currency::SEK,
        with_tax: false,
        regular: "777".parse()?,
        campaign: Owned::Is(Campaign {
            price: "555".parse()?,
            from: day("2026-11-29"),
            to: day("2026-12-24"),
        }),
    };
    // a number chooses the row that is written, and does not travel into it
    puts_what_it_declares(Entity::Price, vec![Document::Price(Box::new(tag))], &[]).await
}

#[tokio::test]
async fn a_stock_level_is_put_where_the_register_says() -> Result<()> {
    let count = StockCount {
        sku: number().await,
        quantity: 4711,
        sold_when_empty: Some(true),
        sweep: None,
    };
    puts_what_it_declares(Entity::Stock, vec![Document::Stock(count)], &[]).await
}

#[tokio::test]
async fn an_order_state_is_put_where_the_register_says() -> Result<()> {
    let mut change = desk::change(OrderEvent::Invoiced);
    change.tracking = Some("PN-4711".to_owned());
    puts_what_it_declares(
        Entity::Status,
        vec![Document::Status(Box::new(change))],
        &["status.order"],
    )
    .await
}

async fn reads_what_it_declares(kind: StreamKind, shop: &Shop, keys: &[&str]) -> Result<()> {
    let (tap, access) = tapped(shop).await;
    let settings = match kind {
        StreamKind::Orders => StreamSettings::Orders(settings("2026-08-01T00:00:00Z")),
        _ => StreamSettings::Products(carried()),
    };
    let spec = StreamSpec { settings };
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    let read = async || {
        let source = PrestaShop.source(&access, &spec).await.ok()?;
        let fetched = source.fetch(&keys, at(NOW)).await.ok()?;
        let records: Vec<Record> = fetched
            .into_iter()
            .filter_map(|record| record.content.ok())
            .collect();
        (records.len() == keys.len()).then_some(records)
    };
    let seen = register::read_places(&tap, read, &read_as).await?;
    let descriptor = PrestaShop.descriptor();
    let declared = &descriptor.reads_of(kind).expect("it is read").fields;
    register::agrees(declared, &seen, &BOUND)
}

/// Keys of records that can be read, as many as there are kinds of them.
async fn readable(shop: &Shop, kind: StreamKind, most: usize) -> Vec<String> {
    let access = access(&shop.base_url(), KEY);
    let settings = match kind {
        StreamKind::Orders => StreamSettings::Orders(settings("2026-08-01T00:00:00Z")),
        _ => StreamSettings::Products(carried()),
    };
    let source = PrestaShop
        .source(&access, &StreamSpec { settings })
        .await
        .expect("a source");
    let request = PullRequest {
        cursor: None,
        start_at: Some(at("2026-08-01T00:00:00Z")),
        extent: if kind == StreamKind::Orders {
            Extent::Changes
        } else {
            Extent::Everything
        },
        limit: 200,
        now: at(NOW),
    };
    let page = source.pull(request).await.expect("a page");
    let mut met = BTreeSet::new();
    let readable = page.records.into_iter().filter(|record| match &record.content {
        Ok(record) => met.insert(shape(record)),
        Err(_) => false,
    });
    readable.map(|record| record.source_key).take(most).collect()
}

/// What a record has that others may not have.
fn shape(record: &Record) -> String {
    match record {
        Record::Order(order) => {
            let discounts = !order.discounts.is_empty();
            format!(
                "order {:?} {discounts} {}",
                order.customer.kind,
                order.billing == order.delivery
            )
        }
        Record::Refund(refund) => format!("refund {}", refund.slip.lines.is_empty()),
        Record::Article(article) => format!("article {}", article.variant.is_empty()),
        other => panic!("not read here: {other:?}"),
    }
}

#[tokio::test]
async fn orders_come_from_where_the_register_says() -> Result<()> {
    let shop = counter::shop(30, Version::V8_2_1).await;
    for order in [3, 9] {
        let slip = r#"{"rows":[{"row":1,"quantity":1}],"now":"2026-11-24T05:00:00Z"}"#;
        admin_post(&shop, &format!("orders/{order}/slips"), slip).await;
    }
    let keys = readable(&shop, StreamKind::Orders, 5).await;
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    reads_what_it_declares(StreamKind::Orders, &shop, &keys).await
}

#[tokio::test]
async fn articles_come_from_where_the_register_says() -> Result<()> {
    let shop = products::shop(12, Version::V8_2_1).await;
    let keys = readable(&shop, StreamKind::Products, 2).await;
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    reads_what_it_declares(StreamKind::Products, &shop, &keys).await
}
