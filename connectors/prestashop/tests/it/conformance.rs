//! The connector against the fake shop: the promises that every source keeps.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use skarv_conformance::{
    source::{self as promises, Beginning},
    suite,
};
use skarv_connector::{BoxedSource, Connector};
use skarv_prestashop::{
    PrestaShop,
    fake::{Shop, Version},
};

use crate::{
    connection::{KEY, at, settings, source},
    counter::{self, NOW, admin, admin_post, ledger},
    workshop::Shops,
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

/// A shop that has given money back for some of its orders.
pub(crate) async fn shop(version: Version) -> Shop {
    let shop = counter::shop(60, version).await;
    for order in [3, 9, 9, 17, 18, 25, 31, 44] {
        let slip = r#"{"rows":[{"row":1,"quantity":1}],"now":"2026-11-24T05:00:00Z"}"#;
        admin_post(&shop, &format!("orders/{order}/slips"), slip).await;
    }
    shop
}

pub(crate) async fn all_records(shop: &Shop) -> BTreeSet<String> {
    let ledger = ledger(shop).await;
    let ids = |list: &str, letter: &str| {
        let rows = ledger[list].as_array().expect("rows").iter();
        rows.map(|row| format!("{letter}{}", row["id"]))
            .collect::<Vec<_>>()
    };
    [ids("orders", ""), ids("slips", "R")]
        .concat()
        .into_iter()
        .collect()
}

#[tokio::test]
async fn everything_is_read_once_whatever_the_page_size() -> Result<()> {
    for version in [Version::V8_2_1, Version::V1_7_8_11] {
        let shop = shop(version).await;
        let expected = all_records(&shop).await;
        promises::reads_everything_once_through_pages(async || open(&shop).await, beginning(), &expected)
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn reading_resumes_at_any_cursor() -> Result<()> {
    let shop = shop(Version::V8_2_1).await;
    promises::resumes_from_any_cursor(async || open(&shop).await, beginning()).await
}

#[tokio::test]
async fn reading_leaves_no_trace() -> Result<()> {
    let shop = shop(Version::V8_2_1).await;
    let books = async || Ok(admin(&shop, "ledger").await);
    promises::reading_changes_nothing(async || open(&shop).await, beginning(), books).await
}

#[tokio::test]
async fn what_is_fetched_is_what_was_pulled() -> Result<()> {
    let shop = shop(Version::V8_2_1).await;
    promises::fetch_returns_what_pull_did(async || open(&shop).await, beginning(), "999999").await
}

#[tokio::test]
async fn everything_that_is_declared_is_kept() -> Result<()> {
    suite::passes(&PrestaShop.descriptor(), &Shops).await
}
