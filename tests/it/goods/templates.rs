//! Each template as a whole, by the demo; and what the comparison would say if the books differed.

use anyhow::Context;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use skarv::demo::{
    self, Options, Summary,
    articles::{Around, Articles, Catalogue, Product, Shares, compare},
    goods::Flow,
};
use skarv_tests::{Opening, Platform, Times, goods::stream};

#[allow(
    clippy::disallowed_methods,
    reason = "the demo begins at the real time, as tokens are checked against it"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

async fn demo(flow: Flow, products: u32) -> anyhow::Result<Summary> {
    let options = Options {
        orders: 40,
        flow: Some(flow),
        products,
        faults: false,
        sabotage: None,
        progress: false,
        port: 0,
    };
    demo::once(&options, now()).await
}

/// The books agree, something was carried in each of these streams, and nothing twice.
fn ends_with_equal_books(summary: &Summary, streams: &[&str]) -> anyhow::Result<()> {
    assert_eq!(summary.comparison.problems, [""; 0]);
    let goods = summary.goods.as_ref().context("no goods")?;
    assert_eq!(goods.second_pass_writes, 0);
    assert!(goods.articles.articles_shared >= 20, "{:?}", goods.articles);
    for stream in streams {
        let counts = goods.streams.get(*stream).with_context(|| stream.to_string())?;
        assert!(counts.written >= 10, "{stream}: {counts:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_demo_of_a_shop_that_owns_its_products_ends_with_equal_books() -> anyhow::Result<()> {
    let summary = demo(Flow::ShopMaster, 40).await?;
    ends_with_equal_books(&summary, &["orders", "products"])
}

#[tokio::test]
async fn the_demo_of_books_that_own_everything_ends_with_equal_books() -> anyhow::Result<()> {
    let summary = demo(Flow::ErpMaster, 25).await?;
    ends_with_equal_books(&summary, &["orders", "products", "prices", "stock"])
}

#[tokio::test]
async fn the_demo_of_the_combined_template_ends_with_equal_books() -> anyhow::Result<()> {
    let summary = demo(Flow::Combined, 40).await?;
    ends_with_equal_books(&summary, &["orders", "products", "prices", "stock"])
}

const KINDS: [&str; 3] = ["products", "prices", "stock"];

fn differences(found: &Articles) -> [usize; 6] {
    [
        found.articles_missing,
        found.names_differ,
        found.active_differ,
        found.prices_differ,
        found.campaigns_differ,
        found.stock_differs,
    ]
}

/// What a shop has of books that own everything.
async fn held(platform: &Platform) -> anyhow::Result<Articles> {
    let shares = Shares {
        products_to_shop: true,
        prices: true,
        stock: true,
        ..Shares::default()
    };
    let (shop, erp) = (platform.catalogue().await?, platform.items().await?);
    Ok(compare(&shop, &erp, &Around::default(), shares))
}

fn numbered<'a>(shop: &'a Catalogue, number: &str) -> anyhow::Result<&'a Product> {
    let mut products = shop.products.iter();
    let product = products.find(|product| product.reference == number);
    product.context("no such product")
}

#[tokio::test]
async fn what_a_clerk_changes_in_the_shop_is_noticed_and_stands_until_the_books_change() -> anyhow::Result<()>
{
    let opening = Opening {
        products: 32,
        ..Opening::default()
    };
    let platform = Platform::open(opening, Times::default()).await?;
    let agent = platform.agent().await?;
    let items = json!({ "items": 12 });
    let _: Value = platform.erp.post("items/seed", &items).await?;
    let set_up = platform.set_up_goods(Flow::ErpMaster).await?;
    for kind in KINDS {
        platform.load(&stream(&set_up, kind)).await?;
    }
    let agreed = held(&platform).await?;
    assert_eq!(
        (agreed.articles_shared, differences(&agreed)),
        (12, [0; 6]),
        "{agreed:?}"
    );

    let shop = platform.catalogue().await?;
    let [renamed, repriced, lost] =
        ["HS-00001", "HS-00002", "HS-00008"].map(|number| numbered(&shop, number));
    let (renamed, repriced, lost) = (renamed?, repriced?, lost?);
    let name = json!({ "name": { "1": "Pan", "2": "Panna" } });
    platform.shop_clerk("products", renamed.id, &name).await?;
    let price = json!({ "price": (repriced.price + Decimal::ONE).to_string() });
    platform.shop_clerk("products", repriced.id, &price).await?;
    let one = json!({ "product": lost.id, "quantity": 1 });
    let _: Value = platform.shop.post("catalogue/sales", &one).await?;
    assert_eq!(differences(&held(&platform).await?), [0, 1, 0, 1, 0, 1]);

    // what the books own is theirs again as soon as they have something new to say of it
    let name = json!({ "name": "Gjutjärnsgryta" });
    platform.erp_clerk(&renamed.reference, &name).await?;
    platform.price(&repriced.reference, Decimal::from(211)).await?;
    platform.count(&lost.reference, 70).await?;
    for kind in KINDS {
        platform.run(&stream(&set_up, kind)).await?;
    }
    assert_eq!(held(&platform).await?, agreed);
    agent.drain().await
}
