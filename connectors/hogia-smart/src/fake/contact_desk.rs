//! What people do to contacts in the system itself, under `/__admin/contacts`: add one, close it, delete it, look at all.
//! The same fields and rules as over the API, but no token, and none of it counts as an accepted write.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;

use super::contact::{Card, Contact};
use super::contacts::{numbered, receipt};
use super::errors::Refusal;
use super::request::Body;
use super::state::Company;

type Shared = State<Arc<Company>>;

pub(super) fn routes() -> Router<Arc<Company>> {
    Router::new()
        .route("/__admin/contacts", get(all).post(add))
        .route("/__admin/contacts/{number}/deactivate", post(deactivate))
        .route("/__admin/contacts/{number}/delete", post(delete))
}

/// Every card as it stands, whole.
async fn all(State(company): Shared) -> Json<Value> {
    Json(company.books().contacts().map(Contact::shown).collect())
}

async fn add(State(company): Shared, Body(card): Body<Card>) -> Result<Response, Refusal> {
    let mut books = company.books();
    let card = numbered(&mut books, card)?;
    let added = receipt(books.add_contact_by_hand(Contact::new(card)));
    Ok((StatusCode::CREATED, Json(added)).into_response())
}

async fn deactivate(State(company): Shared, Path(number): Path<String>) -> StatusCode {
    changed(&company, &number, Contact::deactivate)
}

async fn delete(State(company): Shared, Path(number): Path<String>) -> StatusCode {
    changed(&company, &number, |contact| contact.deleted = true)
}

fn changed(company: &Company, number: &str, change: impl FnOnce(&mut Contact)) -> StatusCode {
    let mut books = company.books();
    let id = books.contact_numbered(number).map(|contact| contact.id);
    match id.and_then(|id| books.touched_contact(id)) {
        Some(contact) => {
            change(contact);
            StatusCode::NO_CONTENT
        }
        None => StatusCode::NOT_FOUND,
    }
}
