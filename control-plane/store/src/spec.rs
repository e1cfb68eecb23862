//! Stream specs by their hashes: agents fetch each once.

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict,
};
use skarv_canonical::{Fingerprint, spec::StreamSpec};
use skarv_domain::{Error, Result};

use crate::{entity::spec as row, error::of_db, json, open::Store};

impl Store {
    /// Stores a spec. The same spec twice is one.
    pub async fn spec_put(&self, spec: &StreamSpec) -> Result<Fingerprint> {
        let spec = spec.clone();
        self.change(true, move |turn| {
            Box::pin(async move { put(turn.txn, &spec).await })
        })
        .await
    }

    /// The specs with these hashes; unknown ones are left out.
    pub async fn spec_get(&self, hashes: &[Fingerprint]) -> Result<Vec<(Fingerprint, StreamSpec)>> {
        let wanted = hashes.iter().map(|hash| hash.as_bytes().to_vec());
        let found = row::all()
            .filter(row::Column::Hash.is_in(wanted))
            .all(self.reader())
            .await
            .map_err(of_db)?;
        found.iter().map(read).collect()
    }
}

pub(crate) async fn put(db: &impl ConnectionTrait, spec: &StreamSpec) -> Result<Fingerprint> {
    let hash = spec.hash();
    let entry = row::Model {
        hash: hash.as_bytes().to_vec(),
        body: json::text(spec)?,
    };
    row::Entity::insert(entry.into_active_model())
        .on_conflict(OnConflict::column(row::Column::Hash).do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(db)
        .await
        .map_err(of_db)?;
    Ok(hash)
}

fn read(row: &row::Model) -> Result<(Fingerprint, StreamSpec)> {
    let hash =
        Fingerprint::from_bytes(&row.hash).ok_or_else(|| Error::internal("a spec's hash is not 32 bytes"))?;
    Ok((hash, json::read(&row.body)?))
}
