//! What a slice did: counts while it runs, and how it ended.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use skarv_canonical::Reason;

use super::control::Settled;

/// Counts of a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Records read.
    pub read: u64,
    /// Records written.
    pub written: u64,
    /// Records found in the target and taken over.
    pub adopted: u64,
    /// Records that stood there already.
    pub unchanged: u64,
    /// Records not to be sent.
    pub dropped: u64,
    /// Records parked.
    pub parked: u64,
    /// Records whose outcome nothing can tell.
    pub unknown: u64,
    /// Requests that were tried again.
    pub retries: u64,
}

/// Counts that the lease keeper reads while the slice goes on.
#[derive(Debug, Default)]
pub struct Progress {
    read: AtomicU64,
    written: AtomicU64,
    adopted: AtomicU64,
    unchanged: AtomicU64,
    dropped: AtomicU64,
    parked: AtomicU64,
    unknown: AtomicU64,
    retries: AtomicU64,
}

impl Progress {
    pub(crate) fn read(&self, records: usize) {
        self.read.fetch_add(records as u64, Ordering::Relaxed);
    }

    pub(crate) fn retried(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn settled(&self, result: Settled) {
        let counter = match result {
            Settled::Written => &self.written,
            Settled::Adopted => &self.adopted,
            Settled::Unchanged => &self.unchanged,
            Settled::Dropped => &self.dropped,
            Settled::Parked => &self.parked,
            Settled::Unknown => &self.unknown,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The counts so far.
    pub fn totals(&self) -> Totals {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Totals {
            read: get(&self.read),
            written: get(&self.written),
            adopted: get(&self.adopted),
            unchanged: get(&self.unchanged),
            dropped: get(&self.dropped),
            parked: get(&self.parked),
            unknown: get(&self.unknown),
            retries: get(&self.retries),
        }
    }
}

/// How a slice ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SliceEnd {
    /// Everything there was is settled.
    Succeeded,
    /// There is more, or something must be waited for.
    Yielded {
        /// When to go on; `None` means as soon as it is its turn.
        retry: Option<Duration>,
    },
    /// It could not go on.
    Failed {
        /// Why.
        reason: Reason,
        /// When to try again; `None` leaves it to the control plane's backoff.
        retry: Option<Duration>,
        /// Whether the stream stops until a person has acted.
        block: bool,
    },
    /// The agent drains.
    HandedBack,
    /// A person cancelled it.
    Cancelled,
    /// The lease is gone: there is nothing to say.
    Lost,
}
