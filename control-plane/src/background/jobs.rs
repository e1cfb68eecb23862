//! The jobs: each one look at the store, and what it does about what it sees.

use std::sync::Arc;

use async_trait::async_trait;
use skarv_domain::error::Result;
use skarv_store::Store;

use crate::auth::{rotation::Rotation, token::Tokens};

/// Rows that one look takes on; the next look takes the rest.
const BATCH: u32 = 500;

/// One job.
#[async_trait]
pub(super) trait Job: Send + Sync {
    /// What logs call it.
    fn name(&self) -> &'static str;

    /// Does what is to be done now.
    async fn activate(&self, store: &Store) -> Result<()>;
}

/// Asks for the streams that are due, and sends parked records again whose time has come.
pub(super) struct Scheduler;

/// Queues runs whose delay has passed.
pub(super) struct Promoter;

/// Puts runs back whose lease ran out, and ends tests that no agent took in time.
pub(super) struct Reaper;

/// Puts the counts of connections in use right. A difference is a fault of ours, so it is said loudly.
pub(super) struct GateAudit;

/// Reads the keys that sign tokens anew, and replaces one that has grown old.
pub(super) struct SigningKeys {
    pub(super) tokens: Arc<Tokens>,
    pub(super) rotation: Rotation,
}

/// Deletes results, marks of requests and keys that nobody asks for any more.
pub(super) struct Tidy;

#[async_trait]
impl Job for Scheduler {
    fn name(&self) -> &'static str {
        "scheduler"
    }

    async fn activate(&self, store: &Store) -> Result<()> {
        store.stream_schedule(BATCH).await?;
        store.record_retry(BATCH).await?;
        Ok(())
    }
}

#[async_trait]
impl Job for Promoter {
    fn name(&self) -> &'static str {
        "promoter"
    }

    async fn activate(&self, store: &Store) -> Result<()> {
        store.run_promote(BATCH).await?;
        Ok(())
    }
}

#[async_trait]
impl Job for Reaper {
    fn name(&self) -> &'static str {
        "reaper"
    }

    async fn activate(&self, store: &Store) -> Result<()> {
        let count = store.run_reap(BATCH).await?;
        if count > 0 {
            tracing::info!(count, "runs were taken back from agents that stopped answering");
        }
        Ok(())
    }
}

#[async_trait]
impl Job for GateAudit {
    fn name(&self) -> &'static str {
        "gate audit"
    }

    async fn activate(&self, store: &Store) -> Result<()> {
        for drift in store.gate_audit(true).await? {
            let (counted, leased) = (drift.counted, drift.leased);
            tracing::error!(connection = %drift.connection, counted, leased, "a connection's count was wrong and is put right");
        }
        Ok(())
    }
}

#[async_trait]
impl Job for Tidy {
    fn name(&self) -> &'static str {
        "tidy"
    }

    async fn activate(&self, store: &Store) -> Result<()> {
        store.tidy().await?;
        Ok(())
    }
}

#[async_trait]
impl Job for SigningKeys {
    fn name(&self) -> &'static str {
        "signing keys"
    }

    async fn activate(&self, store: &Store) -> Result<()> {
        self.tokens.replace(self.rotation.turn(store).await?);
        Ok(())
    }
}
