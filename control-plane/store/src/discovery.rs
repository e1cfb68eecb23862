//! What a connection has to choose from: kept until it is read anew, in a form that the store does not read.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, prelude::Uuid, sea_query::OnConflict};
use skarv_domain::{Result, auth::Scope, id::ConnectionId};

use crate::{clockwork::instant, entity::discovery as row, error::of_db, open::Store, turn::Turn};

/// What was found, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovered {
    /// As it was told.
    pub bytes: Vec<u8>,
    /// When it was read.
    pub at: DateTime<Utc>,
}

impl Store {
    /// What was discovered last of a connection. `None` before the first time.
    pub async fn discovery_get(&self, scope: &Scope, connection: ConnectionId) -> Result<Option<Discovered>> {
        let found = row::within(scope)
            .filter(row::Column::ConnectionId.eq(connection.as_uuid()))
            .one(self.reader())
            .await
            .map_err(of_db)?;
        Ok(found.map(|row| Discovered {
            bytes: row.bytes,
            at: instant(row.found_at),
        }))
    }
}

/// Keeps what was found, in the place of what was found before.
pub(crate) async fn put(turn: Turn<'_>, connection_id: Uuid, tenant_id: Uuid, bytes: &[u8]) -> Result<()> {
    let entry = row::Model {
        connection_id,
        tenant_id,
        bytes: bytes.to_vec(),
        found_at: turn.micros(),
    };
    let newer = OnConflict::column(row::Column::ConnectionId)
        .update_columns([row::Column::Bytes, row::Column::FoundAt])
        .to_owned();
    row::Entity::insert(entry.into_active_model())
        .on_conflict(newer)
        .exec_without_returning(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(())
}
