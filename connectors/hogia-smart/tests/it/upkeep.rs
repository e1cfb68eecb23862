//! A card that stands is brought up to date, and nobody's work is lost over it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use skarv_canonical::Class;
use skarv_canonical::customer::CustomerKind;
use skarv_connector::{Delivery, Error, Put, Receipt};
use tokio::net::TcpListener;

use crate::system::{MINUTE, System, access, card, customer_write, sink, window};

#[tokio::test]
async fn a_card_that_says_the_same_is_not_written() {
    let system = System::start().await;
    let write = customer_write(card());
    let put = system.put(&write).await.expect("a card");
    let again = system.put_over(&write, &put.foreign_id).await.expect("an update");
    assert_eq!(again, put);
    assert_eq!(system.ledger().await["writes"], 1);
}

#[tokio::test]
async fn a_buyer_who_has_moved_and_married_is_known_by_the_old_number() {
    let system = System::start().await;
    system.put(&customer_write(card())).await.expect("a card");
    let mut moved = card();
    moved.customer.family_name = "Ek".to_owned();
    moved.billing.city = "Malmö".to_owned();
    let receipt = system
        .put_over(&customer_write(moved), "k3x9qa-K7")
        .await
        .expect("an update");
    let cards = system.cards().await;
    assert_eq!((cards.len(), receipt.foreign_id.as_str()), (1, "k3x9qa-K7"));
    assert_eq!(
        [
            &cards[0]["surName"],
            &cards[0]["addresses"][0]["city"],
            &cards[0]["number"]
        ],
        ["Ek", "Malmö", "k3x9qa-K7"]
    );
}

#[tokio::test]
async fn a_companys_card_never_becomes_a_persons_nor_the_other_way_about() {
    let system = System::start().await;
    let mut company = card();
    company.number = Some("k3x9qa-F7".to_owned());
    company.customer.kind = CustomerKind::Company;
    company.customer.company = "Järn & Såg AB".to_owned();
    for write in [card(), company.clone()].map(customer_write) {
        system.put(&write).await.expect("a card");
    }
    let before = system.cards().await;
    for (buyer, number, holder) in [
        (card(), "k3x9qa-F7", "Järn & Såg AB"),
        (company, "k3x9qa-K7", "Åsa Öberg-Ängström"),
    ] {
        let name = buyer.customer.display_name();
        let error = system
            .put_over(&customer_write(buyer), number)
            .await
            .expect_err("another kind");
        assert_eq!(
            error.reason.to_string(),
            format!("customer_kind_differs customer={name} holder={holder} number={number}")
        );
        assert_eq!(
            (error.class(), error.delivery),
            (Class::Data, Delivery::NotDelivered)
        );
    }
    assert_eq!(system.cards().await, before);
}

#[tokio::test]
async fn a_card_that_is_gone_or_inactive_is_said() {
    let system = System::start().await;
    let write = customer_write(card());
    system.put(&write).await.expect("a card");
    for (what, reason) in [
        ("deactivate", "customer_inactive number=k3x9qa-K7"),
        ("delete", "customer_not_in_erp number=k3x9qa-K7"),
    ] {
        system
            .admin_post(&format!("contacts/k3x9qa-K7/{what}"), &json!({}))
            .await;
        let error = system.put_over(&write, "k3x9qa-K7").await.expect_err(what);
        assert_eq!(error.reason.to_string(), reason);
    }
}

#[tokio::test]
async fn an_update_whose_answer_is_lost_can_be_made_again() {
    let system = System::start().await;
    system.put(&customer_write(card())).await.expect("a card");
    let mut moved = card();
    moved.billing.city = "Malmö".to_owned();
    let moved = customer_write(moved);
    system.faults(json!({ "http_500_every": 2 })).await;
    let error = system.put_over(&moved, "k3x9qa-K7").await.expect_err("trouble");
    assert_eq!(
        (error.class(), error.delivery),
        (Class::Transient, Delivery::NotDelivered)
    );
    system.faults(json!({ "http_500_every": 0 })).await;
    system.put_over(&moved, "k3x9qa-K7").await.expect("an update");
    assert_eq!(system.cards().await[0]["addresses"][0]["city"], "Malmö");
}

/// A company where somebody saves the card between our look and our update, so many times.
struct Busy {
    saves: AtomicUsize,
    looks: AtomicUsize,
    updates: AtomicUsize,
}

#[derive(Deserialize)]
struct Asked {
    version: usize,
}

async fn token() -> Json<Value> {
    Json(json!({ "access_token": "t", "expires_in": 3600 }))
}

async fn look(State(busy): State<Arc<Busy>>) -> Json<Value> {
    let version = busy.looks.fetch_add(1, Ordering::Relaxed) + 1;
    Json(
        json!([{ "contactId": "6a1f", "number": "k3x9qa-K7", "givenName": "Åsa", "surName": "Ek", "version": version }]),
    )
}

async fn save(State(busy): State<Arc<Busy>>, Query(asked): Query<Asked>) -> Response {
    busy.updates.fetch_add(1, Ordering::Relaxed);
    if asked.version <= busy.saves.load(Ordering::Relaxed) {
        let stale =
            json!([{ "errorCode": 1_001_006, "reference": "version", "message": "inaktuell version" }]);
        return (StatusCode::CONFLICT, Json(stale)).into_response();
    }
    Json(json!({ "contactId": "6a1f" })).into_response()
}

/// The update of a card that is saved so many times meanwhile, and how many looks and updates it took.
async fn updated_beside(saves: usize) -> (Result<Receipt, Error>, usize, usize) {
    let busy = Arc::new(Busy {
        saves: AtomicUsize::new(saves),
        looks: AtomicUsize::new(0),
        updates: AtomicUsize::new(0),
    });
    let router = Router::new()
        .route("/connect/token", post(token))
        .route("/{org}/contacts", get(look))
        .route("/{org}/contacts/{id}", put(save))
        .with_state(Arc::clone(&busy));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(axum::serve(listener, router).into_future());
    let sink = sink(&access(&base, &format!("{base}/connect/token"))).await;
    let outcome = sink
        .put(Put {
            write: &customer_write(card()),
            existing: Some("k3x9qa-K7"),
            earlier: &[],
            window: Some(window(MINUTE)),
        })
        .await;
    let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    (outcome, count(&busy.looks), count(&busy.updates))
}

#[tokio::test]
async fn a_card_that_somebody_saves_meanwhile_is_read_again_once() {
    let (outcome, looks, updates) = updated_beside(1).await;
    assert_eq!(outcome.expect("an update").foreign_id, "k3x9qa-K7");
    assert_eq!((looks, updates), (2, 2));
}

#[tokio::test]
async fn a_card_that_is_saved_again_and_again_is_for_later() {
    let (outcome, looks, updates) = updated_beside(usize::MAX).await;
    let error = outcome.expect_err("stale");
    assert_eq!(error.reason.to_string(), "erp_conflict resource=contacts");
    assert_eq!(
        (error.class(), error.delivery),
        (Class::Transient, Delivery::NotDelivered)
    );
    assert_eq!((looks, updates), (2, 2));
}
