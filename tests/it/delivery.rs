//! Exactly one invoice: whatever dies, freezes or loses its answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::json;
use skarv::demo::books::ErpBooks;
use skarv_proto::v1 as pb;
use skarv_tests::{Moment, Moments, Platform, Times};

/// Invoices by our reference.
fn invoices(books: &ErpBooks) -> BTreeMap<&str, usize> {
    let mut count = BTreeMap::new();
    for invoice in &books.invoices {
        *count.entry(invoice.reference.as_str()).or_default() += 1;
    }
    count
}

/// Leases and grants short enough to see them end.
fn short() -> Times {
    Times {
        lease: Duration::from_millis(600),
        grant: Duration::from_secs(3),
        call: Duration::from_millis(1500),
        slice: Duration::from_secs(10),
    }
}

#[tokio::test]
async fn dead_agent_between_put_and_checkpoint_yields_one_invoice() -> anyhow::Result<()> {
    let platform = Platform::start(12, short()).await?;
    platform.erp.faults(&json!({ "deduplicate": false })).await?;
    let (moments, mut frozen) = Moments::freeze_at(Moment::AfterPut);
    let first = platform.observed_agent(moments).await?;
    let set_up = platform.set_up().await?;
    let booked = frozen.reached().await?;
    // it never comes back: its thread is held until the story ends
    let second = platform.agent().await?;
    platform.settled(&set_up).await?;
    let books = platform.erp_books().await?;
    assert_eq!(invoices(&books)[booked.as_str()], 1);
    assert!(
        invoices(&books).len() > 1 && invoices(&books).values().all(|n| *n == 1),
        "{:?}",
        invoices(&books)
    );
    second.drain().await?;
    drop(frozen);
    first.drain().await
}

#[tokio::test]
async fn agent_frozen_before_put_yields_one_invoice() -> anyhow::Result<()> {
    let platform = Platform::start(12, short()).await?;
    platform.erp.faults(&json!({ "deduplicate": false })).await?;
    let (moments, mut frozen) = Moments::freeze_at(Moment::BeforePut);
    let first = platform.observed_agent(moments).await?;
    let set_up = platform.set_up().await?;
    let held = frozen.reached().await?;
    let second = platform.agent().await?;
    platform.settled(&set_up).await?;
    assert_eq!(
        invoices(&platform.erp_books().await?)[held.as_str()],
        1,
        "the second agent made it"
    );
    // the first wakes up with a grant in its hand, and sends at once if nothing stops it
    frozen.thaw();
    first.drain().await?;
    let books = platform.erp_books().await?;
    assert!(
        invoices(&books).values().all(|n| *n == 1),
        "{:?}",
        invoices(&books)
    );
    second.drain().await
}

#[tokio::test]
async fn a_grant_that_outlasts_many_slices_does_not_hold_the_stream_for_ever() -> anyhow::Result<()> {
    let times = Times {
        grant: Duration::from_secs(9),
        slice: Duration::from_millis(300),
        ..short()
    };
    let platform = Platform::start(12, times).await?;
    let (moments, mut frozen) = Moments::freeze_at(Moment::BeforePut);
    let first = platform.observed_agent(moments).await?;
    let set_up = platform.set_up().await?;
    let held = frozen.reached().await?;
    let second = platform.agent().await?;
    platform.settled(&set_up).await?;
    assert_eq!(invoices(&platform.erp_books().await?)[held.as_str()], 1);
    frozen.thaw();
    first.drain().await?;
    second.drain().await
}

#[tokio::test]
async fn lost_answer_is_adopted_not_repeated() -> anyhow::Result<()> {
    let platform = Platform::start(12, Times::default()).await?;
    platform
        .erp
        .faults(&json!({ "deduplicate": false, "lost_answer_every": 3 }))
        .await?;
    let agent = platform.agent().await?;
    let set_up = platform.set_up().await?;
    platform.settled(&set_up).await?;
    let books = platform.erp_books().await?;
    assert!(
        invoices(&books).len() >= 8 && invoices(&books).values().all(|n| *n == 1),
        "{:?}",
        invoices(&books)
    );
    let adopted = platform.records_in(&set_up, pb::RecordState::Adopted).await?;
    assert!(
        !adopted.is_empty(),
        "no answer was lost: the story showed nothing"
    );
    agent.drain().await
}

#[tokio::test]
async fn two_orders_of_one_new_customer_make_one_contact() -> anyhow::Result<()> {
    let platform = Platform::start(1, Times::default()).await?;
    platform
        .shop
        .place_orders(&json!({ "count": 2, "customer": "new" }))
        .await?;
    platform.shop_clock(chrono::TimeDelta::minutes(5)).await?;
    let agent = platform.agent().await?;
    let set_up = platform.set_up().await?;
    platform.settled(&set_up).await?;
    let shop = platform.shop_books().await?;
    let customers: BTreeSet<_> = shop
        .orders
        .iter()
        .filter(|o| o.id > 1)
        .map(|o| o.customer_id)
        .collect();
    assert_eq!(customers.len(), 1);
    let books = platform.erp_books().await?;
    let number = format!("{}-K{}", set_up.shop_ref, customers.first().unwrap());
    assert_eq!(books.contacts.iter().filter(|c| c.number == number).count(), 1);
    assert!(books.invoices.len() >= 2);
    agent.drain().await
}

#[tokio::test]
async fn a45_systems_that_stumble_and_limit_get_every_order_once() -> anyhow::Result<()> {
    let platform = Platform::start(30, Times::default()).await?;
    let stumbles = json!({ "http_500_every": 41, "http_429_every": 29, "retry_after_s": 0, "slow_every": 5, "slow_ms": 20 });
    platform.shop.faults(&stumbles).await?;
    platform.erp.faults(&stumbles).await?;
    let agent = platform.agent().await?;
    let set_up = platform.set_up().await?;
    platform.settled(&set_up).await?;
    let books = platform.erp_books().await?;
    assert!(invoices(&books).values().all(|times| *times == 1), "{books:?}");
    let every = platform.records_in(&set_up, pb::RecordState::Unspecified).await?;
    let orders: BTreeSet<&str> = every
        .iter()
        .filter_map(|record| record.name.rsplit('/').next())
        .filter(|key| !key.starts_with('R'))
        .collect();
    let start = platform.now() - chrono::TimeDelta::days(30);
    let mut sold = platform.shop_books().await?.orders;
    sold.retain(|order| order.date_add >= start);
    let lost: Vec<u32> = sold
        .iter()
        .map(|order| order.id)
        .filter(|id| !orders.contains(id.to_string().as_str()))
        .collect();
    assert!(sold.len() > 20 && lost.is_empty(), "{lost:?} of {}", sold.len());
    let sent = [pb::RecordState::Written, pb::RecordState::Adopted];
    let sent = every
        .iter()
        .filter(|record| sent.contains(&record.state()))
        .count();
    assert!(sent > 20 && books.invoices.len() >= sent, "{sent}");
    let stumbled = |record: &&pb::Record| {
        let why = record.reason.as_ref();
        record.state() == pb::RecordState::Parked
            && why.is_some_and(|why| why.class() == pb::ReasonClass::Transient)
    };
    assert_eq!(every.iter().find(stumbled), None, "a limit is nobody's to mend");
    agent.drain().await
}
