//! What is known of the writes that a group is about: loaded once, decided upon in memory, stored once.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{FromQueryResult, prelude::Uuid};
use serde::Serialize;
use skarv_canonical::{Fingerprint, write::Entity};
use skarv_domain::{
    Error, Result,
    id::RunId,
    write::{WriteRow, WriteState},
};

use crate::{
    clockwork::{instant, instant_of, micros_of},
    entity::{run, write as row},
    run::rows::signed,
    turn::{Turn, set},
};

/// A write's place: target connection, entity, our key.
pub(crate) type Key = (Uuid, String, String);

pub(crate) fn key(target: Uuid, entity: &Entity, our_key: &str) -> Key {
    (target, entity.as_str().to_owned(), our_key.to_owned())
}

#[derive(FromQueryResult)]
struct Known {
    #[sea_orm(nested)]
    row: row::Model,
    holder_live: bool,
}

/// Writes by their places.
pub(crate) struct Writes {
    known: HashMap<Key, (WriteRow, bool)>,
    changed: HashMap<Key, Put>,
}

#[derive(Serialize)]
struct Put {
    target_id: Uuid,
    entity: String,
    our_key: String,
    tenant_id: Uuid,
    stream_id: Option<Uuid>,
    state: i16,
    run_id: Uuid,
    epoch: i64,
    write_until: i64,
    look_after: Option<i64>,
    foreign_id: String,
    fingerprint: Option<String>,
    at: i64,
}

impl Writes {
    pub(crate) async fn load(turn: Turn<'_>, keys: BTreeSet<Key>) -> Result<Self> {
        let mut writes = Self {
            known: HashMap::new(),
            changed: HashMap::new(),
        };
        if keys.is_empty() {
            return Ok(writes);
        }
        let keys: Vec<_> = keys.into_iter().collect();
        for known in turn
            .rows::<Known>(turn.sql.write_load, [set(&keys)?, turn.micros().into()])
            .await?
        {
            let key = (
                known.row.target_id,
                known.row.entity.clone(),
                known.row.our_key.clone(),
            );
            writes.known.insert(key, (read(known.row)?, known.holder_live));
        }
        Ok(writes)
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&WriteRow> {
        self.known.get(key).map(|(row, _)| row)
    }

    /// Whether the run that has a write's intent still holds its lease.
    pub(crate) fn holder_live(&self, key: &Key) -> bool {
        self.known.get(key).is_some_and(|(_, live)| *live)
    }

    /// What a write is from now on; its holder is a run that was just heard of.
    pub(crate) fn keep(&mut self, turn: Turn<'_>, key: Key, run: &run::Model, row: WriteRow) {
        self.keep_of(turn, key, (run.tenant_id, run.stream_id), row);
    }

    /// What a write is from now on: whose it is, and of which stream, is only stored with the first that is known of it.
    pub(crate) fn keep_of(
        &mut self,
        turn: Turn<'_>,
        key: Key,
        (tenant_id, stream_id): (Uuid, Option<Uuid>),
        row: WriteRow,
    ) {
        let put = Put {
            target_id: key.0,
            entity: key.1.clone(),
            our_key: key.2.clone(),
            tenant_id,
            stream_id,
            state: row.state.as_i16(),
            run_id: row.run.as_uuid(),
            epoch: signed(row.epoch),
            write_until: row.write_until.timestamp_micros(),
            look_after: micros_of(row.look_after),
            foreign_id: row.foreign_id.clone(),
            fingerprint: row.fingerprint.map(|fingerprint| fingerprint.to_string()),
            at: turn.micros(),
        };
        self.changed.insert(key.clone(), put);
        self.known.insert(key, (row, true));
    }

    pub(crate) async fn save(self, turn: Turn<'_>) -> Result<()> {
        let mut rows: Vec<_> = self.changed.into_values().collect();
        // one order for all who write, so that two of them never wait for each other
        rows.sort_by(|a, b| (a.target_id, &a.entity, &a.our_key).cmp(&(b.target_id, &b.entity, &b.our_key)));
        turn.run_over(turn.sql.write_put, &rows).await.map(drop)
    }
}

fn read(row: row::Model) -> Result<WriteRow> {
    let fingerprint = |bytes: Vec<u8>| {
        Fingerprint::from_bytes(&bytes).ok_or_else(|| Error::internal("a stored fingerprint is not 32 bytes"))
    };
    Ok(WriteRow {
        state: WriteState::from_i16(row.state),
        run: RunId::from_uuid(row.run_id),
        epoch: row.epoch.unsigned_abs(),
        write_until: instant(row.write_until),
        look_after: instant_of(row.look_after),
        foreign_id: row.foreign_id,
        fingerprint: row.fingerprint.map(fingerprint).transpose()?,
    })
}
