//! What a clerk does with an order after it was placed: gives money back, changes a row, puts it in another state.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State as Shared},
    http::StatusCode,
    routing::post,
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, refuse};
use crate::fake::{refunds::Wanted, seed::payment_way, state::State};

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/orders/{id}/slips", post(make_slip))
        .route("/orders/{id}/edit", post(edit))
        .route("/orders/{id}/state", post(enter_state))
        .route("/orders/{id}/payments", post(pay))
        .route("/orders/{id}/module", post(pay_by))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MakeSlip {
    /// Rows by their place in the order, from 1.
    #[serde(default)]
    rows: Vec<RowBack>,
    /// All that is left, instead.
    #[serde(default)]
    everything: bool,
    /// With tax.
    shipping: Option<Decimal>,
    /// Chosen by hand, with rows or without.
    amount: Option<Decimal>,
    #[serde(default)]
    minus_voucher: bool,
    now: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowBack {
    row: usize,
    quantity: u32,
}

async fn make_slip(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<u32>,
    Json(body): Json<MakeSlip>,
) -> Result<Json<Value>, Refusal> {
    let mut counter = state.counter();
    let now = counter.tell_time(body.now);
    let wanted = match body.everything {
        true => counter.books.what_is_left(id),
        false => Some(Wanted {
            rows: body.rows.iter().map(|row| (row.row, row.quantity)).collect(),
            shipping: body.shipping.unwrap_or_default(),
            amount: body.amount,
            minus_voucher: body.minus_voucher,
        }),
    };
    let slip = wanted.and_then(|wanted| counter.books.refund(id, &wanted, now));
    let slip = slip.ok_or_else(|| refuse(StatusCode::NOT_FOUND, "no such order or row"))?;
    Ok(Json(json!({ "id": slip })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    row: usize,
    quantity: u32,
    now: Option<DateTime<Utc>>,
}

async fn edit(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<u32>,
    Json(body): Json<Edit>,
) -> Result<Json<Value>, Refusal> {
    let mut counter = state.counter();
    let now = counter.tell_time(body.now);
    match counter.books.edit(id, body.row, body.quantity, now) {
        true => Ok(Json(json!({ "id": id }))),
        false => Err(refuse(StatusCode::NOT_FOUND, "no such order or row")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnterState {
    state: u32,
    /// Who does it: 0 is a module of the shop. A person where nothing is said.
    employee: Option<u32>,
    now: Option<DateTime<Utc>>,
}

async fn enter_state(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<u32>,
    Json(body): Json<EnterState>,
) -> Result<Json<Value>, Refusal> {
    let mut counter = state.counter();
    let now = counter.tell_time(body.now);
    let employee = body.employee.unwrap_or(1);
    match counter.books.enter_state_by(id, body.state, now, employee) {
        true => {
            let row = counter.books.histories.of_order(id).last().map(|row| row.id);
            Ok(Json(json!({ "id": id, "current_state": body.state, "row": row })))
        }
        false => Err(refuse(StatusCode::NOT_FOUND, "no such order or state")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    /// Negative for what is paid back.
    amount: Decimal,
    now: Option<DateTime<Utc>>,
}

async fn pay(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<u32>,
    Json(body): Json<Pay>,
) -> Result<Json<Value>, Refusal> {
    let mut counter = state.counter();
    let now = counter.tell_time(body.now);
    match counter.books.pay(id, body.amount, now) {
        true => Ok(Json(json!({ "id": id }))),
        false => Err(refuse(StatusCode::NOT_FOUND, "no such order")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayBy {
    module: String,
}

/// An order that was paid in another way, by one of the modules that the shop knows of.
async fn pay_by(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<u32>,
    Json(body): Json<PayBy>,
) -> Result<Json<Value>, Refusal> {
    let mut counter = state.counter();
    let order = counter.books.orders.get_mut(id).zip(payment_way(&body.module));
    let (order, way) = order.ok_or_else(|| refuse(StatusCode::NOT_FOUND, "no such order or module"))?;
    order.payment = way;
    Ok(Json(json!({ "id": id })))
}
