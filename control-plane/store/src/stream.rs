//! Streams: when they are due, and when people ask for them. The switch on each is in `switch`.

use std::time::Duration;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    prelude::Uuid,
    sea_query::{Expr, SelectStatement},
};
use serde::Serialize;
use skarv_canonical::{Cursor, Fingerprint, spec::StreamKind};
use skarv_domain::{
    Error, Result,
    auth::{Actor, Scope},
    id::{ConnectionId, FlowId, RunId, StreamId, TenantId},
    run::{Look, Run, RunAsk, RunKind, RunSubject},
    schedule::next_due,
    stream::{Stream, StreamState, parse_kind},
};

use crate::{
    audit::{Note, note},
    clockwork::{instant, instant_of},
    entity::{run, stream as row},
    error::{of_db, unreadable},
    json,
    open::Store,
    run::enqueue::{By, Request, enqueue},
    turn::Turn,
};

mod switch;

pub(crate) use switch::{end_queued, switch_off, switch_on, switched_off, unblock_of};

impl Store {
    /// Reads a stream of a flow by its kind.
    pub async fn stream_get(&self, scope: &Scope, flow: FlowId, kind: StreamKind) -> Result<Stream> {
        let found = row::within(scope)
            .filter(row::Column::FlowId.eq(flow.as_uuid()))
            .filter(row::Column::Kind.eq(kind.as_str()))
            .one(self.reader())
            .await
            .map_err(of_db)?;
        let row = found.ok_or_else(|| Error::not_found("stream", kind.as_str()))?;
        self.stream_read(row).await
    }

    /// Reads a stream by its id.
    pub async fn stream_by_id(&self, scope: &Scope, id: StreamId) -> Result<Stream> {
        let row = by_id(self.reader(), scope, id).await?;
        self.stream_read(row).await
    }

    /// Lists the streams of a flow.
    pub async fn stream_list(&self, scope: &Scope, flow: FlowId) -> Result<Vec<Stream>> {
        let mut streams = Vec::new();
        for row in of_flow(self.reader(), scope, flow).await? {
            streams.push(self.stream_read(row).await?);
        }
        Ok(streams)
    }

    /// Asks for a stream to run now. Answers the run that is queued or under way; a request during a run is not lost:
    /// another follows it.
    pub async fn stream_request(&self, scope: &Scope, actor: &Actor, id: StreamId) -> Result<Run> {
        self.ask(scope, actor, id, (RunKind::Sync, RunAsk::Nothing)).await
    }

    /// Asks for everything of a stream to be carried, from the beginning. One that is queued or under way is answered instead.
    pub async fn stream_backfill(&self, scope: &Scope, actor: &Actor, id: StreamId) -> Result<Run> {
        self.ask(scope, actor, id, (RunKind::Backfill, RunAsk::Nothing))
            .await
    }

    /// Asks for a stream's two systems to be looked at, whether the stream is on or not. A look at the same that is queued or under
    /// way is answered instead.
    pub async fn stream_look(&self, scope: &Scope, actor: &Actor, id: StreamId, what: Look) -> Result<Run> {
        self.ask(scope, actor, id, what.run()).await
    }

    async fn ask(
        &self,
        scope: &Scope,
        actor: &Actor,
        id: StreamId,
        (kind, ask): (RunKind, RunAsk),
    ) -> Result<Run> {
        self.request(Request {
            kind,
            subject: RunSubject::Stream(id),
            ask,
            by: By::Caller(scope.clone(), actor.clone()),
        })
        .await
    }

    /// Has the next creates of a stream looked up first, or no longer: for a tenant that moves in from another integration,
    /// and after a restore.
    pub async fn stream_set_verify(
        &self,
        scope: &Scope,
        actor: &Actor,
        id: StreamId,
        verify: bool,
    ) -> Result<()> {
        let (scope, actor) = (scope.clone(), actor.clone());
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move {
                let row = by_id(turn.txn, &scope, id).await?;
                let this = row::Entity::update_many().filter(row::Column::Id.eq(id.as_uuid()));
                this.col_expr(row::Column::Verify, Expr::value(verify))
                    .exec(turn.txn)
                    .await
                    .map_err(of_db)?;
                let tenant = Some(TenantId::from_uuid(row.tenant_id));
                note(turn, &actor, Note::of(tenant, &format!("streams/{id}"))).await
            })
        })
        .await
    }

    /// Asks for every stream that is due, at most so many, and sets when each is due next. Answers how many.
    pub async fn stream_schedule(&self, limit: u32) -> Result<u32> {
        let count = self
            .change(true, move |turn| {
                Box::pin(async move { schedule(turn, limit).await })
            })
            .await?;
        if count > 0 {
            self.hint();
        }
        Ok(count)
    }

    async fn stream_read(&self, row: row::Model) -> Result<Stream> {
        let runs = run::within(&Scope::System("active run of a stream"))
            .filter(run::Column::StreamId.eq(row.id))
            .filter(
                run::Column::Kind
                    .is_in([RunKind::Sync, RunKind::Backfill, RunKind::Replay].map(RunKind::as_str)),
            )
            .all(self.reader())
            .await
            .map_err(of_db)?;
        // the one that has the lane, or else the one that came first
        let active = runs.iter().min_by_key(|run| (run.lane.is_none(), run.since_at));
        read(row, active.map(|run| RunId::from_uuid(run.id)))
    }
}

#[derive(Serialize)]
struct Due {
    id: Uuid,
    at: i64,
}

async fn schedule(turn: Turn<'_>, limit: u32) -> Result<u32> {
    let due = row::within(&Scope::System("schedule"))
        .filter(row::Column::State.eq(StreamState::On.as_str()))
        .filter(row::Column::NextDueAt.lte(turn.micros()))
        .order_by_asc(row::Column::NextDueAt)
        .limit(u64::from(limit))
        .all(turn.txn)
        .await
        .map_err(of_db)?;
    let next = |row: &row::Model| {
        let was = row.next_due_at.map_or(turn.now, instant);
        let interval = Duration::from_micros(row.interval_us.unsigned_abs());
        Due {
            id: row.id,
            at: next_due(was, interval, turn.now).timestamp_micros(),
        }
    };
    let request = |row: &row::Model| Request {
        kind: RunKind::Sync,
        subject: RunSubject::Stream(StreamId::from_uuid(row.id)),
        ask: RunAsk::Nothing,
        by: By::Schedule,
    };
    turn.run_over(turn.sql.stream_due_put, &due.iter().map(next).collect::<Vec<_>>())
        .await?;
    let requests: Vec<_> = due.iter().map(request).collect();
    for (asked, run) in due
        .iter()
        .zip(enqueue(turn, &requests.iter().collect::<Vec<_>>()).await?)
    {
        if let Err(error) = run {
            tracing::error!(stream = %asked.id, %error, "a stream that is due was not queued");
        }
    }
    Ok(u32::try_from(due.len()).unwrap_or(u32::MAX))
}

/// The streams that are on, for queries over what belongs to streams.
pub(crate) fn ids_on() -> SelectStatement {
    let on = row::within(&Scope::System("streams that are on"))
        .filter(row::Column::State.eq(StreamState::On.as_str()));
    on.select_only().column(row::Column::Id).into_query()
}

pub(crate) async fn of_flow(
    db: &impl ConnectionTrait,
    scope: &Scope,
    flow: FlowId,
) -> Result<Vec<row::Model>> {
    let own = row::within(scope).filter(row::Column::FlowId.eq(flow.as_uuid()));
    own.order_by_asc(row::Column::Kind).all(db).await.map_err(of_db)
}

/// The row of a stream that the scope may see.
pub(crate) async fn by_id(db: &impl ConnectionTrait, scope: &Scope, id: StreamId) -> Result<row::Model> {
    let found = row::within(scope)
        .filter(row::Column::Id.eq(id.as_uuid()))
        .one(db)
        .await
        .map_err(of_db)?;
    found.ok_or_else(|| Error::not_found("stream", id))
}

fn read(row: row::Model, active_run: Option<RunId>) -> Result<Stream> {
    Ok(Stream {
        id: StreamId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        flow: FlowId::from_uuid(row.flow_id),
        kind: parse_kind(&row.kind).ok_or_else(unreadable("kind of stream"))?,
        source: ConnectionId::from_uuid(row.source_id),
        target: ConnectionId::from_uuid(row.target_id),
        spec: Fingerprint::from_bytes(&row.spec_hash).ok_or_else(unreadable("spec hash"))?,
        state: StreamState::parse(&row.state).ok_or_else(unreadable("stream state"))?,
        block_reason: json::read_of(row.block_reason.as_deref())?,
        enabled: row.enabled,
        verify: row.verify,
        cursor: row.cursor.map(Cursor::new),
        backfill_cursor: row.backfill_cursor.map(Cursor::new),
        interval: Duration::from_micros(row.interval_us.unsigned_abs()),
        wanted_seq: row.wanted_seq.unsigned_abs(),
        next_due_at: instant_of(row.next_due_at),
        last_ok_at: instant_of(row.last_ok_at),
        empty_runs: row.empty_runs.unsigned_abs(),
        active_run,
    })
}
