//! The end of runs, whatever ended them: what is remembered, what follows, who gets the lane.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, QueryFilter, prelude::Uuid};
use serde::Serialize;
use skarv_canonical::Reason;
use skarv_domain::{
    Result,
    auth::Scope,
    id::StreamId,
    run::{Phase, RunAsk, RunKind, RunSubject},
    schedule::must_follow,
    stream::StreamState,
};

use super::{
    enqueue::{By, Request, enqueue},
    rows,
};
use crate::{
    entity::{run as row, stream},
    error::of_db,
    json,
    turn::Turn,
};

/// A run that ends.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its row, with the totals of its last slice counted in.
    pub(crate) row: row::Model,
    /// How it ended.
    pub(crate) phase: Phase,
    /// Why, where there is a reason.
    pub(crate) error: Option<Reason>,
}

#[derive(Serialize)]
struct LogPut {
    id: Uuid,
    tenant_id: Uuid,
    stream_id: Option<Uuid>,
    connection_id: Option<Uuid>,
    kind: String,
    outcome: &'static str,
    epoch: i64,
    totals: String,
    error: Option<String>,
    created_at: i64,
    ended_at: i64,
}

#[derive(Serialize)]
struct StreamPut {
    id: Uuid,
    run: Uuid,
    epoch: i64,
    ok_at: Option<i64>,
    empty: i64,
}

/// Ends runs: remembers what is worth it, deletes their rows, hands their lanes on and queues what must follow.
pub(crate) async fn end(turn: Turn<'_>, ended: Vec<Ended>) -> Result<()> {
    if ended.is_empty() {
        return Ok(());
    }
    let (mut logs, mut marks) = (Vec::new(), Vec::new());
    for ended in &ended {
        logs.extend(log_of(turn, ended)?);
        marks.extend(mark_of(turn, ended)?);
    }
    turn.run_over(turn.sql.run_log_put, &logs).await?;
    turn.run_over(turn.sql.stream_ended, &marks).await?;
    let ids: Vec<_> = ended.iter().map(|ended| ended.row.id).collect();
    turn.run_over(turn.sql.run_delete, &ids).await?;
    follow(turn, &ended).await?;
    rows::grant_lanes(turn, ended.iter().filter_map(|ended| rows::lane_of(&ended.row))).await
}

/// What is remembered of a run: nothing when it read nothing, went well and nobody asked for it.
fn log_of(turn: Turn<'_>, ended: &Ended) -> Result<Option<LogPut>> {
    let row = &ended.row;
    let totals = rows::totals_of(row)?;
    let failed = ended.phase == Phase::Failed;
    if !(row.asked || failed || totals.notable()) {
        return Ok(None);
    }
    let on_connection = rows::kind_of(row)?.on_connection();
    Ok(Some(LogPut {
        id: row.id,
        tenant_id: row.tenant_id,
        stream_id: row.stream_id,
        connection_id: on_connection.then_some(row.source_id),
        kind: row.kind.clone(),
        outcome: ended.phase.as_str(),
        epoch: row.epoch,
        totals: json::text(&totals)?,
        error: json::text_of(ended.error.as_ref())?,
        created_at: row.created_at,
        ended_at: turn.micros(),
    }))
}

fn mark_of(turn: Turn<'_>, ended: &Ended) -> Result<Option<StreamPut>> {
    let row = &ended.row;
    let kind = rows::kind_of(row)?;
    let Some(id) = row.stream_id.filter(|_| kind.carries()) else {
        return Ok(None);
    };
    let settled = ended.phase == Phase::Succeeded && kind == RunKind::Sync;
    let empty = settled && !rows::totals_of(row)?.notable();
    let ok_at = settled.then(|| turn.micros());
    Ok(Some(StreamPut {
        id,
        run: row.id,
        epoch: row.epoch,
        ok_at,
        empty: i64::from(empty),
    }))
}

/// Queues another run for each stream that was asked for after the ended one had started.
async fn follow(turn: Turn<'_>, ended: &[Ended]) -> Result<()> {
    let noted: BTreeMap<_, _> = ended
        .iter()
        .filter(|ended| ended.row.kind == RunKind::Sync.as_str())
        .filter_map(|ended| Some((ended.row.stream_id?, ended.row.wanted_seq?)))
        .collect();
    if noted.is_empty() {
        return Ok(());
    }
    let streams = stream::within(&Scope::System("requests during a run"))
        .filter(stream::Column::Id.is_in(noted.keys().copied()))
        .filter(stream::Column::State.eq(StreamState::On.as_str()))
        .all(turn.txn)
        .await
        .map_err(of_db)?;
    let again = |stream: &&stream::Model| {
        let noted = noted.get(&stream.id).map(|noted| noted.unsigned_abs());
        must_follow(stream.wanted_seq.unsigned_abs(), noted)
    };
    let request = |stream: &stream::Model| Request {
        kind: RunKind::Sync,
        subject: RunSubject::Stream(StreamId::from_uuid(stream.id)),
        ask: RunAsk::Nothing,
        by: By::Follow,
    };
    let requests: Vec<_> = streams.iter().filter(again).map(request).collect();
    enqueue(turn, &requests.iter().collect::<Vec<_>>())
        .await
        .map(drop)
}
