//! The till (Kassaregister), which the company may have beside the system: a sale over the counter takes stock, and a paid
//! invoice without a customer shows up that nobody posted. It is reached under `/__admin/till`; no client of the API sells
//! here.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::draft::{Draft, Header, Line, Origin, amounts};
use super::errors::Refusal;
use super::invoice::Payment;
use super::item_line::ItemLine;
use super::state::{Books, Company};

pub(super) fn routes() -> Router<Arc<Company>> {
    Router::new().route("/__admin/till/sales", post(sell))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sale {
    lines: Vec<SaleLine>,
    date: Option<NaiveDate>,
    /// Where the money goes.
    #[serde(default = "card_terminal")]
    account: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaleLine {
    item_number: String,
    /// Below zero what is handed back.
    quantity: i64,
}

fn card_terminal() -> u32 {
    1580
}

async fn sell(State(company): State<Arc<Company>>, Json(sale): Json<Sale>) -> Result<Json<Value>, Refusal> {
    if !company.config.till {
        let said = "företaget har inget kassaregister".to_owned();
        return Err(Refusal::Text(StatusCode::CONFLICT, said));
    }
    let date = sale.date.unwrap_or_else(|| company.today());
    let now = company.now();
    let mut books = company.books();
    let draft = draft(&company, &books, date, sale.lines)?;
    let id = books.book(&draft, now);
    let voucher = books.next_voucher();
    let number = books.touched_invoice(id).map(|invoice| {
        invoice.pay(Payment {
            date,
            amount: draft.amounts.to_pay,
            account: sale.account,
            voucher,
        });
        invoice.number
    });
    Ok(Json(json!({ "number": number })))
}

fn draft(company: &Company, books: &Books, date: NaiveDate, sold: Vec<SaleLine>) -> Result<Draft, Refusal> {
    let header = header(date).ok_or_else(|| Refusal::problem("date", "datumet är inte giltigt"))?;
    let lines = sold.into_iter().map(|sold| line(sold, &header, books));
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    Ok(Draft {
        sequence_id: Uuid::new_v4(),
        due: date,
        amounts: amounts(&header, &lines, company.config.whole_kronor),
        header,
        lines,
    })
}

/// Nobody in particular has bought.
fn header(date: NaiveDate) -> Option<Header> {
    let header = json!({ "customerNumber": "", "invoiceDate": date, "comment": "Kassaförsäljning" });
    let header: Header = serde_json::from_value(header).ok()?;
    Some(Header {
        origin: Origin::CashRegister,
        ..header
    })
}

fn line(sold: SaleLine, header: &Header, books: &Books) -> Result<Line, Refusal> {
    let line = ItemLine {
        item_number: sold.item_number,
        quantity: sold.quantity.into(),
        discount_percent: None,
    };
    if let Some(flaw) = line.flaw("item_number", header, books) {
        return Err(Refusal::flaws(vec![flaw]));
    }
    line.line(header, books)
        .ok_or_else(|| Refusal::problem("quantity", "antalet är inte giltigt"))
}
