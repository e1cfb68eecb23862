//! Stock: who has a row, what moves it, and what a line that names an item comes to.

use serde_json::{Value, json};

use super::client::{Client, contact, invoice, item, item_line, line};

async fn rows(client: &Client, query: &str) -> Value {
    client.get(&format!("stockbalances?{query}")).await.body
}

async fn item_numbers(client: &Client, query: &str) -> Vec<Value> {
    let rows = rows(client, query).await;
    let rows = rows.as_array().expect("a bare array");
    rows.iter().map(|row| row["itemNumber"].clone()).collect()
}

async fn available(client: &Client, number: &str) -> Value {
    rows(client, &format!("itemNumber={number}")).await[0]["available"].clone()
}

/// A customer K-1 and ten of A-1.
async fn stocked() -> Client {
    let client = Client::with_customer().await;
    client.add_item(&item("A-1")).await;
    client.count("A-1", json!({ "quantity": "10" })).await;
    client
}

#[tokio::test]
async fn an_item_that_nobody_counts_has_no_row_and_none_left_is_a_row() {
    let client = Client::start().await;
    for number in ["A-1", "A-2"] {
        client.add_item(&item(number)).await;
    }
    client.count("A-2", json!({ "quantity": "0" })).await;
    assert_eq!(item_numbers(&client, "").await, ["A-2"]);
    assert_eq!(rows(&client, "itemNumber=A-1").await, json!([]));
    assert_eq!(client.admin_post("items/A-2/unstock", &json!({})).await, 204);
    assert_eq!(rows(&client, "").await, json!([]));
}

#[tokio::test]
async fn available_is_what_is_there_less_what_is_reserved() {
    let client = Client::start().await;
    client.add_item(&item("A-1")).await;
    client
        .count("A-1", json!({ "quantity": "12.5", "reserved": "2" }))
        .await;
    assert_eq!(
        rows(&client, "").await,
        json!([{
            "itemNumber": "A-1",
            "quantity": 12.5,
            "reserved": 2,
            "available": 10.5,
            "updatedDate": "2026-11-23T12:00:00Z",
        }])
    );
}

#[tokio::test]
async fn quantities_may_come_as_texts() {
    let client = stocked().await;
    client.faults(json!({ "stock_as_text": true })).await;
    let rows = rows(&client, "").await;
    assert_eq!(
        (&rows[0]["quantity"], &rows[0]["reserved"], &rows[0]["available"]),
        (&json!("10.000"), &json!("0.000"), &json!("10.000"))
    );
}

#[tokio::test]
async fn stock_that_moved_at_a_moment_or_after_it_is_listed() {
    let client = Client::start().await;
    for number in ["A-1", "A-2", "A-3"] {
        client.add_item(&item(number)).await;
    }
    client.count("A-3", json!({ "quantity": "1" })).await;
    client.count("A-2", json!({ "quantity": "1" })).await;
    client.faults(json!({ "clock_offset_s": 60 })).await;
    client.count("A-1", json!({ "quantity": "1" })).await;
    let since = |time: &str| format!("changedSince=2026-11-23T{time}Z");
    assert_eq!(
        item_numbers(&client, &since("12:00:00")).await,
        ["A-1", "A-2", "A-3"]
    );
    assert_eq!(item_numbers(&client, &since("12:00:01")).await, ["A-1"]);
    assert_eq!(item_numbers(&client, &since("12:01:00")).await, ["A-1"]);
    assert!(item_numbers(&client, &since("12:01:01")).await.is_empty());
    let wrong = client.get("stockbalances?changedSince=igår").await;
    assert_eq!(wrong.fields(), ["changedSince"]);
}

#[tokio::test]
async fn stock_is_listed_in_pages() {
    let client = Client::start().await;
    for number in ["A-1", "A-2", "A-3"] {
        client.add_item(&item(number)).await;
        client.count(number, json!({ "quantity": "1" })).await;
    }
    assert_eq!(item_numbers(&client, "page=1&pageSize=2").await, ["A-1", "A-2"]);
    assert_eq!(item_numbers(&client, "page=2&pageSize=2").await, ["A-3"]);
    assert!(item_numbers(&client, "page=3&pageSize=2").await.is_empty());
}

#[tokio::test]
async fn a_service_cannot_be_counted() {
    let client = Client::start().await;
    let mut service = item("T-1");
    service["type"] = json!("Service");
    client.add_item(&service).await;
    let count = json!({ "quantity": "3" });
    assert_eq!(client.admin_post("items/T-1/stock", &count).await, 409);
    assert_eq!(rows(&client, "").await, json!([]));
}

#[tokio::test]
async fn an_item_line_sells_at_the_items_price_and_takes_stock() {
    let client = stocked().await;
    let mut discounted = item_line("A-1", 1);
    discounted["itemInvoiceLine"]["discountPercent"] = json!(15);
    let posted = invoice("a", &[item_line("A-1", 3), discounted, line(8.0, 1, 3002)]);
    let shown = client.invoice(&client.book(&posted).await).await;
    assert_eq!(
        shown["invoiceLines"][1]["itemInvoiceLine"],
        json!({
            "itemNumber": "A-1",
            "quantity": 1,
            "discountPercent": 15,
            "description": "Räksmörgås på rågbröd",
            "unitPrice": 80,
            "unitType": "st",
            "salesAccountNumber": 3001,
            "projectNumber": null,
            "percent": 0.25,
            "grossAmount": 85,
            "netAmount": 68,
        })
    );
    assert_eq!(
        (&shown["grossAmount"], &shown["vatAmount"]),
        (&json!(393.96), &json!(77.96))
    );
    assert_eq!(available(&client, "A-1").await, 6);
    assert_eq!(client.booked().await[0]["gross"], "393.96");
}

#[tokio::test]
async fn the_price_is_that_of_the_invoices_day() {
    let client = stocked().await;
    let campaign =
        json!({ "price": { "campaign": 60, "campaignFrom": "2026-11-20", "campaignTo": "2026-11-20" } });
    client.admin_post("items/A-1", &campaign).await;
    let mut posted = invoice("a", &[item_line("A-1", 1)]);
    for (date, gross) in [("2026-11-19", 100), ("2026-11-20", 75), ("2026-11-21", 100)] {
        posted["customerInvoice"]["invoiceDate"] = json!(date);
        let shown = client.invoice(&client.book(&posted).await).await;
        assert_eq!(shown["grossAmount"], gross, "{date}");
    }
}

#[tokio::test]
async fn more_can_be_sold_than_there_is_and_a_credit_puts_it_back() {
    let client = stocked().await;
    client.book(&invoice("a", &[item_line("A-1", 12)])).await;
    assert_eq!(available(&client, "A-1").await, -2);
    client.book(&invoice("a-R1", &[item_line("A-1", -3)])).await;
    assert_eq!(available(&client, "A-1").await, 1);
}

#[tokio::test]
async fn a_line_that_names_no_item_takes_no_stock() {
    let client = stocked().await;
    let mut plain = line(80.0, 4, 3001);
    plain["invoiceLine"]["description"] = json!("A-1 Räksmörgås på rågbröd");
    client.book(&invoice("a", &[plain])).await;
    assert_eq!(available(&client, "A-1").await, 10);
}

#[tokio::test]
async fn an_item_that_nobody_counts_is_sold_and_stays_uncounted() {
    let client = Client::with_customer().await;
    client.add_item(&item("A-1")).await;
    client.book(&invoice("a", &[item_line("A-1", 1)])).await;
    assert_eq!(rows(&client, "").await, json!([]));
}

#[tokio::test]
async fn stock_moves_once_for_each_document_that_is_booked() {
    let client = stocked().await;
    let sale = |reference: &str| invoice(reference, &[item_line("A-1", 1)]);
    client.faults(json!({ "lost_answer_next": 1 })).await;
    assert!(
        client
            .try_post("customerinvoices", &sale("lost answer"))
            .await
            .is_err()
    );
    assert_eq!(available(&client, "A-1").await, 9);
    client.faults(json!({ "lose_every": 1 })).await;
    client.book(&sale("lost document")).await;
    assert_eq!(available(&client, "A-1").await, 9);
    client.faults(json!({ "lose_every": 0, "double_every": 1 })).await;
    client.book(&sale("two documents")).await;
    assert_eq!(available(&client, "A-1").await, 7);
    let refused = invoice("refused", &[item_line("A-1", 1), line(1.0, 1, 3999)]);
    assert_eq!(client.post("customerinvoices", &refused).await.status, 400);
    assert_eq!(available(&client, "A-1").await, 7);
}

#[tokio::test]
async fn the_account_of_an_item_line_follows_from_who_buys() {
    let client = Client::start().await;
    let mut sold_everywhere = item("A-1");
    sold_everywhere["salesAccounts"] = json!([
        { "number": 3001, "type": "NationalSales" },
        { "number": 3106, "type": "EuSales" },
        { "number": 3108, "type": "ReverseChargeSales" },
        { "number": 3105, "type": "InternationalSales" },
    ]);
    client.add_item(&sold_everywhere).await;
    client.add_item(&item("A-2")).await;
    let buyers = [
        ("SE", false, 3001),
        ("DE", false, 3106),
        ("DE", true, 3108),
        ("NO", false, 3105),
    ];
    for (at, (country, reverse, account)) in buyers.into_iter().enumerate() {
        let number = format!("K-{country}-{at}");
        let mut card = contact(&number);
        card["countryCode"] = json!(country);
        assert_eq!(client.post("contacts", &card).await.status, 201);
        let mut posted = invoice(&number, &[item_line("A-1", 1)]);
        posted["customerInvoice"]["customerNumber"] = json!(number);
        posted["customerInvoice"]["isReverseCharge"] = json!(reverse);
        let shown = client.invoice(&client.book(&posted).await).await;
        let line = &shown["invoiceLines"][0]["itemInvoiceLine"];
        assert_eq!(line["salesAccountNumber"], account, "{country}");
        if account != 3001 {
            posted["invoiceLines"] = json!([item_line("A-2", 1)]);
            let refused = client.post("customerinvoices", &posted).await;
            assert_eq!(refused.codes(), [1_004_011], "{country}");
        }
    }
}

#[tokio::test]
async fn an_item_that_cannot_be_sold_is_refused_with_its_code() {
    let client = stocked().await;
    let mut unpriced = item("A-2");
    unpriced["price"] = json!({});
    client.add_item(&unpriced).await;
    client.add_item(&item("A-3")).await;
    client
        .admin_post("items/A-3", &json!({ "isActive": false }))
        .await;
    for (number, code) in [("A-0", 1_002_008), ("A-2", 1_004_010), ("A-3", 1_004_009)] {
        let answer = client
            .post("customerinvoices", &invoice("a", &[item_line(number, 1)]))
            .await;
        assert_eq!((answer.status, answer.codes()), (400, vec![code]), "{number}");
    }
    let mut euro = invoice("a", &[item_line("A-1", 1)]);
    euro["customerInvoice"]["currency"]["code"] = json!("EUR");
    assert_eq!(client.post("customerinvoices", &euro).await.codes(), [1_004_010]);
    client.admin_post("accounts/3001/retire", &json!({})).await;
    let retired = client
        .post("customerinvoices", &invoice("a", &[item_line("A-1", 1)]))
        .await;
    assert_eq!(retired.codes(), [1_002_004]);
    assert_eq!(available(&client, "A-1").await, 10);
}

#[tokio::test]
async fn half_a_piece_and_too_large_a_discount_are_problems_of_the_request() {
    let client = stocked().await;
    for (field, value) in [("quantity", json!(0.5)), ("discountPercent", json!(101))] {
        let mut line = item_line("A-1", 1);
        line["itemInvoiceLine"][field] = value;
        let answer = client.post("customerinvoices", &invoice("a", &[line])).await;
        let place = format!("invoiceLines[0].itemInvoiceLine.{field}");
        assert_eq!(answer.fields(), [place]);
    }
}

#[tokio::test]
async fn a_list_without_stock_is_a_switch_and_nothing_is_sold_out() {
    let client = stocked().await;
    client.faults(json!({ "no_stock": true })).await;
    let empty = client.get("stockbalances").await;
    assert_eq!((empty.status, empty.body), (200, json!([])));
    client
        .faults(json!({ "no_stock": false, "blank_stock": true }))
        .await;
    let sent = client.http.get(client.url("stockbalances"));
    let blank = client.send(sent).await.expect("an answer");
    assert_eq!((blank.status, blank.body), (200, Value::Null));
    let served = client.admin_get("requests").await["faults"].clone();
    assert_eq!(
        (&served["no_stock"], &served["blank_stock"]),
        (&json!(1), &json!(1))
    );
    client.faults(json!({ "blank_stock": false })).await;
    assert_eq!(available(&client, "A-1").await, 10);
}
