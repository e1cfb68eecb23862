//! What a company has not bought, and what its client may not see, is refused; everything else goes on. And what a person does to
//! years and currencies shows.

use serde_json::json;

use super::client::{Client, small};

#[tokio::test]
async fn a_module_that_is_not_bought_is_refused_with_a_code() {
    let client = Client::with_customer().await;
    client.faults(json!({ "without_accounting": true })).await;
    let refused = client.get("vatsettings").await;
    assert_eq!((refused.status, refused.codes()), (403, vec![1_000_001]));
    assert_eq!(client.get("customerinvoices").await.status, 200);
    client
        .faults(json!({ "without_accounting": false, "without_invoicing": true }))
        .await;
    assert_eq!(
        client.post("customerinvoices", &small("a")).await.codes(),
        [1_000_001]
    );
    assert_eq!(client.get("currencies").await.status, 200);
}

#[tokio::test]
async fn a_client_without_the_right_to_items_is_refused_with_a_text() {
    let client = Client::start().await;
    client.faults(json!({ "without_item_rights": true })).await;
    for path in ["items", "stockbalances"] {
        let refused = client.get(path).await;
        assert_eq!(refused.status, 403);
        assert!(refused.body.is_string(), "{}", refused.body);
    }
}

#[tokio::test]
async fn a_year_that_was_removed_is_not_there() {
    let client = Client::with_customer().await;
    assert_eq!(client.admin_post("years/2026/remove", &json!({})).await, 200);
    assert_eq!(client.get("financialyears/bydate/2026-11-23").await.status, 404);
    assert_eq!(
        client.post("customerinvoices", &small("a")).await.codes(),
        [1_002_006]
    );
}

#[tokio::test]
async fn a_currency_that_was_retired_is_shown_as_such_and_sells_nothing() {
    let client = Client::with_customer().await;
    assert_eq!(client.admin_post("currencies/SEK/retire", &json!({})).await, 200);
    let listed = client.get("currencies").await.body;
    assert_eq!(
        (&listed[0]["code"], &listed[0]["isActive"]),
        (&json!("SEK"), &json!(false))
    );
    assert_eq!(
        client.post("customerinvoices", &small("a")).await.codes(),
        [1_001_009]
    );
}

#[tokio::test]
async fn whatever_happens_to_an_invoice_gives_it_a_row_version_above_all_others() {
    let client = Client::with_customer().await;
    let id = client.book(&small("a")).await;
    client.book(&small("b")).await;
    let last = async || {
        let listed = client.get("customerinvoices?rowVersionFrom=0").await.body;
        let listed = listed.as_array().expect("a list").last().expect("one").clone();
        listed["customerInvoiceId"].as_str().expect("an id").to_owned()
    };
    assert_ne!(last().await, id);
    let paid = json!({ "payer": "Customer", "date": "2026-11-21", "amount": 9, "accountNumber": 1580 });
    client
        .post(&format!("customerinvoices/{id}/payments"), &paid)
        .await;
    assert_eq!(last().await, id);
    client.book(&small("c")).await;
    // a credit changes what it credits, and that is listed after it
    client
        .admin_post("invoices/1001/credit", &json!({ "gross": "-9.00" }))
        .await;
    assert_eq!(last().await, id);
    client.book(&small("d")).await;
    client.admin_post("invoices/1001/cancel", &json!({})).await;
    assert_eq!(last().await, id);
}
