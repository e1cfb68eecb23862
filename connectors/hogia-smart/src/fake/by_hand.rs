//! What people do in the books by hand, as endpoints under `/__admin`: the things that a client of the API cannot do, or that
//! a comparison of shop and books must notice. No rule of the contract holds here.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::chart::{self, Account};
use super::draft::{AmountLine, Draft, Header, Line, amounts};
use super::invoice::{Invoice, Payment};
use super::request::number;
use super::state::{Books, Company};

type Shared = State<Arc<Company>>;
type Number = Path<usize>;

pub(super) fn routes() -> Router<Arc<Company>> {
    Router::new()
        .route("/__admin/invoices", post(add))
        .route("/__admin/invoices/{number}/credit", post(credit))
        .route("/__admin/invoices/{number}/cancel", post(cancel))
        .route("/__admin/invoices/{number}/remove", post(remove))
        .route("/__admin/invoices/{number}/total", post(retotal))
        .route("/__admin/invoices/{number}/account", post(rebook))
        .route("/__admin/invoices/{number}/pay", post(pay))
        .route("/__admin/years/{year}/close", post(close_year))
        .route("/__admin/years/{year}/remove", post(remove_year))
        .route("/__admin/accounts/{number}/retire", post(retire_account))
        .route("/__admin/currencies/{code}/retire", post(retire_currency))
}

/// A document of one line. What is left out is as nobody would mind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByHand {
    gross: Decimal,
    #[serde(default = "goods")]
    account: u32,
    date: Option<NaiveDate>,
    #[serde(default)]
    customer_number: String,
    reference: Option<String>,
    order_number: Option<String>,
}

fn goods() -> u32 {
    3001
}

async fn add(State(company): Shared, Json(wanted): Json<ByHand>) -> Result<Json<Value>, StatusCode> {
    let draft = wanted.draft(&company, &[]).ok_or(StatusCode::BAD_REQUEST)?;
    Ok(booked(&company, &draft))
}

/// A credit without our reference, or with whatever somebody typed.
async fn credit(
    State(company): Shared,
    Path(number): Number,
    Json(wanted): Json<ByHand>,
) -> Result<Json<Value>, StatusCode> {
    let credited = {
        let books = company.books();
        let invoice = books.invoice_numbered(number).ok_or(StatusCode::NOT_FOUND)?;
        invoice.id
    };
    let draft = wanted
        .draft(&company, &[credited])
        .ok_or(StatusCode::BAD_REQUEST)?;
    Ok(booked(&company, &draft))
}

fn booked(company: &Company, draft: &Draft) -> Json<Value> {
    let mut books = company.books();
    let id = books.book(draft, company.now());
    Json(json!({ "number": books.invoice(id).map(|invoice| invoice.number) }))
}

impl ByHand {
    fn draft(self, company: &Company, credited: &[Uuid]) -> Option<Draft> {
        let date = self.date.unwrap_or_else(|| company.today());
        let references = credited
            .iter()
            .map(|id| json!({ "referencedCustomerInvoiceId": id, "type": "Credit" }));
        let header = json!({
            "customerNumber": self.customer_number,
            "invoiceDate": date,
            "invoiceReference": self.reference,
            "customerOrderNumber": self.order_number,
            "customerInvoiceReferences": references.collect::<Vec<_>>(),
        });
        let header: Header = serde_json::from_value(header).ok()?;
        let lines = vec![line(self.gross, self.account)?];
        Some(Draft {
            sequence_id: Uuid::new_v4(),
            due: date,
            amounts: amounts(&header, &lines, company.config.whole_kronor),
            header,
            lines,
        })
    }
}

fn line(gross: Decimal, account: u32) -> Option<Line> {
    let rate = chart::account(account).and_then(Account::vat)?.rate();
    let net = gross * Decimal::ONE_HUNDRED / (Decimal::ONE_HUNDRED + rate);
    let Value::Number(unit_price) = number(net.round_dp(6)) else {
        return None;
    };
    let posted = AmountLine {
        description: "För hand".to_owned(),
        unit_price,
        unit_type: None,
        quantity: 1.into(),
        sales_account_number: account,
        project_number: None,
        sold: None,
    };
    Some(Line::Amount {
        posted,
        rate,
        gross,
        net,
    })
}

/// Makulering.
async fn cancel(State(company): Shared, Path(number): Number) -> StatusCode {
    touch(&mut company.books(), number, |invoice| invoice.canceled = true)
}

async fn remove(State(company): Shared, Path(number): Number) -> StatusCode {
    touch(&mut company.books(), number, |invoice| invoice.removed = true)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Total {
    gross: Decimal,
}

async fn retotal(State(company): Shared, Path(number): Number, Json(total): Json<Total>) -> StatusCode {
    let whole_kronor = company.config.whole_kronor;
    touch(&mut company.books(), number, |invoice| {
        invoice.retotal(total.gross, whole_kronor);
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rebooked {
    account: u32,
}

/// Moves the sale to another account, whose VAT then is in the same amount.
async fn rebook(State(company): Shared, Path(number): Number, Json(to): Json<Rebooked>) -> StatusCode {
    let Some(vat) = chart::account(to.account).and_then(Account::vat) else {
        return StatusCode::BAD_REQUEST;
    };
    let whole_kronor = company.config.whole_kronor;
    touch(&mut company.books(), number, |invoice| {
        invoice.rebook(to.account, vat.rate(), whole_kronor);
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Paid {
    amount: Decimal,
    account: u32,
    date: NaiveDate,
}

async fn pay(State(company): Shared, Path(number): Number, Json(paid): Json<Paid>) -> StatusCode {
    let mut books = company.books();
    let payment = Payment {
        date: paid.date,
        amount: paid.amount,
        account: paid.account,
        voucher: books.next_voucher(),
    };
    touch(&mut books, number, |invoice| invoice.pay(payment))
}

async fn close_year(State(company): Shared, Path(year): Path<i32>) {
    company.books().close_year(year);
}

async fn remove_year(State(company): Shared, Path(year): Path<i32>) {
    company.books().remove_year(year);
}

async fn retire_currency(State(company): Shared, Path(code): Path<String>) {
    company.books().retire_currency(code);
}

async fn retire_account(State(company): Shared, Path(number): Path<u32>) {
    company.books().retire_account(number);
}

fn touch(books: &mut Books, number: usize, change: impl FnOnce(&mut Invoice)) -> StatusCode {
    let id = books.invoice_numbered(number).map(|invoice| invoice.id);
    match id.and_then(|id| books.touched_invoice(id)) {
        Some(invoice) => {
            change(invoice);
            StatusCode::NO_CONTENT
        }
        None => StatusCode::NOT_FOUND,
    }
}
