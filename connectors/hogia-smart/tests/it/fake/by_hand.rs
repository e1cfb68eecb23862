//! What people do by hand shows in the books and to clients, and what the contract forbids clients is refused all the same.

use serde_json::{Value, json};

use super::client::{Client, invoice, line, small};

/// A credit of one piece of `small`.
fn credit_of(id: &str, unit_price: f64) -> Value {
    let mut credit = invoice("a-R1", &[line(unit_price, -1, 3001)]);
    credit["customerInvoice"]["customerInvoiceReferences"] =
        json!([{ "referencedCustomerInvoiceId": id, "type": "Credit" }]);
    credit
}

#[tokio::test]
async fn an_invoice_is_credited_in_parts_and_never_beyond_itself() {
    let client = Client::with_customer().await;
    let id = client.book(&small("a")).await;
    client.book(&credit_of(&id, 40.0)).await;
    let answer = client.post("customerinvoices", &credit_of(&id, 40.0)).await;
    assert_eq!((answer.status, answer.codes()), (400, vec![1_002_013]));
    client.book(&credit_of(&id, 39.2)).await;
    let booked = client.booked().await;
    assert_eq!(booked[0]["credited_by"], json!([1002, 1003]));
    assert_eq!(
        (&booked[1]["credits"], &booked[1]["gross"]),
        (&json!([1001]), &json!("-50.00"))
    );
}

#[tokio::test]
async fn a_credit_that_was_cancelled_leaves_room_for_another() {
    let client = Client::with_customer().await;
    let id = client.book(&small("a")).await;
    client.book(&credit_of(&id, 79.2)).await;
    assert_eq!(client.admin_post("invoices/1002/cancel", &json!({})).await, 204);
    client.book(&credit_of(&id, 79.2)).await;
}

#[tokio::test]
async fn a_cancelled_invoice_is_not_credited() {
    let client = Client::with_customer().await;
    let id = client.book(&small("a")).await;
    client.admin_post("invoices/1001/cancel", &json!({})).await;
    let answer = client.post("customerinvoices", &credit_of(&id, 40.0)).await;
    assert_eq!(answer.codes(), [1_003_003]);
}

#[tokio::test]
async fn a_year_that_was_closed_takes_nothing_more() {
    let client = Client::with_customer().await;
    let id = client.book(&small("a")).await;
    assert_eq!(client.admin_post("years/2026/close", &json!({})).await, 200);
    assert_eq!(
        client.post("customerinvoices", &small("b")).await.codes(),
        [1_002_007]
    );
    let paid = json!({ "payer": "Customer", "date": "2026-11-21", "amount": 99, "accountNumber": 1580 });
    let answer = client
        .post(&format!("customerinvoices/{id}/payments"), &paid)
        .await;
    assert_eq!(answer.codes(), [1_002_007]);
    let year = client.get("financialyears/bydate/2026-11-23").await.body;
    assert_eq!(year["isClosed"], true);
}

#[tokio::test]
async fn an_account_that_was_retired_is_neither_listed_nor_booked_on() {
    let client = Client::with_customer().await;
    assert_eq!(client.admin_post("accounts/3001/retire", &json!({})).await, 200);
    assert_eq!(
        client.post("customerinvoices", &small("a")).await.codes(),
        [1_002_004]
    );
    let year = client
        .get("financialyears/bydate/2026-11-23")
        .await
        .id("financialYearId");
    let listed = client
        .get(&format!("financialyears/{year}/accounts?number=3001"))
        .await
        .body;
    assert_eq!(listed, json!([]));
}

#[tokio::test]
async fn what_is_added_changed_and_removed_by_hand_shows_to_clients() {
    let client = Client::start().await;
    let by_hand = json!({ "gross": "112.00", "account": 3002, "reference": "hand", "date": "2026-11-02" });
    assert_eq!(client.admin_post("invoices", &by_hand).await, 200);
    let listed = client.get("customerinvoices?invoiceReference=hand").await.body;
    assert_eq!(
        (&listed[0]["grossAmount"], &listed[0]["vatAmount"]),
        (&json!(112), &json!(12))
    );
    assert_eq!(
        client
            .admin_post("invoices/1001/total", &json!({ "gross": "56.00" }))
            .await,
        204
    );
    let changed = client.get("customerinvoices?invoiceReference=hand").await.body;
    assert_eq!(
        (&changed[0]["grossAmount"], &changed[0]["version"]),
        (&json!(56), &json!(2))
    );
    assert_eq!(client.admin_post("invoices/1001/remove", &json!({})).await, 204);
    assert_eq!(
        client.get("customerinvoices?invoiceReference=hand").await.body,
        json!([])
    );
    assert_eq!(client.admin_post("invoices/1001/remove", &json!({})).await, 404);
}

#[tokio::test]
async fn invoices_are_listed_by_their_day() {
    let client = Client::start().await;
    for date in ["2026-10-31", "2026-11-01", "2026-11-02", "2026-11-03"] {
        client
            .admin_post("invoices", &json!({ "gross": "1.00", "date": date }))
            .await;
    }
    let listed = client
        .get("customerinvoices?invoiceDateFrom=2026-11-01&invoiceDateTo=2026-11-02")
        .await
        .body;
    assert_eq!(listed.as_array().expect("a list").len(), 2);
    let wrong = client.get("customerinvoices?invoiceDateFrom=igår").await;
    assert_eq!(wrong.fields(), ["invoiceDateFrom"]);
}
