//! One foreign effect of a record: what is to stand in the target, and the key that makes it happen once.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Fingerprint,
    article::ArticleCard,
    customer::CustomerCard,
    invoice::{CreditNote, Invoice, InvoiceRow},
    payment::InvoicePayment,
    price::PriceTag,
    status::StateChange,
    stock::StockCount,
};

/// What a write is about. Part of its key, so a customer and an invoice of one order never meet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Entity {
    /// A customer card.
    Customer,
    /// An invoice.
    Invoice,
    /// A payment of an invoice or a credit note.
    Payment,
    /// A credit note.
    Credit,
    /// An article.
    Article,
    /// The prices of an article.
    Price,
    /// The stock level of an article.
    Stock,
    /// The state of an order.
    Status,
}

impl Entity {
    /// The stable name, as stored and sent.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Invoice => "invoice",
            Self::Payment => "payment",
            Self::Credit => "credit",
            Self::Article => "article",
            Self::Price => "price",
            Self::Stock => "stock",
            Self::Status => "status",
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no entity of this version.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no entity that this version writes")]
pub struct UnknownEntity(pub String);

impl TryFrom<String> for Entity {
    type Error = UnknownEntity;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match name.as_str() {
            "customer" => Ok(Self::Customer),
            "invoice" => Ok(Self::Invoice),
            "payment" => Ok(Self::Payment),
            "credit" => Ok(Self::Credit),
            "article" => Ok(Self::Article),
            "price" => Ok(Self::Price),
            "stock" => Ok(Self::Stock),
            "status" => Ok(Self::Status),
            _ => Err(UnknownEntity(name)),
        }
    }
}

impl From<Entity> for String {
    fn from(entity: Entity) -> Self {
        entity.as_str().to_owned()
    }
}

/// What a write does to what stands in the target already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Makes a document once and never touches it again.
    Create,
    /// Makes it, or brings the fields that we own up to date.
    Update,
    /// Sets a value; doing it twice is doing it once.
    Set,
}

/// What is to stand in the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entity", rename_all = "snake_case")]
pub enum Document {
    /// A customer card.
    Customer(Box<CustomerCard>),
    /// An invoice.
    Invoice(Box<Invoice>),
    /// A payment.
    Payment(Box<InvoicePayment>),
    /// A credit note.
    Credit(Box<CreditNote>),
    /// An article.
    Article(Box<ArticleCard>),
    /// The prices of an article.
    Price(Box<PriceTag>),
    /// The stock level of an article.
    Stock(StockCount),
    /// The state of an order.
    Status(Box<StateChange>),
}

/// One write of a record. Writes of a record happen in order; the key is unique across streams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Our key of the effect within target connection and entity, such as `k3x9qa-1042`.
    pub our_key: String,
    /// What it does to what is there.
    pub effect: Effect,
    /// What is to stand there.
    pub document: Document,
}

impl Write {
    /// What it is about.
    pub fn entity(&self) -> Entity {
        match self.document {
            Document::Customer(_) => Entity::Customer,
            Document::Invoice(_) => Entity::Invoice,
            Document::Payment(_) => Entity::Payment,
            Document::Credit(_) => Entity::Credit,
            Document::Article(_) => Entity::Article,
            Document::Price(_) => Entity::Price,
            Document::Stock(_) => Entity::Stock,
            Document::Status(_) => Entity::Status,
        }
    }

    /// Whether doing it twice would be seen in the target, so that it needs an intent and a send window.
    pub fn needs_intent(&self) -> bool {
        match self.effect {
            Effect::Create | Effect::Update => true,
            Effect::Set => false,
        }
    }

    /// The fingerprint over what the stream owns. For an invoice that is what the *order* says: another account plan, wording
    /// or choice of cards is a changed rule, and a changed rule changes nothing by itself.
    pub fn fingerprint(&self) -> Fingerprint {
        match &self.document {
            Document::Customer(card) => Fingerprint::of(card),
            Document::Invoice(invoice) => Fingerprint::of(&(
                invoice.currency,
                invoice.total.normalize(),
                said_by_order(&invoice.rows),
            )),
            Document::Payment(payment) => Fingerprint::of(&(payment.currency, payment.amount.normalize())),
            Document::Credit(credit) => Fingerprint::of(&(
                credit.currency,
                credit.total.normalize(),
                said_by_order(&credit.rows),
            )),
            Document::Article(card) => card.fingerprint(),
            Document::Price(tag) => tag.fingerprint(),
            Document::Stock(count) => Fingerprint::of(count),
            Document::Status(change) => change.fingerprint(),
        }
    }
}

/// Of each row what the order says, and not what the rules make of it.
fn said_by_order(rows: &[InvoiceRow]) -> Vec<impl Serialize> {
    rows.iter()
        .map(|row| (row.kind, &row.sku, row.quantity, row.gross.normalize(), row.rate))
        .collect()
}
