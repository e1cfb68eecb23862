//! A token is asked for when it is needed, renewed when it is refused, and its refusal is for a person.

use serde_json::json;
use skarv_canonical::Class;
use skarv_connector::{Connector, Delivery};
use skarv_hogia_smart::HogiaSmart;

use crate::system::{System, invoice, invoice_write, stream};

#[tokio::test]
async fn a46_an_expired_token_is_renewed_within_the_same_write() {
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
async fn a46_a_wrong_secret_is_for_a_person_and_nothing_else_is_called() {
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

/// Runs of one agent: each opens the connection anew.
#[tokio::test]
async fn a46_runs_of_one_connection_sign_in_once_and_a_test_of_it_always() {
    let mut system = System::start().await;
    let connector = HogiaSmart::default();
    for _ in 0..3 {
        let sink = connector.sink(&system.access, &stream()).await.expect("a sink");
        sink.find(&invoice_write(invoice("k3x9qa-1")))
            .await
            .expect("an answer");
    }
    assert_eq!(system.admin_get("requests").await["sign_ins"], 1);
    connector.check(&system.access).await.expect("a report");
    assert_eq!(system.admin_get("requests").await["sign_ins"], 2);
    // what it was left by another secret is no way in
    let secrets = &mut system.access.secrets;
    secrets.insert("client_secret".to_owned(), "gissning".into());
    let sink = connector.sink(&system.access, &stream()).await.expect("a sink");
    let error = sink
        .find(&invoice_write(invoice("k3x9qa-1")))
        .await
        .expect_err("refused");
    assert_eq!(error.class(), Class::Credentials);
}
