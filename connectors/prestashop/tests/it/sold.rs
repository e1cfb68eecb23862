//! What a shop has sold lately, as the sink of its stock tells it: orders that nobody else may have read yet.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};
use skarv_canonical::{
    Class,
    spec::{StockSettings, StreamSettings},
};
use skarv_connector::RecentOrder;
use skarv_prestashop::fake::Version;

use crate::{
    connection::at,
    counter::NOW,
    stockroom::{BOTH, Room},
};

async fn room(version: Version) -> Room {
    Room::of(version, 40, StreamSettings::Stock(StockSettings::default())).await
}

/// Sells once more, so long after the shop has opened.
async fn order(room: &Room, minutes: i64) {
    let now = at(NOW) + TimeDelta::minutes(minutes);
    room.tell("orders", json!({ "count": 1, "now": now })).await;
}

/// What the shop's own books say that an order is about.
async fn rows_of(room: &Room, order: usize) -> BTreeMap<String, i64> {
    let ledger = room.told("ledger").await;
    let articles = ledger["orders"][order]["articles"]
        .as_array()
        .expect("articles")
        .clone();
    let row = |it: &Value| Some((it["number"].as_str()?.to_owned(), it["quantity"].as_i64()?));
    articles.iter().filter_map(row).collect()
}

#[tokio::test]
async fn what_was_ordered_lately_is_told_by_article_and_what_was_cancelled_is_not() {
    for version in BOTH {
        let room = room(version).await;
        assert_eq!(room.sink.recent_orders(at(NOW)).await.expect("orders"), []);
        for minutes in [0, 60, 120] {
            order(&room, minutes).await;
        }
        room.tell("orders/2", json!({ "state": 6 })).await;
        let since = at(NOW) + TimeDelta::minutes(30);
        let told = |key: &str, rows| RecentOrder {
            key: key.to_owned(),
            rows,
        };
        let (first, third) = (rows_of(&room, 0).await, rows_of(&room, 2).await);
        assert!(!first.is_empty() && !third.is_empty());
        room.forget().await;
        let lately = room.sink.recent_orders(since).await.expect("orders");
        assert_eq!(lately, [told("3", third.clone())], "{version:?}");
        assert_eq!(room.requests().await, (4, 0), "{version:?}");
        let all = room.sink.recent_orders(at(NOW)).await.expect("orders");
        assert_eq!(all, [told("1", first), told("3", third)], "{version:?}");
    }
}

#[tokio::test]
async fn a_key_that_may_not_read_orders_is_for_a_person_and_says_so() {
    let room = room(Version::V8_2_1).await;
    room.tell("faults", json!({ "deny": ["GET orders"] })).await;
    let error = room.sink.recent_orders(at(NOW)).await.expect_err("refused");
    assert_eq!(error.class(), Class::Configuration, "{error}");
}

/// The shop counts by its own clock, which shows local time.
#[tokio::test]
async fn a_moment_is_the_shop_s_local_time_and_a_clock_that_is_ahead_hides_nothing() {
    let room = room(Version::V8_2_1).await;
    order(&room, 60 * 48).await;
    let placed = at(NOW) + TimeDelta::hours(48);
    let since = async |moment| room.sink.recent_orders(moment).await.expect("orders").len();
    assert_eq!((since(at(NOW)).await, since(placed).await), (1, 1));
    assert_eq!(since(placed + TimeDelta::seconds(1)).await, 0);
}

#[tokio::test]
async fn an_order_that_the_shop_cannot_show_does_not_hide_the_others() {
    for version in BOTH {
        let room = room(version).await;
        for minutes in [0, 60, 120] {
            order(&room, minutes).await;
        }
        room.tell("faults", json!({ "poison_order": 2 })).await;
        let lately = room.sink.recent_orders(at(NOW)).await.expect("orders");
        let keys: Vec<&str> = lately.iter().map(|order| order.key.as_str()).collect();
        assert_eq!(keys, ["1", "3"], "{version:?}");
    }
}
