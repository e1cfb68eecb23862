//! An invoice as Skarv wants it in the accounting system: rows that sum to the order's total to the öre.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    Currency,
    customer::Address,
    vat::{VatRate, VatScheme},
};

/// An invoice to be made from one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// Our immutable reference, `{ref}-{order id}`: what a lost answer is found by.
    pub reference: String,
    /// The order's number, for people.
    pub order_number: String,
    /// The number of the card it goes to. Empty where the accounting system numbers cards: then the card's own write tells.
    pub customer_number: String,
    /// Who bought, for the reader of the invoice: the card may be another's.
    pub buyer: Buyer,
    /// Invoice date.
    pub date: NaiveDate,
    /// Days until it is due.
    pub payment_terms_days: u32,
    /// Currency of every amount.
    pub currency: Currency,
    /// Units of `currency` for one unit of the shop's default currency, by the order's own date.
    pub conversion_rate: Decimal,
    /// Which VAT rules apply.
    pub scheme: VatScheme,
    /// Rows; the rounding row, when there is one, comes last.
    pub rows: Vec<InvoiceRow>,
    /// Σ rows, and the order's total.
    pub total: Decimal,
    /// How the buyer paid, for the reader of the invoice.
    pub payment_method: String,
    /// Text on the invoice, or empty.
    pub note: String,
    /// Whether goods with an article number are taken from the accounting system's stock. It changes no amount.
    pub takes_stock: bool,
}

/// Who bought, as the order says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    /// Name of the company or person.
    pub name: String,
    /// Where the invoice goes.
    pub billing: Address,
    /// Where the goods go.
    pub delivery: Address,
    /// Whether the card is one for many buyers, so that nothing but the invoice tells who bought.
    pub collective: bool,
}

impl Buyer {
    /// A buyer with one address and a card of their own.
    pub fn at(address: Address) -> Self {
        Self {
            name: address.name.clone(),
            billing: address.clone(),
            delivery: address,
            collective: false,
        }
    }
}

/// What takes an invoice back, whole or in part: made from one refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditNote {
    /// Our immutable reference, `{ref}-{order id}-R{slip id}`.
    pub reference: String,
    /// The `reference` of the invoice that it credits.
    pub invoice_reference: String,
    /// The order's number, for people.
    pub order_number: String,
    /// The number of the card it goes to: the invoice's. Empty where only the invoice tells.
    pub customer_number: String,
    /// The day of the refund.
    pub date: NaiveDate,
    /// Currency of every amount: the invoice's.
    pub currency: Currency,
    /// Units of `currency` for one unit of the shop's default currency: the order's, not the refund's.
    pub conversion_rate: Decimal,
    /// Which VAT rules apply: the invoice's.
    pub scheme: VatScheme,
    /// Rows with the kinds, rates and accounts of the invoice's. Quantities are positive; what is given back is negative, a
    /// discount that is taken back positive.
    pub rows: Vec<InvoiceRow>,
    /// Σ rows: negative, or zero where all that is credited had cost nothing.
    pub total: Decimal,
    /// Text on the credit note.
    pub note: String,
    /// How much more the shop's slip gives back than is credited here: an öre or two where the shop rounded the slip in
    /// another way than the order, and then the invoice is right. Negative when it gives less.
    pub shop_difference: Decimal,
}

/// What a row is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// Goods.
    Goods,
    /// Freight.
    Shipping,
    /// Gift wrapping.
    Wrapping,
    /// Payment or invoice fee.
    Fee,
    /// A deduction: negative.
    Discount,
    /// What is left between the rows and the total. No tax, an account of its own.
    Rounding,
}

impl RowKind {
    /// The stable name, as stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Goods => "goods",
            Self::Shipping => "shipping",
            Self::Wrapping => "wrapping",
            Self::Fee => "fee",
            Self::Discount => "discount",
            Self::Rounding => "rounding",
        }
    }
}

/// One row of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceRow {
    /// What it is for.
    pub kind: RowKind,
    /// Article number, or empty.
    pub sku: String,
    /// What to print.
    pub text: String,
    /// How many.
    pub quantity: u32,
    /// Gross of the whole row, in whole öre; negative for a deduction.
    pub gross: Decimal,
    /// Tax rate.
    pub rate: VatRate,
    /// Account the sale is booked on.
    pub account: u32,
}
