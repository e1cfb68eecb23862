//! Every bad answer of the fake, by the reason that it becomes: on a look-up, on a create and on a sign-in.
//!
//! A create is carried out before its bad answer is sent: it must be in doubt, and a look-up must find the document.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::json;
use skarv_canonical::Class;
use skarv_connector::{Delivery, Error};
use skarv_http::hostile::Hostile;
use skarv_http::{Client, ClientConfig, Limits};

use crate::system::{System, card, customer_write, invoice, invoice_write};

/// What each becomes, and what a create is in doubt about: an answer that came shows that the request is over.
fn expected(hostile: Hostile) -> (&'static str, Delivery) {
    match hostile {
        Hostile::HalfAnswer | Hostile::CutChunk | Hostile::Drip | Hostile::Reset | Hostile::ResetOnAccept => {
            ("unreachable", Delivery::InFlight)
        }
        Hostile::EndlessChunks | Hostile::GzipBomb | Hostile::HugeLength => {
            ("answer_too_large", Delivery::Answered)
        }
        _ => ("bad_answer", Delivery::Answered),
    }
}

/// A system whose client waits two seconds for an answer.
async fn impatient() -> System {
    let mut system = System::warm().await;
    system.access.http = Client::new(ClientConfig {
        allow_private: true,
        limits: Limits {
            timeout: Duration::from_secs(2),
            ..Limits::default()
        },
        ..ClientConfig::default()
    })
    .expect("a client");
    system.reopen().await;
    system
}

fn named(error: &Error) -> (Class, &str, Delivery) {
    (error.class(), error.reason.code.as_str(), error.delivery)
}

#[tokio::test]
async fn a_look_up_that_is_answered_badly_is_tried_again_later() {
    let system = impatient().await;
    let write = invoice_write(invoice("warm-1"));
    for (hostile, name) in Hostile::ALL {
        if hostile == Hostile::ResetOnAccept {
            continue;
        }
        system.find(&write).await.expect("well").expect("found");
        system.faults(json!({ format!("next_{name}"): 1 })).await;
        let error = system.find(&write).await.expect_err(name);
        let (code, _) = expected(hostile);
        assert_eq!(
            named(&error),
            (Class::Transient, code, Delivery::NotDelivered),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_create_that_is_answered_badly_is_in_doubt_and_the_look_up_finds_it() {
    let system = impatient().await;
    for (hostile, name) in Hostile::ALL {
        if hostile == Hostile::ResetOnAccept {
            continue;
        }
        let write = invoice_write(invoice(&format!("k3x9qa-{name}")));
        system.find(&write).await.expect("signed in");
        // what the sink reads once has been read
        system
            .put(&invoice_write(invoice(&format!("w-{name}"))))
            .await
            .expect("well");
        system.faults(json!({ format!("next_{name}"): 1 })).await;
        let error = system.put(&write).await.expect_err(name);
        let (code, doubt) = expected(hostile);
        assert_eq!(named(&error), (Class::Transient, code, doubt), "{name}");
        assert!(system.find(&write).await.expect("well").is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_connection_that_is_reset_before_it_is_heard_is_tried_again_later() {
    let mut system = impatient().await;
    system.faults(json!({ "next_reset_on_accept": 1 })).await;
    // a new client has no connection yet
    system.access.http = Client::new(ClientConfig {
        allow_private: true,
        ..ClientConfig::default()
    })
    .expect("a client");
    system.reopen().await;
    let write = invoice_write(invoice("warm-1"));
    let error = system.find(&write).await.expect_err("reset");
    assert_eq!(
        (error.class(), error.reason.code.as_str()),
        (Class::Transient, "unreachable")
    );
    assert!(system.find(&write).await.expect("well").is_some());
}

#[tokio::test]
async fn a_refusal_of_megabytes_is_cut_before_it_is_taken_apart() {
    let system = impatient().await;
    for name in [
        "json_objects",
        "json_deep",
        "xml_nodes",
        "invalid_utf8",
        "json_keys",
    ] {
        system
            .faults(json!({ format!("next_{name}"): 1, "hostile_status": 400 }))
            .await;
        let error = system
            .find(&invoice_write(invoice("warm-1")))
            .await
            .expect_err(name);
        assert_eq!(error.reason.code, "erp_refused", "{name}");
        let words = error.reason.to_string().len() + error.detail.len();
        assert!(words < 2000, "{name}: {words}");
    }
}

#[tokio::test]
async fn an_external_entity_is_fetched_by_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    listener.set_nonblocking(true).expect("nonblocking");
    let url = format!("http://{}/", listener.local_addr().expect("address"));
    let system = impatient().await;
    system
        .faults(json!({ "next_xml_external": 1, "external_entity_url": url }))
        .await;
    let error = system
        .find(&invoice_write(invoice("warm-1")))
        .await
        .expect_err("XML");
    assert_eq!(error.reason.code, "bad_answer");
    assert!(listener.accept().is_err(), "somebody came for the entity");
}

#[tokio::test]
async fn a_token_that_ends_in_mid_run_is_renewed_and_nobody_notices() {
    let system = System::warm().await;
    system.admin_post("requests/reset", &json!({})).await;
    system.faults(json!({ "expire_tokens_every": 3 })).await;
    for n in 0..5 {
        system
            .put(&invoice_write(invoice(&format!("k3x9qa-{n}"))))
            .await
            .expect("an invoice");
    }
    let calls = system.admin_get("requests").await;
    assert_eq!(calls["sign_ins"], calls["faults"]["expire_tokens"], "{calls}");
    assert!(calls["sign_ins"].as_u64() > Some(3), "{calls}");
}

#[tokio::test]
async fn a_token_that_is_never_let_in_is_for_a_person_and_asked_for_twice() {
    let mut system = System::warm().await;
    system.reopen().await;
    system.admin_post("requests/reset", &json!({})).await;
    system.faults(json!({ "refuse_tokens": true })).await;
    let error = system
        .put(&invoice_write(invoice("k3x9qa-1")))
        .await
        .expect_err("refused");
    assert_eq!(
        named(&error),
        (Class::Credentials, "sign_in_refused", Delivery::NotDelivered)
    );
    assert_eq!(error.reason.fix, "renew_credentials");
    assert_eq!(system.admin_get("requests").await["sign_ins"], 2);
}

#[tokio::test]
async fn a_sign_in_that_fails_is_tried_again_later() {
    for (switch, code) in [
        ("next_sign_in_500", "erp_error"),
        ("next_sign_in_html", "bad_answer"),
        ("next_sign_in_slow", "unreachable"),
    ] {
        let mut system = impatient().await;
        system.reopen().await;
        system.faults(json!({ switch: 1, "slow_ms": 5000 })).await;
        let write = invoice_write(invoice("k3x9qa-1"));
        let error = system.put(&write).await.expect_err(switch);
        assert_eq!(
            named(&error),
            (Class::Transient, code, Delivery::NotDelivered),
            "{switch}"
        );
        system.put(&write).await.expect("well again");
    }
}

#[tokio::test]
async fn an_invoice_that_its_id_does_not_lead_to_is_found_by_its_reference() {
    let system = System::warm().await;
    system.faults(json!({ "next_not_found": 1 })).await;
    let receipt = system
        .put(&invoice_write(invoice("k3x9qa-1")))
        .await
        .expect("an invoice");
    let booked = system.booked().await;
    assert_eq!(
        (&booked[0]["id"], receipt.mismatch),
        (&json!(receipt.foreign_id), None)
    );
}

#[tokio::test]
async fn a_receipt_that_names_another_document_links_ours() {
    let system = System::warm().await;
    system.faults(json!({ "next_other_id": 1 })).await;
    let receipt = system
        .put(&invoice_write(invoice("k3x9qa-1")))
        .await
        .expect("an invoice");
    let booked = system.booked().await;
    assert_eq!(booked.len(), 1);
    assert_eq!(
        (&booked[0]["id"], receipt.mismatch),
        (&json!(receipt.foreign_id), None)
    );
}

#[tokio::test]
async fn a_receipt_of_another_customer_is_in_doubt_and_the_look_up_finds_ours() {
    let system = System::warm().await;
    system.faults(json!({ "next_other_id": 1 })).await;
    let mut other = card();
    other.number = Some("k3x9qa-K99".to_owned());
    let write = customer_write(other);
    let error = system.put(&write).await.expect_err("not ours");
    assert_eq!(
        named(&error),
        (Class::Transient, "bad_answer", Delivery::Answered)
    );
    let found = system.find(&write).await.expect("a look").expect("found");
    let ledger = system.ledger().await;
    assert_eq!(ledger["contacts"][1]["number"], json!(found.foreign_id));
}

#[tokio::test]
async fn a_clock_that_jumps_an_hour_either_way_stops_nothing() {
    for offset in [3600, -3600, 90_000, -90_000] {
        let system = System::warm().await;
        system.faults(json!({ "clock_offset_s": offset })).await;
        system
            .put(&invoice_write(invoice("k3x9qa-1")))
            .await
            .expect("an invoice");
        system
            .faults(json!({ "http_429_every": 1, "retry_after_s": 7 }))
            .await;
        let error = system
            .find(&invoice_write(invoice("k3x9qa-1")))
            .await
            .expect_err("slower");
        assert_eq!(error.retry_after, Some(Duration::from_secs(7)), "{offset}");
    }
}
