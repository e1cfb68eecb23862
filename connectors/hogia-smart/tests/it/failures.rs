//! When a call goes wrong, the error says whether something may stand in the books, and a look-up settles it.

use std::time::Duration;

use serde_json::json;
use skarv_canonical::Class;
use skarv_connector::Delivery;

use crate::system::{System, card, customer_write, invoice, invoice_write};

#[tokio::test]
async fn a_lost_answer_is_in_flight_and_the_look_up_adopts_the_invoice() {
    let system = System::warm().await;
    system.faults(json!({ "lost_answer_next": 1 })).await;
    let write = invoice_write(invoice("k3x9qa-1"));
    let error = system.put(&write).await.expect_err("lost");
    assert_eq!(
        (error.class(), error.delivery),
        (Class::Transient, Delivery::InFlight)
    );
    let found = system.find(&write).await.expect("a look").expect("found");
    let booked = system.booked().await;
    assert_eq!((booked.len(), &booked[0]["id"]), (1, &json!(found.foreign_id)));
}

#[tokio::test]
async fn a_lost_answer_about_a_customer_is_in_flight_too() {
    let system = System::start().await;
    system.faults(json!({ "lost_answer_next": 1 })).await;
    let write = customer_write(card());
    let error = system.put(&write).await.expect_err("lost");
    assert_eq!(error.delivery, Delivery::InFlight);
    assert!(system.find(&write).await.expect("a look").is_some());
}

#[tokio::test]
async fn a_server_error_on_a_create_is_answered_and_the_look_up_finds_nothing() {
    let system = System::warm().await;
    system.faults(json!({ "http_500_every": 1 })).await;
    let write = invoice_write(invoice("k3x9qa-1"));
    let error = system.put(&write).await.expect_err("trouble");
    assert_eq!(error.reason.to_string(), "erp_error status=500");
    assert_eq!(
        (error.class(), error.delivery),
        (Class::Transient, Delivery::Answered)
    );
    assert_eq!(error.detail, "internt fel");
    let error = system.find(&write).await.expect_err("trouble");
    assert_eq!(
        error.delivery,
        Delivery::NotDelivered,
        "a look-up changes nothing"
    );
    system.faults(json!({ "http_500_every": 0 })).await;
    assert_eq!(system.find(&write).await.expect("a look"), None);
    system.put(&write).await.expect("an invoice");
}

#[tokio::test]
async fn a_server_error_before_the_create_leaves_no_doubt() {
    let system = System::start().await;
    system.put(&customer_write(card())).await.expect("a customer");
    system.faults(json!({ "http_500_every": 1 })).await;
    let error = system
        .put(&invoice_write(invoice("k3x9qa-1")))
        .await
        .expect_err("trouble");
    assert_eq!(
        error.delivery,
        Delivery::NotDelivered,
        "only the chart was asked for"
    );
}

#[tokio::test]
async fn a45_too_many_calls_are_not_delivered_and_say_how_long_to_wait() {
    let system = System::warm().await;
    system
        .faults(json!({ "http_429_every": 1, "retry_after_s": 7 }))
        .await;
    let error = system
        .put(&invoice_write(invoice("k3x9qa-1")))
        .await
        .expect_err("refused");
    assert_eq!(
        (error.class(), error.delivery),
        (Class::RateLimited, Delivery::NotDelivered)
    );
    assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
    assert!(system.booked().await.is_empty());
}

#[tokio::test]
async fn a_create_that_no_longer_fits_its_window_never_leaves() {
    let system = System::warm().await;
    system.admin_post("requests/reset", &json!({})).await;
    let write = invoice_write(invoice("k3x9qa-1"));
    let error = system
        .put_within(&write, Duration::from_secs(10))
        .await
        .expect_err("closed");
    assert_eq!(error.reason.to_string(), "send_window_closed");
    assert_eq!(
        (error.class(), error.delivery),
        (Class::Transient, Delivery::NotDelivered)
    );
    let calls = system.admin_get("requests").await;
    assert_eq!(calls["total"], 0, "{calls}");
    // the client's own limit of half a minute fits
    system
        .put_within(&write, Duration::from_secs(31))
        .await
        .expect("still open");
}

#[tokio::test]
async fn a_closed_window_holds_back_the_create_and_nothing_before_it() {
    let system = System::start().await;
    let error = system
        .put_within(&invoice_write(invoice("k3x9qa-1")), Duration::ZERO)
        .await
        .expect_err("closed");
    assert_eq!(error.reason.code, "send_window_closed");
    assert_eq!(system.calls("GET /vatsettings").await, 1);
    assert_eq!(system.calls("POST /customerinvoices").await, 0);
}

#[tokio::test]
async fn a_system_that_is_down_was_not_reached() {
    let system = System::warm().await;
    let down = crate::system::sink(&system.access).await;
    system.erp.shutdown().await;
    let write = invoice_write(invoice("k3x9qa-1"));
    let error = down.find(&write).await.expect_err("down");
    assert_eq!(
        (error.reason.code.as_str(), error.class()),
        ("unreachable", Class::Transient)
    );
    assert_eq!(error.delivery, Delivery::NotDelivered);
}
