//! Who may use which connections: the gates of the runs that are dealt, read and written once for all of them.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ColumnTrait, QueryFilter, prelude::Uuid};
use serde::Serialize;
use skarv_domain::{
    Result,
    auth::Scope,
    gate::{Gate, Grant, reserve},
    id::ConnectionId,
};

use crate::{
    entity::{connection_gate, run as row},
    error::of_db,
    turn::Turn,
};

/// Requests that come with a lease, without reserving first.
const FIRST_CHUNK: u32 = 5;

/// The connections that a run uses, each once.
pub(crate) fn connections(run: &row::Model) -> impl Iterator<Item = Uuid> + use<> {
    let (source, target) = (run.source_id, run.target_id);
    std::iter::once(source).chain(target.filter(move |target| *target != source))
}

/// The gates of the runs that are dealt.
pub(super) struct Gates(HashMap<Uuid, Gate>);

#[derive(Serialize)]
struct GatePut {
    id: Uuid,
    active: u32,
    tat: i64,
}

impl Gates {
    pub(super) async fn load(turn: Turn<'_>, runs: &[row::Model]) -> Result<Self> {
        let ids: BTreeSet<_> = runs.iter().flat_map(connections).collect();
        let scope = Scope::System("lease");
        let found = connection_gate::within(&scope).filter(connection_gate::Column::ConnectionId.is_in(ids));
        let rows = found.all(turn.txn).await.map_err(of_db)?;
        Ok(Self(
            rows.into_iter()
                .map(|row| (row.connection_id, crate::gate::read(&row)))
                .collect(),
        ))
    }

    /// A connection of the run that has no room for it.
    pub(super) fn shut_for(&self, run: &row::Model, turn: Turn<'_>) -> Option<ConnectionId> {
        let shut = |id: &Uuid| self.0.get(id).is_some_and(|gate| !gate.admits(turn.now));
        connections(run).find(shut).map(ConnectionId::from_uuid)
    }

    /// Counts one more run in.
    pub(super) fn enter(&mut self, run: &row::Model) {
        for id in connections(run) {
            if let Some(gate) = self.0.get_mut(&id) {
                gate.active += 1;
            }
        }
    }

    /// Reserves the first chunk of budget.
    pub(super) fn reserve(&mut self, id: Uuid, turn: Turn<'_>) -> Grant {
        match self.0.get_mut(&id) {
            Some(gate) => {
                let (next, grant) = reserve(*gate, FIRST_CHUNK, turn.now);
                *gate = next;
                grant
            }
            None => Grant {
                count: 0,
                wait: turn.config.busy,
                interval: turn.config.busy,
                expires: turn.config.busy,
            },
        }
    }

    pub(super) async fn save(self, turn: Turn<'_>) -> Result<()> {
        let put = |(id, gate): (Uuid, Gate)| GatePut {
            id,
            active: gate.active,
            tat: gate.tat.timestamp_micros(),
        };
        let rows: Vec<_> = self.0.into_iter().map(put).collect();
        turn.run_over(turn.sql.gate_put, &rows).await.map(drop)
    }
}
