//! Items as articles: what changed, once a day everything, and from any place everything again.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::json;
use skarv_canonical::Class;
use skarv_canonical::article::in_language;
use skarv_conformance::source::{self as promises, Beginning};

use crate::items_world::{Stream, article, minutes, products, reason, source};
use crate::system::System;

const DAY: i64 = 24 * 60;

fn from_the_start() -> Beginning {
    Beginning {
        start_at: None,
        now: minutes(0),
    }
}

#[tokio::test]
async fn the_source_keeps_the_promises_of_every_source() -> Result<()> {
    let system = System::start().await.seeded(60).await;
    let spec = products();
    let all = Stream::open(&system.access, &spec).await.drain(500).await;
    let keys: BTreeSet<String> = all.iter().map(|record| record.source_key.clone()).collect();
    assert_eq!(keys.len(), 60);
    let open = async || Ok(source(&system.access, &spec).await);
    let books = async || Ok(system.admin_get("items").await.to_string());
    promises::reads_everything_once_through_pages(open, from_the_start(), &keys).await?;
    promises::resumes_from_any_cursor(open, from_the_start()).await?;
    promises::reading_changes_nothing(open, from_the_start(), books).await?;
    let absent = "00000000-0000-4000-8000-00000000000f";
    promises::fetch_returns_what_pull_did(open, from_the_start(), absent).await
}

#[tokio::test]
async fn an_item_is_told_with_what_the_system_knows_of_it() {
    let system = System::start().await.stocked(&["RM-1"]).await;
    let fields = json!({ "name": "Räksmörgås", "ean": "7350000000001", "isActive": false });
    system.change_item("RM-1", fields).await;
    let records = Stream::open(&system.access, &products()).await.drain(50).await;
    let told = article(&records[0]);
    assert_eq!(
        (
            told.sku.as_str(),
            in_language(&told.name, "sv"),
            told.ean.as_str(),
            told.active
        ),
        ("RM-1", "Räksmörgås", "7350000000001", false)
    );
    assert_eq!((told.rate, told.price), (Some(25.into()), Some(80.into())));
    assert_eq!(
        (&told.key, records[0].reference.as_str()),
        (&records[0].source_key, "RM-1")
    );
    assert!(told.description.is_empty() && told.weight.is_none());
}

#[tokio::test]
async fn only_what_changed_comes_again_and_only_once() {
    let system = System::start().await.stocked(&["A-1", "A-2", "A-3"]).await;
    let mut stream = Stream::open(&system.access, &products()).await;
    assert_eq!(stream.numbers(2).await, ["A-1", "A-2", "A-3"]);
    assert!(stream.numbers(2).await.is_empty());
    system.change_item("A-1", json!({ "name": "Ny" })).await;
    assert_eq!(stream.numbers(2).await, ["A-1"]);
    assert!(stream.numbers(2).await.is_empty());
}

#[tokio::test]
async fn what_changes_while_it_is_read_comes_further_on() {
    let system = System::start().await.stocked(&["A-1", "A-2", "A-3"]).await;
    let mut stream = Stream::open(&system.access, &products()).await;
    stream.pull(1).await;
    system.change_item("A-2", json!({ "name": "Ny" })).await;
    let records = stream.drain(1).await;
    let names: Vec<_> = records
        .iter()
        .map(|record| in_language(&article(record).name, "sv"))
        .collect();
    assert_eq!(names, ["Artikel A-3", "Ny"]);
}

#[tokio::test]
async fn everything_is_swept_once_a_day_after_the_changes() {
    let system = System::start().await.stocked(&["A-1", "A-2"]).await;
    let mut stream = Stream::open(&system.access, &products()).await;
    stream.drain(50).await;
    stream.now = minutes(DAY);
    system.change_item("A-1", json!({ "name": "Ny" })).await;
    // the change first, then all
    assert_eq!(stream.numbers(1).await, ["A-1", "A-2", "A-1"]);
    assert!(stream.numbers(1).await.is_empty());
    stream.now = minutes(2 * DAY);
    assert_eq!(stream.numbers(50).await, ["A-2", "A-1"]);
}

#[tokio::test]
async fn a_sweep_that_is_broken_off_goes_on_after_the_changes() {
    let system = System::start().await.stocked(&["A-1", "A-2", "A-3"]).await;
    let mut stream = Stream::open(&system.access, &products()).await;
    stream.drain(50).await;
    stream.now = minutes(DAY);
    assert_eq!(stream.pull(1).await.records[0].reference, "A-1");
    system.change_item("A-1", json!({ "name": "Ny" })).await;
    let mut next = Stream {
        source: source(&system.access, &products()).await,
        ..stream
    };
    assert_eq!(next.numbers(1).await, ["A-1", "A-2", "A-3", "A-1"]);
}

#[tokio::test]
async fn an_initial_load_reads_everything_and_can_be_taken_up_anywhere() {
    let system = System::start().await.seeded(12).await;
    let mut load = Stream::everything(&system.access, &products()).await;
    let mut read = Vec::new();
    for _ in 0..3 {
        let page = load.pull(5).await;
        read.extend(page.records.into_iter().map(|record| record.reference));
        load.source = source(&system.access, &products()).await;
    }
    let all = system.items().await;
    let all: Vec<_> = all
        .iter()
        .map(|item| item["number"].as_str().expect("a number"))
        .collect();
    assert_eq!(read, all);
    assert!(load.drain(5).await.is_empty());
}

#[tokio::test]
async fn an_empty_list_changes_nothing() {
    let system = System::start().await.stocked(&["A-1", "A-2"]).await;
    let mut stream = Stream::open(&system.access, &products()).await;
    system.faults(json!({ "no_items": true })).await;
    assert!(stream.drain(50).await.is_empty());
    system.faults(json!({ "no_items": false })).await;
    assert_eq!(stream.numbers(1).await, ["A-1", "A-2"]);
    system.faults(json!({ "no_items": true })).await;
    system.change_item("A-1", json!({ "name": "Ny" })).await;
    assert!(stream.drain(50).await.is_empty());
    // a sweep that meets it does not count: the system had items
    stream.now = minutes(DAY);
    let error = stream.page(50).await.expect_err("nothing is shown");
    assert_eq!(
        (error.reason.code.as_str(), error.class()),
        ("items_vanished", Class::Transient)
    );
    system.faults(json!({ "no_items": false })).await;
    stream.source = source(&system.access, &products()).await;
    assert_eq!(stream.numbers(50).await, ["A-1", "A-2", "A-1"]);
}

#[tokio::test]
async fn a_company_without_items_is_no_trouble_and_is_looked_at_twice() {
    let system = System::start().await;
    let mut stream = Stream::open(&system.access, &products()).await;
    assert!(stream.drain(50).await.is_empty());
    stream.now = minutes(DAY);
    system.admin_post("requests/reset", &json!({})).await;
    assert!(stream.drain(50).await.is_empty());
    assert_eq!(system.calls("GET /items").await, 3);
    let mut load = Stream::everything(&system.access, &products()).await;
    assert!(load.drain(50).await.is_empty());
}

#[tokio::test]
async fn an_item_is_fetched_by_its_key_and_one_that_is_gone_parks() {
    let system = System::start().await.stocked(&["A-1", "A-2"]).await;
    let stream = Stream::open(&system.access, &products()).await;
    let keys: Vec<String> = stream
        .page(50)
        .await
        .expect("a page")
        .records
        .into_iter()
        .map(|record| record.source_key)
        .collect();
    system.admin_post("items/A-2/delete", &json!({})).await;
    system.faults(json!({ "next_not_found": 1 })).await;
    let asked = [keys.as_slice(), &["A-1".to_owned()]].concat();
    let fetched = stream.source.fetch(&asked, minutes(0)).await.expect("records");
    // denied once is not gone
    assert_eq!(article(&fetched[0]).sku, "A-1");
    assert_eq!(reason(&fetched[1]), format!("article_gone number={}", keys[1]));
    assert_eq!(reason(&fetched[2]), "article_gone number=A-1");
}

#[tokio::test]
async fn a_place_that_is_none_is_refused() {
    let system = System::start().await;
    let mut stream = Stream::open(&system.access, &products()).await;
    stream.cursor = Some(skarv_canonical::Cursor::new("sida 2"));
    let error = stream.page(50).await.expect_err("refused");
    assert_eq!(error.reason.code, "cursor_unreadable");
}
