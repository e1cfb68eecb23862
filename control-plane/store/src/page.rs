//! Pages of records: what each write is to be, and what became of it.

use skarv_canonical::{Cursor, write::Entity};
use skarv_domain::{
    Result,
    id::{AgentId, RunId},
    lease::Answer,
    record::Outcome,
    write::{Question, Verdict},
};

use crate::{group::Typed, open::Store};

pub(crate) mod checkpoint;
pub(crate) mod demand;
mod outcomes;
pub(crate) mod prepare;
mod unread;
pub(crate) mod writes;

pub(crate) use outcomes::EventPut;

/// The writes of one page, as a run asks about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparePage {
    /// The run.
    pub run: RunId,
    /// Its epoch.
    pub epoch: u64,
    /// Only look: store nothing, grant nothing.
    pub peek: bool,
    /// The writes.
    pub writes: Vec<AskedWrite>,
    /// Article numbers whose open demand is wanted.
    pub want_demand: Vec<String>,
    /// Whether all open demand is wanted, of whatever article.
    pub want_all_demand: bool,
    /// Orders of the shop that is written, by their source keys, of which it is wanted whether they have been read.
    pub want_unread: Vec<String>,
}

/// One write that is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedWrite {
    /// The agent's number for it.
    pub write_no: u32,
    /// What it is about.
    pub entity: Entity,
    /// Our key.
    pub our_key: String,
    /// The question.
    pub question: Question,
}

/// The answer to one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedPage {
    /// What the agent is told; only with `Ok` there is more.
    pub answer: Answer,
    /// A verdict on each write, by the agent's number.
    pub verdicts: Vec<(u32, Verdict)>,
    /// Open demand by article number.
    pub demand: Vec<(String, i64)>,
    /// Whether all open demand was wanted and is told.
    pub demand_complete: bool,
    /// Those of the orders asked about that their stream has not read yet.
    pub unread: Vec<String>,
}

/// What a run has settled since its last checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointItem {
    /// The run.
    pub run: RunId,
    /// Its epoch.
    pub epoch: u64,
    /// Grows by one a checkpoint within the epoch.
    pub seq: u64,
    /// Where to go on.
    pub cursor: Option<Cursor>,
    /// Records and what became of them.
    pub outcomes: Vec<Outcome>,
    /// Demand of orders that were seen.
    pub demand: Vec<OrderDemand>,
    /// Writes of this run that were granted and certainly not made.
    pub released: Vec<ReleasedWrite>,
}

/// A write that was granted and certainly not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasedWrite {
    /// What it is about.
    pub entity: Entity,
    /// Our key.
    pub our_key: String,
}

/// Quantity of an article that one order waits for; zero or less is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderDemand {
    /// The order's source key.
    pub order_key: String,
    /// Article number.
    pub sku: String,
    /// Whole units.
    pub quantity: i64,
}

/// The answer to one checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpointed {
    /// `Ok` or `Lost`, or `NotAllowed` when the run only looks.
    pub answer: Answer,
    /// Our keys of writes that were settled before with another foreign id: two documents may stand in the target.
    pub conflicts: Vec<String>,
}

impl Store {
    /// Says what each write of these pages is to be, and stores an intent for each that is granted. Answers in the order
    /// asked; a run that is lost is granted nothing.
    pub async fn page_prepare(&self, agent: AgentId, pages: Vec<PreparePage>) -> Result<Vec<PreparedPage>> {
        self.typed(
            pages.into_iter().map(|page| (agent, page)).collect(),
            Typed::Prepare,
        )
        .await
    }

    /// Settles records and writes and moves the cursor, each item whole or not at all. Answers in the order given; a repeated
    /// item changes nothing and is answered the same.
    pub async fn page_checkpoint(
        &self,
        agent: AgentId,
        items: Vec<CheckpointItem>,
    ) -> Result<Vec<Checkpointed>> {
        self.typed(
            items.into_iter().map(|item| (agent, item)).collect(),
            Typed::Checkpoint,
        )
        .await
    }
}
