//! The back door for tests and the demo, under `/__admin`: the ledger, the faults, the counters and the
//! one thing that people do to an invoice by hand. Loopback only and without authentication.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::ledger;
use super::state::Company;

type Shared = State<Arc<Company>>;

pub(super) fn routes() -> Router<Arc<Company>> {
    Router::new()
        .route("/__admin/ledger", get(ledger))
        .route("/__admin/faults", get(faults).post(set_faults))
        .route("/__admin/release", post(release))
        .route("/__admin/requests", get(requests))
        .route("/__admin/requests/reset", post(reset))
        .route("/__admin/invoices/{number}/cancel", post(cancel))
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

/// Makulering, as a person would do it in the system itself.
async fn cancel(State(company): Shared, Path(number): Path<usize>) -> StatusCode {
    let mut books = company.books();
    let id = books
        .invoices()
        .iter()
        .find(|invoice| invoice.number == number)
        .map(|invoice| invoice.id);
    match id.and_then(|id| books.touched_invoice(id)) {
        Some(invoice) => {
            invoice.canceled = true;
            StatusCode::NO_CONTENT
        }
        None => StatusCode::NOT_FOUND,
    }
}
