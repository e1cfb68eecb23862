//! The invoice endpoints. A post that has come in whole is carried out even if its client is gone by
//! then, as a real server does; what the faults do to an accepted invoice is decided here and nowhere else.

use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use super::draft::Posted;
use super::errors::Refusal;
use super::gate::created;
use super::invoice::Invoice;
use super::request::{Body, Params, guid};
use super::socket::Line;
use super::state::{Books, Company};

pub(super) async fn create(
    State(company): State<Arc<Company>>,
    ConnectInfo(line): ConnectInfo<Line>,
    Body(posted): Body<Posted>,
) -> Result<Response, Refusal> {
    let work = tokio::spawn(held_then_booked(Arc::clone(&company), posted));
    let id = work.await.unwrap_or_else(|_| Err(stopping()))?;
    Ok(created(&company, &line, &json!({ "customerInvoiceId": id })))
}

async fn held_then_booked(company: Arc<Company>, posted: Posted) -> Result<Uuid, Refusal> {
    if company.faults.hold().await {
        booked(&company, posted)
    } else {
        Err(stopping())
    }
}

fn booked(company: &Company, posted: Posted) -> Result<Uuid, Refusal> {
    let mut books = company.books();
    let sequence_id = posted.sequence_id()?;
    if company.faults.plan().deduplicate
        && let Some(first) = books.sequence(sequence_id)
    {
        company.faults.deduplicated();
        return Ok(first);
    }
    let whole_kronor = company.config.whole_kronor;
    let mut draft = posted.checked(&books, company.today(), whole_kronor)?;
    let sabotage = company.faults.sabotage();
    if sabotage.lose {
        return Ok(Uuid::new_v4());
    }
    if sabotage.skew {
        draft.skew(whole_kronor);
    }
    if sabotage.double {
        books.book(&draft, company.now());
    }
    let id = books.book(&draft, company.now());
    let other = books.invoices().rev().map(|invoice| invoice.id).nth(1);
    Ok(other.filter(|_| company.faults.names_another()).unwrap_or(id))
}

fn stopping() -> Refusal {
    Refusal::Text(StatusCode::SERVICE_UNAVAILABLE, "tjänsten stängs".to_owned())
}

pub(super) async fn show(
    State(company): State<Arc<Company>>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    let id = guid("customerInvoiceId", &id)?;
    let books = company.books();
    let invoice = books.invoice(id).ok_or_else(|| Refusal::not_found("fakturan"))?;
    Ok(Json(invoice.shown(company.today())))
}

/// Filters meet: an invoice is listed when it fits all of them.
pub(super) async fn list(
    State(company): State<Arc<Company>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let page = params.page()?;
    let books = company.books();
    let mut found = candidates(&books, &params);
    found.retain(|invoice| company.faults.visible(invoice.booked_at));
    let from: Option<NaiveDate> = params.parsed("invoiceDateFrom")?;
    let to: Option<NaiveDate> = params.parsed("invoiceDateTo")?;
    found.retain(|invoice| {
        let date = invoice.header.invoice_date;
        from.is_none_or(|from| from <= date) && to.is_none_or(|to| date <= to)
    });
    if let Some(known) = params.parsed::<u64>("rowVersionFrom")? {
        found.retain(|invoice| invoice.row_version > known);
        found.sort_by_key(|invoice| invoice.row_version);
    }
    let today = company.today();
    Ok(Json(
        page.of(found.into_iter())
            .into_iter()
            .map(|invoice| invoice.shown(today))
            .collect(),
    ))
}

fn candidates<'a>(books: &'a Books, params: &Params) -> Vec<&'a Invoice> {
    match (params.get("invoiceReference"), params.get("customerOrderNumber")) {
        (Some(reference), None) => books.by_reference(reference),
        (None, Some(number)) => books.by_order_number(number),
        (None, None) => books.invoices().collect(),
        (Some(reference), Some(number)) => {
            let mut found = books.by_reference(reference);
            found.retain(|invoice| invoice.header.customer_order_number.as_deref() == Some(number));
            found
        }
    }
}
