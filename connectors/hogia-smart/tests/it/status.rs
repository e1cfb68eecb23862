//! What becomes of orders in the books: each event is told with its invoice, whoever made it happen, and nothing else is.

use std::collections::BTreeMap;

use anyhow::Result;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use skarv_canonical::record::{Pulled, Record};
use skarv_canonical::spec::{StatusSettings, StatusSpec, StreamKind, StreamSettings, StreamSpec};
use skarv_canonical::status::{OrderEvent, OrderStatus};
use skarv_conformance::source::{self as promises, Beginning};
use skarv_connector::Connector;
use skarv_hogia_smart::HogiaSmart;
use skarv_hogia_smart::fake::Config;
use tokio::net::TcpListener;

use OrderEvent::{Cancelled, Credited, Invoiced, Paid};

use crate::books::{credit, credit_write, payment};
use crate::items_world::{Stream, minutes, reason, source};
use crate::system::{System, access, goods, invoice, invoice_write};

const DAY: i64 = 24 * 60;

fn spec_from(start_on: &str) -> StreamSpec {
    StreamSpec {
        settings: StreamSettings::OrderStatus(StatusSpec {
            settings: StatusSettings {
                start_on: start_on.parse().expect("a day"),
                states: BTreeMap::new(),
                delivered_when: None,
                cancels_captured: false,
            },
            triggers: Vec::new(),
        }),
    }
}

pub(crate) fn spec() -> StreamSpec {
    spec_from("2026-11-01")
}

fn status(pulled: &Pulled) -> &OrderStatus {
    match &pulled.content {
        Ok(Record::Status(status)) => status,
        other => panic!("no status: {other:?}"),
    }
}

fn told(records: &[Pulled]) -> Vec<(String, Vec<OrderEvent>)> {
    let all = records.iter().map(status);
    let all = all.filter(|status| status.reference != "warm-1");
    all.map(|status| (status.reference.clone(), status.events.clone()))
        .collect()
}

async fn next(stream: &mut Stream) -> Vec<(String, Vec<OrderEvent>)> {
    told(&stream.drain(50).await)
}

fn of(reference: &str, events: &[OrderEvent]) -> Vec<(String, Vec<OrderEvent>)> {
    vec![(reference.to_owned(), events.to_vec())]
}

fn whole_credit() -> skarv_canonical::write::Write {
    credit_write(credit("k3x9qa-1", 5, vec![goods("-99.00", "25", 3001)]))
}

#[tokio::test]
async fn the_source_keeps_the_promises_of_every_source() -> Result<()> {
    let system = System::invoiced("k3x9qa-1").await;
    for order in 2..30 {
        system
            .made(&invoice_write(invoice(&format!("k3x9qa-{order}"))))
            .await;
    }
    system.pay(payment("k3x9qa-3")).await;
    system.made(&whole_credit()).await;
    let spec = spec();
    let beginning = Beginning {
        start_at: None,
        now: minutes(0),
    };
    let all = Stream::open(&system.access, &spec).await.drain(500).await;
    let keys = all.iter().map(|record| record.source_key.clone()).collect();
    assert_eq!(all.len(), 30);
    let open = async || Ok(source(&system.access, &spec).await);
    let books = async || Ok(system.ledger().await.to_string());
    promises::reads_everything_once_through_pages(open, beginning, &keys).await?;
    promises::resumes_from_any_cursor(open, beginning).await?;
    promises::reading_changes_nothing(open, beginning, books).await?;
    let absent = "00000000-0000-4000-8000-00000000000f";
    promises::fetch_returns_what_pull_did(open, beginning, absent).await
}

#[test]
fn the_descriptor_says_that_nothing_tells_of_a_delivery() {
    let descriptor = HogiaSmart::default().descriptor();
    let reads = descriptor.reads_of(StreamKind::OrderStatus).expect("a stream");
    assert_eq!(reads.events, [Invoiced, Paid, Cancelled, Credited]);
    assert!(!reads.tracking && reads.change_feed);
}

#[tokio::test]
async fn an_invoice_is_told_with_its_order_and_its_day() {
    let system = System::invoiced("k3x9qa-1").await;
    let records = Stream::open(&system.access, &spec()).await.drain(50).await;
    let pulled = &records[1];
    let status = status(pulled);
    assert_eq!(
        (
            status.order_number.as_str(),
            status.invoiced_on.to_string().as_str()
        ),
        ("ORDERk3x9qa-1", "2026-11-20")
    );
    assert_eq!((&status.key, &status.tracking), (&pulled.source_key, &None));
    assert_eq!(pulled.reference, "ORDERk3x9qa-1");
    let ours = system.the("k3x9qa-1").await;
    assert_eq!(ours["id"], pulled.source_key);
}

#[tokio::test]
async fn what_happens_to_an_invoice_is_told_once_and_as_it_is_then() {
    let system = System::invoiced("k3x9qa-1").await;
    let mut stream = Stream::open(&system.access, &spec()).await;
    assert_eq!(next(&mut stream).await, of("k3x9qa-1", &[Invoiced]));
    assert!(next(&mut stream).await.is_empty());
    system.pay(payment("k3x9qa-1")).await;
    assert_eq!(next(&mut stream).await, of("k3x9qa-1", &[Invoiced, Paid]));
    system.cancel("k3x9qa-1").await;
    assert_eq!(
        next(&mut stream).await,
        of("k3x9qa-1", &[Invoiced, Paid, Cancelled])
    );
    assert!(next(&mut stream).await.is_empty());
}

#[tokio::test]
async fn only_what_is_credited_in_full_is_credited_and_then_it_is_not_paid() {
    let system = System::invoiced("k3x9qa-1").await;
    system.pay(payment("k3x9qa-1")).await;
    let mut stream = Stream::open(&system.access, &spec()).await;
    next(&mut stream).await;
    let part = credit("k3x9qa-1", 5, vec![goods("-40.00", "25", 3001)]);
    system.made(&credit_write(part)).await;
    assert_eq!(next(&mut stream).await, of("k3x9qa-1", &[Invoiced, Paid]));
    // the rest by hand, without a reference of ours
    system
        .by_hand("k3x9qa-1", "credit", json!({ "gross": "-59.00" }))
        .await;
    assert_eq!(next(&mut stream).await, of("k3x9qa-1", &[Invoiced, Credited]));
}

#[tokio::test]
async fn a_credit_that_is_cancelled_alone_brings_its_invoice_again() {
    let system = System::invoiced("k3x9qa-1").await;
    system.made(&whole_credit()).await;
    let mut stream = Stream::open(&system.access, &spec()).await;
    assert_eq!(next(&mut stream).await, of("k3x9qa-1", &[Invoiced, Credited]));
    system.cancel("k3x9qa-1-R5").await;
    assert_eq!(next(&mut stream).await, of("k3x9qa-1", &[Invoiced]));
    assert!(next(&mut stream).await.is_empty());
}

#[tokio::test]
async fn sales_over_the_counter_and_invoices_without_a_reference_are_no_orders() {
    let system = System::start_with(Config {
        till: true,
        ..Config::example()
    })
    .await
    .stocked(&["A-1"])
    .await;
    let sale = json!({ "lines": [{ "item_number": "A-1", "quantity": 1 }] });
    system.admin_post("till/sales", &sale).await;
    system.admin_post("invoices", &json!({ "gross": "10.00" })).await;
    let returned = json!({ "gross": "-10.00", "reference": "k3x9qa-1" });
    system.admin_post("invoices", &returned).await;
    let records = Stream::open(&system.access, &spec()).await.drain(50).await;
    assert!(records.is_empty(), "{records:?}");
}

#[tokio::test]
async fn reading_begins_with_the_first_day_and_asks_for_no_earlier_invoice() {
    let system = System::start().await;
    for (reference, date) in [("k3x9qa-1", "2026-10-31"), ("k3x9qa-2", "2026-11-01")] {
        let by_hand = json!({ "gross": "10.00", "reference": reference, "date": date });
        system.admin_post("invoices", &by_hand).await;
    }
    let mut stream = Stream::open(&system.access, &spec()).await;
    assert_eq!(next(&mut stream).await, of("k3x9qa-2", &[Invoiced]));
    system.by_hand("k3x9qa-1", "cancel", json!({})).await;
    assert!(next(&mut stream).await.is_empty());
}

#[tokio::test]
async fn a_daily_sweep_meets_invoices_of_the_last_months_and_no_older_ones() {
    let system = System::start().await;
    for (reference, date) in [("k3x9qa-1", "2026-05-01"), ("k3x9qa-2", "2026-11-01")] {
        let by_hand = json!({ "gross": "10.00", "reference": reference, "date": date });
        system.admin_post("invoices", &by_hand).await;
    }
    let mut stream = Stream::open(&system.access, &spec_from("2026-01-01")).await;
    assert_eq!(next(&mut stream).await.len(), 2);
    stream.now = minutes(DAY);
    assert_eq!(next(&mut stream).await, of("k3x9qa-2", &[Invoiced]));
    assert!(next(&mut stream).await.is_empty());
}

#[tokio::test]
async fn books_that_had_invoices_and_show_none_are_in_trouble() {
    let system = System::start().await;
    let by_hand = json!({ "gross": "10.00", "reference": "k3x9qa-1" });
    system.admin_post("invoices", &by_hand).await;
    let mut stream = Stream::open(&system.access, &spec()).await;
    next(&mut stream).await;
    system.by_hand("k3x9qa-1", "remove", json!({})).await;
    stream.now = minutes(DAY);
    let error = stream.page(50).await.expect_err("nothing is shown");
    assert_eq!(error.reason.code, "invoices_vanished");
}

#[tokio::test]
async fn an_invoice_that_was_removed_parks_when_it_is_fetched() {
    let system = System::invoiced("k3x9qa-1").await;
    let stream = Stream::open(&system.access, &spec()).await;
    let key = system.the("k3x9qa-1").await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    system.by_hand("k3x9qa-1", "remove", json!({})).await;
    let asked = [key.clone(), "1001".to_owned()];
    let fetched = stream.source.fetch(&asked, minutes(0)).await.expect("records");
    let told: Vec<String> = fetched.iter().map(reason).collect();
    assert_eq!(
        told,
        [
            format!("invoice_gone id={key}"),
            "invoice_gone id=1001".to_owned()
        ]
    );
}

/// A list of one invoice that is as it should be, and two that are not.
async fn odd_books() -> String {
    let document = |n: u64, date: &str, gross: Value| {
        json!({
            "customerInvoiceId": format!("id-{n}"), "rowVersion": n, "isBilled": true, "grossAmount": gross,
            "invoiceHeader": { "invoiceReference": format!("k3x9qa-{n}"), "invoiceDate": date },
        })
    };
    let all = json!([
        document(1, "2026-11-20", json!("nittionio")),
        document(2, "2026-11-20T00:00:00Z", json!(99)),
        document(3, "igår", json!(99)),
    ]);
    let token = || async { Json(json!({ "access_token": "t", "expires_in": 3600 })) };
    let router = Router::new()
        .route("/connect/token", post(token))
        .route("/{org}/customerinvoices", get(|| async { Json(all) }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(axum::serve(listener, router).into_future());
    base
}

#[tokio::test]
async fn an_invoice_that_cannot_be_read_parks_alone() {
    let base = odd_books().await;
    let access = access(&base, &format!("{base}/connect/token"));
    let records = Stream::open(&access, &spec()).await.pull(50).await.records;
    assert_eq!(reason(&records[0]), "invoice_unreadable id=id-1");
    assert_eq!(told(&records[1..2]), of("k3x9qa-2", &[Invoiced]));
    assert_eq!(reason(&records[2]), "invoice_unreadable id=id-3");
    assert_eq!(records.len(), 3);
}
