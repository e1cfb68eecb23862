//! Payments of an invoice. Nothing in them is unique, so a repeated post pays twice until the invoice is
//! paid: a client looks at `customerInvoiceEvents` first. A credit is paid with a negative amount.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Path, State};
use axum::response::Response;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Number, json};
use uuid::Uuid;

use super::chart;
use super::errors::{Code, Flaw, Refusal};
use super::gate::created;
use super::invoice::{Invoice, Payment};
use super::request::{Body, decimal, guid};
use super::settings;
use super::socket::Line;
use super::state::{Books, Company};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Posted {
    #[serde(rename = "payer")]
    _payer: Payer,
    date: NaiveDate,
    amount: Number,
    account_number: u32,
}

#[derive(Deserialize)]
enum Payer {
    Customer,
}

pub(super) async fn create(
    State(company): State<Arc<Company>>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path((_, id)): Path<(String, String)>,
    Body(posted): Body<Posted>,
) -> Result<Response, Refusal> {
    let id = guid("customerInvoiceId", &id)?;
    let payment_id = paid(&company, id, &posted)?;
    Ok(created(
        &company,
        &line,
        &json!({ "customerInvoicePaymentId": payment_id }),
    ))
}

fn paid(company: &Company, id: Uuid, posted: &Posted) -> Result<Uuid, Refusal> {
    let amount = decimal(&posted.amount).filter(|amount| amount.normalize().scale() <= 2);
    let amount = amount.ok_or_else(|| Refusal::problem("amount", "beloppet har högst två decimaler"))?;
    let mut books = company.books();
    let invoice = books.invoice(id).ok_or_else(|| Refusal::not_found("fakturan"))?;
    let flaws = flaws(&books, invoice, posted, amount, company.today());
    if !flaws.is_empty() {
        return Err(Refusal::flaws(flaws));
    }
    if company.faults.unsettled() {
        return Ok(Uuid::new_v4());
    }
    let voucher = books.next_voucher();
    let payment = Payment {
        date: posted.date,
        amount,
        account: posted.account_number,
        voucher,
    };
    books
        .changed_invoice(id)
        .ok_or_else(|| Refusal::not_found("fakturan"))?
        .pay(payment);
    Ok(Uuid::new_v4())
}

fn flaws(books: &Books, invoice: &Invoice, posted: &Posted, amount: Decimal, today: NaiveDate) -> Vec<Flaw> {
    let mut flaws: Vec<_> = settings::date_flaw("date", posted.date, books, today)
        .into_iter()
        .collect();
    if !takes_payments(books, posted.account_number) {
        let said = format!("konto {} kan inte ta emot betalningar", posted.account_number);
        flaws.push(Flaw::new(Code::PaymentAccount, "accountNumber", said));
    }
    let left = invoice.left_to_pay();
    if amount.is_zero() || amount.is_sign_negative() != left.is_sign_negative() || amount.abs() > left.abs() {
        flaws.push(Flaw::new(
            Code::PaymentTooLarge,
            "amount",
            format!("kvar att betala är {left}"),
        ));
    }
    if invoice.canceled {
        flaws.push(Flaw::new(
            Code::InvoiceCanceled,
            "customerInvoiceId",
            "fakturan är makulerad",
        ));
    }
    flaws
}

/// Assets, and liabilities such as gift cards; not what is sold on.
fn takes_payments(books: &Books, number: u32) -> bool {
    number < 3000 && chart::account(number).is_some_and(|account| books.is_active(account))
}
