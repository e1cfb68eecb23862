//! Runs: the queue, the leases and what is remembered of them.
//!
//! Active runs are rows of `run`; when one ends its row is deleted, and what is worth remembering goes to `run_log`.

use std::{collections::BTreeMap, time::Duration};

use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use skarv_canonical::{Cursor, Fingerprint, Reason, spec::StreamKind};
use skarv_domain::{
    Error, Result,
    auth::{Actor, Scope},
    connection::{Checked, ShopRef},
    dry_run::DryRunAsk,
    gate::Grant,
    id::{AgentId, ConnectionId, RunId, StreamId, TenantId},
    lease::{Act, Answer, Claim, answer},
    paging::{Listed, Page},
    period::Period,
    run::{Event, FinishOutcome, Phase, Run, RunKind, RunSubject, Totals, state::apply},
};

use crate::{
    audit::{Note, note},
    entity::{run as row, run_log, run_result},
    error::of_db,
    open::Store,
    paging,
    secret::Secrets,
    turn::Turn,
};

mod access;
pub(crate) mod admission;
pub(crate) mod ending;
pub(crate) mod enqueue;
pub(crate) mod finish;
mod follow;
pub(crate) mod lease;
mod purse;
pub(crate) mod reap;
mod renew;
pub(crate) mod rows;

/// A run to be queued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// What it is for.
    pub kind: RunKind,
    /// What it is on.
    pub subject: RunSubject,
}

/// An agent's question for work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeasePoll {
    /// The agent.
    pub agent: AgentId,
    /// Grows by one a poll; the same number again is given the same runs.
    pub poll_seq: u64,
    /// Free slots.
    pub free_slots: u32,
    /// Free slots that may take backfill.
    pub free_background_slots: u32,
}

/// What a poll is given.
#[derive(Clone, Debug)]
pub struct LeaseAnswer {
    /// Whether the agent is known. One that is not must register again.
    pub known: bool,
    /// Whether the agent is to drain.
    pub drain: bool,
    /// Runs, each leased to the agent.
    pub leases: Vec<Leased>,
}

/// The time-limited right to one run, with all that is needed to do it.
#[derive(Clone, Debug)]
pub struct Leased {
    /// The run.
    pub run: RunId,
    /// The fencing token.
    pub epoch: u64,
    /// What it is for.
    pub kind: RunKind,
    /// How often it was tried, from 1.
    pub attempt: u32,
    /// Whose it is.
    pub tenant: TenantId,
    /// The stream, for runs on one.
    pub stream: Option<LeasedStream>,
    /// The records to carry again; only for replay.
    pub keys: Vec<String>,
    /// The days to compare; only for comparisons.
    pub period: Option<Period>,
    /// What to foresee; only for dry runs.
    pub foresee: Option<DryRunAsk>,
    /// The whole flow; only for pre-flight checks.
    pub flow: Option<LeasedFlow>,
    /// The system to read; of a run on one connection, that one.
    pub source: Access,
    /// The system to write.
    pub target: Option<Access>,
    /// How long the lease lasts.
    pub lease: Duration,
}

/// The stream of a leased run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedStream {
    /// The stream.
    pub id: StreamId,
    /// Which entity in which direction.
    pub kind: StreamKind,
    /// Hash of what the agent needs to know.
    pub spec: Fingerprint,
    /// Where to go on: of the backfill when the run is one; nothing for replays.
    pub cursor: Option<Cursor>,
    /// Whether every create is looked up first.
    pub verify: bool,
}

/// The flow of a run that looks at all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedFlow {
    /// Hashes of what the agent needs to know of each of its streams.
    pub specs: Vec<Fingerprint>,
    /// Whether products go from the shop to the accounting system.
    pub shop_is_master: bool,
}

/// One connection with its credentials, for one run.
#[derive(Clone, Debug)]
pub struct Access {
    /// The connection.
    pub connection: ConnectionId,
    /// Its connector.
    pub connector: String,
    /// Settings by name.
    pub settings: BTreeMap<String, String>,
    /// Secrets by name.
    pub secrets: Secrets,
    /// Version of the secrets.
    pub secret_version: u64,
    /// The shop's immutable reference.
    pub shop_ref: Option<ShopRef>,
    /// Requests that may be sent without reserving first.
    pub grant: Grant,
}

/// A run that an agent says it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRun {
    /// The run.
    pub run: RunId,
    /// Its epoch.
    pub epoch: u64,
    /// Counts of the slice under way.
    pub totals: Totals,
    /// Share done in percent.
    pub percent: Option<u32>,
}

/// What became of an agent's leases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewAnswer {
    /// One for each held run, in the order given.
    pub results: Vec<Renewed>,
    /// Whether the agent is to drain.
    pub drain: bool,
}

/// What became of one lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewed {
    /// The run.
    pub run: RunId,
    /// What the agent is told.
    pub answer: Answer,
    /// How long the lease lasts now; nothing when it is lost.
    pub lease: Duration,
}

/// The end of a run or a slice, as its agent tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishItem {
    /// The run.
    pub run: RunId,
    /// Its epoch.
    pub epoch: u64,
    /// How it ended.
    pub outcome: FinishOutcome,
    /// Why it failed or stops.
    pub error: Option<Reason>,
    /// When to try again.
    pub retry: Option<Duration>,
    /// Whether the stream is to stop until a person has acted.
    pub block: bool,
    /// Counts of this slice.
    pub totals: Totals,
    /// What the run found.
    pub result: Option<StoredResult>,
    /// What a test of a connection found.
    pub check: Option<Checked>,
}

/// What a run found, in a form that the store does not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredResult {
    /// Which kind of result it is.
    pub kind: String,
    /// The result.
    pub bytes: Vec<u8>,
}

/// A lease that wants to use one of its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionUse {
    /// The agent.
    pub agent: AgentId,
    /// The run.
    pub run: RunId,
    /// Its epoch.
    pub epoch: u64,
    /// The connection.
    pub connection: ConnectionId,
}

impl Store {
    /// Reads a run: queued, under way or ended. One that ended without anything worth remembering is not found.
    pub async fn run_get(&self, scope: &Scope, id: RunId) -> Result<Run> {
        let active = row::within(scope).filter(row::Column::Id.eq(id.as_uuid()));
        if let Some(row) = active.one(self.reader()).await.map_err(of_db)? {
            return rows::view(&row);
        }
        let ended = run_log::within(scope).filter(run_log::Column::Id.eq(id.as_uuid()));
        let row = ended.one(self.reader()).await.map_err(of_db)?;
        row.map_or_else(|| Err(Error::not_found("run", id)), |row| rows::view_ended(&row))
    }

    /// Lists a tenant's runs, newest first.
    pub async fn run_list(&self, scope: &Scope, tenant: TenantId, page: &Page) -> Result<Listed<Run>> {
        let before = paging::position::<RunId>(page)?;
        let mut active = row::within(scope).filter(row::Column::TenantId.eq(tenant.as_uuid()));
        let mut ended = run_log::within(scope).filter(run_log::Column::TenantId.eq(tenant.as_uuid()));
        if let Some(before) = before {
            active = active.filter(row::Column::Id.lt(before.as_uuid()));
            ended = ended.filter(run_log::Column::Id.lt(before.as_uuid()));
        }
        let active = active.order_by_desc(row::Column::Id).limit(paging::fetch(page));
        let ended = ended
            .order_by_desc(run_log::Column::Id)
            .limit(paging::fetch(page));
        let active = active.all(self.reader()).await.map_err(of_db)?;
        let ended = ended.all(self.reader()).await.map_err(of_db)?;
        let mut runs = active
            .iter()
            .map(rows::view)
            .chain(ended.iter().map(rows::view_ended))
            .collect::<Result<Vec<_>>>()?;
        runs.sort_by_key(|run| std::cmp::Reverse(run.id));
        // one that ended between the two questions is in both
        runs.dedup_by_key(|run| run.id);
        paging::listed(page, runs, |run| run.id, Ok)
    }

    /// What a run found, while it is kept.
    pub async fn run_result(&self, scope: &Scope, id: RunId) -> Result<Option<StoredResult>> {
        let found = run_result::within(scope).filter(run_result::Column::RunId.eq(id.as_uuid()));
        let row = found.one(self.reader()).await.map_err(of_db)?;
        Ok(row.map(|row| StoredResult {
            kind: row.kind,
            bytes: row.bytes,
        }))
    }

    /// Cancels a run. One that an agent has is told at its next renewal; any other ends at once.
    pub async fn run_cancel(&self, scope: &Scope, actor: &Actor, id: RunId) -> Result<Run> {
        let (scope, actor) = (scope.clone(), actor.clone());
        let run = self
            .change(!actor.validate_only, move |turn| {
                Box::pin(async move { cancel(turn, &scope, &actor, id).await })
            })
            .await?;
        self.hint();
        Ok(run)
    }
}

async fn cancel(turn: Turn<'_>, scope: &Scope, actor: &Actor, id: RunId) -> Result<Run> {
    let found = row::within(scope)
        .filter(row::Column::Id.eq(id.as_uuid()))
        .one(turn.txn)
        .await
        .map_err(of_db)?;
    let Some(mut row) = found else {
        let ended = run_log::within(scope).filter(run_log::Column::Id.eq(id.as_uuid()));
        let row = ended.one(turn.txn).await.map_err(of_db)?;
        return row.map_or_else(|| Err(Error::not_found("run", id)), |row| rows::view_ended(&row));
    };
    note(
        turn,
        actor,
        Note::of(Some(TenantId::from_uuid(row.tenant_id)), &format!("runs/{id}")),
    )
    .await?;
    // a person wants to see what became of it
    row.asked = true;
    let next = apply(rows::state_of(&row), Event::Cancel).map_err(Error::internal)?;
    let over = rows::is_over(&next);
    rows::put_state(&mut row, next);
    if over {
        let view = Run {
            phase: Phase::Cancelled,
            ended_at: Some(turn.now),
            ..rows::view(&row)?
        };
        ending::end(
            turn,
            vec![ending::Ended {
                row,
                phase: Phase::Cancelled,
                error: None,
            }],
        )
        .await?;
        return Ok(view);
    }
    rows::save(turn, std::slice::from_ref(&row)).await?;
    rows::view(&row)
}

/// Whether a lease lives and its run is on this connection.
pub(crate) async fn using(turn: Turn<'_>, by: ConnectionUse) -> Result<bool> {
    let held = rows::held(turn, &[by.run]).await?;
    let Some(held) = held.get(&by.run) else {
        return Ok(false);
    };
    let claim = Claim {
        agent: by.agent,
        epoch: by.epoch,
    };
    let told = answer(
        &rows::state_of(&held.run),
        claim,
        Act::UseConnection,
        held.around(),
        turn.now,
    );
    let of_run = [Some(held.run.source_id), held.run.target_id].contains(&Some(by.connection.as_uuid()));
    Ok(told == Answer::Ok && of_run)
}
