//! What flows through Skarv: records, money, the mapping from an order to an invoice, and the plain-data descriptions of flows and connectors.
//!
//! Everything here is pure: no I/O, no async, no clock. Decisions are functions of plain data, so the same order always
//! becomes the same invoice. How a record is fetched or written is a connector's business; when, the control plane's.

#![warn(missing_docs)]
#![warn(clippy::wildcard_enum_match_arm)]

pub mod article;
pub mod catalog;
pub mod country;
pub mod cursor;
pub mod customer;
pub mod descriptor;
pub mod eligibility;
pub mod fingerprint;
pub mod gift_card;
pub mod identity;
pub mod invoice;
pub mod ledger;
pub mod mapping;
pub mod money;
pub mod order;
pub mod payment;
pub mod payment_rule;
pub mod plain_text;
pub mod price;
pub mod reason;
pub mod reconciliation;
pub mod record;
pub mod refund;
pub mod register;
pub mod shown;
pub mod spec;
pub mod status;
pub mod stock;
pub mod trigger;
pub mod vat;
pub mod vat_number;
pub mod write;

pub use country::Country;
pub use cursor::Cursor;
pub use fingerprint::Fingerprint;
pub use money::{Currency, Money};
pub use reason::{Class, Reason};
