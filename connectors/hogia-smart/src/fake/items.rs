//! The item endpoints. An item's number is the client's own and unique for ever, so a repeated create is a conflict and
//! never a second item. A patch names the version it was made from and changes the fields that it has.

use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::errors::{Code, Refusal};
use super::gate::{accepted, created};
use super::item::{Card, Item};
use super::request::{Body, Params, guid};
use super::socket::Line;
use super::state::{Books, Company};

type Fields = Map<String, Value>;

pub(super) async fn list(
    State(company): State<Arc<Company>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let page = params.page()?;
    let known: Option<u64> = params.parsed("rowVersionFrom")?;
    if company.faults.hides_items() {
        return Ok(Json(json!([])));
    }
    let books = company.books();
    let mut found: Vec<&Item> = match params.get("number") {
        Some(number) => books.items().numbered(number).into_iter().collect(),
        None => books.items().iter().collect(),
    };
    found.retain(|item| company.faults.visible(item.booked_at));
    if let Some(known) = known {
        found.retain(|item| item.row_version > known);
        found.sort_by_key(|item| item.row_version);
    }
    let shown = page.of(found.into_iter());
    Ok(Json(shown.into_iter().map(Item::shown).collect()))
}

pub(super) async fn show(
    State(company): State<Arc<Company>>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    let id = guid("itemId", &id)?;
    let books = company.books();
    let item = books.items().get(id).ok_or_else(no_item)?;
    Ok(Json(item.shown()))
}

pub(super) async fn create(
    State(company): State<Arc<Company>>,
    ConnectInfo(line): ConnectInfo<Line>,
    Body(sent): Body<Fields>,
) -> Result<Response, Refusal> {
    let receipt = added(&company, sent)?;
    Ok(created(&company, &line, &receipt))
}

fn added(company: &Company, sent: Fields) -> Result<Value, Refusal> {
    let mut books = company.books();
    let item = Item::new(acceptable(&books, sent)?);
    let receipt_of_this = receipt(books.add_item(item));
    let other = books.items().iter().rev().nth(1);
    let other = other.filter(|_| company.faults.names_another());
    Ok(other.map_or(receipt_of_this, receipt))
}

/// A card that may be added.
pub(super) fn acceptable(books: &Books, sent: Fields) -> Result<Card, Refusal> {
    let card = Card::of(sent)?;
    card.check(books)?;
    if books.items().taken(card.number()) {
        let message = format!("artikelnummer {} är upptaget", card.number());
        return Err(Refusal::conflict(Code::ItemNumberTaken, "number", message));
    }
    Ok(card)
}

pub(super) async fn update(
    State(company): State<Arc<Company>>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path((_, id)): Path<(String, String)>,
    params: Params,
    Body(sent): Body<Fields>,
) -> Result<Response, Refusal> {
    let id = guid("itemId", &id)?;
    let version: Option<u64> = params.parsed("version")?;
    let version = version.ok_or_else(|| Refusal::problem("version", "version måste anges"))?;
    let receipt = updated(&company, id, version, sent)?;
    Ok(accepted(&company, &line, StatusCode::OK, &receipt))
}

fn updated(company: &Company, id: Uuid, version: u64, sent: Fields) -> Result<Value, Refusal> {
    let mut books = company.books();
    let stands = books.items().get(id).ok_or_else(no_item)?;
    if stands.version != version {
        let message = format!("artikeln har version {}, inte {version}", stands.version);
        return Err(Refusal::conflict(Code::ItemVersionStale, "version", message));
    }
    let card = changed(&books, stands, sent)?;
    let item = books.changed_item(id).ok_or_else(no_item)?;
    item.replace(card);
    Ok(receipt(item))
}

/// The card of an item as it may become. All of it must be right, also what is not sent.
pub(super) fn changed(books: &Books, stands: &Item, sent: Fields) -> Result<Card, Refusal> {
    let card = stands.with(sent)?;
    if card.number() != stands.number() {
        let said = "artikelnumret kan inte ändras";
        return Err(Refusal::flaw(Code::ItemNumberFixed, "number", said));
    }
    card.check(books)?;
    Ok(card)
}

pub(super) fn receipt(item: &Item) -> Value {
    json!({
        "itemId": item.id,
        "number": item.number(),
        "version": item.version,
        "rowVersion": item.row_version,
    })
}

pub(super) fn no_item() -> Refusal {
    Refusal::not_found("artikeln")
}
