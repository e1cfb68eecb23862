//! The reading half of a connector.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{Cursor, record::Pulled};

use crate::{Error, Period};

/// How much of a source is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// What changed since the cursor.
    #[default]
    Changes,
    /// Everything there is, by its own order: an initial load. The cursor is one of its own.
    Everything,
}

/// What to read next.
#[derive(Clone, Debug)]
pub struct PullRequest {
    /// Where to go on. `None` starts at the beginning that the settings give.
    pub cursor: Option<Cursor>,
    /// Records older than this are not wanted; a source may use it to start late. Eligibility is decided elsewhere all the same.
    pub start_at: Option<DateTime<Utc>>,
    /// How much is read.
    pub extent: Extent,
    /// At most so many records.
    pub limit: usize,
    /// The time, for sources that cannot ask their system.
    pub now: DateTime<Utc>,
}

/// What to read of a period.
#[derive(Clone, Debug)]
pub struct PeriodRequest {
    /// The days, by the source's own calendar.
    pub period: Period,
    /// Where to go on, from the page before. `None` starts over.
    pub cursor: Option<Cursor>,
    /// At most so many records.
    pub limit: usize,
}

/// Records in the source's own order, and where to go on after them.
#[derive(Clone, Debug)]
pub struct Page {
    /// The records. A record may come again in a later page: delivery is idempotent.
    pub records: Vec<Pulled>,
    /// Where to go on once *all* of them are settled.
    pub cursor: Cursor,
    /// Whether the source has nothing more for now.
    pub done: bool,
}

/// Reads one kind of record from one connection.
#[async_trait]
pub trait Source: Send + Sync {
    /// The page after a cursor. An empty page with `done` is the normal end. Reading never changes anything.
    async fn pull(&self, request: PullRequest) -> Result<Page, Error>;

    /// These records, read afresh, for replay. A key that no longer exists comes back parked, with that reason.
    async fn fetch(&self, keys: &[String], now: DateTime<Utc>) -> Result<Vec<Pulled>, Error>;

    /// Records of the period, in pages: what was *made* in it (orders placed, refunds given), whenever it changed. For
    /// comparing both systems.
    async fn made_in(&self, request: PeriodRequest) -> Result<Page, Error> {
        let _ = request;
        Err(Error::configuration("not_supported"))
    }
}
