//! What invoices and credit notes have in common: both are customer invoices of the contract, found by our reference,
//! made once, and their sum is looked at again after they are booked.
//!
//! Invariant: a total other than ours never goes unsaid, neither in what was just made nor in what is found. How a
//! document is read is in `booked`, how it is sent in `posted`.

mod booked;
mod posted;

use rust_decimal::Decimal;
use serde::Deserialize;
use skarv_canonical::Reason;
use skarv_canonical::write::Document;
use skarv_connector::{Error, Found, Receipt};
use skarv_http::SendWindow;

use crate::api::Api;
use crate::error::{Purpose, found_twice, invoice_missing, unreadable};

pub(crate) use booked::{Booked, Event};
pub(crate) use posted::{Content, Posted, posted};

pub(crate) const DOCUMENTS: &str = "customerinvoices";

/// Which of the two a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Invoice,
    Credit,
}

/// A document as we want it in the books.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) kind: Kind,
    pub(crate) reference: &'a str,
    pub(crate) total: Decimal,
}

/// The document with this reference, letter by letter. One that was canceled by hand is still the one; a credit made by
/// hand with an invoice's reference is not.
pub(crate) async fn standing(api: &Api, kind: Kind, reference: &str) -> Result<Option<Booked>, Error> {
    let mut booked: Vec<Booked> = api.list(&[DOCUMENTS], &[("invoiceReference", reference)]).await?;
    booked.retain(|booked| booked.is(kind, reference));
    if booked.len() > 1 {
        let ids: Vec<_> = booked.into_iter().map(|booked| booked.id).collect();
        return Err(found_twice(reference, &ids));
    }
    Ok(booked.pop())
}

/// The document with our reference, else the one that an earlier write of the same record is known to have made.
pub(crate) async fn standing_or_made(
    api: &Api,
    kind: Kind,
    reference: &str,
    earlier: &[String],
) -> Result<Booked, Error> {
    match looked(api, kind, reference, earlier).await? {
        Looked::Standing(booked) => Ok(*booked),
        Looked::Unmade | Looked::Gone => Err(invoice_missing(reference)),
    }
}

/// The same, when earlier writes of the record are only foreseen. None of a document that one of them would make.
pub(crate) async fn standing_or_unmade(
    api: &Api,
    kind: Kind,
    reference: &str,
    earlier: &[String],
) -> Result<Option<Booked>, Error> {
    match looked(api, kind, reference, earlier).await? {
        Looked::Standing(booked) => Ok(Some(*booked)),
        Looked::Unmade => Ok(None),
        Looked::Gone => Err(invoice_missing(reference)),
    }
}

enum Looked {
    Standing(Box<Booked>),
    /// No earlier write has made it.
    Unmade,
    /// What an earlier write made is no longer there.
    Gone,
}

async fn looked(api: &Api, kind: Kind, reference: &str, earlier: &[String]) -> Result<Looked, Error> {
    if let Some(booked) = standing(api, kind, reference).await? {
        return Ok(Looked::Standing(Box::new(booked)));
    }
    let mut looked = Looked::Unmade;
    let documents = earlier.iter().filter(|id| id.parse::<uuid::Uuid>().is_ok());
    for id in documents.rev() {
        match by_id(api, id).await? {
            Some(booked) if booked.may_be(kind) => return Ok(Looked::Standing(Box::new(booked))),
            Some(_) => {}
            None => looked = Looked::Gone,
        }
    }
    Ok(looked)
}

pub(crate) async fn by_id(api: &Api, id: &str) -> Result<Option<Booked>, Error> {
    api.get_if_there(&[DOCUMENTS, id]).await
}

pub(crate) async fn find(api: &Api, wanted: Wanted<'_>) -> Result<Option<Found>, Error> {
    let booked = standing(api, wanted.kind, wanted.reference).await?;
    Ok(booked.map(|booked| Found {
        mismatch: booked.mismatch(wanted.total),
        foreign_id: booked.id,
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    customer_invoice_id: String,
}

/// Books a document and looks at what became of it.
pub(crate) async fn book(
    api: &Api,
    wanted: Wanted<'_>,
    posted: &Posted<'_>,
    document: &Document,
    window: Option<SendWindow>,
) -> Result<Receipt, Error> {
    let created: Created = api.create(DOCUMENTS, posted, document, window).await?;
    let foreign_id = created.customer_invoice_id;
    match by_id(api, &foreign_id).await {
        Ok(Some(booked)) if booked.has_reference(wanted.reference) => Ok(Receipt {
            mismatch: booked.mismatch(wanted.total),
            foreign_id,
            remarks: Vec::new(),
        }),
        // somebody else's document must not be taken for ours
        Ok(Some(_)) => match find(api, wanted).await {
            Ok(Some(found)) => Ok(receipt(found)),
            Ok(None) | Err(_) => Err(unreadable(Purpose::creating(DOCUMENTS, document))),
        },
        Ok(None) => by_reference(api, foreign_id, wanted).await,
        Err(error) => Ok(unread(foreign_id, &error)),
    }
}

/// A document that its id does not lead to: its reference may.
async fn by_reference(api: &Api, foreign_id: String, wanted: Wanted<'_>) -> Result<Receipt, Error> {
    match find(api, wanted).await {
        Ok(Some(found)) => Ok(receipt(found)),
        Ok(None) => Ok(Receipt {
            mismatch: Some(
                Reason::data("erp_document_missing")
                    .with("id", &foreign_id)
                    .fix("check_invoice_in_erp"),
            ),
            foreign_id,
            remarks: Vec::new(),
        }),
        Err(error) => Ok(unread(foreign_id, &error)),
    }
}

/// It is booked all the same, so a look that fails says nothing.
pub(crate) fn unread(foreign_id: String, error: &Error) -> Receipt {
    tracing::info!(reason = %error.reason, "a document could not be read back");
    Receipt::of(foreign_id)
}

fn receipt(found: Found) -> Receipt {
    Receipt {
        foreign_id: found.foreign_id,
        mismatch: found.mismatch,
        remarks: Vec::new(),
    }
}
