//! Pages: what writes are to be, what became of records, and the specs that say how.

use skarv_canonical::{Fingerprint, spec::StreamSpec};
use skarv_domain::{
    auth::AuthContext,
    error::{Error, Result},
};
use skarv_store::{CheckpointItem, Checkpointed, PreparePage, PreparedPage};

use super::seat;
use crate::{app::App, auth::policy};

const SPECS: &str = "skarv.agent.v1.DispatchService/BatchGetSpecs";
const PREPARE: &str = "skarv.agent.v1.DispatchService/PrepareWrites";
const CHECKPOINT: &str = "skarv.agent.v1.DispatchService/Checkpoint";

const MOST_SPECS: usize = 500;
const MOST_WRITES: usize = 10_000;
const MOST_ORDERS: usize = 10_000;

impl App {
    /// Fetches stream specs; unknown hashes are left out.
    pub(crate) async fn specs_get(
        &self,
        auth: &AuthContext,
        hashes: &[Fingerprint],
    ) -> Result<Vec<(Fingerprint, StreamSpec)>> {
        policy::permit(auth, SPECS)?;
        bounded("hashes", hashes.len(), MOST_SPECS)?;
        self.store.spec_get(hashes).await
    }

    /// Says what writes are to be, and stores an intent for each that is granted.
    pub(crate) async fn writes_prepare(
        &self,
        auth: &AuthContext,
        agent_id: &str,
        pages: Vec<PreparePage>,
    ) -> Result<Vec<PreparedPage>> {
        let agent = seat(auth, PREPARE, agent_id)?;
        bounded(
            "pages.writes",
            pages.iter().map(|page| page.writes.len()).sum(),
            MOST_WRITES,
        )?;
        bounded(
            "pages.want_unread_of",
            pages.iter().map(|page| page.want_unread.len()).sum(),
            MOST_ORDERS,
        )?;
        self.store.page_prepare(agent, pages).await
    }

    /// Settles records and moves cursors.
    pub(crate) async fn checkpoint(
        &self,
        auth: &AuthContext,
        agent_id: &str,
        items: Vec<CheckpointItem>,
    ) -> Result<Vec<Checkpointed>> {
        let agent = seat(auth, CHECKPOINT, agent_id)?;
        bounded(
            "items.outcomes",
            items.iter().map(|item| item.outcomes.len()).sum(),
            MOST_WRITES,
        )?;
        self.store.page_checkpoint(agent, items).await
    }
}

fn bounded(field: &str, count: usize, most: usize) -> Result<()> {
    if count <= most {
        Ok(())
    } else {
        Err(Error::invalid(
            field,
            format!("are {count}; send at most {most} a call"),
        ))
    }
}
