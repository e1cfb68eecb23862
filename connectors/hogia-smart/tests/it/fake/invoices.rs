//! Invoices that are accepted: their amounts, what they are called, and how they are found again.

use serde_json::{Value, json};
use skarv_hogia_smart::fake::Config;
use uuid::Uuid;

use super::client::{self, Client, contact, invoice, line, small};

async fn booked(lines: &[Value]) -> Value {
    let client = Client::with_customer().await;
    let id = client.book(&invoice("ABC123-7", lines)).await;
    client.invoice(&id).await
}

#[tokio::test]
async fn an_invoice_over_three_rates_adds_up_from_its_gross_lines() {
    let lines = [
        line(252.8, 1, 3001),
        line(240.8125, 1, 3002),
        line(750.962264, 1, 3003),
        line(44.328, 1, 3520),
        line(-0.01, 1, 3740),
    ];
    let shown = booked(&lines).await;
    assert_eq!(shown["grossAmount"], json!(1437.13));
    assert_eq!(
        shown["vatDistributions"],
        json!([
            { "percent": 0, "amount": 0 },
            { "percent": 0.06, "amount": 45.06 },
            { "percent": 0.12, "amount": 28.9 },
            { "percent": 0.25, "amount": 74.28 },
        ])
    );
    assert_eq!(
        (&shown["vatAmount"], &shown["netAmount"]),
        (&json!(148.24), &json!(1288.89))
    );
}

#[tokio::test]
async fn a_line_shows_the_rate_of_its_account_and_its_own_amounts() {
    let shown = booked(&[
        line(14.196428, 38, 3163),
        json!({ "textInvoiceLine": { "description": "Tack!" } }),
    ])
    .await;
    let amounts = &shown["invoiceLines"][0]["invoiceLine"];
    assert_eq!(amounts["percent"], json!(0.255));
    assert_eq!(amounts["grossAmount"], json!(677.03));
    assert_eq!(amounts["netAmount"], json!(539.464264));
    assert_eq!(amounts["unitPrice"], json!(14.196428));
    assert_eq!(
        shown["invoiceLines"][1]["textInvoiceLine"]["description"],
        "Tack!"
    );
}

#[tokio::test]
async fn invoices_are_numbered_in_a_row_and_have_an_ocr() {
    let client = Client::with_customer().await;
    let mut headers = Vec::new();
    for reference in ["a", "b"] {
        let id = client.book(&small(reference)).await;
        headers.push(client.invoice(&id).await["invoiceHeader"].clone());
    }
    assert_eq!(
        (&headers[0]["invoiceNumber"], &headers[0]["ocr"]),
        (&json!(1001), &json!("10017"))
    );
    assert_eq!(
        (&headers[1]["invoiceNumber"], &headers[1]["ocr"]),
        (&json!(1002), &json!("10025"))
    );
}

#[tokio::test]
async fn an_invoice_is_due_in_thirty_days() {
    let shown = booked(&[line(79.2, 1, 3001)]).await;
    assert_eq!(shown["invoiceHeader"]["invoiceExpirationDate"], "2026-12-20");
    assert_eq!(shown["isExpired"], false);
}

#[tokio::test]
async fn the_customers_terms_decide_when_an_invoice_is_due() {
    let client = Client::start().await;
    let mut card = contact("K-1");
    card["customer"]["paymentTerms"] = json!(2);
    assert_eq!(client.post("contacts", &card).await.status, 201);
    let id = client.book(&small("a")).await;
    let shown = client.invoice(&id).await;
    assert_eq!(shown["invoiceHeader"]["invoiceExpirationDate"], "2026-11-22");
    assert_eq!(shown["isExpired"], true, "the fake lives on 2026-11-23");
}

#[tokio::test]
async fn a_new_invoice_is_billed_and_unpaid() {
    let shown = booked(&[line(79.2, 1, 3001)]).await;
    let states = ["isBilled", "isClosed", "isCanceled", "isCustomerPaid"].map(|state| shown[state] == true);
    assert_eq!(states, [true, false, false, false]);
    assert_eq!(
        (&shown["amountToPay"], &shown["amountLeftToPay"]),
        (&json!(99), &json!(99))
    );
}

#[tokio::test]
async fn öresavrundning_is_a_setting_of_the_company() {
    let client = Client::start_with(Config {
        whole_kronor: true,
        ..client::config()
    })
    .await;
    client.add_customer("K-1").await;
    let mut posted = invoice("a", &[line(79.6, 1, 3001)]);
    let kronor = client.book(&posted).await;
    let shown = client.invoice(&kronor).await;
    assert_eq!(
        (&shown["grossAmount"], &shown["roundingAmount"]),
        (&json!(99.5), &json!(0.5))
    );
    assert_eq!(shown["amountToPay"], json!(100));
    posted["customerInvoice"]["currency"]["code"] = json!("EUR");
    let euro = client.book(&posted).await;
    assert_eq!(client.invoice(&euro).await["amountToPay"], json!(99.5));
}

async fn references(client: &Client, filter: &str) -> Vec<String> {
    let listed = client.get(&format!("customerinvoices?{filter}")).await.body;
    let listed = listed.as_array().expect("a bare array");
    listed
        .iter()
        .map(|found| {
            found["invoiceHeader"]["invoiceReference"]
                .as_str()
                .expect("ours")
                .to_owned()
        })
        .collect()
}

#[tokio::test]
async fn an_invoice_is_found_by_our_reference_and_by_the_order_number_exactly() {
    let client = Client::with_customer().await;
    for reference in ["ÅBC-1", "ÅBC-10", "ÅBC-1-R1"] {
        client.book(&small(reference)).await;
    }
    assert_eq!(references(&client, "invoiceReference=ÅBC-1").await, ["ÅBC-1"]);
    assert_eq!(
        references(&client, "customerOrderNumber=order%20ÅBC-10").await,
        ["ÅBC-10"]
    );
    assert_eq!(
        references(
            &client,
            "invoiceReference=ÅBC-1&customerOrderNumber=order%20ÅBC-10"
        )
        .await
        .len(),
        0
    );
}

#[tokio::test]
async fn invoices_are_listed_in_pages() {
    let client = Client::with_customer().await;
    for reference in ["a", "b", "c"] {
        client.book(&small(reference)).await;
    }
    assert_eq!(references(&client, "page=1&pageSize=2").await, ["a", "b"]);
    assert_eq!(references(&client, "page=2&pageSize=2").await, ["c"]);
}

#[tokio::test]
async fn whoever_knows_a_row_version_is_told_what_changed_since() {
    let client = Client::with_customer().await;
    let first = client.book(&small("a")).await;
    client.book(&small("b")).await;
    let known = client.get("customerinvoices").await.body[1]["rowVersion"].clone();
    assert!(
        references(&client, &format!("rowVersionFrom={known}"))
            .await
            .is_empty()
    );
    let payment = json!({ "payer": "Customer", "date": "2026-11-21", "amount": 1, "accountNumber": 1930 });
    assert_eq!(
        client
            .post(&format!("customerinvoices/{first}/payments"), &payment)
            .await
            .status,
        201
    );
    assert_eq!(
        references(&client, &format!("rowVersionFrom={known}")).await,
        ["a"]
    );
}

#[tokio::test]
async fn a_credit_mirrors_its_invoice_and_each_points_at_the_other() {
    let client = Client::with_customer().await;
    let original = client.book(&small("a")).await;
    let mut posted = invoice("a-R1", &[line(79.2, -1, 3001)]);
    posted["customerInvoice"]["customerInvoiceReferences"] =
        json!([{ "referencedCustomerInvoiceId": original, "type": "Credit" }]);
    let credit = client.book(&posted).await;
    let shown = client.invoice(&credit).await;
    assert_eq!(
        (&shown["grossAmount"], &shown["vatAmount"]),
        (&json!(-99), &json!(-19.8))
    );
    assert_eq!(
        client.invoice(&original).await["customerInvoiceReferences"],
        json!([{ "referencedCustomerInvoiceId": credit, "type": "CreditedBy" }])
    );
    let credits: Vec<_> = client
        .booked()
        .await
        .iter()
        .map(|booked| booked["credit"].clone())
        .collect();
    assert_eq!(credits, [false, true]);
}

#[tokio::test]
async fn an_unknown_invoice_does_not_exist() {
    let client = Client::start().await;
    let answer = client.get(&format!("customerinvoices/{}", Uuid::nil())).await;
    assert_eq!((answer.status, answer.text()), (404, "fakturan finns inte"));
}

#[tokio::test]
async fn the_ledger_tells_what_was_booked_in_texts_to_the_öre() {
    let client = Client::with_customer().await;
    let posted = invoice("ABC123-7", &[line(79.2, 1, 3001), line(10.0, 2, 3163)]);
    let id = client.book(&posted).await;
    let ledger = client.ledger().await;
    assert_eq!(
        ledger["invoices"],
        json!([{
            "id": id,
            "number": 1001,
            "reference": "ABC123-7",
            "order_number": "order ABC123-7",
            "customer_number": "K-1",
            "sequence_id": posted["sequenceId"],
            "currency": "SEK",
            "gross": "124.10",
            "net": "99.20",
            "vat": [{ "rate": "25", "amount": "19.80" }, { "rate": "25.5", "amount": "5.10" }],
            "rounding": "0.00",
            "paid": "0.00",
            "lines": 2,
            "date": "2026-11-20",
            "texts": ["Räksmörgås", "Räksmörgås"],
            "comment": null,
            "your_reference": null,
            "left": "124.10",
            "payments": [],
            "credits": [],
            "credited_by": [],
            "credit": false,
            "canceled": false,
        }])
    );
    assert_eq!(ledger["contacts"][0]["name"], "Åsa Öberg");
    assert_eq!(ledger["writes"], 2);
}

#[tokio::test]
async fn a_credit_without_vat_has_none_in_the_ledger() {
    let client = Client::with_customer().await;
    client.book(&invoice("a-R1", &[line(79.2, -1, 3108)])).await;
    let booked = client.booked().await;
    assert_eq!(booked[0]["vat"], json!([{ "rate": "0", "amount": "0.00" }]));
    assert_eq!(booked[0]["gross"], "-79.20");
}
