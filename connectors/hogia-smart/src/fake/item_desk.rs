//! What people do with items in the system itself, under `/__admin/items`: add and change them, count them, delete them,
//! look at all. The same fields and rules as over the API, but no token and no version, and none of it counts as an
//! accepted write.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::errors::Refusal;
use super::item::Item;
use super::item_seed;
use super::items::{acceptable, changed, no_item, receipt};
use super::request::Body;
use super::state::Company;
use super::stock::Stock;

type Shared = State<Arc<Company>>;

pub(super) fn routes() -> Router<Arc<Company>> {
    Router::new()
        .route("/__admin/items", get(all).post(add))
        .route("/__admin/items/seed", post(seed))
        .route("/__admin/items/{number}", post(change))
        .route("/__admin/items/{number}/delete", post(delete))
        .route("/__admin/items/{number}/stock", post(count))
        .route("/__admin/items/{number}/unstock", post(uncount))
}

/// The book that others are compared with. Amounts are texts.
async fn all(State(company): Shared) -> Json<Value> {
    Json(company.books().items().iter().map(entry).collect())
}

fn entry(item: &Item) -> Value {
    let text = |amount: Decimal| amount.normalize().to_string();
    let stock = |stock: &Stock| {
        json!({
            "quantity": text(stock.quantity),
            "reserved": text(stock.reserved),
            "available": text(stock.available()),
        })
    };
    let price = item.price();
    json!({
        "number": item.number(),
        "name": item.name(),
        "unit": item.unit(),
        "active": item.is_active(),
        "ean": item.ean(),
        "vat": item.rate().map(text),
        "currency": price.currency_code,
        "regular": price.regular().map(text),
        "campaign": price.campaign().map(text),
        "campaign_from": price.campaign_from,
        "campaign_to": price.campaign_to,
        "stock": item.stock().map(stock),
        "version": item.version,
    })
}

async fn add(State(company): Shared, Body(sent): Body<Map<String, Value>>) -> Result<Response, Refusal> {
    let mut books = company.books();
    let item = Item::new(acceptable(&books, sent)?);
    let added = receipt(books.add_item_by_hand(item));
    Ok((StatusCode::CREATED, Json(added)).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    items: u32,
}

async fn seed(State(company): Shared, Json(wanted): Json<Seed>) -> StatusCode {
    let now = company.now();
    item_seed::fill(&mut company.books(), wanted.items, now);
    StatusCode::NO_CONTENT
}

/// Prices, campaigns, names, whether it is sold: as a patch over the API.
async fn change(
    State(company): Shared,
    Path(number): Path<String>,
    Body(sent): Body<Map<String, Value>>,
) -> Result<StatusCode, Refusal> {
    let mut books = company.books();
    let stands = books.items().numbered(&number).ok_or_else(no_item)?;
    let (id, card) = (stands.id, changed(&books, stands, sent)?);
    books.touched_item(id).ok_or_else(no_item)?.replace(card);
    Ok(StatusCode::NO_CONTENT)
}

async fn delete(State(company): Shared, Path(number): Path<String>) -> Result<StatusCode, Refusal> {
    let mut books = company.books();
    let id = books.items().numbered(&number).ok_or_else(no_item)?.id;
    books.touched_item(id).ok_or_else(no_item)?.deleted = true;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    quantity: Decimal,
    #[serde(default)]
    reserved: Decimal,
}

async fn count(
    State(company): Shared,
    Path(number): Path<String>,
    Json(count): Json<Count>,
) -> Result<StatusCode, Refusal> {
    let stock = Stock::counted(count.quantity, count.reserved, company.now());
    counted(&company, &number, Some(stock))
}

/// Nobody counts it any longer.
async fn uncount(State(company): Shared, Path(number): Path<String>) -> Result<StatusCode, Refusal> {
    counted(&company, &number, None)
}

fn counted(company: &Company, number: &str, stock: Option<Stock>) -> Result<StatusCode, Refusal> {
    let mut books = company.books();
    let item = books.item_counted(number).ok_or_else(no_item)?;
    Ok(match item.count(stock) {
        true => StatusCode::NO_CONTENT,
        false => StatusCode::CONFLICT,
    })
}
