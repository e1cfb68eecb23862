//! Credit notes take back what was invoiced, once, and never more.

use serde_json::json;
use skarv_canonical::Class;
use skarv_canonical::invoice::{CreditNote, RowKind};
use skarv_connector::Delivery;

use crate::books::{credit, credit_write};
use crate::system::{System, card, d, goods, invoice, invoice_write, row, with_rows};

const POST: &str = "POST /customerinvoices";

fn all_of_it() -> CreditNote {
    credit("k3x9qa-1", 5, vec![goods("-99.00", "25", 3001)])
}

#[tokio::test]
async fn a_credit_lands_on_the_invoice_that_it_names_with_the_same_rates() {
    let system = System::warm().await;
    let rows = |sign: &str, back: &str| {
        vec![
            row(RowKind::Goods, 3, &format!("{sign}100.00"), "12", 3002),
            row(RowKind::Shipping, 1, &format!("{sign}49.00"), "25", 3520),
            row(RowKind::Discount, 1, &format!("{back}10.00"), "12", 3002),
        ]
    };
    system
        .made(&invoice_write(with_rows("k3x9qa-1", rows("", "-"))))
        .await;
    let write = credit_write(credit("k3x9qa-1", 5, rows("-", "")));
    assert_eq!(system.find(&write).await.expect("a look"), None);
    let receipt = system.made(&write).await;
    let [invoice, credit] = [system.the("k3x9qa-1").await, system.the("k3x9qa-1-R5").await];
    assert_eq!(credit["id"], json!(receipt.foreign_id));
    assert_eq!(
        (&credit["gross"], &invoice["gross"]),
        (&json!("-139.00"), &json!("139.00"))
    );
    assert_eq!(
        credit["vat"],
        json!([{ "rate": "12", "amount": "-9.64" }, { "rate": "25", "amount": "-9.80" }])
    );
    assert_eq!(credit["credits"], json!([invoice["number"]]));
    assert_eq!(invoice["credited_by"], json!([credit["number"]]));
    assert_eq!(
        (
            &credit["customer_number"],
            &credit["date"],
            &credit["order_number"]
        ),
        (
            &invoice["customer_number"],
            &json!("2026-11-22"),
            &invoice["order_number"]
        )
    );
    assert_eq!(credit["comment"], "Avser faktura k3x9qa-1\nFakturanummer: 1002");
    let found = system.find(&write).await.expect("a look").expect("found");
    assert_eq!((found.foreign_id, found.mismatch), (receipt.foreign_id, None));
}

#[tokio::test]
async fn a_credit_goes_to_the_card_that_the_invoice_went_to() {
    let system = System::invoiced("k3x9qa-1").await;
    let elsewhere = CreditNote {
        customer_number: "samling".to_owned(),
        ..all_of_it()
    };
    system.made(&credit_write(elsewhere)).await;
    let number = system.the("k3x9qa-1-R5").await["customer_number"].clone();
    assert_eq!(number, json!(card().number));
}

#[tokio::test]
async fn rows_that_no_price_fits_by_the_piece_are_credited_to_the_öre() {
    let system = System::warm().await;
    let many = |gross: &str| vec![row(RowKind::Goods, 40_000, gross, "25", 3001)];
    system
        .made(&invoice_write(with_rows("k3x9qa-1", many("1999.99"))))
        .await;
    system
        .made(&credit_write(credit("k3x9qa-1", 5, many("-1999.99"))))
        .await;
    assert_eq!(system.the("k3x9qa-1-R5").await["gross"], "-1999.99");
}

#[tokio::test]
async fn an_invoice_that_is_not_there_is_not_credited() {
    let system = System::warm().await;
    let error = system.put(&credit_write(all_of_it())).await.expect_err("refused");
    assert_eq!(error.reason.to_string(), "invoice_missing reference=k3x9qa-1");
    assert_eq!(
        (error.class(), error.delivery),
        (Class::Data, Delivery::NotDelivered)
    );
}

#[tokio::test]
async fn an_invoice_without_our_reference_is_credited_by_the_id_that_a_person_gave() {
    let system = System::invoiced("k3x9qa-9").await;
    let id = system.the("k3x9qa-9").await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let earlier = ["k3x9qa-K7".to_owned(), id];
    let receipt = system
        .put_after(&credit_write(all_of_it()), &earlier)
        .await
        .expect("a credit");
    assert_eq!(receipt.mismatch, None);
    assert_eq!(system.the("k3x9qa-9").await["credited_by"], json!([1003]));
}

#[tokio::test]
async fn what_a_person_credited_is_not_credited_again() {
    let system = System::invoiced("k3x9qa-1").await;
    system
        .by_hand("k3x9qa-1", "credit", json!({ "gross": "-60.00" }))
        .await;
    let write = credit_write(all_of_it());
    // made by hand, without our reference: not ours
    assert_eq!(system.find(&write).await.expect("a look"), None);
    system.admin_post("requests/reset", &json!({})).await;
    assert_eq!(
        system.refusal(&write).await,
        "credit_exceeds_invoice credit=99.00 left=39.00 reference=k3x9qa-1"
    );
    assert_eq!(system.calls(POST).await, 0);
    let rest = credit("k3x9qa-1", 6, vec![goods("-39.00", "25", 3001)]);
    system.made(&credit_write(rest)).await;
}

#[tokio::test]
async fn a_credit_by_hand_with_the_invoices_own_reference_hides_neither() {
    let system = System::invoiced("k3x9qa-1").await;
    let by_hand = json!({ "gross": "-60.00", "reference": "k3x9qa-1" });
    system.by_hand("k3x9qa-1", "credit", by_hand).await;
    let found = system.find(&invoice_write(invoice("k3x9qa-1"))).await;
    assert_eq!(found.expect("a look").expect("the invoice").mismatch, None);
}

#[tokio::test]
async fn a_refund_in_a_closed_year_is_for_a_person() {
    let system = System::invoiced("k3x9qa-1").await;
    system.admin_post("years/2026/close", &json!({})).await;
    let mut system = system;
    system.reopen().await;
    let error = system.put(&credit_write(all_of_it())).await.expect_err("refused");
    assert_eq!(error.reason.to_string(), "financial_year_closed date=2026-11-22");
}

#[tokio::test]
async fn rows_that_do_not_come_to_the_credits_total_are_never_sent() {
    let system = System::invoiced("k3x9qa-1").await;
    let more = CreditNote {
        total: d("-99.01"),
        ..all_of_it()
    };
    assert_eq!(
        system.refusal(&credit_write(more)).await,
        "sum_mismatch currency=SEK difference=-0.01 rows=-99.00 total=-99.01"
    );
}

#[tokio::test]
async fn another_total_in_the_books_is_noticed_for_a_credit_as_well() {
    let system = System::invoiced("k3x9qa-1").await;
    system.faults(json!({ "skew_every": 1 })).await;
    let write = credit_write(credit("k3x9qa-1", 5, vec![goods("-20.00", "25", 3001)]));
    let receipt = system.put(&write).await.expect("a credit");
    assert_eq!(
        receipt.mismatch.expect("a mismatch").to_string(),
        "erp_total_differs ours=-20.00 theirs=-19.99"
    );
}

#[tokio::test]
async fn goods_that_cost_nothing_are_given_back_for_nothing() {
    let system = System::invoiced("k3x9qa-1").await;
    let write = credit_write(credit("k3x9qa-1", 5, vec![goods("0.00", "25", 3001)]));
    system.made(&write).await;
    assert!(system.find(&write).await.expect("a look").is_some());
    assert_eq!(system.the("k3x9qa-1-R5").await["gross"], "0.00");
}
