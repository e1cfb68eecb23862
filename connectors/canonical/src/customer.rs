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
    /// The number the card is known by on both sides, never changed. `None`: the accounting system gives it one.
    pub number: Option<String>,
    /// The buyer.
    pub customer: Customer,
    /// Where invoices go.
    pub billing: Address,
    /// Three-letter currency of the card.
    pub currency: crate::Currency,
    /// Whether the buyer owes the tax (a company with a VAT number in another EU country).
    pub reverse_charge: bool,
    /// Whether a card that stands may be the buyer's: then it is looked for before one is made.
    pub match_existing: bool,
}

/// What a buyer is recognised by among the cards that stand.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identity {
    /// A company, by its number: whoever bears it is the buyer.
    OrgNumber(String),
    /// An e-mail address, in small letters; only a card of the same kind is the buyer's.
    Email(String),
}

impl CustomerCard {
    /// What the buyer is recognised by, best first. Empty for a buyer of whom nothing is known but a name.
    pub fn identities(&self) -> Vec<Identity> {
        let company = self.customer.kind == CustomerKind::Company;
        let number = Some(self.customer.org_number.trim()).filter(|number| company && !number.is_empty());
        let email = self.customer.email.trim().to_lowercase();
        let email = Some(email).filter(|email| email.contains('@'));
        number
            .map(|number| Identity::OrgNumber(number.to_owned()))
            .into_iter()
            .chain(email.map(Identity::Email))
            .collect()
    }
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
