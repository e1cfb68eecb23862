//! `/__admin/catalogue`: a clerk at the back office, a buyer at the counter, and the books behind both.
//!
//! `rows/{kind}` adds a row, `rows/{kind}/{id}` changes one, `…/delete` removes it; fields are given by name, a text in languages as
//! `{"1": …, "2": …}`. The clerk is held to the validators as the webservice is, and his writes move the same dates.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, Query, State as Shared},
    http::StatusCode,
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Entry, Kind, Switches, Writes,
    body::Element,
    draft::{Desk, Method},
    journal::{By, Journal},
    ledger::Ledger,
    sale::Sale,
};
use crate::fake::state::State;

type Refusal = (StatusCode, Json<Value>);
type Told = Result<Json<Value>, Refusal>;

pub(crate) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/catalogue/ledger", get(show_ledger))
        .route("/catalogue/writes", get(show_writes))
        .route("/catalogue/writes/reset", post(reset_writes))
        .route("/catalogue/switches", get(show_switches).post(set_switches))
        .route("/catalogue/sales", post(sell))
        .route("/catalogue/currencies/{code}", post(set_currency))
        .route("/catalogue/rows/{kind}", post(add))
        .route("/catalogue/rows/{kind}/{id}", post(change))
        .route("/catalogue/rows/{kind}/{id}/delete", post(delete))
}

async fn show_ledger(Shared(state): Shared<Arc<State>>) -> Json<Ledger> {
    Json(state.counter().books.assortment.ledger())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Writes with a higher number.
    #[serde(default)]
    after: u64,
    kind: Option<String>,
    id: Option<u32>,
}

async fn show_writes(Shared(state): Shared<Arc<State>>, Query(which): Query<Which>) -> Json<Journal> {
    let counter = state.counter();
    let journal = &counter.books.assortment.journal;
    Json(journal.since(which.after, which.kind.as_deref(), which.id))
}

async fn reset_writes(Shared(state): Shared<Arc<State>>) -> Json<Value> {
    state.counter().books.assortment.journal.reset();
    Json(json!({}))
}

async fn show_switches(Shared(state): Shared<Arc<State>>) -> Json<Switches> {
    Json(state.counter().books.assortment.switches.clone())
}

/// Sets every switch: what is not named is off.
async fn set_switches(Shared(state): Shared<Arc<State>>, Json(switches): Json<Switches>) -> Json<Switches> {
    state.counter().books.assortment.switches = switches.clone();
    Json(switches)
}

#[derive(Deserialize)]
struct Sell {
    #[serde(flatten)]
    sale: Sale,
    #[serde(default)]
    before_next_write: bool,
    now: Option<DateTime<Utc>>,
}

async fn sell(Shared(state): Shared<Arc<State>>, Json(body): Json<Sell>) -> Told {
    let mut counter = state.counter();
    let now = counter.tell_time(body.now);
    let assortment = &mut counter.books.assortment;
    if body.before_next_write {
        assortment.sell_before_next_write(body.sale);
        return Ok(Json(json!({ "waiting": assortment.waiting.len() })));
    }
    match assortment.sell(&body.sale, now) {
        true => Ok(Json(json!({ "sold": body.sale.quantity }))),
        false => Err(refuse(StatusCode::NOT_FOUND, "no such stock")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    active: bool,
    #[serde(default)]
    deleted: bool,
}

/// Whether buyers can choose a currency.
async fn set_currency(
    Shared(state): Shared<Arc<State>>,
    Path(code): Path<String>,
    Json(chosen): Json<Chosen>,
) -> Told {
    let mut counter = state.counter();
    let currencies = &mut counter.books.setup.currencies;
    let id = currencies
        .iter()
        .find(|row| row.currency.code() == code)
        .map(|row| row.currency.id());
    let Some(row) = id.and_then(|id| currencies.get_mut(id)) else {
        return Err(refuse(StatusCode::NOT_FOUND, "no such currency"));
    };
    row.active = chosen.active;
    row.deleted = chosen.deleted;
    Ok(Json(json!({ "id": id })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    set: BTreeMap<String, Value>,
    now: Option<DateTime<Utc>>,
}

async fn add(
    Shared(state): Shared<Arc<State>>,
    Path(kind): Path<String>,
    Json(fields): Json<Fields>,
) -> Told {
    let kind = known(&kind)?;
    if kind.writes == Writes::Changes {
        return Err(refuse(StatusCode::BAD_REQUEST, "stock comes with its product"));
    }
    save(&state, kind, Method::Post, 0, &fields)
}

async fn change(
    Shared(state): Shared<Arc<State>>,
    Path((kind, id)): Path<(String, u32)>,
    Json(fields): Json<Fields>,
) -> Told {
    save(&state, known(&kind)?, Method::Patch, id, &fields)
}

fn save(state: &State, kind: &Kind, method: Method, id: u32, fields: &Fields) -> Told {
    let mut counter = state.counter();
    let desk = Desk {
        method,
        version: state.version,
        now: counter.tell_time(fields.now),
    };
    let mut sent = Element::default();
    sent.children.push(element("id", &id.to_string()));
    for (name, value) in &fields.set {
        sent.children.push(written_by_hand(name, value));
    }
    let saved: Result<Entry, _> = counter.books.assortment.save(By::Clerk, desk, kind.what, &sent);
    match saved {
        Ok(entry) => Ok(Json(json!({ "id": entry.id }))),
        Err(error) => {
            let status = StatusCode::from_u16(error.status(state.version)).unwrap_or(StatusCode::BAD_REQUEST);
            Err(refuse(status, &error.body(state.version)))
        }
    }
}

async fn delete(
    Shared(state): Shared<Arc<State>>,
    Path((kind, id)): Path<(String, u32)>,
    Json(fields): Json<Moment>,
) -> Told {
    let kind = known(&kind)?;
    let mut counter = state.counter();
    let now = counter.tell_time(fields.now);
    match counter.books.assortment.delete(By::Clerk, kind.what, id, now) {
        true => Ok(Json(json!({ "id": id }))),
        false => Err(refuse(StatusCode::NOT_FOUND, "no such row")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moment {
    now: Option<DateTime<Utc>>,
}

fn written_by_hand(name: &str, value: &Value) -> Element {
    match value {
        Value::Object(texts) => {
            let languages = texts.iter().map(|(id, text)| Element {
                attributes: vec![("id".to_owned(), id.clone())],
                ..element("language", text.as_str().unwrap_or_default())
            });
            Element {
                children: languages.collect(),
                ..element(name, "")
            }
        }
        Value::String(text) => element(name, text),
        other => element(name, &other.to_string()),
    }
}

fn element(name: &str, text: &str) -> Element {
    Element {
        name: name.to_owned(),
        text: text.to_owned(),
        ..Element::default()
    }
}

fn known(kind: &str) -> Result<&'static Kind, Refusal> {
    Kind::named(kind).ok_or_else(|| refuse(StatusCode::NOT_FOUND, "no such kind"))
}

fn refuse(status: StatusCode, error: &str) -> Refusal {
    (status, Json(json!({ "error": error })))
}
