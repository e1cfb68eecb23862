//! Orderkontroll by command: what a bookkeeper reads, and what a script goes by.

use serde_json::{Value, json};
use skarv::demo::books::Admin;

use crate::{first_day::switch_on, world::World};

const FLOW: &str = "tenants/bagarn/flows/order-till-faktura";

#[tokio::test]
async fn a_comparison_fails_when_something_differs_and_names_the_order() {
    let world = World::start(6).await;
    switch_on(&world).await;
    let books = Admin::new(world.systems.erp.admin_url()).unwrap();
    let ledger: Value = books.ledger().await.unwrap();
    let lost = &ledger["invoices"][2];
    let (order, day) = (
        lost["order_number"].as_str().unwrap(),
        lost["date"].as_str().unwrap(),
    );
    // days lie between the orders of a shop that has so few
    let reconcile = [
        "flows",
        "reconcile",
        FLOW,
        "--from",
        day,
        "--to",
        day,
        "--lang",
        "sv",
    ];
    let equal = world.skarv(&reconcile).await;
    assert_eq!(equal.code, 0, "{equal:?}");
    assert!(equal.stdout.contains("Inget skiljer"), "{equal:?}");
    assert!(!equal.stdout.contains("  skiljer"), "{equal:?}");

    let remove = format!("invoices/{}/remove", lost["number"]);
    books.post::<Value>(&remove, &json!({})).await.unwrap();

    let differs = world.skarv(&reconcile).await;
    assert_eq!(differs.code, 1, "{differs:?}");
    for told in ["Skillnader: 1", &format!("{order}  {day}  missing"), "  skiljer"] {
        assert!(differs.stdout.contains(told), "{told}: {differs:?}");
    }
    let script = world
        .skarv(&[&reconcile[..], &["--output", "json"]].concat())
        .await;
    assert_eq!(script.code, 1, "{script:?}");
    let run: Value = serde_json::from_str(&script.stdout).unwrap();
    let difference = &run["reconciliation"]["differences"][0];
    assert_eq!(
        (&difference["code"], &difference["order_number"]),
        (&json!("missing"), &json!(order))
    );
    assert_eq!(difference["source_gross"], lost["gross"]);
}
