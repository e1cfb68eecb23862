//! Reading orders: windows, pages, what is asked for and how often. A shop that stumbles is in `stumbling.rs`.

use std::{
    collections::BTreeMap,
    sync::{atomic::AtomicUsize, atomic::Ordering::Relaxed},
    time::Duration,
};

use skarv_canonical::{Class, eligibility, mapping, record::Pulled, write::Document};
use skarv_connector::Source;
use skarv_prestashop::fake::Version;

use crate::{
    connection::{KEY, at, order, read_all, settings, source},
    counter::{NOW, admin, admin_post, shop},
    fixtures::folder,
    notes::{START, as_it_is, keys, noting, of, page, request},
    webservice::{Asked, Nodes},
};

#[tokio::test]
async fn every_good_order_is_invoiced_to_the_ore_and_every_faulty_one_says_why() {
    let shop = shop(300, Version::V8_2_1).await;
    let ledger: serde_json::Value = serde_json::from_str(&admin(&shop, "ledger").await).expect("json");
    let settings = settings("2026-10-25T06:00:00Z");
    let source = source(&shop.base_url(), KEY, settings.clone()).await;
    let records = read_all(source.as_ref(), 50, NOW).await;
    let records: BTreeMap<String, &Pulled> = records.iter().map(|r| (r.source_key.clone(), r)).collect();
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for sold in ledger["orders"].as_array().expect("orders") {
        let record = records[&sold["id"].to_string()];
        let outcome = match &record.content {
            Err(reason) => Err(reason.code.clone()),
            Ok(_) if eligibility::decide(order(record), &settings).is_err() => Ok(None),
            Ok(_) => mapping::order(order(record), "k3x9qa", &settings)
                .map(Some)
                .map_err(|reason| reason.code),
        };
        let invoice =
            outcome
                .as_ref()
                .ok()
                .and_then(Option::as_ref)
                .and_then(|writes| match &writes[1].document {
                    Document::Invoice(invoice) => Some(invoice.total.to_string()),
                    _ => None,
                });
        match (&outcome, sold["faulty"].as_str()) {
            (Err(code), faulty) => assert_eq!(Some(code.as_str()), faulty, "{sold}"),
            (Ok(None), None) => *outcomes.entry("not eligible").or_default() += 1,
            (Ok(Some(_)), None) => {
                assert_eq!(invoice.as_deref(), sold["total"].as_str(), "{sold}");
                *outcomes.entry("invoiced").or_default() += 1;
            }
            (Ok(_), Some(faulty)) => panic!("{faulty} was not noticed: {sold}"),
        }
    }
    assert!(
        outcomes["invoiced"] > 240 && outcomes["not eligible"] > 10,
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn the_first_window_ends_just_before_the_shop_s_clock() {
    let (_shop, source, asked) = noting(as_it_is).await;
    let page = page(source.as_ref(), None, 100).await;
    // the clock shows 2026-11-23 22:10:19 UTC
    assert_eq!(
        of(&asked, "orders")[0].split("&display").next().expect("a query"),
        "orders?filter[date_upd]=[2025-12-31 01:00:00,2026-11-23 23:10:09]&date=1&filter[id]=>[0]&limit=100"
    );
    assert!(of(&asked, "orders")[0].ends_with("&sort=[id_ASC]"));
    assert!(page.done);
    let reached = r#"{"from":"2026-11-23 23:05:09","last_id":0,"seen":true,"#;
    assert!(
        page.cursor.as_str().starts_with(reached),
        "{}",
        page.cursor.as_str()
    );
}

#[tokio::test]
async fn a_full_page_goes_on_by_id_inside_the_same_window() {
    let (_shop, source, asked) = noting(|asked| {
        let orders = Nodes::of(&folder(), "orders", "order");
        let left = if asked.query.contains("filter[id]=>[3]") {
            &[][..]
        } else {
            &[1, 2, 3]
        };
        (asked.resource == "orders").then(|| (200, orders.with("id", left)))
    })
    .await;
    let page = page(source.as_ref(), None, 3).await;
    assert!(!page.done);
    let reached = r#"{"from":"2025-12-31 01:00:00","to":"2026-11-23 23:10:09","last_id":3,"#;
    assert!(
        page.cursor.as_str().starts_with(reached),
        "{}",
        page.cursor.as_str()
    );
    let next = source
        .pull(request(Some(page.cursor.as_str()), 50))
        .await
        .expect("a page");
    let second = &of(&asked, "orders")[1];
    assert!(
        second.contains(",2026-11-23 23:10:09]&date=1&filter[id]=>[3]&limit=50"),
        "{second}"
    );
    assert!(next.done);
}

#[tokio::test]
async fn a_page_is_never_larger_than_the_shop_can_bear() {
    let (_shop, source, asked) = noting(as_it_is).await;
    page(source.as_ref(), None, 5_000).await;
    assert!(of(&asked, "orders")[0].contains("&limit=100&"));
}

#[tokio::test]
async fn nothing_is_asked_for_while_no_time_has_passed() {
    let (_shop, source, asked) = noting(as_it_is).await;
    let cursor = r#"{"from":"2026-11-23 23:10:09","last_id":0}"#;
    let page = page(source.as_ref(), Some(cursor), 50).await;
    assert!(page.records.is_empty() && page.done);
    assert_eq!(page.cursor.as_str(), cursor);
    assert!(of(&asked, "orders").is_empty());
}

#[tokio::test]
async fn an_empty_look_is_made_twice_and_asks_whether_there_are_orders_at_all() {
    let shop = shop(50, Version::V8_2_1).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    admin_post(&shop, "requests/reset", "").await;
    let cursor = r#"{"from":"2026-11-24 06:59:00","seen":true}"#;
    let page = page(source.as_ref(), Some(cursor), 50).await;
    assert!(page.done, "{:?}", keys(&page.records));
    let requests: serde_json::Value = serde_json::from_str(&admin(&shop, "requests").await).expect("json");
    assert!(page.records.is_empty());
    assert_eq!(
        requests["by_resource"],
        serde_json::json!({ "configurations": 1, "order_slip": 2, "order_states": 1, "orders": 3 })
    );
}

#[tokio::test]
async fn a_page_takes_as_many_requests_whether_it_is_short_or_long() {
    let shop = shop(150, Version::V8_2_1).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    let first = page(source.as_ref(), None, 20).await;
    admin_post(&shop, "requests/reset", "").await;
    page(source.as_ref(), Some(first.cursor.as_str()), 100).await;
    let requests: serde_json::Value = serde_json::from_str(&admin(&shop, "requests").await).expect("json");
    // the orders, seven kinds around them, rules and siblings, and what did not fit in one request
    let total = requests["total"].as_u64().expect("a number");
    assert!((8..=13).contains(&total), "{requests}");
}

#[tokio::test]
async fn the_key_is_in_no_url() {
    let (_shop, source, asked) = noting(as_it_is).await;
    page(source.as_ref(), None, 50).await;
    assert!(
        asked
            .lock()
            .expect("notes")
            .iter()
            .all(|line| !line.contains(KEY) && !line.contains("ws_key"))
    );
}

#[tokio::test]
async fn one_stumble_is_overcome_without_a_trace() {
    let shop = shop(60, Version::V8_2_1).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    let whole = read_all(source.as_ref(), 50, NOW).await;
    admin_post(&shop, "faults", r#"{"http_500_every":9}"#).await;
    let stumbling = crate::connection::source(&shop.base_url(), KEY, settings(START)).await;
    let mut read = Vec::new();
    // every ninth request fails: sometimes one that cannot be read around, and the run is tried again
    for _ in 0..20 {
        if let Ok(page) = stumbling.pull(request(None, 100)).await {
            read = page.records;
            break;
        }
    }
    assert_eq!(read, whole);
}

/// The shop's taxes; the German one is there from the given look at them on.
fn german_tax_from_look(first: usize) -> impl Fn(&Asked) -> Option<(u16, String)> + Send + Sync {
    let looks = AtomicUsize::new(0);
    move |asked| match asked.resource.as_str() {
        "orders" => Some((
            200,
            Nodes::of(&folder(), "orders", "order").with("id", &asked.ids("id")?),
        )),
        "order_details" => {
            let details = Nodes::of(&folder(), "order_details", "order_detail");
            Some((200, details.with("id_order", &asked.ids("id_order")?)))
        }
        "taxes" => {
            let there = looks.fetch_add(1, Relaxed) + 1 >= first;
            let known: &[u64] = if there { &[1, 2, 3, 4, 5] } else { &[1, 2, 3, 4] };
            Some((200, Nodes::of(&folder(), "taxes", "tax").with("id", known)))
        }
        _ => None,
    }
}

async fn fetch(source: &dyn Source, key: &str) -> Pulled {
    let records = source.fetch(&[key.to_owned()], at(NOW)).await.expect("records");
    records.into_iter().next().expect("a record")
}

#[tokio::test]
async fn a_new_tax_is_looked_up_when_it_turns_up() {
    let (_shop, source, asked) = noting(german_tax_from_look(2)).await;
    let known = fetch(source.as_ref(), "1").await;
    assert_eq!((known.source_key.as_str(), of(&asked, "taxes").len()), ("1", 1));
    fetch(source.as_ref(), "1").await;
    assert_eq!(of(&asked, "taxes").len(), 1, "a known table is not read again");
    assert!(fetch(source.as_ref(), "17").await.content.is_ok());
    assert_eq!(of(&asked, "taxes").len(), 2);
}

#[tokio::test]
async fn a_tax_that_is_not_there_is_looked_for_once() {
    let (_shop, source, asked) = noting(german_tax_from_look(9)).await;
    for _ in 0..3 {
        assert!(
            fetch(source.as_ref(), "17").await.content.is_ok(),
            "the amounts decide alone"
        );
    }
    assert_eq!(of(&asked, "taxes").len(), 1);
}

#[tokio::test]
async fn a_key_that_is_gone_or_was_never_one_comes_back_parked() {
    let shop = shop(50, Version::V8_2_1).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    let asked = ["999999", "12", "tolv"].map(str::to_owned);
    let records = source.fetch(&asked, at(NOW)).await.expect("records");
    assert_eq!(keys(&records), ["999999", "12", "tolv"]);
    assert!(records[1].content.is_ok());
    for gone in [&records[0], &records[2]] {
        assert_eq!(gone.content.as_ref().expect_err("gone").code, "record_gone");
    }
}

#[tokio::test]
async fn a_shop_that_asks_us_to_wait_is_obeyed() {
    let shop = shop(50, Version::V8_2_1).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    admin_post(&shop, "faults", r#"{"next_429":1,"retry_after_s":7}"#).await;
    let error = source.pull(request(None, 50)).await.expect_err("throttled");
    assert_eq!(
        (error.class(), error.retry_after),
        (Class::RateLimited, Some(Duration::from_secs(7)))
    );
}

#[tokio::test]
async fn a_lost_answer_is_trouble_on_the_way() {
    let shop = shop(50, Version::V8_2_1).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    admin_post(&shop, "faults", r#"{"next_lost":1}"#).await;
    let error = source.pull(request(None, 50)).await.expect_err("lost");
    assert_eq!(
        (error.class(), error.reason.code.as_str()),
        (Class::Transient, "unreachable")
    );
}

#[tokio::test]
async fn a_right_that_was_taken_away_names_the_resource() {
    let shop = shop(50, Version::V8_2_1).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    admin_post(&shop, "faults", r#"{"deny":["order_details"]}"#).await;
    let error = source.pull(request(None, 50)).await.expect_err("denied");
    assert_eq!(
        (error.class(), error.reason.code.as_str()),
        (Class::Configuration, "permission_missing")
    );
    assert_eq!(error.reason.params["resource"], "order_details");
}

#[tokio::test]
async fn an_order_that_changes_is_read_again() {
    let shop = shop(50, Version::V8_2_1).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    let first = page(source.as_ref(), None, 100).await;
    assert!(first.done);
    admin_post(&shop, "orders/12", r#"{"state":6,"now":"2026-11-24T06:10:00Z"}"#).await;
    admin_post(&shop, "clock", r#"{"now":"2026-11-24T06:11:00Z"}"#).await;
    let second = page(source.as_ref(), Some(first.cursor.as_str()), 100).await;
    let changed = second
        .records
        .iter()
        .find(|record| record.source_key == "12")
        .expect("the order");
    assert!(order(changed).cancelled);
}
