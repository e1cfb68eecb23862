//! The connector against the fake shop: the promises that every source keeps.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use skarv_conformance::source::{self as promises, Beginning};
use skarv_connector::BoxedSource;
use skarv_prestashop::fake::{Shop, Version};

use crate::{
    connection::{KEY, at, settings, source},
    counter::{NOW, admin, shop},
};

fn beginning() -> Beginning {
    // nothing in the seed is older than two months
    let start_at: DateTime<Utc> = at(NOW) - TimeDelta::days(90);
    Beginning {
        start_at: Some(start_at),
        now: at(NOW),
    }
}

async fn open(shop: &Shop) -> Result<BoxedSource> {
    Ok(source(&shop.base_url(), KEY, settings("2026-10-25T00:00:00Z")).await)
}

async fn all_orders(shop: &Shop) -> Result<BTreeSet<String>> {
    let ledger: serde_json::Value = serde_json::from_str(&admin(shop, "ledger").await)?;
    let orders = ledger["orders"].as_array().expect("orders");
    Ok(orders.iter().map(|order| order["id"].to_string()).collect())
}

#[tokio::test]
async fn everything_is_read_once_whatever_the_page_size() -> Result<()> {
    for version in [Version::V8_2_1, Version::V1_7_8_11] {
        let shop = shop(60, version).await;
        let expected = all_orders(&shop).await?;
        promises::reads_everything_once_through_pages(async || open(&shop).await, beginning(), &expected)
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn reading_resumes_at_any_cursor() -> Result<()> {
    let shop = shop(60, Version::V8_2_1).await;
    promises::resumes_from_any_cursor(async || open(&shop).await, beginning()).await
}

#[tokio::test]
async fn reading_leaves_no_trace() -> Result<()> {
    let shop = shop(60, Version::V8_2_1).await;
    let books = async || Ok(admin(&shop, "ledger").await);
    promises::reading_changes_nothing(async || open(&shop).await, beginning(), books).await
}

#[tokio::test]
async fn what_is_fetched_is_what_was_pulled() -> Result<()> {
    let shop = shop(60, Version::V8_2_1).await;
    promises::fetch_returns_what_pull_did(async || open(&shop).await, beginning(), "999999").await
}
