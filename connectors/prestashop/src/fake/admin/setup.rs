//! What a clerk changes in the shop's own set-up: its states, groups, languages, currencies, settings, and a second shop.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State as Shared},
    http::StatusCode,
    routing::post,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, refuse};
use crate::fake::{seed::Setup, state::State};

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/setup/{table}/{id}", post(change))
        .route("/setup/{table}/{id}/remove", post(remove))
        .route("/setup/shops", post(open_shop))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    /// A state: no order can be put in it any more.
    deleted: Option<bool>,
    /// A state: whether its mail is sent.
    send_email: Option<bool>,
    /// A group: whether prices are shown to it without tax.
    without_tax: Option<bool>,
    /// A setting.
    value: Option<String>,
}

async fn change(
    Shared(state): Shared<Arc<State>>,
    Path((table, id)): Path<(String, u32)>,
    Json(change): Json<Change>,
) -> Result<Json<Value>, Refusal> {
    let mut counter = state.counter();
    match apply(&mut counter.books.setup, &table, id, change) {
        Some(()) => Ok(Json(json!({ "id": id }))),
        None => Err(refuse(StatusCode::NOT_FOUND, "no such row")),
    }
}

fn apply(setup: &mut Setup, table: &str, id: u32, change: Change) -> Option<()> {
    match table {
        "order_states" => {
            let state = setup.states.get_mut(id)?;
            state.deleted = change.deleted.unwrap_or(state.deleted);
            state.mute = change.send_email.map_or(state.mute, |sends| !sends);
        }
        "groups" => {
            let group = setup.groups.get_mut(id)?;
            group.without_tax = change.without_tax.unwrap_or(group.without_tax);
        }
        "configurations" => setup.settings.get_mut(id)?.value = change.value?,
        _ => return None,
    }
    Some(())
}

async fn remove(
    Shared(state): Shared<Arc<State>>,
    Path((table, id)): Path<(String, u32)>,
) -> Result<Json<Value>, Refusal> {
    let mut counter = state.counter();
    let setup = &mut counter.books.setup;
    match table.as_str() {
        "order_states" => setup.states.delete(id),
        "languages" => setup.languages.delete(id),
        "currencies" => setup.currencies.delete(id),
        _ => return Err(refuse(StatusCode::NOT_FOUND, "no such table")),
    }
    Ok(Json(json!({ "id": id })))
}

/// Another shop in the same installation.
async fn open_shop(Shared(state): Shared<Arc<State>>) -> Json<Value> {
    let id = state.counter().books.setup.open_shop();
    Json(json!({ "id": id }))
}
