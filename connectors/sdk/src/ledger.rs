//! The reading half of an accounting system: the documents that stand in it, for comparing them with their orders.

use async_trait::async_trait;
use chrono::NaiveDate;
use skarv_canonical::ledger::BookedDocument;

use crate::Error;

/// Days, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

impl Period {
    /// Whether a day is one of them.
    pub fn covers(&self, day: NaiveDate) -> bool {
        (self.from..=self.to).contains(&day)
    }
}

/// Documents, and where to go on after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerPage {
    /// The documents.
    pub documents: Vec<BookedDocument>,
    /// For the next page; `None` when there is none.
    pub next: Option<String>,
}

/// Reads the documents of one connection.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Invoices and credit notes dated in the period, in pages. `next` is what the page before gave. Reading never changes
    /// anything.
    async fn documents(&self, period: Period, next: Option<&str>) -> Result<LedgerPage, Error>;
}
