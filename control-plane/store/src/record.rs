//! Records: how each is, its story, and sending parked ones again.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    prelude::Uuid, sea_query::Expr,
};
use skarv_domain::{
    Error, Result,
    auth::{Actor, Scope},
    clock::after,
    id::{RunId, StreamId, TenantId},
    paging::{Listed, Page},
    record::{Amount, Record, RecordEvent, RecordState},
    run::{Run, RunKind, RunSubject},
};

use crate::{
    clockwork::{instant, instant_of},
    entity::{record as row, record_event},
    error::{of_db, unreadable},
    json,
    open::Store,
    page::EventPut,
    paging,
    run::enqueue::{By, Request, enqueue},
    stream,
    turn::Turn,
};

/// Keys in one replay.
const REPLAY: usize = 500;
/// How long a try that was queued and did not settle its record keeps it from the next try.
const TRY: std::time::Duration = std::time::Duration::from_secs(15 * 60);

impl Store {
    /// Reads one record of a stream.
    pub async fn record_get(&self, scope: &Scope, stream: StreamId, source_key: &str) -> Result<Record> {
        let found = row::within(scope)
            .filter(row::Column::StreamId.eq(stream.as_uuid()))
            .filter(row::Column::SourceKey.eq(source_key))
            .one(self.reader())
            .await
            .map_err(of_db)?;
        found.map_or_else(|| Err(Error::not_found("record", source_key)), read)
    }

    /// Lists the records of a stream, latest change first; with `state` only those in it.
    pub async fn record_list(
        &self,
        scope: &Scope,
        stream: StreamId,
        state: Option<RecordState>,
        page: &Page,
    ) -> Result<Listed<Record>> {
        let mut query = row::within(scope).filter(row::Column::StreamId.eq(stream.as_uuid()));
        if let Some(state) = state {
            query = query.filter(row::Column::State.eq(state.as_str()));
        }
        if let Some((at, key)) = paging::position::<(i64, String)>(page)? {
            let same = Condition::all()
                .add(row::Column::UpdatedAt.eq(at))
                .add(row::Column::SourceKey.lt(key));
            query = query.filter(Condition::any().add(row::Column::UpdatedAt.lt(at)).add(same));
        }
        let ordered = query
            .order_by_desc(row::Column::UpdatedAt)
            .order_by_desc(row::Column::SourceKey);
        let rows = ordered
            .limit(paging::fetch(page))
            .all(self.reader())
            .await
            .map_err(of_db)?;
        paging::listed(page, rows, |row| (row.updated_at, row.source_key.clone()), read)
    }

    /// A record and what happened to it, oldest first.
    pub async fn record_story(
        &self,
        scope: &Scope,
        stream: StreamId,
        source_key: &str,
    ) -> Result<(Record, Vec<RecordEvent>)> {
        let record = self.record_get(scope, stream, source_key).await?;
        let events = record_event::within(scope)
            .filter(record_event::Column::StreamId.eq(stream.as_uuid()))
            .filter(record_event::Column::SourceKey.eq(source_key))
            .order_by_asc(record_event::Column::Id)
            .all(self.reader())
            .await
            .map_err(of_db)?;
        Ok((record, events.into_iter().map(read_event).collect::<Result<_>>()?))
    }

    /// Sends parked records again. The run reads them afresh and waits for its lane if another has it. Keys that are not
    /// parked are refused by name.
    pub async fn record_replay(
        &self,
        scope: &Scope,
        actor: &Actor,
        stream: StreamId,
        source_keys: Vec<String>,
    ) -> Result<Run> {
        let (scope, actor) = (scope.clone(), actor.clone());
        let run = self
            .change(!actor.validate_only, move |turn| {
                Box::pin(async move { replay(turn, &scope, &actor, stream, source_keys).await })
            })
            .await?;
        self.hint();
        Ok(run)
    }

    /// Sends parked records again whose time for another try has come, at most so many. Answers how many.
    pub async fn record_retry(&self, limit: u32) -> Result<u32> {
        let count = self
            .change(true, move |turn| {
                Box::pin(async move { retry(turn, limit).await })
            })
            .await?;
        if count > 0 {
            self.hint();
        }
        Ok(count)
    }
}

async fn replay(
    turn: Turn<'_>,
    scope: &Scope,
    actor: &Actor,
    stream: StreamId,
    source_keys: Vec<String>,
) -> Result<Run> {
    let owner = stream::by_id(turn.txn, scope, stream).await?;
    let keys: BTreeSet<_> = source_keys.into_iter().collect();
    if keys.is_empty() || keys.len() > REPLAY {
        return Err(Error::invalid(
            "source_keys",
            format!("must be 1 to {REPLAY} keys"),
        ));
    }
    let parked = parked(turn.txn, stream, &keys).await?;
    let others: Vec<_> = keys.difference(&parked).map(String::as_str).collect();
    if !others.is_empty() {
        return Err(Error::invalid(
            "source_keys",
            format!("not parked: {}", others.join(", ")),
        ));
    }
    let by = By::Caller(scope.clone(), actor.clone());
    let request = Request {
        kind: RunKind::Replay,
        subject: RunSubject::Stream(stream),
        keys: keys.iter().cloned().collect(),
        by,
    };
    let run = one(enqueue(turn, &[&request]).await?)?;
    let told = keys
        .iter()
        .map(|key| told(turn, owner.tenant_id, stream, key, run.id, actor));
    let told = told.collect::<Result<Vec<_>>>()?;
    turn.run_over(turn.sql.record_event_put, &told).await?;
    Ok(run)
}

fn one(answers: Vec<Result<Run>>) -> Result<Run> {
    answers
        .into_iter()
        .next()
        .unwrap_or_else(|| Err(Error::internal("a request was not answered")))
}

async fn parked(
    db: &impl ConnectionTrait,
    stream: StreamId,
    keys: &BTreeSet<String>,
) -> Result<BTreeSet<String>> {
    let rows = row::within(&Scope::System("records to send again"))
        .filter(row::Column::StreamId.eq(stream.as_uuid()))
        .filter(row::Column::State.eq(RecordState::Parked.as_str()))
        .filter(row::Column::SourceKey.is_in(keys))
        .all(db)
        .await
        .map_err(of_db)?;
    Ok(rows.into_iter().map(|row| row.source_key).collect())
}

/// The line of a story that says who sent it again.
fn told(
    turn: Turn<'_>,
    tenant: Uuid,
    stream: StreamId,
    key: &str,
    run: RunId,
    actor: &Actor,
) -> Result<EventPut> {
    Ok(EventPut {
        tenant_id: tenant,
        stream_id: stream.as_uuid(),
        source_key: key.to_owned(),
        at: turn.micros(),
        run_id: Some(run.as_uuid()),
        what: "replayed".to_owned(),
        facts: json::text(&BTreeMap::from([("by", &actor.who)]))?,
        reason: None,
    })
}

async fn retry(turn: Turn<'_>, limit: u32) -> Result<u32> {
    let due = row::within(&Scope::System("records whose next try has come"))
        .filter(row::Column::StreamId.in_subquery(stream::ids_on()))
        .filter(row::Column::State.eq(RecordState::Parked.as_str()))
        .filter(row::Column::RetryAt.lte(turn.micros()))
        .order_by_asc(row::Column::RetryAt)
        .limit(u64::from(limit))
        .all(turn.txn)
        .await
        .map_err(of_db)?;
    let mut by_stream = BTreeMap::<Uuid, Vec<String>>::new();
    for record in &due {
        by_stream
            .entry(record.stream_id)
            .or_default()
            .push(record.source_key.clone());
    }
    let chunks = by_stream
        .iter()
        .flat_map(|(stream, keys)| keys.chunks(REPLAY).map(|keys| (*stream, keys.to_vec())));
    let request = |(stream, keys)| Request {
        kind: RunKind::Replay,
        subject: RunSubject::Stream(StreamId::from_uuid(stream)),
        keys,
        by: By::Schedule,
    };
    let requests: Vec<_> = chunks.map(request).collect();
    for run in enqueue(turn, &requests.iter().collect::<Vec<_>>()).await? {
        run?;
    }
    put_off(turn, &by_stream).await?;
    Ok(u32::try_from(due.len()).unwrap_or(u32::MAX))
}

/// What is being tried is not due meanwhile; its outcome sets its next try, or this passes when there was none.
async fn put_off(turn: Turn<'_>, tried: &BTreeMap<Uuid, Vec<String>>) -> Result<()> {
    let until = after(turn.now, TRY).timestamp_micros();
    for (stream, keys) in tried {
        row::Entity::update_many()
            .col_expr(row::Column::RetryAt, Expr::value(until))
            .filter(row::Column::StreamId.eq(*stream))
            .filter(row::Column::SourceKey.is_in(keys))
            .exec(turn.txn)
            .await
            .map_err(of_db)?;
    }
    Ok(())
}

fn read(row: row::Model) -> Result<Record> {
    let amount = row
        .amount
        .zip(row.currency)
        .map(|(minor, currency)| Amount { minor, currency });
    Ok(Record {
        tenant: TenantId::from_uuid(row.tenant_id),
        stream: StreamId::from_uuid(row.stream_id),
        source_key: row.source_key,
        reference: row.reference,
        state: RecordState::parse(&row.state).ok_or_else(unreadable("record state"))?,
        reason: json::read_of(row.reason.as_deref())?,
        amount,
        retry_at: instant_of(row.retry_at),
        updated_at: instant(row.updated_at),
    })
}

fn read_event(row: record_event::Model) -> Result<RecordEvent> {
    Ok(RecordEvent {
        at: instant(row.at),
        run: row.run_id.map(RunId::from_uuid),
        what: row.what,
        facts: json::read(&row.facts)?,
        reason: json::read_of(row.reason.as_deref())?,
    })
}
