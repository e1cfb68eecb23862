//! The documents that stand in the books, for comparing them with their orders.
//!
//! Pages are in the order of creation, so a document that is added meanwhile comes last. The period is asked for and seen
//! to here as well: a system that knows no such filter gives everything.

use async_trait::async_trait;
use skarv_canonical::ledger::{BookedDocument, BookedTax};
use skarv_canonical::vat::VatRate;
use skarv_connector::{Error, Ledger, LedgerPage, Period};

use crate::api::{Api, without_end};
use crate::document::{Booked, DOCUMENTS};
use crate::error::{Purpose, unreadable};

/// A million documents. A server that ignores `page` would otherwise be read for ever.
const MOST_PAGES: usize = 2_000;

pub(crate) struct HogiaLedger(pub(crate) Api);

#[async_trait]
impl Ledger for HogiaLedger {
    async fn documents(&self, period: Period, next: Option<&str>) -> Result<LedgerPage, Error> {
        let number = number(next)?;
        let (from, to) = (period.from.to_string(), period.to.to_string());
        let filter = [("invoiceDateFrom", from.as_str()), ("invoiceDateTo", to.as_str())];
        let page = self.0.page::<Booked>(&[DOCUMENTS], &filter, number).await?;
        let documents = page.items.iter().map(document).collect::<Result<Vec<_>, _>>()?;
        Ok(LedgerPage {
            documents: documents
                .into_iter()
                .filter(|document| period.covers(document.date))
                .collect(),
            next: (!page.last).then(|| (number + 1).to_string()),
        })
    }
}

fn number(next: Option<&str>) -> Result<usize, Error> {
    match next.map_or(Ok(1), str::parse) {
        Ok(number) if (1..=MOST_PAGES).contains(&number) => Ok(number),
        Ok(_) => Err(without_end(DOCUMENTS)),
        Err(_) => Err(Error::configuration("cursor_unreadable")),
    }
}

fn document(booked: &Booked) -> Result<BookedDocument, Error> {
    let header = &booked.header;
    let wrong = || unreadable(Purpose::reading(DOCUMENTS));
    Ok(BookedDocument {
        reference: header.invoice_reference.clone().unwrap_or_default(),
        number: told_apart_by(booked),
        order_number: header.customer_order_number.clone().unwrap_or_default(),
        date: booked.date().ok_or_else(wrong)?,
        currency: booked.currency().parse().map_err(|_| wrong())?,
        total: booked.gross(),
        taxes: booked
            .taxes()
            .map(|(percent, tax)| BookedTax {
                rate: VatRate::percent(percent),
                tax,
            })
            .collect(),
        cancelled: booked.is_canceled,
    })
}

/// Its number, or its id while it has none: two readings of one document must not look like two of them.
fn told_apart_by(booked: &Booked) -> String {
    Some(booked.number())
        .filter(|number| !number.is_empty())
        .unwrap_or_else(|| booked.id.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_without_a_number_is_told_apart_by_its_id() {
        let numbered = |number: Option<u32>| {
            let answer = json!({
                "customerInvoiceId": "7d3c",
                "grossAmount": 100.0,
                "invoiceHeader": { "invoiceDate": "2026-11-20", "invoiceNumber": number, "currency": { "code": "SEK" } },
            });
            let booked: Booked = serde_json::from_str(&answer.to_string()).unwrap();
            document(&booked).unwrap().number
        };
        assert_eq!(
            (numbered(Some(1001)), numbered(None)),
            ("1001".to_owned(), "7d3c".to_owned())
        );
    }
}
