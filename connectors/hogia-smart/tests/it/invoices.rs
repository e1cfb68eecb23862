//! Invoices land in the books with the order's total to the öre, and are found by our reference.

use serde_json::{Value, json};
use skarv_canonical::Class;
use skarv_canonical::invoice::{Invoice, RowKind};
use skarv_canonical::vat::VatScheme;
use skarv_connector::{Connector, Put};
use skarv_hogia_smart::HogiaSmart;

use crate::system::{
    System, card, customer_write, d, goods, invoice, invoice_write, row, sink, stream, with_rows,
};

#[tokio::test]
async fn an_order_with_three_rates_freight_discounts_and_rounding_lands_to_the_öre() {
    let system = System::warm().await;
    let order = with_rows(
        "k3x9qa-1",
        vec![
            row(RowKind::Goods, 3, "458.29", "25", 3001),
            row(RowKind::Goods, 7, "99.99", "12", 3002),
            row(RowKind::Goods, 2, "118.01", "6", 3003),
            row(RowKind::Shipping, 1, "49.00", "25", 3520),
            row(RowKind::Wrapping, 1, "19.90", "25", 3540),
            row(RowKind::Discount, 1, "-50.33", "25", 3001),
            row(RowKind::Discount, 1, "-9.67", "6", 3003),
            row(RowKind::Rounding, 1, "-0.02", "0", 3740),
        ],
    );
    let receipt = system
        .put(&invoice_write(order.clone()))
        .await
        .expect("an invoice");
    assert_eq!(receipt.mismatch, None);
    let booked = system.booked().await;
    assert_eq!(booked.len(), 1);
    let booked = &booked[0];
    assert_eq!(
        [
            &booked["id"],
            &booked["reference"],
            &booked["order_number"],
            &booked["customer_number"]
        ],
        [
            receipt.foreign_id.as_str(),
            "k3x9qa-1",
            "ORDERk3x9qa-1",
            "k3x9qa-K7"
        ]
    );
    assert_eq!((&booked["gross"], order.total), (&json!("685.17"), d("685.17")));
    assert_eq!(
        (&booked["lines"], &booked["date"]),
        (&json!(8), &json!("2026-11-20"))
    );
    let at = |percent: &str| {
        let rows = order
            .rows
            .iter()
            .filter(|row| row.rate == percent.parse().expect("a rate"));
        let gross = rows.map(|row| row.gross).sum();
        percent
            .parse::<skarv_canonical::vat::VatRate>()
            .expect("a rate")
            .tax_in(gross)
    };
    let vat = |percent: &str| json!({ "rate": percent, "amount": format!("{:.2}", at(percent)) });
    assert_eq!(booked["vat"], json!([vat("0"), vat("6"), vat("12"), vat("25")]));
}

#[tokio::test]
async fn sales_abroad_land_in_their_currency_and_without_swedish_vat() {
    let system = System::warm().await;
    let abroad = |reference: &str, scheme, gross: &str, rate: &str, account| Invoice {
        scheme,
        currency: "EUR".parse().expect("a currency"),
        ..with_rows(reference, vec![goods(gross, rate, account)])
    };
    for invoice in [
        abroad("oss", VatScheme::Oss, "119.00", "25.5", 3163),
        abroad("export", VatScheme::Export, "80.10", "0", 3105),
        abroad("reverse", VatScheme::ReverseCharge, "80.10", "0", 3108),
    ] {
        let receipt = system.put(&invoice_write(invoice)).await.expect("an invoice");
        assert_eq!(receipt.mismatch, None);
    }
    let booked = system.booked().await;
    let seen: Vec<_> = booked
        .iter()
        .map(|i| (&i["currency"], &i["gross"], &i["vat"][0]["amount"]))
        .collect();
    let eur = json!("EUR");
    assert_eq!(
        seen,
        [
            (&eur, &json!("119.00"), &json!("24.18")),
            (&eur, &json!("80.10"), &json!("0.00")),
            (&eur, &json!("80.10"), &json!("0.00")),
        ]
    );
}

#[tokio::test]
async fn pieces_that_no_price_fits_land_as_one_with_their_gross() {
    let system = System::warm().await;
    let many = with_rows("screws", vec![row(RowKind::Goods, 40_000, "1999.99", "25", 3001)]);
    let receipt = system.put(&invoice_write(many)).await.expect("an invoice");
    assert_eq!(receipt.mismatch, None);
    assert_eq!(system.booked().await[0]["gross"], "1999.99");
}

#[tokio::test]
async fn an_invoice_is_found_once_it_is_there_and_not_before() {
    let system = System::warm().await;
    let write = invoice_write(invoice("k3x9qa-1"));
    assert_eq!(system.find(&write).await.expect("a look"), None);
    let put = system.put(&write).await.expect("an invoice");
    let found = system.find(&write).await.expect("a look").expect("found");
    assert_eq!((found.foreign_id, found.mismatch), (put.foreign_id, None));
    for other in ["k3x9qa-10", "k3x9qa-"] {
        assert_eq!(
            system.find(&invoice_write(invoice(other))).await.expect("a look"),
            None
        );
    }
}

#[tokio::test]
async fn an_invoice_canceled_by_hand_is_still_the_one() {
    let system = System::warm().await;
    let write = invoice_write(invoice("k3x9qa-1"));
    let put = system.put(&write).await.expect("an invoice");
    let number = system.booked().await[0]["number"].clone();
    system
        .admin_post(&format!("invoices/{number}/cancel"), &json!({}))
        .await;
    let found = system.find(&write).await.expect("a look").expect("found");
    assert_eq!(found.foreign_id, put.foreign_id);
}

#[tokio::test]
async fn two_invoices_with_one_reference_are_for_a_person() {
    let system = System::warm().await;
    let write = invoice_write(invoice("k3x9qa-1"));
    let first = system.put(&write).await.expect("an invoice");
    let second = system.put(&write).await.expect("another");
    let error = system.find(&write).await.expect_err("two");
    assert_eq!(
        (error.class(), error.reason.code.as_str()),
        (Class::Data, "found_twice")
    );
    assert_eq!(
        error.reason.params["ids"],
        format!("{}, {}", first.foreign_id, second.foreign_id)
    );
    assert_eq!(error.reason.fix, "check_duplicates");
}

fn totals(reason: Option<skarv_canonical::Reason>) -> String {
    reason.expect("a mismatch").to_string()
}

#[tokio::test]
async fn another_total_in_the_books_is_noticed_at_once_and_whenever_it_is_found() {
    let system = System::warm().await;
    system.faults(json!({ "skew_every": 1 })).await;
    let write = invoice_write(invoice("k3x9qa-1"));
    let receipt = system.put(&write).await.expect("an invoice");
    let differs = "erp_total_differs ours=99.00 theirs=99.01";
    assert_eq!(totals(receipt.mismatch), differs);
    let found = system.find(&write).await.expect("a look").expect("found");
    assert_eq!(totals(found.mismatch), differs);
}

#[tokio::test]
async fn an_invoice_that_was_answered_but_is_not_there_is_noticed() {
    let system = System::warm().await;
    system.faults(json!({ "lose_every": 1 })).await;
    let receipt = system
        .put(&invoice_write(invoice("k3x9qa-1")))
        .await
        .expect("an answer");
    assert_eq!(
        totals(receipt.mismatch),
        format!("erp_document_missing id={}", receipt.foreign_id)
    );
}

#[tokio::test]
async fn a_look_back_that_fails_does_not_undo_the_write() {
    let system = System::warm().await;
    system.faults(json!({ "http_500_every": 2 })).await;
    let receipt = system
        .put(&invoice_write(invoice("k3x9qa-1")))
        .await
        .expect("an invoice");
    assert_eq!(receipt.mismatch, None);
    assert_eq!(system.booked().await[0]["id"], json!(receipt.foreign_id));
}

#[tokio::test]
async fn the_chart_of_accounts_is_read_once_for_many_invoices_at_a_time() {
    let system = System::start().await;
    system.put(&customer_write(card())).await.expect("a customer");
    let writes: Vec<_> = (0..8)
        .map(|n| invoice_write(invoice(&format!("k3x9qa-{n}"))))
        .collect();
    let put = futures::future::join_all(writes.iter().map(|write| system.put(write))).await;
    assert!(put.iter().all(Result::is_ok));
    assert_eq!(system.booked().await.len(), 8);
    let years = system.calls("GET /financialyears/bydate/{date}").await;
    let accounts = system.calls("GET /financialyears/{id}/accounts").await;
    assert_eq!(
        (years, accounts, system.calls("GET /vatsettings").await),
        (1, 1, 1)
    );
}

#[tokio::test]
async fn the_same_invoice_always_has_the_same_sequence_id_and_another_has_another() {
    let system = System::warm().await;
    for reference in ["k3x9qa-1", "k3x9qa-1", "k3x9qa-2"] {
        system
            .put(&invoice_write(invoice(reference)))
            .await
            .expect("an invoice");
    }
    let booked = system.booked().await;
    let ids: Vec<&Value> = booked.iter().map(|invoice| &invoice["sequence_id"]).collect();
    assert!(ids[0] == ids[1] && ids[0] != ids[2], "{ids:?}");
}

#[tokio::test]
async fn nothing_is_updated_and_nothing_is_read() {
    let system = System::warm().await;
    let write = invoice_write(invoice("k3x9qa-1"));
    let put = Put {
        write: &write,
        existing: Some("6a1f"),
        earlier: &[],
        window: None,
    };
    let error = sink(&system.access).await.put(put).await.expect_err("refused");
    assert_eq!(
        (error.class(), error.reason.code.as_str()),
        (Class::Configuration, "not_supported")
    );
    assert!(system.booked().await.is_empty());
    let source = HogiaSmart::default().source(&system.access, &stream()).await;
    assert_eq!(source.err().expect("none").reason.code, "not_supported");
}
