//! Leasing runs to agents: all polls that wait are served in one go.
//!
//! Candidates come in the order of their tags and are dealt to the agent with the most room. A run whose connection has no
//! room is moved aside, so that it does not stand in the way of others; it comes back when a place is freed. The same poll
//! again is given the same runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Value, prelude::Uuid, sea_query::Expr};
use serde::Serialize;
use skarv_domain::{
    Error, Result,
    auth::Scope,
    clock::after,
    gate::Grant,
    id::ConnectionId,
    lane::{self, Class},
    run::{Event, Lease, RunKind, state::apply},
};

use super::{
    LeasePoll,
    admission::{Gates, connections},
    rows,
};
use crate::{
    entity::{agent, pool, run as row, stream},
    error::of_db,
    json,
    turn::{Turn, set},
};

/// Rows beyond the free slots that are looked at, for those that are moved aside.
const SPARE: u32 = 16;
/// How often more candidates are fetched after some were moved aside.
const ROUNDS: usize = 8;

/// What a poll takes.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) known: bool,
    pub(crate) drain: bool,
    pub(crate) runs: Vec<TakenRun>,
}

/// A leased run, with its stream and the first chunks of budget.
#[derive(Debug)]
pub(crate) struct TakenRun {
    pub(crate) run: row::Model,
    pub(crate) stream: Option<stream::Model>,
    pub(crate) grants: HashMap<Uuid, Grant>,
}

/// A poll while runs are dealt.
struct Seat<'p> {
    poll: &'p LeasePoll,
    free: u32,
    background: u32,
    taken: Taken,
}

/// Agents that may be dealt from the same candidates.
type Table = (Uuid, BTreeSet<String>);

pub(crate) async fn lease(turn: Turn<'_>, polls: &[&LeasePoll]) -> Result<Vec<Taken>> {
    if polls.is_empty() {
        return Ok(Vec::new());
    }
    let agents = agents(turn, polls).await?;
    let mut seats: Vec<_> = polls
        .iter()
        .map(|poll| seat(poll, agents.get(&poll.agent.as_uuid())))
        .collect();
    hand_again(turn, &mut seats).await?;
    for (table, places) in tables(&seats, &agents)? {
        serve(turn, &table, &places, &mut seats).await?;
    }
    Ok(seats.into_iter().map(|seat| seat.taken).collect())
}

async fn agents(turn: Turn<'_>, polls: &[&LeasePoll]) -> Result<HashMap<Uuid, agent::Model>> {
    let ids = polls.iter().map(|poll| poll.agent.as_uuid());
    let found = agent::all()
        .filter(agent::Column::Id.is_in(ids))
        .all(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(found.into_iter().map(|agent| (agent.id, agent)).collect())
}

fn seat<'p>(poll: &'p LeasePoll, agent: Option<&agent::Model>) -> Seat<'p> {
    let drain = agent.is_some_and(|agent| agent.drain);
    let free = if agent.is_some() && !drain {
        poll.free_slots
    } else {
        0
    };
    let taken = Taken {
        known: agent.is_some(),
        drain,
        runs: Vec::new(),
    };
    Seat {
        poll,
        free,
        background: poll.free_background_slots.min(free),
        taken,
    }
}

#[derive(Serialize)]
struct Polled {
    agent: Uuid,
    poll: i64,
}

/// Gives polls what they were given before, when the answer went missing.
async fn hand_again(turn: Turn<'_>, seats: &mut [Seat<'_>]) -> Result<()> {
    let polled = |seat: &Seat<'_>| Polled {
        agent: seat.poll.agent.as_uuid(),
        poll: rows::signed(seat.poll.poll_seq),
    };
    let asked: Vec<_> = seats.iter().map(polled).collect();
    let mut handed = turn
        .rows::<row::Model>(turn.sql.run_handed, [set(&asked)?])
        .await?;
    if handed.is_empty() {
        return Ok(());
    }
    let until = after(turn.now, turn.config.lease).timestamp_micros();
    for row in &mut handed {
        row.lease_until = until;
    }
    rows::save(turn, &handed).await?;
    let (streams, mut gates) = (streams(turn, &handed).await?, Gates::load(turn, &handed).await?);
    for row in handed {
        let own = |seat: &&mut Seat<'_>| Some(seat.poll.agent.as_uuid()) == row.agent_id;
        if let Some(seat) = seats.iter_mut().find(own) {
            seat.free = 0;
            seat.taken.runs.push(taken(turn, row, &streams, &mut gates));
        }
    }
    gates.save(turn).await
}

fn tables(seats: &[Seat<'_>], agents: &HashMap<Uuid, agent::Model>) -> Result<BTreeMap<Table, Vec<usize>>> {
    let mut tables = BTreeMap::<Table, Vec<usize>>::new();
    for (at, seat) in seats.iter().enumerate().filter(|(_, seat)| seat.free > 0) {
        if let Some(agent) = agents.get(&seat.poll.agent.as_uuid()) {
            tables
                .entry((agent.pool_id, json::read(&agent.connectors)?))
                .or_default()
                .push(at);
        }
    }
    Ok(tables)
}

async fn serve(turn: Turn<'_>, table: &Table, places: &[usize], seats: &mut [Seat<'_>]) -> Result<()> {
    for _ in 0..ROUNDS {
        let free: u32 = places.iter().map(|at| seats[*at].free).sum();
        let background: u32 = places
            .iter()
            .map(|at| seats[*at].background.min(seats[*at].free))
            .sum();
        if free == 0 {
            break;
        }
        let limits = (free + SPARE, if background == 0 { 0 } else { background + SPARE });
        let candidates = candidates(turn, table, limits).await?;
        let full = candidates.len() >= usize::try_from(SPARE).unwrap_or(usize::MAX);
        if candidates.is_empty() || !deal(turn, table.0, candidates, places, seats).await? || !full {
            break;
        }
    }
    Ok(())
}

async fn candidates(
    turn: Turn<'_>,
    (pool, connectors): &Table,
    limits: (u32, u32),
) -> Result<Vec<row::Model>> {
    let connectors: Vec<_> = connectors.iter().collect();
    let values: [Value; 5] = [
        (*pool).into(),
        set(&connectors)?,
        turn.micros().into(),
        limits.0.into(),
        limits.1.into(),
    ];
    let mut found = turn.rows::<row::Model>(turn.sql.run_candidates, values).await?;
    found.sort_by_key(|row| (row.tag, row.id));
    Ok(found)
}

/// Deals candidates; whether any was leased or moved aside, so that another look may find others.
async fn deal(
    turn: Turn<'_>,
    pool: Uuid,
    candidates: Vec<row::Model>,
    places: &[usize],
    seats: &mut [Seat<'_>],
) -> Result<bool> {
    let (streams, mut gates) = (
        streams(turn, &candidates).await?,
        Gates::load(turn, &candidates).await?,
    );
    let (mut changed, mut clock) = (Vec::new(), None::<i64>);
    for mut row in candidates {
        let Some(at) = roomiest(places, seats, row.background) else {
            continue;
        };
        if let Some(full) = gates.shut_for(&row, turn) {
            move_aside(&mut row, full)?;
            changed.push(row);
            continue;
        }
        let seat = &mut seats[at];
        lease_to(turn, &mut row, seat.poll, &streams)?;
        seat.free -= 1;
        seat.background -= u32::from(row.background).min(seat.background);
        clock = Some(lane::clock_after(
            clock.unwrap_or(0),
            row.tag,
            Class::from_i16(row.class),
        ));
        changed.push(row.clone());
        gates.enter(&row);
        seat.taken.runs.push(taken(turn, row, &streams, &mut gates));
    }
    rows::save(turn, &changed).await?;
    gates.save(turn).await?;
    if let Some(clock) = clock {
        advance(turn, pool, clock).await?;
    }
    Ok(!changed.is_empty())
}

/// The place with the most room for such a run.
fn roomiest(places: &[usize], seats: &[Seat<'_>], background: bool) -> Option<usize> {
    let room = |at: &&usize| {
        let seat = &seats[**at];
        if background {
            seat.background.min(seat.free)
        } else {
            seat.free
        }
    };
    places.iter().filter(|at| room(at) > 0).max_by_key(room).copied()
}

fn move_aside(row: &mut row::Model, full: ConnectionId) -> Result<()> {
    let state = apply(rows::state_of(row), Event::Block(full)).map_err(Error::internal)?;
    rows::put_state(row, state);
    Ok(())
}

fn lease_to(
    turn: Turn<'_>,
    row: &mut row::Model,
    poll: &LeasePoll,
    streams: &HashMap<Uuid, stream::Model>,
) -> Result<()> {
    let until = after(turn.now, turn.config.lease);
    let lease = Lease {
        agent: poll.agent,
        poll: poll.poll_seq,
        since: turn.now,
        until,
    };
    let state = apply(rows::state_of(row), Event::Lease(lease)).map_err(Error::internal)?;
    rows::put_state(row, state);
    row.progress = None;
    // whatever reads everything in slices goes on where it was
    if row.kind != RunKind::Backfill.as_str() {
        row.percent = None;
    }
    // noted once, at the run's first start: whatever is asked for later may need another run
    if row.kind == RunKind::Sync.as_str() {
        let stream = row.stream_id.and_then(|id| streams.get(&id));
        row.wanted_seq = row.wanted_seq.or_else(|| stream.map(|stream| stream.wanted_seq));
    }
    Ok(())
}

async fn advance(turn: Turn<'_>, id: Uuid, clock: i64) -> Result<()> {
    pool::Entity::update_many()
        .col_expr(pool::Column::Clock, Expr::value(clock))
        .filter(pool::Column::Id.eq(id))
        .filter(pool::Column::Clock.lt(clock))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(())
}

async fn streams(turn: Turn<'_>, runs: &[row::Model]) -> Result<HashMap<Uuid, stream::Model>> {
    let ids: BTreeSet<_> = runs.iter().filter_map(|row| row.stream_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = stream::within(&Scope::System("lease"))
        .filter(stream::Column::Id.is_in(ids))
        .all(turn.txn)
        .await;
    Ok(found
        .map_err(of_db)?
        .into_iter()
        .map(|stream| (stream.id, stream))
        .collect())
}

fn taken(
    turn: Turn<'_>,
    run: row::Model,
    streams: &HashMap<Uuid, stream::Model>,
    gates: &mut Gates,
) -> TakenRun {
    let grants = connections(&run)
        .map(|id| (id, gates.reserve(id, turn)))
        .collect();
    let stream = run.stream_id.and_then(|id| streams.get(&id)).cloned();
    TakenRun { run, stream, grants }
}
