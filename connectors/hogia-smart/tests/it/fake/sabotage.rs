//! Faults that no client can see: they prove that a comparison of the two books would.

use serde_json::{Value, json};

use super::client::{Client, small};

/// The books after two invoices of 99.00, the second of which is sabotaged.
async fn sabotaged(switch: &str) -> Vec<Value> {
    let client = Client::with_customer().await;
    client.faults(json!({ switch: 2 })).await;
    client.book(&small("a")).await;
    client.book(&small("b")).await;
    client.booked().await
}

fn told(booked: &[Value], field: &str) -> Vec<String> {
    booked
        .iter()
        .map(|invoice| invoice[field].as_str().expect("a text").to_owned())
        .collect()
}

#[tokio::test]
async fn a_lost_invoice_was_answered_and_is_not_in_the_ledger() {
    assert_eq!(told(&sabotaged("lose_every").await, "reference"), ["a"]);
}

#[tokio::test]
async fn a_doubled_invoice_is_twice_in_the_ledger() {
    let booked = sabotaged("double_every").await;
    assert_eq!(told(&booked, "reference"), ["a", "b", "b"]);
    assert_ne!(booked[1]["id"], booked[2]["id"]);
}

#[tokio::test]
async fn a_skewed_invoice_is_an_öre_too_large() {
    assert_eq!(told(&sabotaged("skew_every").await, "gross"), ["99.00", "99.01"]);
}
