//! A server that breaks the contract in ways the fake does not: it ignores filters, pages or tokens, or answers in
//! another form. The connector must neither take what is not ours nor go on for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use skarv_canonical::Class;
use skarv_connector::{BoxedSink, Delivery, Put};
use tokio::net::TcpListener;

use crate::system::{MINUTE, access, card, customer_write, sink, window};

pub(crate) const TOKEN: &str = "canary-token-5b7f";

#[derive(Default)]
pub(crate) struct Seen {
    tokens: AtomicUsize,
    contacts: AtomicUsize,
}

type Shared = State<Arc<Seen>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    page: usize,
    page_size: usize,
}

async fn token(State(seen): Shared) -> Json<Value> {
    seen.tokens.fetch_add(1, Ordering::Relaxed);
    Json(json!({ "access_token": TOKEN, "expires_in": 3600 }))
}

/// Cards that all bear the buyer's name.
fn contacts(numbers: impl Iterator<Item = usize>) -> Json<Value> {
    let contact = |n| {
        json!({
            "contactId": format!("id-{n}"), "number": format!("k3x9qa-K{n}"),
            "givenName": "Åsa", "surName": "Öberg-Ängström",
        })
    };
    Json(numbers.map(contact).collect())
}

/// Twelve hundred contacts in pages, whatever number was asked for.
async fn unfiltered(State(seen): Shared, Query(asked): Query<Asked>) -> Json<Value> {
    seen.contacts.fetch_add(1, Ordering::Relaxed);
    let start = (asked.page - 1) * asked.page_size;
    contacts(start..(start + asked.page_size).min(1200))
}

/// The same full page for ever.
async fn endless(State(seen): Shared) -> Json<Value> {
    seen.contacts.fetch_add(1, Ordering::Relaxed);
    contacts(10_000..10_500)
}

async fn closed(State(seen): Shared) -> Response {
    seen.contacts.fetch_add(1, Ordering::Relaxed);
    (StatusCode::UNAUTHORIZED, Json("vem är du")).into_response()
}

async fn forbidden() -> StatusCode {
    StatusCode::FORBIDDEN
}

async fn page_for_people() -> Html<&'static str> {
    Html("<html>Välkommen till Hogia</html>")
}

/// Repeats what it was sent, as a careless error page would.
pub(crate) async fn echoing(headers: HeaderMap, body: String) -> Response {
    (StatusCode::BAD_REQUEST, format!("{headers:?} {body}")).into_response()
}

pub(crate) struct Stranger {
    pub(crate) sink: BoxedSink,
    pub(crate) seen: Arc<Seen>,
}

pub(crate) async fn stranger(contacts: axum::routing::MethodRouter<Arc<Seen>>) -> Stranger {
    let seen = Arc::new(Seen::default());
    let router = Router::new()
        .route("/connect/token", post(token))
        .route("/{org}/contacts", contacts)
        .with_state(Arc::clone(&seen));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(axum::serve(listener, router).into_future());
    let access = access(&base, &format!("{base}/connect/token"));
    Stranger {
        sink: sink(&access).await,
        seen,
    }
}

impl Stranger {
    fn calls(&self) -> (usize, usize) {
        (
            self.seen.tokens.load(Ordering::Relaxed),
            self.seen.contacts.load(Ordering::Relaxed),
        )
    }
}

fn numbered(n: usize) -> skarv_canonical::write::Write {
    let mut card = card();
    card.number = Some(format!("k3x9qa-K{n}"));
    customer_write(card)
}

#[tokio::test]
async fn a_customer_is_found_on_any_page_and_only_by_its_exact_number() {
    let stranger = stranger(get(unfiltered)).await;
    let found = stranger
        .sink
        .find(&numbered(1150))
        .await
        .expect("a look")
        .expect("found");
    assert_eq!(
        (found.foreign_id.as_str(), stranger.calls()),
        ("k3x9qa-K1150", (1, 3))
    );
    assert_eq!(stranger.sink.find(&numbered(1200)).await.expect("a look"), None);
}

#[tokio::test]
async fn a_server_that_knows_no_filter_by_address_gives_nobody_elses_card() {
    let stranger = stranger(get(unfiltered)).await;
    let mut unnumbered = card();
    unnumbered.number = None;
    let found = stranger.sink.find(&customer_write(unnumbered)).await;
    assert_eq!((found.expect("a look"), stranger.calls()), (None, (1, 3)));
}

#[tokio::test]
async fn a_search_that_never_ends_is_given_up() {
    let stranger = stranger(get(endless)).await;
    let error = stranger.sink.find(&numbered(1)).await.expect_err("no end");
    assert_eq!(error.reason.to_string(), "search_without_end resource=contacts");
    assert_eq!(stranger.calls().1, 20);
}

#[tokio::test]
async fn many_calls_at_a_time_ask_for_one_token() {
    let stranger = stranger(get(unfiltered)).await;
    let writes: Vec<_> = (0..8).map(numbered).collect();
    let found = futures::future::join_all(writes.iter().map(|write| stranger.sink.find(write))).await;
    assert!(found.iter().all(|found| matches!(found, Ok(Some(_)))));
    assert_eq!(stranger.calls().0, 1);
}

#[tokio::test]
async fn a_new_token_that_is_refused_too_is_for_a_person() {
    let stranger = stranger(get(closed)).await;
    let error = stranger.sink.find(&numbered(1)).await.expect_err("refused");
    assert_eq!(
        (error.class(), error.reason.code.as_str()),
        (Class::Credentials, "sign_in_refused")
    );
    assert_eq!(stranger.calls(), (2, 2));
}

#[tokio::test]
async fn a_missing_permission_is_a_setting_to_correct() {
    let stranger = stranger(get(forbidden)).await;
    let error = stranger.sink.find(&numbered(1)).await.expect_err("refused");
    assert_eq!(error.reason.to_string(), "permission_missing resource=contacts");
    assert_eq!(error.class(), Class::Configuration);
}

#[tokio::test]
async fn a_yes_in_another_form_leaves_a_create_to_a_look_up() {
    let stranger = stranger(get(page_for_people).post(page_for_people)).await;
    let write = numbered(1);
    let put = Put {
        write: &write,
        existing: None,
        earlier: &[],
        window: Some(window(MINUTE)),
    };
    let error = stranger.sink.put(put).await.expect_err("unreadable");
    assert_eq!(
        (error.class(), error.delivery),
        (Class::Transient, Delivery::Answered)
    );
    let error = stranger.sink.find(&write).await.expect_err("unreadable");
    assert_eq!(error.reason.to_string(), "bad_answer resource=contacts");
    assert_eq!(error.delivery, Delivery::NotDelivered);
}
