//! The back door for tests and the demo, under `/__admin`: the ledger, the faults and the counters. Loopback only and
//! without authentication. What people do by hand is in `by_hand`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::by_hand;
use super::ledger;
use super::state::Company;
use super::tape::Recorded;

type Shared = State<Arc<Company>>;

pub(super) fn routes() -> Router<Arc<Company>> {
    Router::new()
        .route("/__admin/ledger", get(ledger))
        .route("/__admin/faults", get(faults).post(set_faults))
        .route("/__admin/release", post(release))
        .route("/__admin/requests", get(requests))
        .route("/__admin/requests/reset", post(reset))
        .route("/__admin/tape", get(tape).post(start_tape))
        .merge(by_hand::routes())
}

async fn ledger(State(company): Shared) -> Json<Value> {
    Json(ledger::ledger(&company.books()))
}

async fn faults(State(company): Shared) -> Json<Value> {
    Json(company.faults.shown())
}

async fn set_faults(
    State(company): Shared,
    Json(changes): Json<Map<String, Value>>,
) -> Result<Json<Value>, (StatusCode, String)> {
    match company.faults.set(changes) {
        Ok(()) => Ok(Json(company.faults.shown())),
        Err(wrong) => Err((StatusCode::BAD_REQUEST, wrong)),
    }
}

async fn release(State(company): Shared) -> Json<Value> {
    Json(json!({ "released": company.faults.release() }))
}

async fn requests(State(company): Shared) -> Json<Value> {
    let mut counts = json!(company.requests.counts());
    let (served, held) = company.faults.served();
    counts["faults"] = json!(served);
    counts["held"] = json!(held);
    counts["sign_ins"] = json!(company.tokens.asked());
    Json(counts)
}

async fn reset(State(company): Shared) {
    company.requests.reset();
    company.faults.forget_served();
    company.tokens.forget_asked();
}

async fn tape(State(company): Shared) -> Json<Vec<Recorded>> {
    Json(company.tape.recorded())
}

async fn start_tape(State(company): Shared) {
    company.tape.start();
}
