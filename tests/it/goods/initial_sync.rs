//! Initial syncs of many articles: orders go before them, and an agent that dies in the middle leaves nothing behind or twice.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};
use skarv::demo::{articles::Catalogue, goods::Flow, setup::SetUp};
use skarv_canonical::write::Entity;
use skarv_proto::v1 as pb;
use skarv_tests::{Moment, Moments, Opening, Platform, Times, goods::stream};

/// The number of an item that the accounting system was stocked with.
const STOCKED: &str = "HS-";

fn opening() -> Opening {
    Opening {
        // the ones that orders are about
        products: 32,
        ..Opening::default()
    }
}

async fn stock_up(platform: &Platform, items: u32) -> anyhow::Result<()> {
    let items = json!({ "items": items });
    platform.erp.post("items/seed", &items).await.map(|_: Value| ())
}

/// How often each number that came from the books stands in the shop.
fn came(shop: &Catalogue) -> BTreeMap<&str, usize> {
    let mut count = BTreeMap::new();
    let numbers = shop.products.iter().map(|product| product.reference.as_str());
    for number in numbers.filter(|number| number.starts_with(STOCKED)) {
        *count.entry(number).or_default() += 1;
    }
    count
}

/// Everything is there once, but for what waits for a person: an item on sale that has no price.
async fn has_all(platform: &Platform, products: &SetUp, items: u32) -> anyhow::Result<()> {
    let parked = platform.records_in(products, pb::RecordState::Parked).await?;
    let parked: BTreeMap<&str, &str> = parked
        .iter()
        .filter_map(|record| Some((record.reference.as_str(), record.reason.as_ref()?.code.as_str())))
        .collect();
    assert!(
        parked.values().all(|code| *code == "article_without_price"),
        "{parked:?}"
    );
    let shop = platform.catalogue().await?;
    let came = came(&shop);
    assert_eq!(came.len() + parked.len(), items as usize);
    assert!(came.values().all(|times| *times == 1), "{came:?}");
    assert!(
        parked.keys().all(|number| !came.contains_key(number)),
        "{parked:?}"
    );
    Ok(())
}

#[tokio::test]
async fn an_initial_sync_lets_orders_through() -> anyhow::Result<()> {
    const ITEMS: u32 = 200;
    let platform = Platform::open(opening(), Times::default()).await?;
    let agent = platform.agent().await?;
    let set_up = platform.set_up_goods(Flow::ErpMaster).await?;
    stock_up(&platform, ITEMS).await?;
    // a shop that takes its time: the whole load would take far longer than an order does
    let slowly = |ms: u64| json!({ "slow_every": 1, "slow_ms": ms });
    platform.shop.faults(&slowly(25)).await?;
    let products = stream(&set_up, "products");
    let load = platform.start_load(&products).await?;
    let begun = |run: &pb::Run| run.state() == pb::RunState::Running;
    platform.run_until(&load, begun).await?;

    platform.shop.place_orders(&json!({ "count": 1 })).await?;
    platform.shop_clock(chrono::TimeDelta::minutes(5)).await?;
    platform.run(&set_up).await?;
    assert_eq!(platform.erp_books().await?.invoices.len(), 1);
    let under_way = platform.run_until(&load, |_| true).await?;
    let states = [pb::RunState::Queued, pb::RunState::Running];
    assert!(
        states.contains(&under_way.state()),
        "the order waited for the load: {under_way:?}"
    );
    let so_far = came(&platform.catalogue().await?).len();
    assert!((1..ITEMS as usize).contains(&so_far), "{so_far}");

    platform.shop.faults(&slowly(0)).await?;
    platform.succeeded(&load).await?;
    has_all(&platform, &products, ITEMS).await?;
    agent.drain().await
}

#[tokio::test]
async fn an_agent_that_dies_in_an_initial_sync_leaves_every_article_once() -> anyhow::Result<()> {
    const ITEMS: u32 = 60;
    let times = Times {
        lease: Duration::from_millis(600),
        grant: Duration::from_secs(2),
        call: Duration::from_secs(1),
        slice: Duration::from_secs(10),
    };
    let platform = Platform::open(opening(), times).await?;
    let (moments, mut frozen) = Moments::freeze_after(10, Moment::AfterPut, Entity::Article);
    let first = platform.observed_agent(moments).await?;
    let set_up = platform.set_up_goods(Flow::ErpMaster).await?;
    stock_up(&platform, ITEMS).await?;
    let products = stream(&set_up, "products");
    let load = platform.start_load(&products).await?;
    let made = frozen.reached().await?;
    let half = platform.catalogue().await?;
    assert_eq!(
        came(&half).get(made.as_str()),
        Some(&1),
        "it stands and nobody knows"
    );
    assert!(came(&half).len() < ITEMS as usize);

    // the first never comes back: its thread is held until the story ends
    let second = platform.agent().await?;
    let run = platform.succeeded(&load).await?;
    let totals = run.totals.unwrap_or_default();
    assert!(
        totals.adopted > 0,
        "what stood was found by its number: {totals:?}"
    );
    drop(frozen);
    first.drain().await?;
    has_all(&platform, &products, ITEMS).await?;
    second.drain().await
}
