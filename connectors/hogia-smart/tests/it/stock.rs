//! How many there are of each item, as the shop is to have it: what can be sold, and nothing of what nobody counts.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::{Value, json};
use skarv_canonical::Class;
use skarv_conformance::source::{self as promises, Beginning};
use skarv_connector::{Connector, Period};
use skarv_hogia_smart::HogiaSmart;
use skarv_hogia_smart::fake::Config;

use crate::items_world::{Stream, level, minutes, reason, source, stock};
use crate::system::{System, d, invoice, invoice_write, stream};

const DAY: i64 = 24 * 60;

async fn open(system: &System) -> Stream {
    Stream::open(&system.access, &stock()).await
}

/// The numbers of all rows in the system.
async fn counted(system: &System) -> BTreeSet<String> {
    let items = system.items().await;
    let counted = items.iter().filter(|item| !item["stock"].is_null());
    counted
        .map(|item| item["number"].as_str().expect("a number").to_owned())
        .collect()
}

#[tokio::test]
async fn a23_no_row_is_not_zero() {
    let system = System::start().await.stocked(&["A-1", "A-2"]).await;
    system.count_item("A-2", "0").await;
    let mut stream = open(&system).await;
    let records = stream.drain(50).await;
    assert_eq!(records.len(), 1);
    assert_eq!(
        (records[0].reference.as_str(), level(&records[0]).available),
        ("A-2", Some(d("0")))
    );
    // neither is a row that went away
    system.admin_post("items/A-2/unstock", &json!({})).await;
    stream.now = minutes(DAY);
    system.count_item("A-1", "3").await;
    assert_eq!(stream.numbers(50).await, ["A-1", "A-1"]);
    let fetched = stream
        .source
        .fetch(&["A-2".to_owned()], minutes(0))
        .await
        .expect("records");
    assert_eq!(reason(&fetched[0]), "stock_unknown number=A-2");
}

#[tokio::test]
async fn what_is_set_aside_cannot_be_sold_and_parts_are_parts() {
    let system = System::start().await.stocked(&["A-1"]).await;
    let counted = json!({ "quantity": "12.500", "reserved": "2" });
    system.admin_post("items/A-1/stock", &counted).await;
    for as_text in [false, true] {
        system.faults(json!({ "stock_as_text": as_text })).await;
        let records = open(&system).await.drain(50).await;
        let told = level(&records[0]);
        assert_eq!((told.available, told.sold_when_empty), (Some(d("10.5")), None));
        assert_eq!((told.sku.as_str(), told.as_of), ("A-1", minutes(0)));
    }
}

#[tokio::test]
async fn only_what_moved_comes_again() {
    let system = System::start().await.stocked(&["A-1", "A-2", "A-3"]).await;
    for number in ["A-1", "A-2", "A-3"] {
        system.count_item(number, "5").await;
    }
    let mut stream = open(&system).await;
    assert_eq!(stream.numbers(2).await, ["A-1", "A-2", "A-3"]);
    // what moved just now may not all have shown
    assert_eq!(stream.numbers(2).await, ["A-1", "A-2", "A-3"]);
    (stream.now, _) = (minutes(20), system.pass(20 * 60));
    stream.drain(2).await;
    assert!(stream.numbers(2).await.is_empty());
    system.count_item("A-2", "4").await;
    let records = stream.drain(2).await;
    assert_eq!((records.len(), level(&records[0]).available), (1, Some(d("4"))));
}

#[tokio::test]
async fn a_clock_that_is_behind_ours_hides_nothing() {
    let system = System::start().await.stocked(&["A-1"]).await;
    system.count_item("A-1", "5").await;
    let mut stream = open(&system).await;
    stream.now = minutes(10);
    stream.drain(50).await;
    system.count_item("A-1", "4").await;
    let records = stream.drain(50).await;
    assert_eq!(level(&records[0]).available, Some(d("4")));
}

#[tokio::test]
async fn everything_is_swept_once_a_day() {
    let system = System::start().await.seeded(30).await;
    let mut stream = open(&system).await;
    stream.drain(50).await;
    (stream.now, _) = (minutes(20), system.pass(20 * 60));
    stream.drain(50).await;
    assert!(stream.numbers(50).await.is_empty());
    stream.now = minutes(DAY);
    let swept: BTreeSet<_> = stream.numbers(7).await.into_iter().collect();
    assert_eq!(swept, counted(&system).await);
    assert!(stream.numbers(7).await.is_empty());
}

#[tokio::test]
async fn an_empty_list_changes_nothing() {
    let system = System::start().await.stocked(&["A-1"]).await;
    system.count_item("A-1", "5").await;
    let mut stream = open(&system).await;
    system.faults(json!({ "no_stock": true })).await;
    assert!(stream.drain(50).await.is_empty());
    system
        .faults(json!({ "no_stock": false, "blank_stock": true }))
        .await;
    let error = stream.page(50).await.expect_err("no list");
    assert_eq!(
        (error.reason.code.as_str(), error.class()),
        ("bad_answer", Class::Transient)
    );
    system.faults(json!({ "blank_stock": false })).await;
    assert_eq!(stream.numbers(50).await, ["A-1"]);
    // a sweep that meets it does not count: the system had stock
    system.faults(json!({ "no_stock": true })).await;
    stream.now = minutes(DAY);
    let error = stream.page(50).await.expect_err("nothing is shown");
    assert_eq!(
        (error.reason.code.as_str(), error.class()),
        ("stock_vanished", Class::Transient)
    );
    system.faults(json!({ "no_stock": false })).await;
    stream.drain(50).await;
    assert!(
        stream
            .cursor
            .as_ref()
            .expect("a place")
            .as_str()
            .contains("\"swept_on\":\"2026-11-24\"")
    );
}

/// Rows behind the end of a page move up when one before them goes away.
#[tokio::test]
async fn a_row_that_goes_away_between_two_pages_hides_no_other() {
    let system = System::start().await.seeded(600).await;
    let mut expected = counted(&system).await;
    assert!(expected.len() > 500);
    let mut stream = open(&system).await;
    let mut read: BTreeSet<String> = BTreeSet::new();
    let page = stream.pull(500).await;
    read.extend(page.records.into_iter().map(|record| record.reference));
    system.admin_post("items/HS-00001/unstock", &json!({})).await;
    read.extend(stream.numbers(500).await);
    assert!(expected.contains("HS-00001"));
    assert!(read.contains("HS-00001"));
    assert_eq!(read, expected);
    // and one on the page that is being read
    stream = open(&system).await;
    read = stream
        .pull(40)
        .await
        .records
        .into_iter()
        .map(|record| record.reference)
        .collect();
    let last = read.last().expect("a row").clone();
    system
        .admin_post(&format!("items/{last}/unstock"), &json!({}))
        .await;
    read.extend(stream.numbers(40).await);
    expected.remove("HS-00001");
    assert_eq!(read, expected);
}

#[tokio::test]
async fn a_list_that_breaks_off_is_read_on_later() {
    let system = System::start().await.seeded(600).await;
    // what moved last stands on the first page: the rest moved long before
    system.pass(20 * 60);
    system.count_item("HS-00001", "7").await;
    let mut stream = open(&system).await;
    let mut read: BTreeSet<String> = BTreeSet::new();
    read.extend(
        stream
            .pull(500)
            .await
            .records
            .into_iter()
            .map(|record| record.reference),
    );
    system.faults(json!({ "no_stock": true })).await;
    assert!(stream.numbers(500).await.is_empty());
    system.faults(json!({ "no_stock": false })).await;
    read.extend(stream.numbers(500).await);
    assert_eq!(read, counted(&system).await);
}

#[tokio::test]
async fn the_source_keeps_the_promises_of_every_source() -> Result<()> {
    let system = System::start().await.seeded(60).await;
    let beginning = Beginning {
        start_at: None,
        now: minutes(0),
    };
    let spec = stock();
    let keys = counted(&system).await;
    let open = async || Ok(source(&system.access, &spec).await);
    let books = async || Ok(system.admin_get("items").await.to_string());
    promises::reads_everything_once_through_pages(open, beginning, &keys).await?;
    promises::resumes_from_any_cursor(open, beginning).await?;
    promises::reading_changes_nothing(open, beginning, books).await?;
    promises::fetch_returns_what_pull_did(open, beginning, "HS-99999").await
}

async fn with_till() -> System {
    let config = Config {
        till: true,
        ..Config::example()
    };
    let system = System::start_with(config).await.stocked(&["A-1"]).await;
    system.count_item("A-1", "10").await;
    system
}

async fn sell(system: &System) {
    let sale = json!({ "lines": [{ "item_number": "A-1", "quantity": 3 }] });
    system.admin_post("till/sales", &sale).await;
}

#[tokio::test]
async fn what_is_sold_over_the_counter_is_stock_that_moved() {
    let system = with_till().await;
    let mut stream = open(&system).await;
    stream.drain(50).await;
    (stream.now, _) = (minutes(20), system.pass(20 * 60));
    stream.drain(50).await;
    sell(&system).await;
    let records = stream.drain(50).await;
    assert_eq!((records.len(), level(&records[0]).available), (1, Some(d("7"))));
}

#[tokio::test]
async fn a_sale_over_the_counter_is_nobodys_order() {
    let system = with_till().await;
    sell(&system).await;
    let unsent = invoice_write(invoice("k3x9qa-1"));
    assert_eq!(system.find(&unsent).await.expect("a look"), None);
    let ledger = HogiaSmart::default()
        .ledger(&system.access, &stream())
        .await
        .expect("a ledger");
    let day = |text: &str| text.parse().expect("a day");
    let period = Period {
        from: day("2026-11-01"),
        to: day("2026-11-30"),
    };
    let page = ledger.documents(period, None).await.expect("a page");
    // it stands in the books, and bears nothing by which it could be taken for an order of ours
    let sale = &page.documents[0];
    assert_eq!((page.documents.len(), sale.total), (1, d("300")));
    assert_eq!((sale.reference.as_str(), sale.order_number.as_str()), ("", ""));
    let booked: Value = system.ledger().await["invoices"][0].clone();
    assert_eq!(booked["left"], "0.00");
}
