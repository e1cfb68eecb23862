//! A payment to be registered on an invoice: what the shop was paid, what a gift card paid, or what a refund paid back.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Currency;

/// A payment of one invoice or credit note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoicePayment {
    /// Our immutable reference: that of the document and what the payment is, such as `k3x9qa-1042-P` or `k3x9qa-1042-G1`.
    pub reference: String,
    /// The `reference` of the invoice or credit note that it pays.
    pub document: String,
    /// The day the money came.
    pub date: NaiveDate,
    /// Currency of the amount: the document's.
    pub currency: Currency,
    /// What is paid; negative for what a refund pays back.
    pub amount: Decimal,
    /// The account the money is booked on.
    pub account: u32,
    /// What people call the way it was paid, such as `Klarna` or the gift card's name.
    pub method: String,
    /// How many earlier payments of the document are just like this one in day, amount and account. Where a payment bears
    /// no reference, this is what tells the second of two equal gift cards from the first.
    pub twins: usize,
}
