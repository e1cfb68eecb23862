//! Invoices: found by our reference, made once, and their sum looked at again after they are booked.
//!
//! Invariant: a total other than ours never goes unsaid, neither in what was just made nor in what is found. What is
//! sent is made in `posted`.

mod posted;

use serde::Deserialize;
use skarv_canonical::Reason;
use skarv_canonical::invoice::Invoice;
use skarv_canonical::write::Document;
use skarv_connector::{Error, Found, Receipt};
use skarv_http::SendWindow;

use crate::account::Chart;
use crate::amount::Amount;
use crate::api::Api;
use crate::error::{Purpose, found_twice, unreadable};

use posted::posted;

const INVOICES: &str = "customerinvoices";

/// An invoice in the books, as far as we look at it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Booked {
    customer_invoice_id: String,
    gross_amount: Amount,
    invoice_header: BookedHeader,
    #[serde(default)]
    customer_invoice_references: Vec<BookedReference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BookedHeader {
    invoice_reference: Option<String>,
}

#[derive(Deserialize)]
struct BookedReference {
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// The invoice with our reference. One that was canceled by hand is still the one; a credit of it, made by hand with
/// the same reference, is not.
pub(crate) async fn find(api: &Api, invoice: &Invoice) -> Result<Option<Found>, Error> {
    let booked: Vec<Booked> = api
        .list(&[INVOICES], &[("invoiceReference", &invoice.reference)])
        .await?;
    let ours: Vec<Booked> = booked
        .into_iter()
        .filter(|booked| booked.is_for(invoice))
        .collect();
    match ours.as_slice() {
        [] => Ok(None),
        [booked] => Ok(Some(Found {
            foreign_id: booked.customer_invoice_id.clone(),
            mismatch: booked.mismatch(invoice),
        })),
        several => {
            let ids: Vec<_> = several
                .iter()
                .map(|booked| booked.customer_invoice_id.clone())
                .collect();
            Err(found_twice(&invoice.reference, &ids))
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    customer_invoice_id: String,
}

pub(crate) async fn put(
    api: &Api,
    chart: &Chart,
    document: &Document,
    invoice: &Invoice,
    window: Option<SendWindow>,
) -> Result<Receipt, Error> {
    let posted = posted(invoice)?;
    chart.check(api, invoice).await?;
    let created: Created = api.create(INVOICES, &posted, document, window).await?;
    let foreign_id = created.customer_invoice_id;
    match api.get_if_there::<Booked>(&[INVOICES, &foreign_id]).await {
        Ok(Some(booked)) if booked.has_reference_of(invoice) => Ok(Receipt {
            mismatch: booked.mismatch(invoice),
            foreign_id,
        }),
        // somebody else's invoice must not be taken for ours
        Ok(Some(_)) => match find(api, invoice).await {
            Ok(Some(found)) => Ok(receipt(found)),
            Ok(None) | Err(_) => Err(unreadable(Purpose::creating(INVOICES, document))),
        },
        Ok(None) => missing(api, foreign_id, invoice).await,
        Err(error) => Ok(unread(foreign_id, &error)),
    }
}

/// An invoice that its id does not lead to: its reference may.
async fn missing(api: &Api, foreign_id: String, invoice: &Invoice) -> Result<Receipt, Error> {
    match find(api, invoice).await {
        Ok(Some(found)) => Ok(receipt(found)),
        Ok(None) => Ok(Receipt {
            mismatch: Some(
                Reason::data("erp_document_missing")
                    .with("id", &foreign_id)
                    .fix("check_invoice_in_erp"),
            ),
            foreign_id,
        }),
        Err(error) => Ok(unread(foreign_id, &error)),
    }
}

/// The invoice is booked all the same, so a look that fails says nothing.
fn unread(foreign_id: String, error: &Error) -> Receipt {
    tracing::info!(reason = %error.reason, "an invoice could not be read back");
    Receipt {
        foreign_id,
        mismatch: None,
    }
}

fn receipt(found: Found) -> Receipt {
    Receipt {
        foreign_id: found.foreign_id,
        mismatch: found.mismatch,
    }
}

impl Booked {
    fn is_for(&self, invoice: &Invoice) -> bool {
        let credits = |reference: &BookedReference| reference.kind.as_deref() == Some("Credit");
        self.has_reference_of(invoice) && !self.customer_invoice_references.iter().any(credits)
    }

    fn has_reference_of(&self, invoice: &Invoice) -> bool {
        self.invoice_header.invoice_reference.as_ref() == Some(&invoice.reference)
    }

    fn mismatch(&self, invoice: &Invoice) -> Option<Reason> {
        let (ours, theirs) = (invoice.total, self.gross_amount.0);
        (ours != theirs).then(|| {
            Reason::data("erp_total_differs")
                .with("ours", format!("{ours:.2}"))
                .with("theirs", format!("{theirs:.2}"))
                .fix("check_invoice_in_erp")
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use rust_decimal::Decimal;
    use serde_json::json;
    use skarv_canonical::Currency;
    use skarv_canonical::invoice::{Buyer, InvoiceRow, RowKind};
    use skarv_canonical::vat::VatScheme;

    use super::*;

    pub(crate) fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn row(kind: RowKind, text: &str, quantity: u32, gross: &str, rate: u32, account: u32) -> InvoiceRow {
        InvoiceRow {
            kind,
            sku: String::new(),
            text: text.to_owned(),
            quantity,
            gross: d(gross),
            rate: rate.into(),
            account,
        }
    }

    /// 300.00 with 25 % and 12 % and a freight.
    pub(crate) fn invoice() -> Invoice {
        Invoice {
            reference: "k3x9qa-1042".to_owned(),
            order_number: "XKBKNABJK".to_owned(),
            customer_number: "k3x9qa-K7".to_owned(),
            buyer: Buyer::at(crate::customer::tests::card().billing),
            date: "2026-11-20".parse().unwrap(),
            payment_terms_days: 30,
            currency: Currency::SEK,
            conversion_rate: Decimal::ONE,
            scheme: VatScheme::Domestic,
            rows: vec![
                row(RowKind::Goods, "Räksmörgås", 3, "200.00", 12, 3001),
                row(RowKind::Shipping, "Frakt", 1, "100.00", 25, 3520),
            ],
            total: d("300.00"),
            payment_method: "Klarna".to_owned(),
            note: "Ring på dörren".to_owned(),
        }
    }

    fn booked(reference: &str, kind: Option<&str>) -> Booked {
        let shown = json!({
            "customerInvoiceId": "6a1f", "grossAmount": 300.5, "isCanceled": true,
            "invoiceHeader": { "invoiceReference": reference },
            "customerInvoiceReferences": kind.map(|kind| json!({ "type": kind })).into_iter().collect::<Vec<_>>(),
        });
        serde_json::from_str(&shown.to_string()).unwrap()
    }

    #[test]
    fn only_the_invoice_itself_is_ours_and_not_a_credit_of_it() {
        let ours = |reference, kind| booked(reference, kind).is_for(&invoice());
        assert!(ours("k3x9qa-1042", None) && ours("k3x9qa-1042", Some("CreditedBy")));
        assert!(
            !ours("k3x9qa-1042", Some("Credit")) && !ours("K3X9QA-1042", None) && !ours("k3x9qa-10421", None)
        );
    }

    #[test]
    fn another_total_in_the_books_is_said_with_both_figures() {
        let booked = booked("k3x9qa-1042", None);
        let reason = booked.mismatch(&invoice()).unwrap();
        assert_eq!(reason.to_string(), "erp_total_differs ours=300.00 theirs=300.50");
        let same = Invoice {
            total: d("300.500"),
            ..invoice()
        };
        assert_eq!(booked.mismatch(&same), None);
    }
}
