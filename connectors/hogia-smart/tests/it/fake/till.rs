//! The till: sales over the counter move the same stock and end up in the same books, marked.

use serde_json::{Value, json};
use skarv_hogia_smart::fake::Config;

use super::client::{self, Client, invoice, item, item_line, small};

/// A company with a till and ten of A-1.
async fn with_till() -> Client {
    let client = Client::start_with(Config {
        till: true,
        ..client::config()
    })
    .await;
    client.add_item(&item("A-1")).await;
    client.count("A-1", json!({ "quantity": "10" })).await;
    client
}

fn sale(number: &str, quantity: i64) -> Value {
    json!({ "lines": [{ "item_number": number, "quantity": quantity }] })
}

async fn left(client: &Client) -> Value {
    client.get("stockbalances?itemNumber=A-1").await.body[0]["quantity"].clone()
}

#[tokio::test]
async fn a_company_without_a_till_sells_nothing_over_the_counter() {
    let client = Client::start().await;
    client.add_item(&item("A-1")).await;
    assert_eq!(client.admin_post("till/sales", &sale("A-1", 1)).await, 409);
    assert!(client.booked().await.is_empty());
}

#[tokio::test]
async fn a_sale_takes_stock_and_a_paid_invoice_appears_that_says_where_it_was_made() {
    let client = with_till().await;
    let by_day = json!({ "price": { "campaign": 64, "campaignTo": "2026-11-23" } });
    client.admin_post("items/A-1", &by_day).await;
    assert_eq!(client.admin_post("till/sales", &sale("A-1", 2)).await, 200);
    assert_eq!(left(&client).await, 8);
    let listed = client.get("customerinvoices").await.body;
    let header = &listed[0]["invoiceHeader"];
    assert_eq!(
        (&header["origin"], &header["customerNumber"]),
        (&json!("CashRegister"), &json!(""))
    );
    assert_eq!(
        (&header["invoiceReference"], &header["customerOrderNumber"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&listed[0]["grossAmount"], &listed[0]["isCustomerPaid"]),
        (&json!(160), &json!(true))
    );
    let event = &listed[0]["customerInvoiceEvents"][0];
    assert_eq!(
        (&event["paymentAccountNumber"], &event["amount"]),
        (&json!(1580), &json!(160))
    );
}

#[tokio::test]
async fn what_is_handed_back_over_the_counter_is_there_again() {
    let client = with_till().await;
    assert_eq!(client.admin_post("till/sales", &sale("A-1", -1)).await, 200);
    assert_eq!(left(&client).await, 11);
    let booked = client.booked().await;
    assert_eq!(
        (&booked[0]["gross"], &booked[0]["left"]),
        (&json!("-100.00"), &json!("0.00"))
    );
}

#[tokio::test]
async fn a_sale_of_something_that_is_not_sold_changes_nothing() {
    let client = with_till().await;
    let mixed = json!({ "lines": [
        { "item_number": "A-1", "quantity": 1 },
        { "item_number": "A-2", "quantity": 1 },
    ] });
    assert_eq!(client.admin_post("till/sales", &mixed).await, 400);
    assert_eq!(left(&client).await, 10);
    assert!(client.booked().await.is_empty());
}

#[tokio::test]
async fn a_posted_invoice_is_of_the_invoicing_and_cannot_say_otherwise() {
    let client = with_till().await;
    client.add_customer("K-1").await;
    let id = client.book(&small("a")).await;
    assert_eq!(client.invoice(&id).await["invoiceHeader"]["origin"], "Invoicing");
    let mut posing = invoice("b", &[item_line("A-1", 1)]);
    posing["customerInvoice"]["origin"] = json!("CashRegister");
    assert_eq!(client.post("customerinvoices", &posing).await.fields(), ["$"]);
}
