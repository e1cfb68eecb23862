//! The switch on each stream: with its flow, by itself, or blocked until a person has acted. Where a stream is stays as it is.
//!
//! A stream is on when its flow is, has settings for it, and no person has switched it off. Off, what is queued for it ends;
//! what an agent has is told at its next renewal.

use std::time::Duration;

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use skarv_canonical::{
    Class, Reason,
    spec::{FlowSpec, StreamKind, StreamSpec},
};
use skarv_domain::{
    Error, Result,
    auth::{Actor, Scope},
    clock::{after, micros_of},
    flow::FlowState,
    id::{ConnectionId, FlowId, StreamId, TenantId},
    run::{Phase, RunKind},
    stream::{Stream, StreamChange, StreamState},
};

use super::{by_id, of_flow};
use crate::{
    audit::{Note, note},
    entity::{run, stream as row},
    error::of_db,
    flow, json,
    open::Store,
    run::{
        ending::{Ended, end},
        rows,
    },
    turn::Turn,
};

impl Store {
    /// Changes when a stream runs: how often, and whether it is on when its flow is.
    pub async fn stream_update(
        &self,
        scope: &Scope,
        actor: &Actor,
        id: StreamId,
        change: StreamChange,
    ) -> Result<Stream> {
        let (scope, actor) = (scope.clone(), actor.clone());
        let row = self
            .change(!actor.validate_only, move |turn| {
                Box::pin(async move { update(turn, &scope, &actor, id, change).await })
            })
            .await?;
        self.hint();
        self.stream_read(row).await
    }

    /// Puts a blocked stream back to work, due at once.
    pub async fn stream_unblock(&self, scope: &Scope, actor: &Actor, id: StreamId) -> Result<()> {
        let (scope, actor) = (scope.clone(), actor.clone());
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move {
                let row = by_id(turn.txn, &scope, id).await?;
                turn_on(turn, blocked().add(row::Column::Id.eq(id.as_uuid()))).await?;
                let tenant = Some(TenantId::from_uuid(row.tenant_id));
                note(turn, &actor, Note::of(tenant, &format!("streams/{id}"))).await
            })
        })
        .await
    }
}

async fn update(
    turn: Turn<'_>,
    scope: &Scope,
    actor: &Actor,
    id: StreamId,
    change: StreamChange,
) -> Result<row::Model> {
    let before = by_id(turn.txn, scope, id).await?;
    if let Some(interval) = change.interval {
        pace(turn, &before, interval).await?;
    }
    match change.enabled {
        Some(true) => enable(turn, scope, &before).await?,
        Some(false) => disable(turn, id).await?,
        None => {}
    }
    let after = by_id(turn.txn, scope, id).await?;
    // what is so already is no change
    if after != before {
        let said = |row: &row::Model| json!({ "enabled": row.enabled, "state": row.state, "interval_us": row.interval_us });
        let changed = Note {
            tenant: Some(TenantId::from_uuid(before.tenant_id)),
            resource: &format!("streams/{id}"),
            before: Some(&said(&before)),
            after: Some(&said(&after)),
        };
        note(turn, actor, changed).await?;
    }
    Ok(after)
}

/// A shorter interval counts at once, a longer one from the next run on.
async fn pace(turn: Turn<'_>, stream: &row::Model, interval: Duration) -> Result<()> {
    let soon = after(turn.now, interval).timestamp_micros();
    row::Entity::update_many()
        .col_expr(row::Column::IntervalUs, Expr::value(micros_of(interval)))
        .col_expr(
            row::Column::NextDueAt,
            Expr::value(stream.next_due_at.map(|due| due.min(soon))),
        )
        .filter(row::Column::Id.eq(stream.id))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(())
}

/// On with its flow from now on: due at once when the flow is on and the stream was not.
async fn enable(turn: Turn<'_>, scope: &Scope, stream: &row::Model) -> Result<()> {
    let flow = flow::by_id(turn.txn, scope, FlowId::from_uuid(stream.flow_id)).await?;
    let spec: FlowSpec = json::read(&flow.spec)?;
    let mut kinds = spec.streams().into_iter().map(|spec: StreamSpec| spec.kind());
    let Some(kind) = kinds.find(|kind| kind.as_str() == stream.kind) else {
        let problem =
            "the flow has no settings for this stream: give them with UpdateFlow, which switches it on";
        return Err(Error::precondition(
            "STREAM_HAS_NO_SETTINGS",
            &stream.kind,
            problem,
        ));
    };
    set_enabled(turn, StreamId::from_uuid(stream.id), true).await?;
    if flow.state == FlowState::Active.as_str() {
        switch_on(turn, FlowId::from_uuid(flow.id), std::iter::once(kind)).await?;
    }
    Ok(())
}

async fn disable(turn: Turn<'_>, id: StreamId) -> Result<()> {
    set_enabled(turn, id, false).await?;
    turn_off(turn, &[id]).await
}

async fn set_enabled(turn: Turn<'_>, id: StreamId, enabled: bool) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::Enabled, Expr::value(enabled))
        .filter(row::Column::Id.eq(id.as_uuid()))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(())
}

/// Switches streams of a flow on that no person has switched off: due at once, and no longer blocked.
pub(crate) async fn switch_on(
    turn: Turn<'_>,
    flow: FlowId,
    kinds: impl Iterator<Item = StreamKind>,
) -> Result<()> {
    let resting = Condition::all()
        .add(row::Column::State.ne(StreamState::On.as_str()))
        .add(row::Column::Enabled.eq(true))
        .add(row::Column::FlowId.eq(flow.as_uuid()))
        .add(row::Column::Kind.is_in(kinds.map(StreamKind::as_str)));
    turn_on(turn, resting).await
}

/// Puts the blocked streams of a connection back to work.
pub(crate) async fn unblock_of(turn: Turn<'_>, connection: ConnectionId) -> Result<()> {
    let id = connection.as_uuid();
    let of_it = Condition::any()
        .add(row::Column::SourceId.eq(id))
        .add(row::Column::TargetId.eq(id));
    turn_on(turn, blocked().add(of_it)).await
}

fn blocked() -> Condition {
    Condition::all().add(row::Column::State.eq(StreamState::Blocked.as_str()))
}

async fn turn_on(turn: Turn<'_>, which: Condition) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::State, Expr::value(StreamState::On.as_str()))
        .col_expr(row::Column::BlockReason, Expr::value(None::<String>))
        .col_expr(row::Column::NextDueAt, Expr::value(turn.micros()))
        .filter(which)
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(())
}

/// Switches streams of a flow off: those of these kinds, all when none is named.
pub(crate) async fn switch_off(turn: Turn<'_>, flow: FlowId, kinds: &[StreamKind]) -> Result<()> {
    let streams = of_flow(turn.txn, &Scope::System("switch"), flow).await?;
    let meant =
        |stream: &&row::Model| kinds.is_empty() || kinds.iter().any(|kind| kind.as_str() == stream.kind);
    let ids: Vec<_> = streams
        .iter()
        .filter(meant)
        .map(|stream| StreamId::from_uuid(stream.id))
        .collect();
    turn_off(turn, &ids).await
}

/// Switches streams off and takes away what is queued for them.
async fn turn_off(turn: Turn<'_>, streams: &[StreamId]) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::State, Expr::value(StreamState::Off.as_str()))
        .col_expr(row::Column::NextDueAt, Expr::value(None::<i64>))
        .filter(row::Column::Id.is_in(streams.iter().map(|id| id.as_uuid())))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    end_queued(turn, streams).await
}

/// Ends what is queued for streams that were just switched off or blocked. What runs is told at its next renewal.
pub(crate) async fn end_queued(turn: Turn<'_>, streams: &[StreamId]) -> Result<()> {
    let carrying = RunKind::ALL
        .into_iter()
        .filter(|kind| kind.carries())
        .map(RunKind::as_str);
    let queued = run::within(&Scope::System("streams that are off"))
        .filter(run::Column::StreamId.is_in(streams.iter().map(|id| id.as_uuid())))
        .filter(run::Column::Kind.is_in(carrying))
        .filter(run::Column::State.ne(rows::LEASED))
        .all(turn.txn)
        .await
        .map_err(of_db)?;
    let over = |row| Ended {
        row,
        phase: Phase::Cancelled,
        error: Some(switched_off()),
    };
    end(turn, queued.into_iter().map(over).collect()).await
}

/// Why a run ends that nobody will lease.
pub(crate) fn switched_off() -> Reason {
    Reason::new(Class::Configuration, "stream_off").fix("activate_flow")
}
