//! Gates of connections: who may use them, and how fast. See `skarv_domain::gate` for the rule.

use std::{collections::BTreeMap, time::Duration};

use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, prelude::Uuid, sea_query::Expr,
};
use serde::Serialize;
use skarv_domain::{
    Error, Result,
    auth::Scope,
    clock::after,
    gate::{Gate, Grant, reserve},
    id::ConnectionId,
};

use crate::{
    clockwork::instant,
    entity::{connection_gate as row, run},
    error::of_db,
    open::Store,
    run::{ConnectionUse, admission::connections, rows::WAITING, using},
    turn::{Turn, set},
};

/// A gate whose count of active runs is wrong: a path forgot to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateDrift {
    /// The connection.
    pub connection: ConnectionId,
    /// What the gate says.
    pub counted: u32,
    /// Runs that are leased.
    pub leased: u32,
}

#[derive(FromQueryResult)]
struct Drift {
    connection_id: Uuid,
    counted: i64,
    leased: i64,
}

impl Store {
    /// Reserves a chunk of a connection's budget; `None` when the lease is lost. A chunk of none says when to ask again.
    pub async fn gate_reserve(&self, by: ConnectionUse, count: u32) -> Result<Option<Grant>> {
        self.change(true, move |turn| {
            Box::pin(async move {
                if !using(turn, by).await? {
                    return Ok(None);
                }
                let row = of(turn, by.connection).await?;
                let (gate, grant) = reserve(read(&row), count, turn.now);
                row::Entity::update_many()
                    .col_expr(row::Column::Tat, Expr::value(gate.tat.timestamp_micros()))
                    .filter(row::Column::ConnectionId.eq(row.connection_id))
                    .exec(turn.txn)
                    .await
                    .map_err(of_db)?;
                Ok(Some(grant))
            })
        })
        .await
    }

    /// Leaves a connection alone for a while, on behalf of every agent; `false` when the lease is lost. A shorter while never
    /// cuts a longer one short.
    pub async fn gate_throttle(&self, by: ConnectionUse, alone: Duration) -> Result<bool> {
        self.change(true, move |turn| {
            Box::pin(async move {
                if !using(turn, by).await? {
                    return Ok(false);
                }
                let until = after(turn.now, alone).timestamp_micros();
                row::Entity::update_many()
                    .col_expr(row::Column::BlockedUntil, Expr::value(until))
                    .filter(row::Column::ConnectionId.eq(by.connection.as_uuid()))
                    .filter(row::Column::BlockedUntil.lt(until))
                    .exec(turn.txn)
                    .await
                    .map_err(of_db)?;
                Ok(true)
            })
        })
        .await
    }

    /// Compares every gate with the runs that are leased, and with `repair` puts it right. A difference is a fault of ours.
    pub async fn gate_audit(&self, repair: bool) -> Result<Vec<GateDrift>> {
        self.change(true, move |turn| {
            Box::pin(async move { audit(turn, repair).await })
        })
        .await
    }
}

async fn audit(turn: Turn<'_>, repair: bool) -> Result<Vec<GateDrift>> {
    let drifts = turn.rows::<Drift>(turn.sql.gate_drift, []).await?;
    let count = |n: i64| u32::try_from(n).unwrap_or_default();
    let mut found = Vec::new();
    for drift in drifts {
        if repair {
            row::Entity::update_many()
                .col_expr(row::Column::Active, Expr::value(drift.leased))
                .filter(row::Column::ConnectionId.eq(drift.connection_id))
                .exec(turn.txn)
                .await
                .map_err(of_db)?;
        }
        let connection = ConnectionId::from_uuid(drift.connection_id);
        found.push(GateDrift {
            connection,
            counted: count(drift.counted),
            leased: count(drift.leased),
        });
    }
    Ok(found)
}

async fn of(turn: Turn<'_>, connection: ConnectionId) -> Result<row::Model> {
    let gate =
        row::within(&Scope::System("reservation")).filter(row::Column::ConnectionId.eq(connection.as_uuid()));
    let row = gate.one(turn.txn).await.map_err(of_db)?;
    row.ok_or_else(|| Error::not_found("connection", connection))
}

#[derive(Serialize)]
struct Left {
    id: Uuid,
    n: i64,
}

/// Frees the places of runs that are no longer leased, and lets in who waits for them.
pub(crate) async fn give_back(turn: Turn<'_>, left: &[run::Model]) -> Result<()> {
    let mut counts = BTreeMap::<Uuid, i64>::new();
    for id in left.iter().flat_map(connections) {
        *counts.entry(id).or_default() += 1;
    }
    if counts.is_empty() {
        return Ok(());
    }
    let freed: Vec<_> = counts.keys().copied().collect();
    let rows: Vec<_> = counts.into_iter().map(|(id, n)| Left { id, n }).collect();
    turn.run_over(turn.sql.gate_give_back, &rows).await?;
    wake(turn, &freed).await.map(drop)
}

/// Lets in as many of those who wait as there is room for. Answers how many.
async fn wake(turn: Turn<'_>, connections: &[Uuid]) -> Result<u64> {
    turn.run(turn.sql.gate_wake, [set(connections)?, turn.micros().into()])
        .await
}

/// Lets in those who wait for a connection that time has freed, or that was freed unseen. Answers how many.
pub(crate) async fn wake_all(turn: Turn<'_>) -> Result<u64> {
    let waited_for = run::within(&Scope::System("connections that are waited for"))
        .select_only()
        .column(run::Column::BlockedOn)
        .distinct()
        .filter(run::Column::State.eq(WAITING))
        .filter(run::Column::BlockedOn.is_not_null())
        .into_tuple::<Uuid>()
        .all(turn.txn)
        .await
        .map_err(of_db)?;
    wake(turn, &waited_for).await
}

pub(crate) fn read(row: &row::Model) -> Gate {
    Gate {
        max_active: row.max_active.unsigned_abs(),
        active: row.active.unsigned_abs(),
        blocked_until: instant(row.blocked_until),
        tat: instant(row.tat),
        interval: Duration::from_micros(row.interval_us.unsigned_abs()),
    }
}
