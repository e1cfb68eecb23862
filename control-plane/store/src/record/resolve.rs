//! Settling a write in doubt by what a person found in the target.
//!
//! The write, every record that waits for it, their stories, the runs that send them again and the audit row are one
//! transaction. What may be settled is decided in the domain.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, QueryFilter, prelude::Uuid};
use serde_json::json;
use skarv_canonical::write::Entity;
use skarv_domain::{
    Error, Result,
    auth::{Actor, Scope},
    clock::after,
    id::{StreamId, TenantId},
    record::{Doubt, Record, RecordState, resolved},
    run::Run,
    write::{Finding, Unresolved, WriteState, resolve},
};

use super::{
    read,
    replay::{TRY, request, unmarked},
    select::KEYS,
    standing,
    tale::told,
};
use crate::{
    audit::{Note, note},
    entity::{record as row, stream as stream_row, write as write_row},
    error::of_db,
    open::Store,
    page::{
        demand,
        writes::{Key, Writes, key},
    },
    run::enqueue::{By, enqueue},
    stream,
    turn::Turn,
};

const NOT_UNKNOWN: &str = "RECORD_NOT_UNKNOWN";
const MAY_STILL_ARRIVE: &str = "WRITE_MAY_STILL_ARRIVE";

/// What a person says about a write in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Which write, by entity; not needed when the record has one in doubt.
    pub entity: Option<String>,
    /// What was found.
    pub finding: Finding,
    /// How the person knows.
    pub why: String,
}

impl Resolution {
    fn foreign_id(&self) -> Option<&str> {
        match &self.finding {
            Finding::ExistsAs(id) => Some(id),
            Finding::DoesNotExist => None,
        }
    }
}

/// A record of which a person has told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// How it is since.
    pub record: Record,
    /// The run that sends it again.
    pub run: Option<Run>,
}

/// Who says what.
#[derive(Clone, Copy)]
struct Word<'a> {
    scope: &'a Scope,
    actor: &'a Actor,
    resolution: &'a Resolution,
}

/// The runs that send records again, by stream and source key.
type Runs = BTreeMap<(Uuid, String), Run>;

impl Store {
    /// Settles a write in doubt of a record, and of every other record that waits for the same write.
    pub async fn record_resolve(
        &self,
        scope: &Scope,
        actor: &Actor,
        stream: StreamId,
        source_key: &str,
        resolution: Resolution,
    ) -> Result<Resolved> {
        let (scope, actor, source_key) = (scope.clone(), actor.clone(), source_key.to_owned());
        let resolved = self
            .change(!actor.validate_only, move |turn| {
                Box::pin(async move {
                    let word = Word {
                        scope: &scope,
                        actor: &actor,
                        resolution: &resolution,
                    };
                    settle(turn, word, stream, &source_key).await
                })
            })
            .await?;
        self.hint();
        Ok(resolved)
    }
}

async fn settle(turn: Turn<'_>, word: Word<'_>, stream: StreamId, source_key: &str) -> Result<Resolved> {
    let owner = stream::by_id(turn.txn, word.scope, stream).await?;
    let asked = row::within(word.scope)
        .filter(row::Column::StreamId.eq(stream.as_uuid()))
        .filter(row::Column::SourceKey.eq(source_key))
        .one(turn.txn)
        .await
        .map_err(of_db)?
        .ok_or_else(|| Error::not_found("record", source_key))?;
    let doubt = meant(&asked, word.resolution.entity.as_deref())?;
    settle_write(turn, word, &owner, &asked, &doubt).await?;
    let mut rows = waiting(turn, &owner, &doubt).await?;
    let runs = send_again(turn, word, &mut rows, &doubt).await?;
    turn.run_over(turn.sql.record_put, &rows).await?;
    demand::forget(turn, &delivered(&rows)).await?;
    tell(turn, word, &rows, &runs, &doubt).await?;
    let change = Note {
        tenant: Some(TenantId::from_uuid(owner.tenant_id)),
        resource: &format!("streams/{stream}/records/{source_key}"),
        before: Some(&doubt),
        after: Some(&json!({ "exists_as": word.resolution.foreign_id(), "why": word.resolution.why })),
    };
    note(turn, word.actor, change).await?;
    let place = (asked.stream_id, asked.source_key);
    let own = rows
        .into_iter()
        .find(|row| row.stream_id == place.0 && row.source_key == place.1)
        .ok_or_else(|| Error::internal("a record in doubt does not wait for its write"))?;
    Ok(Resolved {
        record: read(own)?,
        run: runs.get(&place).cloned(),
    })
}

/// The orders that wait for nothing any more.
fn delivered(rows: &[row::Model]) -> Vec<(Uuid, &str)> {
    let adopted = rows
        .iter()
        .filter(|row| row.state == RecordState::Adopted.as_str());
    adopted
        .map(|row| (row.stream_id, row.source_key.as_str()))
        .collect()
}

/// The write that is meant.
fn meant(row: &row::Model, entity: Option<&str>) -> Result<Doubt> {
    let doubts = standing::read(row)?.doubts;
    if row.state != RecordState::Unknown.as_str() || doubts.is_empty() {
        let problem = format!("the record is {}: it has no write to settle by hand", row.state);
        return Err(Error::precondition(NOT_UNKNOWN, &row.source_key, problem));
    }
    let found = match (entity, doubts.as_slice()) {
        (None, [one]) => Some(one),
        (None, _) => None,
        (Some(name), doubts) => doubts.iter().find(|doubt| doubt.entity.as_str() == name),
    };
    found.cloned().ok_or_else(|| {
        let names: Vec<_> = doubts.iter().map(|doubt| doubt.entity.as_str()).collect();
        Error::invalid(
            "entity",
            format!("must be one of those in doubt: {}", names.join(", ")),
        )
    })
}

async fn settle_write(
    turn: Turn<'_>,
    word: Word<'_>,
    owner: &stream_row::Model,
    asked: &row::Model,
    doubt: &Doubt,
) -> Result<()> {
    let key = key(owner.target_id, &doubt.entity, &doubt.our_key);
    let mut writes = Writes::load(turn, BTreeSet::from([key.clone()])).await?;
    let slack = turn.config.timing().slack;
    let since = resolve(writes.get(&key), &word.resolution.finding, slack, turn.now)
        .map_err(|unresolved| refused(&unresolved, &asked.source_key))?;
    if let Some(id) = word.resolution.foreign_id() {
        nobody_elses(turn, &key, doubt, id).await?;
    }
    writes.keep_of(turn, key, (owner.tenant_id, Some(owner.id)), since);
    writes.save(turn).await
}

fn refused(unresolved: &Unresolved, source_key: &str) -> Error {
    let (reason, problem) = match unresolved {
        Unresolved::NotUnknown => (
            NOT_UNKNOWN,
            "the write is not in doubt any more: send the record again with ReplayRecords".to_owned(),
        ),
        Unresolved::Stands { foreign_id } => (
            NOT_UNKNOWN,
            format!(
                "the write was found meanwhile as `{foreign_id}`: send the record again with ReplayRecords"
            ),
        ),
        Unresolved::Underway => (
            MAY_STILL_ARRIVE,
            "a run has the write: wait until it has ended, then read the record".to_owned(),
        ),
        Unresolved::MayArrive { wait } => (
            MAY_STILL_ARRIVE,
            format!(
                "the write may still arrive: look again in {} seconds, then say",
                wait.as_secs() + 1
            ),
        ),
    };
    Error::precondition(reason, source_key, problem)
}

/// One document is not two orders' invoice. A card may be several customers' of the shop.
async fn nobody_elses(turn: Turn<'_>, key: &Key, doubt: &Doubt, id: &str) -> Result<()> {
    if doubt.entity == Entity::Customer {
        return Ok(());
    }
    let other = write_row::within(&Scope::System("whose document it is"))
        .filter(write_row::Column::TargetId.eq(key.0))
        .filter(write_row::Column::Entity.eq(&key.1))
        .filter(write_row::Column::State.eq(WriteState::Done.as_i16()))
        .filter(write_row::Column::ForeignId.eq(id))
        .one(turn.txn)
        .await
        .map_err(of_db)?;
    other.map_or(Ok(()), |other| {
        let problem = format!("is the {} of `{}` already", other.entity, other.our_key);
        Err(Error::invalid("exists_as", problem))
    })
}

/// The records that wait for a write, of whatever stream into the same target.
async fn waiting(turn: Turn<'_>, owner: &stream_row::Model, doubt: &Doubt) -> Result<Vec<row::Model>> {
    let tenant = Scope::Tenant(TenantId::from_uuid(owner.tenant_id));
    let streams = stream_row::within(&tenant)
        .filter(stream_row::Column::TargetId.eq(owner.target_id))
        .all(turn.txn)
        .await
        .map_err(of_db)?;
    let unknown = row::within(&tenant)
        .filter(row::Column::StreamId.is_in(streams.iter().map(|stream| stream.id)))
        .filter(row::Column::State.eq(RecordState::Unknown.as_str()))
        .all(turn.txn)
        .await
        .map_err(of_db)?;
    let mut rows = Vec::new();
    for row in unknown {
        if standing::read(&row)?.doubts.contains(doubt) {
            rows.push(row);
        }
    }
    rows.sort_by(|a, b| (a.stream_id, &a.source_key).cmp(&(b.stream_id, &b.source_key)));
    Ok(rows)
}

/// Puts each record as it is since, and queues those with something left to send.
async fn send_again(turn: Turn<'_>, word: Word<'_>, rows: &mut [row::Model], doubt: &Doubt) -> Result<Runs> {
    for row in rows.iter_mut() {
        let since = resolved(&standing::read(row)?, doubt, &word.resolution.finding, turn.now);
        standing::put(turn, row, &since)?;
    }
    let mut runs = Runs::new();
    for rows in rows.chunk_by_mut(|a, b| a.stream_id == b.stream_id) {
        for rows in rows.chunks_mut(KEYS) {
            queue(turn, word, rows, doubt, &mut runs).await?;
        }
    }
    Ok(runs)
}

/// Queues those of a stream's records of which something may be left to send: after an invoice or a credit note that stands there
/// may be a payment. A stream that is off sends the parked ones by itself when it is on again, because their next try is due.
async fn queue(
    turn: Turn<'_>,
    word: Word<'_>,
    rows: &mut [row::Model],
    doubt: &Doubt,
    runs: &mut Runs,
) -> Result<()> {
    let parked = RecordState::Parked.as_str();
    let paid_after = matches!(doubt.entity, Entity::Invoice | Entity::Credit);
    let left = |row: &&mut row::Model| {
        row.state == parked || paid_after && row.state == RecordState::Adopted.as_str()
    };
    let mut rows: Vec<_> = rows.iter_mut().filter(left).collect();
    let Some(stream) = rows.first().map(|row| StreamId::from_uuid(row.stream_id)) else {
        return Ok(());
    };
    let keys = rows.iter().map(|row| row.source_key.clone()).collect();
    let by = By::Caller(word.scope.clone(), unmarked(word.actor));
    let run = match enqueue(turn, &[&request(stream, keys, by)]).await?.pop() {
        Some(Ok(run)) => run,
        None | Some(Err(Error::FailedPrecondition { .. })) => return Ok(()),
        Some(Err(error)) => return Err(error),
    };
    for row in &mut rows {
        let retry = || after(turn.now, TRY).timestamp_micros();
        row.retry_at = (row.state == parked).then(retry);
        runs.insert((row.stream_id, row.source_key.clone()), run.clone());
    }
    Ok(())
}

async fn tell(turn: Turn<'_>, word: Word<'_>, rows: &[row::Model], runs: &Runs, doubt: &Doubt) -> Result<()> {
    let (entity, id) = (doubt.entity.as_str(), word.resolution.foreign_id());
    let mut facts = vec![
        ("why", word.resolution.why.as_str()),
        ("entity", entity),
        ("reference", doubt.our_key.as_str()),
        ("exists", if id.is_some() { "yes" } else { "no" }),
    ];
    facts.extend(id.map(|id| (entity, id)));
    let event = |row: &row::Model| {
        let run = runs.get(&(row.stream_id, row.source_key.clone()));
        told(turn, row, word.actor, "resolved", run.map(|run| run.id), &facts)
    };
    let events = rows.iter().map(event).collect::<Result<Vec<_>>>()?;
    turn.run_over(turn.sql.record_event_put, &events).await.map(drop)
}
