//! The connector against the fake Hogia Smart: the promises that every sink keeps.
//!
//! Keys begin alike on purpose: a search that takes a part of a key for the whole would find its neighbour.

use std::time::Duration;

use anyhow::Result;
use skarv_canonical::customer::CustomerCard;
use skarv_canonical::invoice::{CreditNote, Invoice, RowKind};
use skarv_canonical::payment::InvoicePayment;
use skarv_canonical::write::Write;
use skarv_conformance::sink::{self as promises, Delivery};
use skarv_conformance::suite;
use skarv_connector::Connector;
use skarv_hogia_smart::HogiaSmart;

use crate::books::{credit, credit_write, gift_card, payment, payment_write};
use crate::system::{MINUTE, System, card, customer_write, invoice_write, row, sink, window, with_rows};
use crate::workshop::Systems;

/// The writes of a refund of a paid order: its customer's card, its invoice to that card, what was paid with a gift card,
/// what is credited and what is paid back.
pub(crate) fn record(key: &str) -> Vec<Write> {
    let card = CustomerCard {
        number: Some(format!("k3x9qa-K{key}")),
        ..card()
    };
    let rows = vec![
        row(RowKind::Goods, 3, "99.99", "12", 3002),
        row(RowKind::Shipping, 1, "49.00", "25", 3520),
        row(RowKind::Discount, 1, "-10.00", "12", 3002),
    ];
    let invoice = Invoice {
        customer_number: card.number.clone().unwrap_or_default(),
        ..with_rows(&format!("k3x9qa-{key}"), rows)
    };
    let back = CreditNote {
        customer_number: invoice.customer_number.clone(),
        ..credit(
            &invoice.reference,
            5,
            vec![row(RowKind::Goods, 1, "-33.33", "12", 3002)],
        )
    };
    let paid_back = InvoicePayment {
        amount: back.total,
        ..payment(&back.reference)
    };
    let paid = gift_card(&invoice.reference, "20.00", 1, 0);
    vec![
        customer_write(card),
        invoice_write(invoice),
        payment_write(paid),
        credit_write(back),
        payment_write(paid_back),
    ]
}

/// The same where the system numbers cards: the invoice names the number that came back.
fn unnumbered(key: &str) -> [Write; 2] {
    let mut card = card();
    card.number = None;
    card.customer.email = format!("{key}@example.com");
    let rows = vec![row(RowKind::Goods, 1, "99.00", "25", 3001)];
    let invoice = Invoice {
        customer_number: String::new(),
        ..with_rows(&format!("k3x9qa-{key}"), rows)
    };
    let card = Write {
        our_key: format!("k3x9qa-K{key}"),
        ..customer_write(card)
    };
    [card, invoice_write(invoice)]
}

/// Within a minute, and found as soon as the descriptor says.
fn delivery() -> Delivery<'static> {
    let writes = HogiaSmart::default().descriptor().writes;
    let slowest = writes.iter().map(|writes| writes.visible_after_ms).max();
    Delivery {
        window: &|| window(MINUTE),
        visible_after: Duration::from_millis(slowest.expect("a sink writes")),
    }
}

#[tokio::test]
async fn nothing_is_found_before_it_is_put() -> Result<()> {
    let system = System::start().await;
    let sink = sink(&system.access).await;
    promises::find_before_put_finds_nothing(sink.as_ref(), &record("1")).await?;
    for neighbour in record("10") {
        system.put(&neighbour).await.expect("a document");
    }
    promises::find_before_put_finds_nothing(sink.as_ref(), &record("1")).await
}

#[tokio::test]
async fn what_was_put_is_found_as_it_was_put() -> Result<()> {
    let system = System::start().await;
    let sink = sink(&system.access).await;
    promises::put_then_find_finds_it(sink.as_ref(), &record("1"), delivery()).await
}

#[tokio::test]
async fn two_records_are_two_sets_of_documents() -> Result<()> {
    let system = System::start().await;
    let sink = sink(&system.access).await;
    let [first, second] = ["1", "10"].map(record);
    promises::two_keys_two_documents(sink.as_ref(), [&first, &second], delivery()).await
}

#[tokio::test]
async fn records_whose_cards_the_system_numbers_keep_the_same_promises() -> Result<()> {
    let system = System::start().await;
    let sink = sink(&system.access).await;
    let [first, second] = ["1", "10"].map(unnumbered);
    promises::find_before_put_finds_nothing(sink.as_ref(), &first).await?;
    promises::put_then_find_finds_it(sink.as_ref(), &unnumbered("0"), delivery()).await?;
    promises::two_keys_two_documents(sink.as_ref(), [&first, &second], delivery()).await
}

#[tokio::test]
async fn everything_that_is_declared_is_kept() -> Result<()> {
    suite::passes(&HogiaSmart::default().descriptor(), &Systems).await
}
