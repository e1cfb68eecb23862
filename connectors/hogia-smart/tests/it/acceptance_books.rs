//! The cases of the acceptance list that are about what lands in the books, by their numbers.

use serde_json::json;
use skarv_canonical::Class;
use skarv_canonical::invoice::{Invoice, RowKind};
use skarv_canonical::payment::InvoicePayment;
use skarv_canonical::vat::VatScheme;
use skarv_canonical::write::Write;
use skarv_connector::Delivery;

use crate::books::{credit, credit_write, gift_card, payment, payment_write};
use crate::system::{System, d, goods, invoice, invoice_write, row, with_rows};

/// Puts a write whose answer is lost, and finds it instead of making another.
async fn lost_then_found(system: &System, write: &Write) {
    system.faults(json!({ "lost_answer_next": 1 })).await;
    let error = system.put(write).await.expect_err("no answer");
    assert_eq!(error.delivery, Delivery::InFlight, "{}", write.our_key);
    let found = system.find(write).await.expect("a look").expect("found");
    assert_eq!(found.mismatch, None, "{}", write.our_key);
}

#[tokio::test]
async fn a01_a_lost_answer_leaves_exactly_one_of_each_document() {
    let system = System::warm().await;
    lost_then_found(&system, &invoice_write(invoice("k3x9qa-1"))).await;
    let cards = [(1, 0), (2, 1)].map(|(n, twins)| payment_write(gift_card("k3x9qa-1", "20.00", n, twins)));
    for card in &cards {
        lost_then_found(&system, card).await;
    }
    let back = credit("k3x9qa-1", 5, vec![goods("-20.00", "25", 3001)]);
    lost_then_found(&system, &credit_write(back)).await;
    let invoice = system.the("k3x9qa-1").await;
    assert_eq!(
        (&invoice["paid"], &invoice["credited_by"]),
        (&json!("40.00"), &json!([1003]))
    );
    assert_eq!(system.booked().await.len(), 2);
}

#[tokio::test]
async fn a11_a_sale_without_tax_never_lands_on_an_account_with_tax() {
    let system = System::warm().await;
    let abroad = |account| Invoice {
        scheme: VatScheme::ReverseCharge,
        ..with_rows("k3x9qa-1", vec![goods("80.10", "0", account)])
    };
    assert_eq!(
        system.refusal(&invoice_write(abroad(3001))).await,
        "account_rate_differs account=3001 account_rate=25 rate=0"
    );
    system.made(&invoice_write(abroad(3108))).await;
    assert_eq!(
        system.the("k3x9qa-1").await["vat"],
        json!([{ "rate": "0", "amount": "0.00" }])
    );
}

#[tokio::test]
async fn a13_prices_with_tax_land_with_the_tax_inside_and_not_on_top() {
    let system = System::warm().await;
    system.made(&invoice_write(invoice("k3x9qa-1"))).await;
    let booked = system.the("k3x9qa-1").await;
    assert_eq!(
        [&booked["gross"], &booked["net"], &booked["vat"][0]["amount"]],
        ["99.00", "79.20", "19.80"]
    );
}

#[tokio::test]
async fn a15_what_the_shops_rounding_left_lands_on_a_row_without_tax() {
    let system = System::warm().await;
    let rows = vec![
        row(RowKind::Goods, 3, "458.29", "25", 3001),
        row(RowKind::Rounding, 1, "-0.29", "0", 3740),
    ];
    system.made(&invoice_write(with_rows("k3x9qa-1", rows))).await;
    let booked = system.the("k3x9qa-1").await;
    assert_eq!(
        (&booked["gross"], &booked["vat"]),
        (
            &json!("458.00"),
            &json!([{ "rate": "0", "amount": "0.00" }, { "rate": "25", "amount": "91.66" }])
        )
    );
}

#[tokio::test]
async fn a28_an_article_that_the_books_do_not_have_stops_no_order() {
    let system = System::warm().await;
    system.made(&invoice_write(invoice("k3x9qa-1"))).await;
    assert_eq!(system.the("k3x9qa-1").await["texts"], json!(["RM-1 Räksmörgås"]));
}

#[tokio::test]
async fn a28_nor_does_it_where_invoices_take_their_articles_from_stock() {
    let system = System::warm().await;
    let order = Invoice {
        takes_stock: true,
        ..invoice("k3x9qa-1")
    };
    system.made(&invoice_write(order)).await;
    assert_eq!(system.the("k3x9qa-1").await["texts"], json!(["RM-1 Räksmörgås"]));
}

#[tokio::test]
async fn a31_no_write_touches_an_article() {
    let system = System::invoiced("k3x9qa-1").await;
    system.pay(payment("k3x9qa-1")).await;
    let back = credit("k3x9qa-1", 5, vec![goods("-20.00", "25", 3001)]);
    system.made(&credit_write(back)).await;
    let called = system.admin_get("requests").await["by_endpoint"].clone();
    let written: Vec<_> = called
        .as_object()
        .expect("endpoints")
        .keys()
        .filter(|endpoint| !endpoint.starts_with("GET "))
        .collect();
    assert_eq!(
        written,
        [
            "POST /contacts",
            "POST /customerinvoices",
            "POST /customerinvoices/{id}/payments",
        ]
    );
}

#[tokio::test]
async fn a36_two_refunds_of_one_order_are_two_credits_freight_included() {
    let system = System::warm().await;
    let order = vec![
        row(RowKind::Goods, 2, "198.00", "25", 3001),
        row(RowKind::Shipping, 1, "49.00", "25", 3520),
    ];
    system.made(&invoice_write(with_rows("k3x9qa-1", order))).await;
    let first = vec![
        row(RowKind::Goods, 1, "-99.00", "25", 3001),
        row(RowKind::Shipping, 1, "-49.00", "25", 3520),
    ];
    system.made(&credit_write(credit("k3x9qa-1", 5, first))).await;
    let second = credit_write(credit("k3x9qa-1", 6, vec![goods("-99.00", "25", 3001)]));
    system.made(&second).await;
    let invoice = system.the("k3x9qa-1").await;
    assert_eq!(invoice["credited_by"], json!([1003, 1004]));
    let totals = [system.the("k3x9qa-1-R5").await, system.the("k3x9qa-1-R6").await];
    assert_eq!(
        totals.map(|credit| credit["gross"].clone()),
        ["-148.00", "-99.00"]
    );
    let third = credit_write(credit("k3x9qa-1", 7, vec![goods("-0.01", "25", 3001)]));
    assert_eq!(
        system.refusal(&third).await,
        "credit_exceeds_invoice credit=0.01 left=0.00 reference=k3x9qa-1"
    );
}

#[tokio::test]
async fn a38_a_refund_is_a_credit_unless_the_invoice_was_cancelled_by_hand() {
    let system = System::invoiced("k3x9qa-1").await;
    system.made(&invoice_write(invoice("k3x9qa-2"))).await;
    let all = |document: &str| credit_write(credit(document, 5, vec![goods("-99.00", "25", 3001)]));
    // booked from the post on: not paid, and a credit all the same
    system.made(&all("k3x9qa-1")).await;
    system.cancel("k3x9qa-2").await;
    system.admin_post("requests/reset", &json!({})).await;
    let error = system.put(&all("k3x9qa-2")).await.expect_err("refused");
    assert_eq!(
        (error.class(), error.reason.to_string()),
        (
            Class::Data,
            "invoice_cancelled_in_books reference=k3x9qa-2".to_owned()
        )
    );
    assert_eq!(system.calls("POST /customerinvoices").await, 0);
}

#[tokio::test]
async fn a39_paid_is_what_the_balance_says() {
    let system = System::invoiced("k3x9qa-1").await;
    system.faults(json!({ "unsettled_every": 1 })).await;
    let receipt = system
        .put(&payment_write(payment("k3x9qa-1")))
        .await
        .expect("an answer");
    assert_eq!(
        receipt.mismatch.expect("a mismatch").to_string(),
        "payment_not_settled expected=0.00 left=99.00 reference=k3x9qa-1"
    );
    system.faults(json!({ "unsettled_every": 0 })).await;
    let part = InvoicePayment {
        amount: d("40.00"),
        ..payment("k3x9qa-1")
    };
    let receipt = system.put(&payment_write(part)).await.expect("a payment");
    assert_eq!(receipt.mismatch, None);
    assert_eq!(system.the("k3x9qa-1").await["left"], "59.00");
}
