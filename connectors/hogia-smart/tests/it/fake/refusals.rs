//! Invoices that are refused: each broken rule has its code in a list, each malformed part is named in a
//! problem, and nothing of a refused document reaches the books.

use serde_json::{Value, json};

use super::client::{Answer, Client, contact, invoice, line, small};

async fn refused(client: &Client, posted: &Value) -> Answer {
    let answer = client.post("customerinvoices", posted).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    answer
}

/// A good invoice with one header field changed.
fn header(field: &str, value: Value) -> Value {
    let mut posted = small("a");
    posted["customerInvoice"][field] = value;
    posted
}

/// A good invoice with one field of its line changed.
fn first_line(field: &str, value: Value) -> Value {
    let mut posted = small("a");
    posted["invoiceLines"][0]["invoiceLine"][field] = value;
    posted
}

fn broken_header_rules() -> Vec<(&'static str, u64, Value)> {
    let nobody = json!([{ "referencedCustomerInvoiceId": uuid::Uuid::nil(), "type": "Credit" }]);
    let long = json!("ö".repeat(51));
    vec![
        (
            "unknown customer",
            1_002_001,
            header("customerNumber", json!("K-2")),
        ),
        (
            "no such year",
            1_002_006,
            header("invoiceDate", json!("2019-01-01")),
        ),
        (
            "closed year",
            1_002_007,
            header("invoiceDate", json!("2024-12-31")),
        ),
        (
            "due too early",
            1_002_010,
            header("invoiceExpirationDate", json!("2026-11-19")),
        ),
        (
            "VAT under reverse charge",
            1_002_011,
            header("isReverseCharge", json!(true)),
        ),
        (
            "credit of nothing",
            1_002_012,
            header("customerInvoiceReferences", nobody),
        ),
        (
            "unknown currency",
            1_001_009,
            header("currency", json!({ "code": "XXX" })),
        ),
        (
            "long reference",
            1_001_002,
            header("invoiceReference", long.clone()),
        ),
        (
            "long order number",
            1_001_002,
            header("customerOrderNumber", long),
        ),
    ]
}

fn broken_line_rules() -> Vec<(&'static str, u64, Value)> {
    let item = json!({ "itemInvoiceLine": { "itemNumber": "A1", "quantity": 1, "discountPercent": 0 } });
    let text = json!({ "textInvoiceLine": { "description": "bara text" } });
    vec![
        (
            "unknown account",
            1_002_003,
            first_line("salesAccountNumber", json!(3999)),
        ),
        (
            "inactive account",
            1_002_004,
            first_line("salesAccountNumber", json!(3011)),
        ),
        (
            "account without VAT",
            1_002_005,
            first_line("salesAccountNumber", json!(1930)),
        ),
        ("unknown item", 1_002_008, invoice("a", &[item])),
        ("only text", 1_002_009, invoice("a", &[text])),
        (
            "long description",
            1_001_002,
            first_line("description", json!("ö".repeat(256))),
        ),
    ]
}

#[tokio::test]
async fn every_broken_rule_is_listed_with_its_code() {
    let client = Client::with_customer().await;
    for (rule, code, posted) in broken_header_rules().into_iter().chain(broken_line_rules()) {
        assert_eq!(refused(&client, &posted).await.codes(), [code], "{rule}");
    }
    assert!(client.booked().await.is_empty());
}

#[tokio::test]
async fn an_inactive_customer_is_not_invoiced() {
    let client = Client::start().await;
    let mut card = contact("K-1");
    card["customer"]["isActive"] = json!(false);
    assert_eq!(client.post("contacts", &card).await.status, 201);
    assert_eq!(refused(&client, &small("a")).await.codes(), [1_002_002]);
}

#[tokio::test]
async fn all_flaws_of_a_document_are_listed_together() {
    let client = Client::with_customer().await;
    let mut posted = invoice("a", &[line(1.0, 1, 3999), line(1.0, 1, 3011)]);
    posted["customerInvoice"]["customerNumber"] = json!("K-2");
    let answer = refused(&client, &posted).await;
    assert_eq!(answer.codes(), [1_002_001, 1_002_003, 1_002_004]);
    assert_eq!(answer.body[2]["reference"], "invoiceLines[1].salesAccountNumber");
    assert_eq!(answer.body[2]["message"], "konto 3011 är inte aktivt");
}

fn malformed() -> Vec<(&'static str, Value)> {
    let mut sequence = small("a");
    sequence["sequenceId"] = json!("");
    let mut numbered = small("a");
    numbered["sequenceId"] = json!(17);
    let two_kinds = json!({ "textInvoiceLine": { "description": "a" }, "invoiceLine": {} });
    vec![
        ("sequenceId", sequence),
        ("$", numbered),
        ("invoiceLines", invoice("a", &[])),
        (
            "invoiceLines[0].invoiceLine.quantity",
            first_line("quantity", json!(1.5)),
        ),
        (
            "invoiceLines[0].invoiceLine.quantity",
            first_line("quantity", json!(1_000_001)),
        ),
        (
            "invoiceLines[0].invoiceLine.unitPrice",
            first_line("unitPrice", json!(1.234_567_8)),
        ),
        (
            "invoiceLines[0].invoiceLine.unitPrice",
            first_line("unitPrice", json!(0.000_000_1)),
        ),
        (
            "invoiceLines[0].invoiceLine.unitPrice",
            first_line("unitPrice", json!(1e9)),
        ),
        ("$", first_line("unitPrice", json!("79.20"))),
        ("$", first_line("vat", json!({ "percent": 0.25 }))),
        ("$", header("invoiceNumber", json!(17))),
        ("$", header("invoiceDate", json!("23/11/2026"))),
        ("$", invoice("a", &[two_kinds])),
    ]
}

#[tokio::test]
async fn every_malformed_part_is_named_in_a_problem() {
    let client = Client::with_customer().await;
    for (field, posted) in malformed() {
        assert_eq!(refused(&client, &posted).await.fields(), [field], "{posted}");
    }
    assert!(client.booked().await.is_empty());
}

#[tokio::test]
async fn a_body_that_is_not_json_is_answered_with_a_bare_text() {
    let client = Client::start().await;
    let request = client.http.post(client.url("customerinvoices"));
    let request = request.header("content-type", "application/json").body("{");
    let answer = client.send(request).await.expect("an answer");
    assert_eq!(
        (answer.status, answer.text()),
        (400, "innehållet går inte att läsa som JSON")
    );
}

#[tokio::test]
async fn a_body_of_another_kind_is_not_read() {
    let client = Client::start().await;
    let request = client.http.post(client.url("contacts")).body("{}");
    assert_eq!(client.send(request).await.expect("an answer").status, 415);
}

#[tokio::test]
async fn the_last_day_of_an_open_year_can_be_booked() {
    let client = Client::with_customer().await;
    client.book(&header("invoiceDate", json!("2025-01-01"))).await;
    client.book(&header("invoiceDate", json!("2027-12-31"))).await;
    assert_eq!(client.booked().await.len(), 2);
}
