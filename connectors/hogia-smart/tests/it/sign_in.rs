//! A token is asked for when it is needed, renewed when it is refused, and its refusal is for a person.

use serde_json::json;
use skarv_canonical::Class;
use skarv_connector::Delivery;

use crate::system::{System, invoice, invoice_write};

#[tokio::test]
async fn an_expired_token_is_renewed_within_the_same_write() {
    let system = System::warm().await;
    system.admin_post("requests/reset", &json!({})).await;
    system.pass(7200);
    let write = invoice_write(invoice("k3x9qa-1"));
    let receipt = system.put(&write).await.expect("an invoice");
    let booked = system.booked().await;
    assert_eq!((booked.len(), &booked[0]["id"]), (1, &json!(receipt.foreign_id)));
    let calls = system.admin_get("requests").await;
    assert_eq!(calls["by_status"], json!({ "200": 1, "201": 1, "401": 1 }));
}

#[tokio::test]
async fn a_wrong_secret_is_for_a_person_and_nothing_else_is_called() {
    let mut system = System::start().await;
    system
        .access
        .secrets
        .insert("client_secret".to_owned(), "gissning".into());
    system.reopen().await;
    let error = system
        .put(&invoice_write(invoice("k3x9qa-1")))
        .await
        .expect_err("refused");
    assert_eq!(
        (
            error.class(),
            error.reason.code.as_str(),
            error.reason.fix.as_str()
        ),
        (Class::Credentials, "sign_in_refused", "renew_credentials")
    );
    assert_eq!(error.detail, "invalid_client");
    assert_eq!(error.delivery, Delivery::NotDelivered);
    assert_eq!(system.admin_get("requests").await["total"], 0);
}
