//! A request for a run is never lost, and a tenant's runs can be waited for.

use serde_json::json;
use skarv_tests::{Moment, Moments, Platform, Times};

#[tokio::test]
async fn request_during_a_run_is_not_lost() -> anyhow::Result<()> {
    let platform = Platform::start(6, Times::default()).await?;
    let (moments, mut frozen) = Moments::freeze_at(Moment::AfterPut);
    let agent = platform.observed_agent(moments).await?;
    let set_up = platform.set_up().await?;
    frozen.reached().await?;
    // the run under way has read the shop already: only a run after it can see these
    platform.shop.place_orders(&json!({ "count": 1 })).await?;
    platform.shop_clock(chrono::TimeDelta::minutes(5)).await?;
    let new = platform.shop_books().await?.orders.last().unwrap().id;
    platform.request_run(&set_up).await?;
    frozen.thaw();
    platform.settled(&set_up).await?;
    let reference = format!("{}-{new}", set_up.shop_ref);
    let books = platform.erp_books().await?;
    assert!(
        books.invoices.iter().any(|i| i.reference == reference),
        "order {new} was never fetched"
    );
    agent.drain().await
}
