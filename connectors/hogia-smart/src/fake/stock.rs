//! How many there are of an item, and the endpoint that tells. An item that nobody counts has no row: unknown is not zero.
//! Nothing in this API writes stock; it moves with invoices, the till and people.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::errors::Refusal;
use super::faults::HiddenStock;
use super::item::Item;
use super::request::{Params, number};
use super::state::Company;

#[derive(Clone)]
pub(super) struct Stock {
    pub(super) quantity: Decimal,
    pub(super) reserved: Decimal,
    updated: DateTime<Utc>,
}

impl Stock {
    pub(super) fn counted(quantity: Decimal, reserved: Decimal, now: DateTime<Utc>) -> Self {
        Self {
            quantity,
            reserved,
            updated: now.trunc_subsecs(0),
        }
    }

    pub(super) fn change(&mut self, by: Decimal, now: DateTime<Utc>) {
        *self = Self::counted(self.quantity + by, self.reserved, now);
    }

    pub(super) fn available(&self) -> Decimal {
        self.quantity - self.reserved
    }

    fn shown(&self, item_number: &str, as_text: bool) -> Value {
        let amount = |amount: Decimal| match as_text {
            true => json!(format!("{amount:.3}")),
            false => number(amount),
        };
        json!({
            "itemNumber": item_number,
            "quantity": amount(self.quantity),
            "reserved": amount(self.reserved),
            "available": amount(self.available()),
            "updatedDate": self.updated.to_rfc3339_opts(SecondsFormat::Secs, true),
        })
    }
}

pub(super) async fn list(State(company): State<Arc<Company>>, params: Params) -> Result<Response, Refusal> {
    let page = params.page()?;
    let since: Option<DateTime<Utc>> = params.parsed("changedSince")?;
    match company.faults.hidden_stock() {
        Some(HiddenStock::Bytes) => return Ok(StatusCode::OK.into_response()),
        Some(HiddenStock::Rows) => return Ok(Json(json!([])).into_response()),
        None => {}
    }
    let as_text = company.faults.plan().stock_as_text;
    let books = company.books();
    let rows = books.items().iter().filter_map(counted);
    let rows = rows.filter(|(item, stock)| {
        let wanted = params
            .get("itemNumber")
            .is_none_or(|wanted| wanted == item.number());
        wanted && since.is_none_or(|since| since <= stock.updated)
    });
    let rows = page.of(rows).into_iter();
    let shown: Value = rows
        .map(|(item, stock)| stock.shown(item.number(), as_text))
        .collect();
    Ok(Json(shown).into_response())
}

fn counted(item: &Item) -> Option<(&Item, &Stock)> {
    Some((item, item.stock()?))
}
