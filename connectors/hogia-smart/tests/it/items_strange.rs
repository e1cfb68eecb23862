//! A server whose items the fake cannot be: row versions that several items share or that come late, numbers that are
//! missing or occur twice, lists that ignore what is asked, and somebody else at work at the same time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use skarv_canonical::article::in_language;
use skarv_canonical::spec::StreamSpec;
use skarv_connector::{Access, Connector, Put};
use skarv_hogia_smart::HogiaSmart;
use tokio::net::TcpListener;

use crate::items_world::{Stream, article, article_write, card, minutes, prices, products, reason};
use crate::stranger::TOKEN;
use crate::system::{MINUTE, access, window};

/// What the server holds, in the order of creation, and what it was sent.
#[derive(Default)]
struct Held {
    items: Vec<Value>,
    ignores_versions: bool,
    stale: usize,
    patched: Vec<Value>,
}

#[derive(Clone, Default)]
struct Server(Arc<Mutex<Held>>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    number: Option<String>,
    row_version_from: Option<u64>,
    page: usize,
    page_size: usize,
}

impl Server {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().expect("the items")
    }

    fn holding(items: &[Value]) -> Self {
        let server = Self::default();
        server.held().items = items.to_vec();
        server
    }

    async fn start(&self) -> Access {
        let router = Router::new()
            .route("/connect/token", post(token))
            .route("/{org}/items", get(list))
            .route("/{org}/items/{id}", patch(change))
            .with_state(self.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(axum::serve(listener, router).into_future());
        access(&base, &format!("{base}/connect/token"))
    }

    async fn read(&self, spec: &StreamSpec) -> Vec<skarv_canonical::record::Pulled> {
        Stream::open(&self.start().await, spec).await.drain(50).await
    }
}

async fn token() -> Json<Value> {
    Json(json!({ "access_token": TOKEN, "expires_in": 3600 }))
}

fn version(item: &Value) -> u64 {
    item["rowVersion"].as_u64().expect("a version")
}

async fn list(State(server): State<Server>, Query(asked): Query<Asked>) -> Json<Value> {
    let held = server.held();
    let mut found: Vec<&Value> = held.items.iter().collect();
    found.retain(|item| {
        asked
            .number
            .as_ref()
            .is_none_or(|number| item["number"] == **number)
    });
    if let Some(from) = asked.row_version_from.filter(|_| !held.ignores_versions) {
        found.retain(|item| version(item) > from);
        found.sort_by_key(|item| version(item));
    }
    let page = found.into_iter().skip((asked.page - 1) * asked.page_size);
    Json(page.take(asked.page_size).cloned().collect())
}

async fn change(State(server): State<Server>, Json(sent): Json<Value>) -> Response {
    let mut held = server.held();
    if held.stale > 0 {
        held.stale -= 1;
        return StatusCode::CONFLICT.into_response();
    }
    held.patched.push(sent);
    Json(json!({ "version": 2 })).into_response()
}

fn item(id: usize, number: &str, version: u64) -> Value {
    json!({
        "itemId": format!("00000000-0000-4000-8000-{id:012}"),
        "number": number,
        "name": format!("Nr {id} version {version}"),
        "version": 1,
        "rowVersion": version,
        "price": { "regular": 80 },
    })
}

#[tokio::test]
async fn an_item_without_a_number_parks_and_the_others_come() {
    let server = Server::holding(&[item(1, " ", 1), item(2, "A-2", 2)]);
    for spec in [products(), prices()] {
        let records = server.read(&spec).await;
        assert_eq!(
            reason(&records[0]),
            "article_number_missing article=Nr 1 version 1"
        );
        assert!(records[1].content.is_ok());
    }
}

#[tokio::test]
async fn an_item_whose_number_occurs_twice_parks_with_both_names() {
    let both = "article_number_doubled articles=Nr 1 version 1, Nr 3 version 3 number=A-1";
    let few = [item(1, "A-1", 1), item(2, "A-2", 2), item(3, "A-1", 3)];
    let many: Vec<Value> = (4..40).map(|n| item(n, &format!("A-{n}"), n as u64)).collect();
    for held in [few.to_vec(), [few.as_slice(), &many].concat()] {
        let server = Server::holding(&held);
        for spec in [products(), prices()] {
            let records = server.read(&spec).await;
            assert_eq!([reason(&records[0]), reason(&records[2])], [both, both]);
            assert!(records[1].content.is_ok());
        }
    }
}

#[tokio::test]
async fn a_number_that_occurs_twice_is_never_written_to() {
    let server = Server::holding(&[item(1, "A-1", 1), item(2, "A-1", 2)]);
    let access = server.start().await;
    let sink = HogiaSmart::default()
        .sink(&access, &products())
        .await
        .expect("a sink");
    let write = article_write(card("A-1"));
    let error = sink.match_existing(&write).await.expect_err("a choice");
    assert_eq!(error.reason.code, "article_number_doubled");
}

#[tokio::test]
async fn somebody_else_at_the_same_time_is_read_again_once() {
    let server = Server::holding(&[item(1, "A-1", 1)]);
    let access = server.start().await;
    let sink = HogiaSmart::default()
        .sink(&access, &products())
        .await
        .expect("a sink");
    let mut renamed = card("A-1");
    renamed.rate = None;
    let write = article_write(renamed);
    for (stale, code) in [(1, None), (2, Some("erp_conflict"))] {
        server.held().stale = stale;
        let put = Put {
            write: &write,
            existing: Some("A-1"),
            earlier: &[],
            window: Some(window(MINUTE)),
        };
        let outcome = sink.put(put).await;
        assert_eq!(
            outcome.err().map(|error| error.reason.code),
            code.map(str::to_owned)
        );
    }
    let sent = json!({ "name": "Räksmörgås", "ean": "7350000000001" });
    assert_eq!(server.held().patched, [sent]);
}

#[tokio::test]
async fn a_list_that_ignores_what_changed_is_not_read_as_if_it_did_not() {
    let server = Server::holding(&[item(1, "A-1", 5), item(2, "A-2", 2)]);
    server.held().ignores_versions = true;
    let access = server.start().await;
    let stream = Stream::open(&access, &products()).await;
    let error = stream.page(50).await.expect_err("refused");
    assert_eq!(error.reason.to_string(), "changes_not_listed resource=items");
}

#[tokio::test]
async fn more_items_of_one_version_than_a_page_holds_all_come_once() {
    let all: Vec<Value> = (1..=1_100).map(|n| item(n, &format!("A-{n}"), 7)).collect();
    let server = Server::holding(&all);
    let mut stream = Stream::open(&server.start().await, &products()).await;
    let numbers = stream.numbers(400).await;
    assert_eq!(numbers.len(), 1_100);
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), 1_100);
}

/// Something that happens while a stream is read.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// An item changes and gets the highest version, or one above it.
    Change { item: usize, above: bool },
    /// A page is read and settled.
    Pull { limit: usize },
    /// A page is read and forgotten: whoever read it crashed.
    Crash { limit: usize },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0..8_usize, any::<bool>()).prop_map(|(item, above)| Event::Change { item, above }),
        2 => (1..4_usize).prop_map(|limit| Event::Pull { limit }),
        1 => (1..4_usize).prop_map(|limit| Event::Crash { limit }),
    ]
}

/// An item that bears the highest version already cannot change under it: nothing would tell.
fn touch(held: &mut Held, id: usize, above: bool) {
    let highest = held.items.iter().map(version).max().unwrap_or(0);
    let standing = held
        .items
        .iter()
        .position(|known| known["number"] == format!("A-{id}"));
    let bears_it = standing.is_some_and(|at| version(&held.items[at]) == highest);
    let next = item(
        id,
        &format!("A-{id}"),
        highest + u64::from(above || bears_it || highest == 0),
    );
    match standing {
        Some(at) => held.items[at] = next,
        None => held.items.push(next),
    }
}

fn note(told: &mut BTreeMap<String, String>, records: &[skarv_canonical::record::Pulled]) {
    for record in records {
        let article = article(record);
        told.insert(article.sku.clone(), in_language(&article.name, "sv").to_owned());
    }
}

async fn nothing_is_missed(events: &[Event]) {
    let server = Server::default();
    let access = server.start().await;
    let mut stream = Stream::open(&access, &products()).await;
    let mut told = BTreeMap::new();
    for event in events {
        match *event {
            Event::Change { item, above } => touch(&mut server.held(), item, above),
            Event::Pull { limit } => note(&mut told, &stream.pull(limit).await.records),
            Event::Crash { limit } => {
                stream.page(limit).await.expect("a page");
                let cursor = stream.cursor.take();
                stream = Stream {
                    cursor,
                    now: minutes(0),
                    ..Stream::open(&access, &products()).await
                };
            }
        }
    }
    note(&mut told, &stream.drain(3).await);
    let name = |item: &Value| {
        let text = |field: &str| item[field].as_str().expect("a text").to_owned();
        (text("number"), text("name"))
    };
    let held: BTreeMap<_, _> = server.held().items.iter().map(name).collect();
    assert_eq!(told, held);
    assert!(stream.drain(3).await.is_empty(), "at rest");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_changes_and_crashes_nothing_is_missed(events in prop::collection::vec(event(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(nothing_is_missed(&events));
    }
}
