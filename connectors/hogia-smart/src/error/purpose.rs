//! What a call was for: what a failure of it leaves in doubt, and what a refusal of it is about.

use skarv_canonical::invoice::Invoice;
use skarv_canonical::write::Document;
use skarv_connector::Delivery;

use crate::flaw::Flaw;

/// What a call was for.
#[derive(Clone, Copy)]
pub(crate) struct Purpose<'a> {
    /// What it reads or writes, such as `contacts`.
    pub(super) resource: &'a str,
    /// The document it makes. None for a read.
    creates: Option<&'a Document>,
}

impl<'a> Purpose<'a> {
    pub(crate) fn reading(resource: &'a str) -> Self {
        Self {
            resource,
            creates: None,
        }
    }

    pub(crate) fn creating(resource: &'a str, document: &'a Document) -> Self {
        Self {
            resource,
            creates: Some(document),
        }
    }

    /// The doubt that a create is left in; none for a read.
    pub(super) fn doubt(self, delivery: Delivery) -> Delivery {
        match self.creates {
            Some(_) => delivery,
            None => Delivery::NotDelivered,
        }
    }

    fn invoice(self) -> Option<&'a Invoice> {
        match self.creates {
            Some(Document::Invoice(invoice)) => Some(invoice),
            Some(Document::Customer(_) | Document::Payment(_) | Document::Credit(_)) | None => None,
        }
    }

    pub(super) fn date(self) -> String {
        self.invoice()
            .map(|invoice| invoice.date.to_string())
            .unwrap_or_default()
    }

    /// Lines are sent in the order of the invoice's rows, one each.
    pub(super) fn account(self, flaw: &Flaw) -> String {
        let row = flaw.line().and_then(|at| self.invoice()?.rows.get(at));
        row.map(|row| row.account.to_string()).unwrap_or_default()
    }

    pub(super) fn customer_number(self) -> &'a str {
        match self.creates {
            Some(Document::Customer(card)) => card.number.as_deref().unwrap_or_default(),
            Some(Document::Invoice(invoice)) => &invoice.customer_number,
            Some(Document::Credit(credit)) => &credit.customer_number,
            Some(Document::Payment(_)) | None => "",
        }
    }

    pub(super) fn currency(self) -> &'static str {
        match self.creates {
            Some(Document::Customer(card)) => card.currency.code(),
            Some(Document::Invoice(invoice)) => invoice.currency.code(),
            Some(Document::Credit(credit)) => credit.currency.code(),
            Some(Document::Payment(payment)) => payment.currency.code(),
            None => "",
        }
    }
}
