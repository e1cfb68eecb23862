//! Reading what was made in some days, for comparing both books: the shop's own days, whenever it was changed since.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Europe::Stockholm;
use skarv_connector::{BoxedSource, Page, Period, PeriodRequest};
use skarv_prestashop::fake::{Shop, Version};

use crate::{
    connection::{KEY, at, settings, source},
    counter::{admin_post, ledger, shop_at},
    notes::START,
};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn days(from: &str, to: &str) -> Period {
    Period {
        from: day(from),
        to: day(to),
    }
}

async fn pages(source: &BoxedSource, period: Period, limit: usize) -> Vec<Page> {
    let (mut pages, mut cursor) = (Vec::new(), None);
    for _ in 0..500 {
        let request = PeriodRequest {
            period,
            cursor,
            limit,
        };
        let page = source.made_in(request).await.expect("a page");
        assert!(page.records.len() <= limit);
        cursor = Some(page.cursor.clone());
        let done = page.done;
        pages.push(page);
        if done {
            return pages;
        }
    }
    panic!("reading has no end");
}

fn keys(pages: &[Page]) -> Vec<String> {
    let records = pages.iter().flat_map(|page| &page.records);
    records.map(|record| record.source_key.clone()).collect()
}

/// What the shop's own books say was made in these days.
async fn said(shop: &Shop, period: Period) -> BTreeSet<String> {
    let ledger = ledger(shop).await;
    let made = |list: &str, letter: &str| {
        let rows = ledger[list].as_array().expect("rows").clone();
        let of_period = rows.into_iter().filter(|row| {
            let made: DateTime<Utc> = at(row["date_add"].as_str().expect("a time"));
            period.covers(made.with_timezone(&Stockholm).date_naive())
        });
        of_period
            .map(|row| format!("{letter}{}", row["id"]))
            .collect::<Vec<_>>()
    };
    [made("orders", ""), made("slips", "R")]
        .concat()
        .into_iter()
        .collect()
}

/// Something is made every half hour from an instant on, orders and refunds in turn.
async fn half_hours(shop: &Shop, from: &str, count: i32) {
    for turn in 0..count {
        // a second before and a second after the full hour too
        let off = TimeDelta::seconds(i64::from(turn % 3 - 1));
        let now = (at(from) + TimeDelta::minutes(30) * turn + off).to_rfc3339();
        admin_post(shop, "orders", &format!(r#"{{"count":1,"now":"{now}"}}"#)).await;
        let slip = format!(r#"{{"rows":[{{"row":1,"quantity":1}}],"now":"{now}"}}"#);
        admin_post(shop, &format!("orders/{}/slips", turn + 1), &slip).await;
    }
}

async fn equals_what_was_made(night: &str) {
    let begins = at(night) - TimeDelta::hours(30);
    let shop = shop_at(&begins.to_rfc3339(), 3, Version::V8_2_1).await;
    half_hours(&shop, &(begins + TimeDelta::hours(18)).to_rfc3339(), 52).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    let middle = at(night).with_timezone(&Stockholm).date_naive();
    let around: Vec<NaiveDate> = (-1..=1).map(|offset| middle + TimeDelta::days(offset)).collect();
    let mut read = 0;
    for (first, from) in around.iter().enumerate() {
        for to in &around[first..] {
            let period = Period { from: *from, to: *to };
            let said = said(&shop, period).await;
            // one by one over the days that the night is between
            for limit in if from == to { [7, 1] } else { [20, 100] } {
                let keys = keys(&pages(&source, period, limit).await);
                assert_eq!(keys.len(), said.len(), "{from} to {to}: none twice");
                assert_eq!(keys.into_iter().collect::<BTreeSet<_>>(), said, "{from} to {to}");
            }
            read += said.len();
        }
    }
    assert!(read > 150, "{read}");
}

#[tokio::test]
async fn a_day_is_the_shop_s_own_day_and_ends_at_its_midnight() {
    equals_what_was_made("2026-11-24T23:00:00Z").await;
}

#[tokio::test]
async fn the_day_when_the_clocks_go_back_has_twenty_five_hours() {
    equals_what_was_made("2026-10-25T01:00:00Z").await;
}

#[tokio::test]
async fn the_day_when_the_clocks_go_forward_has_twenty_three() {
    equals_what_was_made("2026-03-29T01:00:00Z").await;
}

#[tokio::test]
async fn what_is_changed_later_stays_on_the_day_when_it_was_made() {
    let shop = shop_at("2026-11-20T06:00:00Z", 3, Version::V8_2_1).await;
    admin_post(&shop, "orders", r#"{"count":2,"now":"2026-11-21T10:00:00Z"}"#).await;
    admin_post(&shop, "orders/4", r#"{"state":4,"now":"2026-11-23T10:00:00Z"}"#).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    let on = async |from, to| keys(&pages(&source, days(from, to), 50).await);
    assert_eq!(on("2026-11-21", "2026-11-21").await, ["4", "5"]);
    assert!(on("2026-11-22", "2026-11-23").await.is_empty());
}
