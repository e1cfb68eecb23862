//! Payments, and what they and a cancellation make of an invoice's state.

use serde_json::{Value, json};

use super::client::{Answer, Client, invoice, line, small};

fn payment(amount: &Value, account: u32) -> Value {
    json!({ "payer": "Customer", "date": "2026-11-21", "amount": amount, "accountNumber": account })
}

async fn pay(client: &Client, id: &str, amount: f64) -> Answer {
    client
        .post(
            &format!("customerinvoices/{id}/payments"),
            &payment(&json!(amount), 1580),
        )
        .await
}

#[tokio::test]
async fn an_invoice_is_paid_when_nothing_is_left() {
    let client = Client::with_customer().await;
    let id = client.book(&small("a")).await;
    assert_eq!(pay(&client, &id, 59.4).await.status, 201);
    let partly = client.invoice(&id).await;
    assert_eq!(
        (&partly["amountLeftToPay"], &partly["isCustomerPaid"]),
        (&json!(39.6), &json!(false))
    );
    assert_eq!(pay(&client, &id, 39.6).await.status, 201);
    let paid = client.invoice(&id).await;
    assert_eq!(
        (&paid["isCustomerPaid"], &paid["isClosed"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(paid["customerInvoiceState"], "Paid");
    assert_eq!(client.booked().await[0]["paid"], "99.00");
}

#[tokio::test]
async fn a_payment_is_told_as_an_event() {
    let client = Client::with_customer().await;
    let id = client.book(&small("a")).await;
    pay(&client, &id, 99.0).await;
    assert_eq!(
        client.invoice(&id).await["customerInvoiceEvents"],
        json!([{
            "customerInvoiceEventType": "Payment",
            "date": "2026-11-21",
            "amount": 99,
            "paymentAccountNumber": 1580,
            "voucherSerie": "K",
            "voucherNumber": 1,
        }])
    );
}

#[tokio::test]
async fn more_than_is_left_is_refused() {
    let client = Client::with_customer().await;
    let id = client.book(&small("a")).await;
    for amount in [99.01, 0.0, -1.0] {
        assert_eq!(pay(&client, &id, amount).await.codes(), [1_003_001]);
    }
    assert_eq!(pay(&client, &id, 0.001).await.fields(), ["amount"]);
}

#[tokio::test]
async fn a_credit_is_paid_back() {
    let client = Client::with_customer().await;
    let id = client.book(&invoice("a-R1", &[line(79.2, -1, 3001)])).await;
    assert_eq!(pay(&client, &id, 99.0).await.codes(), [1_003_001]);
    assert_eq!(pay(&client, &id, -99.0).await.status, 201);
    assert_eq!(client.invoice(&id).await["isCustomerPaid"], true);
}

#[tokio::test]
async fn sales_accounts_and_closed_years_take_no_payments() {
    let client = Client::with_customer().await;
    let id = client.book(&small("a")).await;
    let mut posted = payment(&json!(99), 3001);
    posted["date"] = json!("2024-05-05");
    let answer = client
        .post(&format!("customerinvoices/{id}/payments"), &posted)
        .await;
    assert_eq!((answer.status, answer.codes()), (400, vec![1_002_007, 1_003_002]));
}

#[tokio::test]
async fn only_the_customer_pays() {
    let client = Client::with_customer().await;
    let id = client.book(&small("a")).await;
    let mut posted = payment(&json!(99), 1930);
    posted["payer"] = json!("Bank");
    let answer = client
        .post(&format!("customerinvoices/{id}/payments"), &posted)
        .await;
    assert_eq!((answer.status, answer.fields()), (400, vec!["$"]));
}

#[tokio::test]
async fn an_invoice_that_was_canceled_by_hand_is_closed_and_takes_no_payment() {
    let client = Client::with_customer().await;
    let id = client.book(&small("a")).await;
    assert_eq!(client.admin_post("invoices/1001/cancel", &json!({})).await, 204);
    let shown = client.invoice(&id).await;
    assert_eq!(
        (&shown["isCanceled"], &shown["isClosed"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(pay(&client, &id, 99.0).await.codes(), [1_003_003]);
    assert_eq!(client.booked().await[0]["canceled"], true);
}
