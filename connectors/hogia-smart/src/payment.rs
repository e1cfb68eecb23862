//! Payments of invoices and credit notes. Nothing in a payment is unique (`CONTRACT.md`, payments): one is known by its
//! day, amount and account, and told from others just like it by how many of ours come before.
//!
//! Invariant: never more than is left to pay, and never a second payment where one might be ours. Paid is what the balance
//! says afterwards, not what was answered.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use skarv_canonical::Reason;
use skarv_canonical::payment::InvoicePayment;
use skarv_connector::{Error, Found, Put, Receipt};

use crate::account::Chart;
use crate::amount::Amount;
use crate::api::Api;
use crate::document::{self, Booked, DOCUMENTS, Event, Kind};
use crate::error::{invoice_cancelled, invoice_missing};

pub(crate) async fn find(api: &Api, payment: &InvoicePayment) -> Result<Option<Found>, Error> {
    let document = document::standing(api, kind(payment), &payment.document).await?;
    Ok(document.and_then(|document| {
        let event = like(&document, payment).nth(payment.twins)?;
        Some(Found {
            foreign_id: known_as(event, payment),
            mismatch: None,
        })
    }))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Posted {
    payer: &'static str,
    date: NaiveDate,
    amount: Amount,
    account_number: u32,
}

/// The answer's own id leads nowhere, so it is not kept.
#[derive(Deserialize)]
struct Created {}

pub(crate) async fn put(
    api: &Api,
    chart: &Chart,
    put: &Put<'_>,
    payment: &InvoicePayment,
) -> Result<Receipt, Error> {
    let document = document::standing_or_made(api, kind(payment), &payment.document, put.earlier).await?;
    let left = payable(&document, payment)?;
    check(api, chart, payment).await?;
    let posted = Posted {
        payer: "Customer",
        date: payment.date,
        amount: Amount(payment.amount),
        account_number: payment.account,
    };
    let path = [DOCUMENTS, &document.id, "payments"];
    let Created {} = api
        .create_under(&path, &posted, &put.write.document, put.window)
        .await?;
    match document::by_id(api, &document.id).await {
        Ok(Some(after)) => Ok(settled(&after, left - payment.amount, payment)),
        Ok(None) => Ok(unread(payment, &invoice_missing(&payment.document))),
        Err(error) => Ok(unread(payment, &error)),
    }
}

/// Refuses what a put would refuse before it sends. A document that is yet to be made refuses nothing.
pub(crate) async fn foresee(
    api: &Api,
    chart: &Chart,
    earlier: &[String],
    payment: &InvoicePayment,
) -> Result<(), Error> {
    let document = document::standing_or_unmade(api, kind(payment), &payment.document, earlier).await?;
    if let Some(document) = document {
        payable(&document, payment)?;
    }
    check(api, chart, payment).await
}

async fn check(api: &Api, chart: &Chart, payment: &InvoicePayment) -> Result<(), Error> {
    chart.check_payment(api, payment.date, payment.account).await
}

/// What is given back is paid on the credit, everything else on the invoice.
fn kind(payment: &InvoicePayment) -> Kind {
    if payment.amount < Decimal::ZERO {
        Kind::Credit
    } else {
        Kind::Invoice
    }
}

fn like<'a>(document: &'a Booked, payment: &InvoicePayment) -> impl Iterator<Item = &'a Event> {
    document.events(payment.date, payment.amount, payment.account)
}

/// What is left before the payment, when the document takes it.
fn payable(document: &Booked, payment: &InvoicePayment) -> Result<Decimal, Error> {
    if document.is_canceled {
        return Err(invoice_cancelled(&payment.document));
    }
    if !document.rounding().is_zero() {
        return Err(Error::configuration("invoice_rounded_in_books")
            .with("reference", &payment.document)
            .with("rounding", format!("{:.2}", document.rounding()))
            .fix("turn_off_rounding_in_erp"));
    }
    if like(document, payment).nth(payment.twins).is_some() {
        return Err(about("payment_looks_made", payment)
            .with("account", payment.account)
            .with("date", payment.date));
    }
    let left = document.left_to_pay().unwrap_or_else(|| document.gross());
    let same_way = left.is_sign_negative() == payment.amount.is_sign_negative();
    if !same_way || payment.amount.abs() > left.abs() {
        return Err(about("payment_exceeds_left", payment).with("left", format!("{left:.2}")));
    }
    Ok(left)
}

fn about(code: &str, payment: &InvoicePayment) -> Error {
    Error::data(code)
        .with("reference", &payment.document)
        .with("amount", format!("{:.2}", payment.amount))
        .fix("check_payments_in_erp")
}

/// What the balance says once the payment was taken.
fn settled(after: &Booked, expected: Decimal, payment: &InvoicePayment) -> Receipt {
    let event = like(after, payment).nth(payment.twins);
    let left = after.left_to_pay();
    let mismatch = left.filter(|left| *left != expected).map(|left| {
        Reason::data("payment_not_settled")
            .with("reference", &payment.document)
            .with("expected", format!("{expected:.2}"))
            .with("left", format!("{left:.2}"))
            .fix("check_payments_in_erp")
    });
    Receipt {
        foreign_id: event.map_or_else(|| payment.reference.clone(), |event| known_as(event, payment)),
        mismatch,
        remarks: Vec::new(),
    }
}

fn unread(payment: &InvoicePayment, error: &Error) -> Receipt {
    document::unread(payment.reference.clone(), error)
}

/// Its voucher, else what we call it ourselves.
fn known_as(event: &Event, payment: &InvoicePayment) -> String {
    let voucher = event.voucher();
    if voucher.is_empty() {
        payment.reference.clone()
    } else {
        voucher
    }
}
