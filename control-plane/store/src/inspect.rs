//! A look at a database file before a control plane is started on it. Changes nothing: no tables, no rows.
//!
//! It tells a database of a later version, which opening would not understand, and which master keys it is sealed with.

use std::{collections::BTreeSet, path::Path};

use sea_orm::{ConnectOptions, Database, DatabaseConnection, EntityTrait};
use sea_orm_migration::{MigratorTrait, SchemaManager, seaql_migrations as step};
use skarv_domain::{Error, Result};

use crate::{error::of_db, migration::Migrator, open::Store, reseal};

/// What a database file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Steps that opening it would take first to bring its tables up to date.
    pub steps_behind: usize,
    /// Ids of the master keys it is sealed with. Not known, and empty, while steps are missing.
    pub master_key_ids: Vec<String>,
}

impl Store {
    /// Looks at the database in this file. One that a later version made is refused, as opening it is.
    ///
    /// # Errors
    /// The file cannot be read, is no database, or is a later version's.
    pub async fn inspect(path: &Path) -> Result<Inspection> {
        let path = path.to_owned();
        let mut options = ConnectOptions::new("sqlite://skarv.db");
        options
            .max_connections(1)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(move |sqlite| sqlite.filename(&path).read_only(true));
        let connection = Database::connect(options).await.map_err(of_db)?;
        let found = look(&connection).await;
        connection.close().await.map_err(of_db)?;
        found
    }
}

async fn look(connection: &DatabaseConnection) -> Result<Inspection> {
    let steps_behind = steps_behind(connection).await?;
    let master_key_ids = if steps_behind == 0 {
        reseal::key_ids(connection).await?
    } else {
        Vec::new()
    };
    Ok(Inspection {
        steps_behind,
        master_key_ids,
    })
}

/// How many steps the tables are behind this version; a database that is ahead of it is refused.
pub(crate) async fn steps_behind(connection: &DatabaseConnection) -> Result<usize> {
    let known: BTreeSet<String> = Migrator::migrations()
        .iter()
        .map(|step| step.name().to_owned())
        .collect();
    let taken = steps_taken(connection).await?;
    let Some(ahead) = taken.difference(&known).next() else {
        return Ok(known.len() - taken.len());
    };
    Err(Error::precondition(
        "DATABASE_NEWER",
        "the database",
        format!(
            "the database was brought up to date by a later version (its step {ahead} is not known here): start that \
             version, or put back the copy that was made before it"
        ),
    ))
}

#[allow(
    clippy::disallowed_methods,
    reason = "the steps of the tables belong to no tenant"
)]
async fn steps_taken(connection: &DatabaseConnection) -> Result<BTreeSet<String>> {
    let tables = SchemaManager::new(connection);
    if !tables.has_table("seaql_migrations").await.map_err(of_db)? {
        return Ok(BTreeSet::new());
    }
    let steps = step::Entity::find().all(connection).await.map_err(of_db)?;
    Ok(steps.into_iter().map(|step| step.version).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sea_orm::{ActiveModelTrait, ActiveValue::Set};
    use skarv_domain::SystemClock;

    use super::*;
    use crate::{Location, MasterKey, StoreConfig};

    async fn open(path: &Path) -> Result<Store> {
        let config = StoreConfig::new(Location::Path(path.to_owned()), MasterKey::new([7; 32]));
        Store::open(config, Arc::new(SystemClock)).await
    }

    #[tokio::test]
    async fn a_database_tells_what_it_is_sealed_with_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("skarv.db");
        assert!(Store::inspect(&path).await.is_err());
        assert!(!path.exists(), "looking makes no file");
        open(&path).await.unwrap().close().await.unwrap();
        let found = Store::inspect(&path).await.unwrap();
        assert_eq!(
            (found.steps_behind, found.master_key_ids),
            (0, vec![MasterKey::new([7; 32]).id()])
        );
    }

    #[tokio::test]
    async fn a_later_versions_database_is_neither_opened_nor_called_well() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("skarv.db");
        open(&path).await.unwrap().close().await.unwrap();
        let database = Database::connect(format!("sqlite://{}", path.display()))
            .await
            .unwrap();
        let later = step::ActiveModel {
            version: Set("m9999_later".to_owned()),
            applied_at: Set(0),
        };
        later.insert(&database).await.unwrap();
        database.close().await.unwrap();
        for refused in [open(&path).await.err(), Store::inspect(&path).await.err()] {
            let told = refused.unwrap().to_string();
            assert!(
                told.contains("m9999_later") && told.contains("later version"),
                "{told}"
            );
        }
    }
}
