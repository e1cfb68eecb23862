//! What a call was for: what a failure of it leaves in doubt, and what a refusal of it is about.

use skarv_canonical::article::ArticleCard;
use skarv_canonical::invoice::InvoiceRow;
use skarv_canonical::write::Document;
use skarv_connector::Delivery;

use crate::flaw::Flaw;

/// The item of a line is unknown, not active, without a price or without an account.
const ABOUT_ITEMS: [u64; 4] = [1_002_008, 1_004_009, 1_004_010, 1_004_011];

/// What a call was for.
#[derive(Clone, Copy)]
pub(crate) struct Purpose<'a> {
    /// What it reads or writes, such as `contacts`.
    pub(super) resource: &'a str,
    /// The document it writes. None for a read.
    document: Option<&'a Document>,
    /// Whether doing it twice would be seen.
    once: bool,
}

impl<'a> Purpose<'a> {
    pub(crate) fn reading(resource: &'a str) -> Self {
        Self {
            resource,
            document: None,
            once: false,
        }
    }

    pub(crate) fn creating(resource: &'a str, document: &'a Document) -> Self {
        Self {
            resource,
            document: Some(document),
            once: true,
        }
    }

    /// An update that names the version it was made from: it can be made again without harm.
    pub(crate) fn updating(resource: &'a str, document: &'a Document) -> Self {
        Self {
            resource,
            document: Some(document),
            once: false,
        }
    }

    /// The doubt that a create is left in; none for what can be done again.
    pub(super) fn doubt(self, delivery: Delivery) -> Delivery {
        if self.once {
            delivery
        } else {
            Delivery::NotDelivered
        }
    }

    pub(super) fn date(self) -> String {
        let date = match self.document {
            Some(Document::Invoice(invoice)) => Some(invoice.date),
            Some(Document::Credit(credit)) => Some(credit.date),
            Some(Document::Payment(payment)) => Some(payment.date),
            _ => None,
        };
        date.map(|date| date.to_string()).unwrap_or_default()
    }

    /// Whether it is about a line that takes an article of an invoice from stock. These come after the lines of its rows.
    pub(super) fn takes_stock(self, flaw: &Flaw) -> bool {
        let Some(Document::Invoice(invoice)) = self.document else {
            return false;
        };
        let after_rows = flaw.line().is_some_and(|line| line >= invoice.rows.len());
        invoice.takes_stock && (after_rows || ABOUT_ITEMS.contains(&flaw.code))
    }

    /// Lines are sent in the order of the document's rows, one each; a payment has one account.
    pub(super) fn account(self, flaw: &Flaw) -> String {
        let at = |rows: &[InvoiceRow]| rows.get(flaw.line()?).map(|row| row.account);
        let account = match self.document {
            Some(Document::Invoice(invoice)) => at(&invoice.rows),
            Some(Document::Credit(credit)) => at(&credit.rows),
            Some(Document::Payment(payment)) => Some(payment.account),
            _ => None,
        };
        account.map(|account| account.to_string()).unwrap_or_default()
    }

    /// Our reference of the document that is paid or credited.
    pub(super) fn about(self) -> &'a str {
        match self.document {
            Some(Document::Credit(credit)) => &credit.invoice_reference,
            Some(Document::Payment(payment)) => &payment.document,
            _ => "",
        }
    }

    /// The number and the name of the card that is written, if its number is ours to choose.
    pub(super) fn card(self) -> Option<(&'a str, String)> {
        match self.document {
            Some(Document::Customer(card)) => {
                let number = card.number.as_deref()?;
                Some((number, card.customer.display_name()))
            }
            _ => None,
        }
    }

    /// The card of the article that is written.
    pub(super) fn article(self) -> Option<&'a ArticleCard> {
        match self.document {
            Some(Document::Article(card)) => Some(card),
            _ => None,
        }
    }

    /// The same, where its item was there a moment ago.
    pub(super) fn updated_article(self) -> Option<&'a ArticleCard> {
        self.article().filter(|_| !self.once)
    }

    pub(super) fn customer_number(self) -> &'a str {
        match self.document {
            Some(Document::Customer(card)) => card.number.as_deref().unwrap_or_default(),
            Some(Document::Invoice(invoice)) => &invoice.customer_number,
            Some(Document::Credit(credit)) => &credit.customer_number,
            _ => "",
        }
    }

    pub(super) fn currency(self) -> &'static str {
        match self.document {
            Some(Document::Customer(card)) => card.currency.code(),
            Some(Document::Invoice(invoice)) => invoice.currency.code(),
            Some(Document::Credit(credit)) => credit.currency.code(),
            Some(Document::Payment(payment)) => payment.currency.code(),
            Some(Document::Article(card)) => card.currency.code(),
            _ => "",
        }
    }
}
