//! Where the database is and the lengths of time that the store goes by. Tests set short ones.

use std::{path::PathBuf, time::Duration};

use skarv_domain::write::Timing;

use crate::vault::MasterKey;

/// Where the database is.
#[derive(Clone, Debug)]
pub enum Location {
    /// A SQLite file; made when it does not exist.
    Path(PathBuf),
    /// A SQLite file of its own that is deleted when the store is dropped, for demos and tests.
    Temporary,
}

/// What a commit waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The disk. A lost checkpoint would be harmless; a lost intent would not.
    Full,
    /// The operating system: a power cut may lose the last commits. For tests and benches that say so.
    Normal,
}

/// How to open a store.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// Where the database is.
    pub location: Location,
    /// What a commit waits for.
    pub durability: Durability,
    /// Seals what is secret.
    pub master_key: MasterKey,
    /// Keys from before, which open what was sealed with them until `Store::reseal` has been done.
    pub previous_master_keys: Vec<MasterKey>,
    /// How long a lease lasts without renewal.
    pub lease: Duration,
    /// How long a granted write may be sent.
    pub grant: Duration,
    /// How long after that the foreign system may still take it in.
    pub slack: Duration,
    /// How long an agent leaves a write alone that another run holds.
    pub busy: Duration,
    /// How long a test of a connection waits for an agent before it fails.
    pub queue_deadline: Duration,
    /// How long a run's result and the mark of a request are kept.
    pub result_ttl: Duration,
    /// How long is kept what a dry run foresaw: people read it together.
    pub dry_run_ttl: Duration,
    /// Connections that read.
    pub readers: u32,
}

impl StoreConfig {
    /// The usual lengths.
    pub fn new(location: Location, master_key: MasterKey) -> Self {
        Self {
            location,
            durability: Durability::Full,
            master_key,
            previous_master_keys: Vec::new(),
            lease: Duration::from_secs(15),
            grant: Duration::from_secs(60),
            slack: Duration::from_secs(5),
            busy: Duration::from_secs(1),
            queue_deadline: Duration::from_secs(30),
            result_ttl: Duration::from_secs(24 * 3600),
            dry_run_ttl: Duration::from_secs(7 * 24 * 3600),
            readers: 4,
        }
    }

    pub(crate) fn timing(&self) -> Timing {
        Timing {
            grant: self.grant,
            slack: self.slack,
            busy: self.busy,
        }
    }
}
