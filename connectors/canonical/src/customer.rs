//! Who buys, as the order says it: a snapshot, not a card that is looked up later.

use serde::{Deserialize, Serialize};

use crate::Country;

/// What kind of buyer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerKind {
    /// A private person.
    Person,
    /// A company or another organisation.
    Company,
}

/// The buyer of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The shop's id of the customer. A guest has one too.
    pub key: String,
    /// Person or company.
    pub kind: CustomerKind,
    /// Given name, as written in the shop.
    pub given_name: String,
    /// Family name, as written in the shop.
    pub family_name: String,
    /// Company name; empty for a person.
    pub company: String,
    /// Organisation number as written in the shop, or empty.
    pub org_number: String,
    /// VAT number as written in the shop, or empty.
    pub vat_number: String,
    /// E-mail address, or empty.
    pub email: String,
    /// Telephone number, or empty.
    pub phone: String,
    /// Whether the buyer ordered without an account.
    pub guest: bool,
    /// Language of the order, such as `sv`.
    pub language: String,
}

/// A postal address as the order holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Person's name.
    pub name: String,
    /// Company name, or empty.
    pub company: String,
    /// First address line.
    pub line1: String,
    /// Second address line, or empty.
    pub line2: String,
    /// Postcode, as written.
    pub postcode: String,
    /// City.
    pub city: String,
    /// Country.
    pub country: Country,
    /// VAT number on the address, or empty.
    pub vat_number: String,
    /// Telephone number, or empty.
    pub phone: String,
}

/// A customer card in an accounting system: what a `customer` write delivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerCard {
    /// The number the card is known by on both sides. Ours to choose, and never changed.
    pub number: String,
    /// The buyer.
    pub customer: Customer,
    /// Where invoices go.
    pub billing: Address,
    /// Three-letter currency of the card.
    pub currency: crate::Currency,
    /// Whether the buyer owes the tax (a company with a VAT number in another EU country).
    pub reverse_charge: bool,
}

impl Customer {
    /// The name to print on a document.
    pub fn display_name(&self) -> String {
        match self.kind {
            CustomerKind::Company if !self.company.is_empty() => self.company.clone(),
            CustomerKind::Company | CustomerKind::Person => {
                format!("{} {}", self.given_name, self.family_name)
                    .trim()
                    .to_owned()
            }
        }
    }
}
