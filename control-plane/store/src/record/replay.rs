//! Sending records again, by people and by the clock. Runs read them afresh and wait for their lane if another has it.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, prelude::Uuid, sea_query::Expr,
};
use serde_json::json;
use skarv_domain::{
    Result,
    auth::{Actor, Scope},
    clock::after,
    id::{StreamId, TenantId},
    record::{RecordState, Selection},
    run::{Run, RunAsk, RunKind, RunSubject},
};

use super::{
    select::{KEYS, REPLAY, chosen},
    tale::told,
};
use crate::{
    audit::{Note, note},
    entity::record as row,
    error::of_db,
    open::Store,
    run::enqueue::{By, Request, enqueue},
    stream,
    turn::Turn,
};

/// How long a try that was queued and did not settle its record keeps it from the next try.
pub(super) const TRY: std::time::Duration = std::time::Duration::from_secs(15 * 60);

impl Store {
    /// Sends records again; the runs that do, and how many records there are. Keys that cannot be sent are refused by name.
    pub async fn record_replay(
        &self,
        scope: &Scope,
        actor: &Actor,
        stream: StreamId,
        selection: impl Into<Selection>,
    ) -> Result<(Vec<Run>, usize)> {
        let (scope, actor, selection) = (scope.clone(), actor.clone(), selection.into());
        let sent = self
            .change(!actor.validate_only, move |turn| {
                Box::pin(async move { replay(turn, &scope, &actor, stream, &selection).await })
            })
            .await?;
        self.hint();
        Ok(sent)
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
    selection: &Selection,
) -> Result<(Vec<Run>, usize)> {
    let owner = stream::by_id(turn.txn, scope, stream).await?;
    let rows = chosen(turn.txn, stream, selection, REPLAY).await?;
    let by = By::Caller(scope.clone(), unmarked(actor));
    let keys = |rows: &[row::Model]| rows.iter().map(|row| row.source_key.clone()).collect();
    let requests: Vec<_> = rows
        .chunks(KEYS)
        .map(|rows| request(stream, keys(rows), by.clone()))
        .collect();
    let queued = enqueue(turn, &requests.iter().collect::<Vec<_>>()).await?;
    let runs = queued.into_iter().collect::<Result<Vec<_>>>()?;
    let mut events = Vec::new();
    for (rows, run) in rows.chunks(KEYS).zip(&runs) {
        for row in rows {
            events.push(told(turn, row, actor, "replayed", Some(run.id), &[])?);
        }
    }
    turn.run_over(turn.sql.record_event_put, &events).await?;
    let change = Note {
        tenant: Some(TenantId::from_uuid(owner.tenant_id)),
        resource: &format!("streams/{stream}/records"),
        before: None::<&()>,
        after: Some(&json!({ "replayed": rows.len() })),
    };
    note(turn, actor, change).await?;
    Ok((runs, rows.len()))
}

/// The caller without the mark of the request, which is stored once, with the change as a whole.
pub(super) fn unmarked(actor: &Actor) -> Actor {
    Actor {
        request: None,
        ..actor.clone()
    }
}

pub(super) fn request(stream: StreamId, keys: Vec<String>, by: By) -> Request {
    Request {
        kind: RunKind::Replay,
        subject: RunSubject::Stream(stream),
        ask: RunAsk::Records(keys),
        by,
    }
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
        .flat_map(|(stream, keys)| keys.chunks(KEYS).map(|keys| (*stream, keys.to_vec())));
    let requests: Vec<_> = chunks
        .map(|(stream, keys)| request(StreamId::from_uuid(stream), keys, By::Schedule))
        .collect();
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
