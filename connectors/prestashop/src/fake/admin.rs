//! `/__admin`: how tests and the demo look behind the counter, make things happen and break things. JSON, no key, loopback only.

mod after;
mod setup;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State as Shared},
    http::StatusCode,
    routing::{get, post},
};
use chrono::{DateTime, SubsecRound, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    catalogue::{self, Sale},
    faults::{Faults, Tally},
    ledger::{Ledger, ledger},
    lies::Chances,
    seed::{Buyer, PAID, REMOTE_PAID},
    state::{Counter, State},
    tape::Recorded,
};

type Refusal = (StatusCode, Json<Value>);

pub(crate) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/ledger", get(show_ledger))
        .route("/clock", post(set_clock))
        .route("/orders", post(add_orders))
        .route("/orders/{id}", post(change_order))
        .route("/faults", get(show_faults).post(set_faults))
        .route("/requests", get(show_requests))
        .route("/requests/reset", post(reset_requests))
        .route("/tape", get(show_tape).post(start_tape))
        .merge(after::routes())
        .merge(setup::routes())
        .merge(catalogue::routes())
}

async fn show_ledger(Shared(state): Shared<Arc<State>>) -> Json<Ledger> {
    Json(ledger(&state.counter().books))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetClock {
    now: DateTime<Utc>,
    /// Whether it stands still from then on.
    #[serde(default)]
    still: bool,
}

/// Sets the shop's clock forward; it never goes back.
async fn set_clock(Shared(state): Shared<Arc<State>>, Json(body): Json<SetClock>) -> Json<Value> {
    let mut counter = state.counter();
    counter.clock.advance_to(body.now);
    counter.clock.stand_still(body.still);
    Json(json!({ "now": counter.clock.now() }))
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Whose {
    New,
    Existing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddOrders {
    count: u32,
    now: Option<DateTime<Utc>>,
    customer_id: Option<u32>,
    /// `new`: one new customer for all of them; `existing`: one who has ordered before.
    customer: Option<Whose>,
}

/// Ordinary paid orders, placed now.
async fn add_orders(
    Shared(state): Shared<Arc<State>>,
    Json(body): Json<AddOrders>,
) -> Result<Json<Value>, Refusal> {
    let mut counter = state.counter();
    let now = counter.tell_time(body.now);
    let mut buyer = match (body.customer_id, body.customer) {
        (Some(id), _) => Buyer::Known(id),
        (None, Some(Whose::New)) => Buyer::New,
        (None, Some(Whose::Existing)) => Buyer::Known(counter.some_customer(now)),
        (None, None) => Buyer::Private,
    };
    let mut ids = Vec::new();
    for _ in 0..body.count {
        let Some((id, customer)) = counter.sell(buyer, now) else {
            return Err(refuse(StatusCode::NOT_FOUND, "no such customer"));
        };
        ids.push(id);
        if buyer == Buyer::New {
            buyer = Buyer::Known(customer);
        }
    }
    Ok(Json(json!({ "ids": ids })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeOrder {
    state: u32,
    now: Option<DateTime<Utc>>,
}

/// Puts an order into another state, with everything that follows from it.
async fn change_order(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<u32>,
    Json(body): Json<ChangeOrder>,
) -> Result<Json<Value>, Refusal> {
    let mut counter = state.counter();
    let now = counter.tell_time(body.now);
    if !counter.books.enter_state(id, body.state, now) {
        return Err(refuse(StatusCode::NOT_FOUND, "no such order or state"));
    }
    Ok(Json(json!({ "id": id, "current_state": body.state })))
}

async fn show_faults(Shared(state): Shared<Arc<State>>) -> Json<Value> {
    Json(state.counter().switches())
}

/// Changes the switches that are named and leaves the others as they are.
async fn set_faults(
    Shared(state): Shared<Arc<State>>,
    Json(mut changes): Json<serde_json::Map<String, Value>>,
) -> Result<Json<Value>, Refusal> {
    let mut counter = state.counter();
    let taken = counter.hostile.take(&mut changes);
    taken.map_err(|wrong| refuse(StatusCode::BAD_REQUEST, &wrong))?;
    let mut switches = serde_json::to_value(&counter.faults).unwrap_or_default();
    if let Some(switches) = switches.as_object_mut() {
        switches.extend(changes);
    }
    match serde_json::from_value::<Faults>(switches) {
        Ok(faults) => {
            counter.clock.be_wrong_by(faults.clock_offset_s);
            counter.faults = faults;
            counter.chances = Chances::default();
            Ok(Json(counter.switches()))
        }
        Err(error) => Err(refuse(StatusCode::BAD_REQUEST, &error.to_string())),
    }
}

async fn show_requests(Shared(state): Shared<Arc<State>>) -> Json<Tally> {
    Json(state.counter().tally.clone())
}

async fn reset_requests(Shared(state): Shared<Arc<State>>) -> Json<Tally> {
    let mut counter = state.counter();
    counter.tally = Tally::default();
    Json(counter.tally.clone())
}

async fn show_tape(Shared(state): Shared<Arc<State>>) -> Json<Vec<Recorded>> {
    Json(state.counter().tape.recorded())
}

async fn start_tape(Shared(state): Shared<Arc<State>>) {
    state.counter().tape.start();
}

fn refuse(status: StatusCode, error: &str) -> Refusal {
    (status, Json(json!({ "error": error })))
}

impl Counter {
    /// Every switch, and of the bad answers those that are on.
    fn switches(&self) -> Value {
        let mut switches = serde_json::to_value(&self.faults).unwrap_or_default();
        if let Some(switches) = switches.as_object_mut() {
            switches.extend(self.hostile.shown());
        }
        switches
    }

    /// The time to write down: the caller's, which sets the clock forward, or the clock's own.
    pub(super) fn tell_time(&mut self, now: Option<DateTime<Utc>>) -> DateTime<Utc> {
        if let Some(now) = now {
            self.clock.advance_to(now);
        }
        now.unwrap_or_else(|| self.clock.now()).trunc_subsecs(0)
    }

    /// An order and its customer; None where the customer is unknown.
    fn sell(&mut self, buyer: Buyer, now: DateTime<Utc>) -> Option<(u32, u32)> {
        let id = self.clerk.take_order(&mut self.books, buyer, now)?;
        let customer = self.books.orders.get(id)?.customer;
        let way = if id.is_multiple_of(2) { PAID } else { REMOTE_PAID };
        self.books.enter_state(id, way, now);
        self.take_from_stock(id, now);
        Some((id, customer))
    }

    /// What an order is about leaves the stock, where the shop has a catalogue.
    fn take_from_stock(&mut self, order: u32, now: DateTime<Utc>) {
        let rows = self.books.details.of_order(order);
        let sold: Vec<Sale> = rows
            .map(|row| Sale {
                product: row.product.id,
                combination: row.product.attribute,
                quantity: row.quantity,
            })
            .collect();
        for sale in sold {
            self.books.assortment.sell(&sale, now);
        }
    }

    /// Somebody with an account who has ordered before; a first customer where there is none.
    fn some_customer(&mut self, now: DateTime<Utc>) -> u32 {
        let customers = self.books.orders.iter().map(|order| order.customer);
        let has_account = |&id: &u32| {
            self.books
                .customers
                .get(id)
                .is_some_and(|customer| !customer.is_guest)
        };
        let known = customers.filter(has_account).last();
        known
            .or_else(|| self.sell(Buyer::New, now).map(|(_, customer)| customer))
            .unwrap_or_default()
    }
}
