//! Rows of runs: as the state machine sees them, as people see them, and back.

use std::collections::{BTreeSet, HashMap};

use sea_orm::FromQueryResult;
use skarv_canonical::spec::StreamKind;
use skarv_domain::{
    Error, Result,
    id::{AgentId, ConnectionId, RunId, StreamId, TenantId},
    lease::Circumstances,
    run::{Hold, Lease, Phase, Run, RunKind, RunState, RunSubject, Step, Totals},
    stream::StreamState,
};

use crate::{
    clockwork::{instant, instant_of},
    entity::{run as row, run_log},
    error::unreadable,
    json,
    turn::{Turn, set},
};

pub(crate) const WAITING: i16 = 0;
const READY: i16 = 1;
pub(crate) const LEASED: i16 = 2;
pub(crate) const DELAYED: i16 = 3;

/// A run, with what bears on it from its stream.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Held {
    #[sea_orm(nested)]
    pub(crate) run: row::Model,
    pub(crate) stream_state: Option<String>,
    pub(crate) stream_verify: Option<bool>,
    pub(crate) stream_kind: Option<String>,
}

impl Held {
    /// Whether what it carries are orders and refunds, which are done once, and not goods, which go on changing.
    pub(crate) fn of_orders(&self) -> bool {
        self.stream_kind.as_deref() == Some(StreamKind::Orders.as_str())
    }

    /// Whether it may write and settle anything. What only looks may not, whatever it asks for.
    pub(crate) fn carries(&self) -> bool {
        RunKind::parse(&self.run.kind).is_some_and(RunKind::carries)
    }

    pub(crate) fn around(&self) -> Circumstances {
        let off = self
            .stream_state
            .as_deref()
            .is_some_and(|state| state != StreamState::On.as_str());
        Circumstances {
            paused: self.carries() && off,
            allowed_until: instant_of(self.run.allowed_until),
        }
    }
}

/// The runs of these ids that there are.
pub(crate) async fn held(turn: Turn<'_>, ids: &[RunId]) -> Result<HashMap<RunId, Held>> {
    let distinct: Vec<_> = ids.iter().collect::<BTreeSet<_>>().into_iter().collect();
    if distinct.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = turn.rows::<Held>(turn.sql.run_held, [set(&distinct)?]).await?;
    Ok(rows
        .into_iter()
        .map(|held| (RunId::from_uuid(held.run.id), held))
        .collect())
}

/// The row as the state machine sees it.
pub(crate) fn state_of(row: &row::Model) -> RunState {
    let step = match row.state {
        READY => Step::Ready,
        LEASED => match row.agent_id {
            Some(agent) => Step::Leased(Lease {
                agent: AgentId::from_uuid(agent),
                poll: row.poll_seq.unsigned_abs(),
                since: instant(row.leased_at),
                until: instant(row.lease_until),
            }),
            None => Step::Waiting(Hold::Lane),
        },
        DELAYED => Step::Delayed(instant(row.ready_at)),
        _ => Step::Waiting(
            row.blocked_on
                .map_or(Hold::Lane, |id| Hold::Connection(ConnectionId::from_uuid(id))),
        ),
    };
    RunState {
        step,
        epoch: row.epoch.unsigned_abs(),
        attempt: row.attempt.unsigned_abs(),
        seq: row.seq.map(i64::unsigned_abs),
        cancel: row.cancel,
    }
}

/// Whether nothing is left of it but its end.
pub(crate) fn is_over(state: &RunState) -> bool {
    state.step == Step::Ended
}

/// Writes a state into its row. A run that has no right to its lane any more queues for it again. Who held it last is kept,
/// so that a repeated end is known; an ended run keeps its step, its row is about to be deleted.
pub(crate) fn put_state(row: &mut row::Model, state: RunState) {
    if !state.has_lane() {
        row.behind = row.lane.take().or_else(|| row.behind.take());
    }
    row.epoch = signed(state.epoch);
    row.attempt = i32::try_from(state.attempt).unwrap_or(i32::MAX);
    row.seq = state.seq.map(signed);
    row.cancel = state.cancel;
    row.blocked_on = None;
    match state.step {
        Step::Waiting(Hold::Lane) => row.state = WAITING,
        Step::Waiting(Hold::Connection(id)) => {
            row.state = WAITING;
            row.blocked_on = Some(id.as_uuid());
        }
        Step::Ready => row.state = READY,
        Step::Leased(lease) => {
            row.state = LEASED;
            row.agent_id = Some(lease.agent.as_uuid());
            row.poll_seq = signed(lease.poll);
            row.leased_at = lease.since.timestamp_micros();
            row.lease_until = lease.until.timestamp_micros();
        }
        Step::Delayed(until) => {
            row.state = DELAYED;
            row.ready_at = until.timestamp_micros();
        }
        Step::Ended => {}
    }
}

/// Stores rows, new or changed.
pub(crate) async fn save(turn: Turn<'_>, rows: &[row::Model]) -> Result<()> {
    turn.run_over(turn.sql.run_put, rows).await.map(drop)
}

/// Gives lanes that nobody has to the next that wait for them.
pub(crate) async fn grant_lanes(turn: Turn<'_>, lanes: impl IntoIterator<Item = String>) -> Result<()> {
    let lanes: Vec<_> = lanes.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    turn.run_over(turn.sql.lane_grant, &lanes).await.map(drop)
}

/// The lane that a run has or waits for.
pub(crate) fn lane_of(row: &row::Model) -> Option<String> {
    row.lane.clone().or_else(|| row.behind.clone())
}

pub(crate) fn kind_of(row: &row::Model) -> Result<RunKind> {
    RunKind::parse(&row.kind).ok_or_else(unreadable("kind of run"))
}

/// Counts of a run so far: of the slices that ended and of the one under way.
pub(crate) fn totals_of(row: &row::Model) -> Result<Totals> {
    let under_way: Totals = json::read_of(row.progress.as_deref())?.unwrap_or_default();
    Ok(json::read::<Totals>(&row.totals)?.plus(under_way))
}

/// The run as people see it.
pub(crate) fn view(row: &row::Model) -> Result<Run> {
    let kind = kind_of(row)?;
    Ok(Run {
        id: RunId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        kind,
        subject: subject(kind, row.stream_id, Some(row.source_id))?,
        phase: if row.state == LEASED {
            Phase::Running
        } else {
            Phase::Queued
        },
        totals: totals_of(row)?,
        percent: row.percent.map(i32::unsigned_abs),
        error: json::read_of(row.error.as_deref())?,
        created_at: instant(row.created_at),
        ended_at: None,
    })
}

/// An ended run as people see it.
pub(crate) fn view_ended(row: &run_log::Model) -> Result<Run> {
    let kind = RunKind::parse(&row.kind).ok_or_else(unreadable("kind of run"))?;
    let phase = Phase::parse(&row.outcome).ok_or_else(unreadable("outcome of a run"))?;
    let whole = kind == RunKind::Backfill && phase == Phase::Succeeded;
    Ok(Run {
        id: RunId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        kind,
        subject: subject(kind, row.stream_id, row.connection_id)?,
        phase,
        totals: json::read(&row.totals)?,
        percent: whole.then_some(100),
        error: json::read_of(row.error.as_deref())?,
        created_at: instant(row.created_at),
        ended_at: Some(instant(row.ended_at)),
    })
}

fn subject(
    kind: RunKind,
    stream: Option<sea_orm::prelude::Uuid>,
    connection: Option<sea_orm::prelude::Uuid>,
) -> Result<RunSubject> {
    let of_stream = stream.map(|id| RunSubject::Stream(StreamId::from_uuid(id)));
    let of_connection = connection.map(|id| RunSubject::Connection(ConnectionId::from_uuid(id)));
    let subject = if kind.on_connection() {
        of_connection
    } else {
        of_stream
    };
    subject.ok_or_else(|| Error::internal("a run is on nothing"))
}

/// A count as tables hold it.
pub(crate) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
