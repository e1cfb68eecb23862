//! The store itself: one connection that writes, behind a task, and a pool that reads beside it.
//!
//! SQLite has one writer at a time; giving that place to one task turns waiting into grouping. Readers see what is
//! committed and never wait.

use std::{path::Path, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use sea_orm_migration::MigratorTrait;
use secrecy::SecretSlice;
use skarv_domain::{Clock, Result};
use tokio::sync::watch;

use crate::{
    config::{Durability, Location, StoreConfig},
    error::of_db,
    inspect,
    migration::Migrator,
    own_key,
    turn::Rules,
    vault::Vault,
    writer::{self, Writer},
};

/// Everything that is remembered. Cheap to clone.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) rules: Arc<Rules>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) own_key: SecretSlice<u8>,
    pub(crate) reader: DatabaseConnection,
    pub(crate) writer: Writer,
    pub(crate) changed: watch::Sender<u64>,
    // dropped last, after the connections
    _folder: Option<tempfile::TempDir>,
}

impl Store {
    /// Opens the database, bringing its tables up to date first. A master key that it is not sealed with is refused before
    /// anything is served.
    pub async fn open(config: StoreConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        let vault = Arc::new(Vault::new(&config.master_key, &config.previous_master_keys)?);
        let (path, folder) = place(&config.location)?;
        let writing = connect(&path, config.durability, 1).await?;
        inspect::steps_behind(&writing).await?;
        Migrator::up(&writing, None).await.map_err(of_db)?;
        let rules = Arc::new(Rules { config, clock });
        let own_key = own_key_of(&writing, &rules, &vault).await?;
        let reader = connect(&path, rules.config.durability, rules.config.readers).await?;
        let inner = Inner {
            writer: Writer::start(writing, Arc::clone(&rules)),
            changed: watch::Sender::new(0),
            rules,
            vault,
            own_key,
            reader,
            _folder: folder,
        };
        let store = Self(Arc::new(inner));
        store.default_pool_ensure().await?;
        Ok(store)
    }

    /// Ends the writing task once it has done what was asked, and closes the database.
    pub async fn close(&self) -> Result<()> {
        self.0.writer.stop().await;
        self.0.reader.close_by_ref().await.map_err(of_db)
    }

    /// The instant, by the one clock that leases go by.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.rules.clock.now()
    }

    /// Told after commits that made runs ready or ended them. A hint without content: look into the store.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    pub(crate) fn hint(&self) {
        self.0.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.0.reader
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("config", &self.0.rules.config)
            .finish_non_exhaustive()
    }
}

/// The installation's own key, which only the right master key opens.
async fn own_key_of(
    writing: &DatabaseConnection,
    rules: &Arc<Rules>,
    vault: &Arc<Vault>,
) -> Result<SecretSlice<u8>> {
    let vault = Arc::clone(vault);
    writer::in_transaction(writing, rules, true, move |turn| {
        Box::pin(async move { own_key::ensure(turn, &vault).await })
    })
    .await
}

fn place(location: &Location) -> Result<(std::path::PathBuf, Option<tempfile::TempDir>)> {
    match location {
        Location::Path(path) => Ok((path.clone(), None)),
        Location::Temporary => {
            let failed =
                |error| skarv_domain::Error::internal(format!("cannot make a temporary database: {error}"));
            let folder = tempfile::tempdir().map_err(failed)?;
            Ok((folder.path().join("skarv.db"), Some(folder)))
        }
    }
}

async fn connect(path: &Path, durability: Durability, connections: u32) -> Result<DatabaseConnection> {
    let path = path.to_owned();
    let synchronous = match durability {
        Durability::Full => SqliteSynchronous::Full,
        Durability::Normal => SqliteSynchronous::Normal,
    };
    // the file is named below, where no character of its path can be mistaken for part of an address
    let mut options = ConnectOptions::new("sqlite://skarv.db");
    options
        .max_connections(connections)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(synchronous)
                .busy_timeout(Duration::from_secs(5))
                .foreign_keys(true)
        });
    Database::connect(options).await.map_err(of_db)
}
