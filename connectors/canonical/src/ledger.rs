//! A document as it stands in an accounting system, as far as comparing it with its order needs.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Currency, vat::VatRate};

/// An invoice or a credit note that stands in the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookedDocument {
    /// Our reference on it, such as `k3x9qa-1042`, or whatever stands there.
    pub reference: String,
    /// The number that the books gave it: what people find it by.
    pub number: String,
    /// The order number on it, or empty.
    pub order_number: String,
    /// Its day.
    pub date: NaiveDate,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What it comes to, tax included. Negative for a credit note.
    pub total: Decimal,
    /// Tax per rate; a rate of zero may be left out.
    pub taxes: Vec<BookedTax>,
    /// Whether it has been cancelled.
    pub cancelled: bool,
}

/// Tax of one rate in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookedTax {
    /// The rate.
    pub rate: VatRate,
    /// The tax. Negative in a credit note.
    pub tax: Decimal,
}
