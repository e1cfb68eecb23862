//! The documents of a period, as they stand in the books and page by page.

use serde_json::json;
use skarv_canonical::ledger::BookedDocument;
use skarv_connector::{BoxedLedger, Connector, Period};
use skarv_hogia_smart::HogiaSmart;

use crate::books::{credit, credit_write};
use crate::system::{System, d, goods, stream};

fn days(from: &str, to: &str) -> Period {
    let day = |text: &str| text.parse().expect("a day");
    Period {
        from: day(from),
        to: day(to),
    }
}

async fn ledger(system: &System) -> BoxedLedger {
    HogiaSmart::default()
        .ledger(&system.access, &stream())
        .await
        .expect("a ledger")
}

async fn documents(system: &System, period: Period) -> Vec<BookedDocument> {
    let ledger = ledger(system).await;
    let mut all = Vec::new();
    let mut next = None;
    for _ in 0..10 {
        let page = ledger.documents(period, next.as_deref()).await.expect("a page");
        all.extend(page.documents);
        next = page.next;
        if next.is_none() {
            return all;
        }
    }
    panic!("no end");
}

#[tokio::test]
async fn invoices_credits_and_what_was_done_by_hand_are_all_told() {
    let system = System::invoiced("k3x9qa-1").await;
    let back = credit("k3x9qa-1", 5, vec![goods("-20.00", "25", 3001)]);
    system.made(&credit_write(back)).await;
    let by_hand = json!({ "gross": "112.00", "account": 3002, "date": "2026-11-19" });
    system.admin_post("invoices", &by_hand).await;
    system.cancel("k3x9qa-1").await;
    let read = documents(&system, days("2026-11-01", "2026-11-30")).await;
    let seen: Vec<_> = read
        .iter()
        .map(|booked| {
            let tax = &booked.taxes[0];
            let taxed = format!("{} {} {}", booked.total, tax.rate, tax.tax.normalize());
            let named = (
                booked.number.as_str(),
                booked.reference.as_str(),
                booked.order_number.as_str(),
            );
            (named, booked.date.to_string(), taxed, booked.cancelled)
        })
        .collect();
    let told = |number, reference, order, date: &str, taxed: &str, cancelled| {
        (
            (number, reference, order),
            date.to_owned(),
            taxed.to_owned(),
            cancelled,
        )
    };
    assert_eq!(
        seen,
        [
            told("1001", "warm-1", "ORDERwarm-1", "2026-11-20", "99 25 19.8", false),
            told(
                "1002",
                "k3x9qa-1",
                "ORDERk3x9qa-1",
                "2026-11-20",
                "99 25 19.8",
                true
            ),
            told(
                "1003",
                "k3x9qa-1-R5",
                "ORDERk3x9qa-1",
                "2026-11-22",
                "-20 25 -4",
                false
            ),
            told("1004", "", "", "2026-11-19", "112 12 12", false),
        ]
    );
    assert!(read.iter().all(|booked| booked.currency.code() == "SEK"));
}

#[tokio::test]
async fn a_total_that_was_changed_and_an_invoice_that_was_removed_show() {
    let system = System::invoiced("k3x9qa-1").await;
    system
        .by_hand("k3x9qa-1", "total", json!({ "gross": "100.00" }))
        .await;
    let period = days("2026-11-20", "2026-11-20");
    let totals = |read: Vec<BookedDocument>| read.iter().map(|booked| booked.total).collect::<Vec<_>>();
    assert_eq!(totals(documents(&system, period).await), [d("99"), d("100")]);
    system.by_hand("k3x9qa-1", "remove", json!({})).await;
    assert_eq!(totals(documents(&system, period).await), [d("99")]);
}

#[tokio::test]
async fn only_the_period_is_read_first_and_last_day_included() {
    let system = System::warm().await;
    for date in ["2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01"] {
        system
            .admin_post("invoices", &json!({ "gross": "1.00", "date": date }))
            .await;
    }
    let read = documents(&system, days("2026-11-01", "2026-11-30")).await;
    let dates: Vec<_> = read.iter().map(|booked| booked.date.to_string()).collect();
    assert_eq!(dates, ["2026-11-20", "2026-11-01", "2026-11-30"]);
}

#[tokio::test]
async fn more_than_a_page_is_read_page_by_page() {
    let system = System::warm().await;
    for n in 0..500 {
        let by_hand = json!({ "gross": "1.00", "date": "2026-10-05", "reference": format!("hand-{n}") });
        system.admin_post("invoices", &by_hand).await;
    }
    let period = days("2026-10-01", "2026-10-31");
    let first = ledger(&system)
        .await
        .documents(period, None)
        .await
        .expect("a page");
    assert_eq!((first.documents.len(), first.next.as_deref()), (500, Some("2")));
    assert_eq!(documents(&system, period).await.len(), 500);
}

#[tokio::test]
async fn a_place_that_is_none_is_refused() {
    let system = System::warm().await;
    let ledger = ledger(&system).await;
    let period = days("2026-11-01", "2026-11-30");
    for (next, code) in [
        ("två", "cursor_unreadable"),
        ("0", "search_without_end"),
        ("9999999", "search_without_end"),
    ] {
        let error = ledger.documents(period, Some(next)).await.expect_err("refused");
        assert_eq!(error.reason.code, code, "{next}");
    }
}
