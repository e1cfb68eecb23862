//! Changing the master key of a database that no control plane serves.

use std::{path::Path, sync::Arc};

use anyhow::{Context, ensure};
use secrecy::ExposeSecret;
use skarv_domain::{Clock, auth::Actor};
use skarv_store::{Location, MasterKey, Resealed, Store, StoreConfig};

use crate::config::master_key;

/// Seals everything in a database anew with another master key. Done again it finds nothing to do.
pub async fn rotate_master_key(
    database: &Path,
    new: &Path,
    previous: &[impl AsRef<Path>],
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Resealed> {
    let read = |file: &Path| master_key::read(file).map(|key| MasterKey::new(*key.expose_secret()));
    let key = read(new)?;
    let previous = previous.iter().map(|file| read(file.as_ref()));
    let previous_master_keys = previous.collect::<anyhow::Result<Vec<_>>>()?;
    // opening would make one
    ensure!(database.is_file(), "there is no database {}", database.display());
    let config = StoreConfig {
        previous_master_keys,
        ..StoreConfig::new(Location::Path(database.to_owned()), key)
    };
    let store = Store::open(config, clock)
        .await
        .context("cannot open the database")?;
    let resealed = store.reseal(&Actor::system("rotate-master-key")).await;
    store.close().await.context("cannot close the database")?;
    resealed.context("nothing was sealed anew")
}
