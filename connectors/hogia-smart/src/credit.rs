//! Credit notes: an invoice with negative pieces that names the one it credits (`CONTRACT.md`, customer invoices).
//!
//! Invariant: no invoice is credited with more than is left of it, whoever credited the rest, and one that was canceled
//! by hand is not credited at all. How a credit is booked and found again is in `document`.

use rust_decimal::Decimal;
use skarv_canonical::invoice::CreditNote;
use skarv_connector::{Error, Found, Put, Receipt};

use crate::account::Chart;
use crate::api::{Api, without_end};
use crate::document::{self, Booked, Content, Kind, Posted, Wanted, posted};
use crate::error::invoice_cancelled;

/// More credits than this of one invoice are nobody's refunds.
const MOST_CREDITS: usize = 50;

pub(crate) async fn find(api: &Api, credit: &CreditNote) -> Result<Option<Found>, Error> {
    document::find(api, wanted(credit)).await
}

pub(crate) async fn put(
    api: &Api,
    chart: &Chart,
    put: &Put<'_>,
    credit: &CreditNote,
) -> Result<Receipt, Error> {
    let reference = &credit.invoice_reference;
    let invoice = document::standing_or_made(api, Kind::Invoice, reference, put.earlier).await?;
    let posted = posted_of(credit, Some(&invoice))?;
    check(api, chart, credit, Some(&invoice)).await?;
    document::book(api, wanted(credit), &posted, &put.write.document, put.window).await
}

/// Refuses what a put would refuse before it sends. An invoice that is yet to be made refuses nothing.
pub(crate) async fn foresee(
    api: &Api,
    chart: &Chart,
    earlier: &[String],
    credit: &CreditNote,
) -> Result<(), Error> {
    let reference = &credit.invoice_reference;
    let invoice = document::standing_or_unmade(api, Kind::Invoice, reference, earlier).await?;
    posted_of(credit, invoice.as_ref())?;
    check(api, chart, credit, invoice.as_ref()).await
}

fn posted_of<'a>(credit: &'a CreditNote, invoice: Option<&'a Booked>) -> Result<Posted<'a>, Error> {
    if invoice.is_some_and(|invoice| invoice.is_canceled) {
        return Err(invoice_cancelled(&credit.invoice_reference));
    }
    posted(&content(credit, invoice))
}

async fn check(api: &Api, chart: &Chart, credit: &CreditNote, invoice: Option<&Booked>) -> Result<(), Error> {
    chart.check(api, credit.date, &credit.rows).await?;
    let Some(invoice) = invoice else {
        return Ok(());
    };
    let left = left_of(api, invoice).await?;
    if left + credit.total < Decimal::ZERO {
        return Err(Error::data("credit_exceeds_invoice")
            .with("reference", &credit.invoice_reference)
            .with("credit", format!("{:.2}", -credit.total))
            .with("left", format!("{left:.2}"))
            .fix("check_credits_in_erp"));
    }
    Ok(())
}

fn wanted(credit: &CreditNote) -> Wanted<'_> {
    Wanted {
        kind: Kind::Credit,
        reference: &credit.reference,
        total: credit.total,
    }
}

/// What no credit has taken back yet, ours or made by hand.
async fn left_of(api: &Api, invoice: &Booked) -> Result<Decimal, Error> {
    let mut left = invoice.gross();
    for (n, id) in invoice.credited_by().enumerate() {
        if n >= MOST_CREDITS {
            return Err(without_end(document::DOCUMENTS));
        }
        let credit = document::by_id(api, id).await?;
        left += credit
            .filter(|credit| !credit.is_canceled)
            .map_or(Decimal::ZERO, |credit| credit.gross());
    }
    Ok(left)
}

fn content<'a>(credit: &'a CreditNote, invoice: Option<&'a Booked>) -> Content<'a> {
    let header = invoice.map(|invoice| &invoice.header);
    let number = invoice.map(Booked::number).unwrap_or_default();
    Content {
        kind: Kind::Credit,
        reference: &credit.reference,
        order_number: &credit.order_number,
        // the invoice's own: its card may not be the one that the order would go to today
        customer_number: header
            .and_then(|header| header.customer_number.as_deref())
            .unwrap_or(&credit.customer_number),
        your_reference: header
            .and_then(|header| header.your_reference.as_deref())
            .unwrap_or_default(),
        date: credit.date,
        due: None,
        scheme: credit.scheme,
        currency: credit.currency,
        rows: &credit.rows,
        total: credit.total,
        comment: comment(credit, &number),
        credits: invoice.map(|invoice| invoice.id.as_str()),
    }
}

/// A credit note names the invoice by the number that stands on it.
fn comment(credit: &CreditNote, number: &str) -> String {
    let note = credit.note.trim();
    if number.is_empty() {
        note.to_owned()
    } else {
        format!("{note}\nFakturanummer: {number}")
    }
}
