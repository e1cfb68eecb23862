//! The reading half: what changed since the cursor first, and once a day everything there is, a page at a time.
//!
//! What a system does not tell of (a row that went away, a change that shows late) is met in the daily sweep. A list without
//! a row moves nothing: it is asked for twice before a sweep counts as read, and a system that had rows and shows none at
//! all is in trouble. How a kind of record is walked through is in `item`, `stock` and `status`.

mod progress;

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use skarv_canonical::record::Pulled;
use skarv_connector::{Error, Extent, Page, PullRequest, Source};

use progress::{Progress, Sweep};

/// One kind of record, in an order that a position can be kept in.
#[async_trait]
pub(crate) trait Walk: Send + Sync {
    /// A place in that order. The default is the beginning.
    type Position: Clone + Default + Serialize + DeserializeOwned + Send + Sync;

    /// What to say of a system that had some and shows none.
    const VANISHED: &'static str;

    /// Where a sweep of this day begins.
    fn sweep_from(&self, day: NaiveDate) -> Self::Position {
        let _ = day;
        Self::Position::default()
    }

    /// The records after a position.
    async fn step(&self, from: &Self::Position, asked: Asked) -> Result<Step<Self::Position>, Error>;

    /// Whether the system shows any at all.
    async fn any(&self) -> Result<bool, Error>;

    /// These, read afresh.
    async fn fetch(&self, keys: &[String], now: DateTime<Utc>) -> Result<Vec<Pulled>, Error>;
}

/// How much is wanted, and when.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) limit: usize,
    pub(crate) now: DateTime<Utc>,
}

/// A part of the way.
pub(crate) struct Step<P> {
    pub(crate) records: Vec<Pulled>,
    /// Where to go on.
    pub(crate) position: P,
    /// Whether the end is reached, for now.
    pub(crate) done: bool,
    /// Whether the system answered with any row, new or not.
    pub(crate) heard: bool,
}

/// Reads one kind of record for one run.
pub(crate) struct Reader<W> {
    walk: W,
    /// Whether this run has read the changes to their end. A run goes on to the sweep only then, and never back: what keeps
    /// changing would hold the sweep up for ever.
    caught_up: AtomicBool,
}

impl<W: Walk> Reader<W> {
    pub(crate) fn new(walk: W) -> Self {
        Self {
            walk,
            caught_up: AtomicBool::new(false),
        }
    }

    async fn changes(&self, mut progress: Progress<W::Position>, asked: Asked) -> Result<Page, Error> {
        let today = asked.now.date_naive();
        // the first reading of changes begins at the beginning, and so reads everything
        let swept_on = *progress.swept_on.get_or_insert(today);
        let due = progress.sweep.is_some() || swept_on < today;
        if due && self.caught_up.load(Ordering::Relaxed) {
            return self.sweep(progress, asked).await;
        }
        let step = self.walk.step(&progress.changes, asked).await?;
        progress.seen |= step.heard;
        progress.changes = step.position;
        self.caught_up.store(step.done && due, Ordering::Relaxed);
        if step.done && due && step.records.is_empty() {
            return self.sweep(progress, asked).await;
        }
        progress.page(step.records, step.done && !due)
    }

    async fn sweep(&self, mut progress: Progress<W::Position>, asked: Asked) -> Result<Page, Error> {
        let day = asked.now.date_naive();
        let begun = || Sweep {
            day,
            position: self.walk.sweep_from(day),
        };
        let mut sweep = progress.sweep.take().unwrap_or_else(begun);
        let step = self.swept(&sweep.position, asked, progress.seen).await?;
        progress.seen |= step.heard;
        if step.done {
            progress.swept_on = Some(sweep.day);
            self.caught_up.store(false, Ordering::Relaxed);
        } else {
            sweep.position = step.position;
            progress.sweep = Some(sweep);
        }
        progress.page(step.records, step.done)
    }

    /// A list without rows may come from a system in trouble.
    async fn swept(&self, from: &W::Position, asked: Asked, seen: bool) -> Result<Step<W::Position>, Error> {
        let step = self.walk.step(from, asked).await?;
        if step.heard || !step.done {
            return Ok(step);
        }
        let step = self.walk.step(from, asked).await?;
        if !step.heard && seen && !self.walk.any().await? {
            return Err(Error::transient(W::VANISHED));
        }
        Ok(step)
    }
}

#[async_trait]
impl<W: Walk> Source for Reader<W> {
    async fn pull(&self, request: PullRequest) -> Result<Page, Error> {
        let progress = Progress::read(request.cursor.as_ref())?;
        let asked = Asked {
            limit: request.limit.max(1),
            now: request.now,
        };
        match request.extent {
            Extent::Changes => self.changes(progress, asked).await,
            // one sweep with a cursor of its own
            Extent::Everything if progress.is_swept() => progress.page(Vec::new(), true),
            Extent::Everything => self.sweep(progress, asked).await,
        }
    }

    async fn fetch(&self, keys: &[String], now: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        self.walk.fetch(keys, now).await
    }
}
