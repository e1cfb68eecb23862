//! Secrets of connections: sealed on disk, version by version, and renewed by one run at a time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait},
};
use secrecy::{ExposeSecret, SecretString};
use skarv_domain::{
    Error, Result,
    auth::Scope,
    clock::{after, until},
};
use zeroize::Zeroizing;

use crate::{
    clockwork::{instant, micros_of},
    connection,
    entity::{connection as connection_row, secret as row},
    error::of_db,
    open::Store,
    run::{ConnectionUse, using},
    turn::Turn,
    vault::{Sealed, Vault},
};

/// Secrets by name. They do not print.
#[derive(Clone, Debug, Default)]
pub struct Secrets(BTreeMap<String, SecretString>);

impl Secrets {
    /// The secrets by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.0.iter().map(|(name, secret)| (name.as_str(), secret))
    }

    /// The secret of this name.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>> {
        let plain: BTreeMap<_, _> = self
            .0
            .iter()
            .map(|(name, secret)| (name, secret.expose_secret()))
            .collect();
        serde_json::to_vec(&plain)
            .map(Zeroizing::new)
            .map_err(|_| Error::internal("secrets do not serialise"))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let plain: BTreeMap<String, SecretText> =
            serde_json::from_slice(bytes).map_err(|_| Error::internal("secrets do not read back"))?;
        Ok(plain.into_iter().map(|(name, secret)| (name, secret.0)).collect())
    }
}

impl<N: Into<String>> FromIterator<(N, SecretString)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (N, SecretString)>>(secrets: I) -> Self {
        Self(
            secrets
                .into_iter()
                .map(|(name, secret)| (name.into(), secret))
                .collect(),
        )
    }
}

struct SecretText(SecretString);

impl<'de> serde::Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretString::from(text)))
    }
}

/// Who renews a connection's credentials.
#[derive(Clone, Debug)]
pub enum Refresh {
    /// The asker's run is lost.
    Lost,
    /// The asker: renew these, and store them before use.
    Granted(Secrets, u64),
    /// Someone has: use these.
    Newer(Secrets, u64),
    /// Someone is at it: ask again after this.
    Wait(std::time::Duration),
}

impl Store {
    /// Asks for the right to renew a connection's credentials, whose version `version` no longer works. One run at a time
    /// gets it, for as long as a lease lasts.
    pub async fn secret_refresh_begin(&self, by: ConnectionUse, version: u64) -> Result<Refresh> {
        let vault = std::sync::Arc::clone(&self.0.vault);
        self.change(true, move |turn| {
            Box::pin(async move {
                if !using(turn, by).await? {
                    return Ok(Refresh::Lost);
                }
                refresh_begin(turn, &vault, by, version).await
            })
        })
        .await
    }

    /// Stores renewed credentials, which replace version `replaces`. Answers their version; `None` when the run is lost and
    /// someone else has renewed them since. A pair that was renewed is never thrown away while it is the newest there is.
    pub async fn secret_refresh_store(
        &self,
        by: ConnectionUse,
        replaces: u64,
        secrets: Secrets,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<Option<u64>> {
        let vault = std::sync::Arc::clone(&self.0.vault);
        self.change(true, move |turn| {
            Box::pin(async move {
                let scope = Scope::System("renewed credentials");
                let row = connection::by_id(turn.txn, &scope, by.connection).await?;
                if !renews(&row, by) && !using(turn, by).await?
                    || row.secret_version.unsigned_abs() != replaces
                {
                    return Ok(None);
                }
                put(turn, &vault, &row, &secrets, expires_at).await.map(Some)
            })
        })
        .await
    }
}

/// Whether this very lease was given the right to renew.
fn renews(row: &connection_row::Model, by: ConnectionUse) -> bool {
    row.refresh_run == Some(by.run.as_uuid()) && row.refresh_epoch == i64::try_from(by.epoch).ok()
}

async fn refresh_begin(turn: Turn<'_>, vault: &Vault, by: ConnectionUse, version: u64) -> Result<Refresh> {
    let row = connection::by_id(turn.txn, &Scope::System("credential refresh"), by.connection).await?;
    let current = row.secret_version.unsigned_abs();
    let taken = row
        .refresh_until
        .map(instant)
        .filter(|at| *at > turn.now && !renews(&row, by));
    if let (true, Some(at)) = (current == version, taken) {
        return Ok(Refresh::Wait(
            until(turn.now, at).min(std::time::Duration::from_secs(1)),
        ));
    }
    let secrets = open(turn.txn, vault, &row).await?;
    if current != version {
        return Ok(Refresh::Newer(secrets, current));
    }
    let ends = after(turn.now, turn.config.lease).timestamp_micros();
    connection_row::Entity::update_many()
        .col_expr(connection_row::Column::RefreshRun, Expr::value(by.run.as_uuid()))
        .col_expr(
            connection_row::Column::RefreshEpoch,
            Expr::value(i64::try_from(by.epoch).ok()),
        )
        .col_expr(connection_row::Column::RefreshUntil, Expr::value(ends))
        .filter(connection_row::Column::Id.eq(row.id))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(Refresh::Granted(secrets, current))
}

/// Where a version of a connection's secrets is sealed for.
pub(crate) fn place(tenant: Uuid, connection: Uuid, version: i64) -> String {
    format!("secret/{tenant}/{connection}/{version}")
}

/// Seals the next version of a connection's secrets; what was renewed before is done with.
pub(crate) async fn put(
    turn: Turn<'_>,
    vault: &Vault,
    connection: &connection_row::Model,
    secrets: &Secrets,
    expires_at: Option<DateTime<Utc>>,
) -> Result<u64> {
    let version = connection.secret_version + 1;
    let place = place(connection.tenant_id, connection.id, version);
    let sealed = vault.seal(&place, &secrets.to_bytes()?)?;
    let entry = row::Model {
        connection_id: connection.id,
        version,
        tenant_id: connection.tenant_id,
        key_id: sealed.key_id,
        sealed: sealed.bytes,
        created_at: turn.micros(),
        expires_at: micros_of(expires_at),
    };
    row::Entity::insert(entry.into_active_model())
        .exec_without_returning(turn.txn)
        .await
        .map_err(of_db)?;
    connection_row::Entity::update_many()
        .col_expr(connection_row::Column::SecretVersion, Expr::value(version))
        .col_expr(
            connection_row::Column::Etag,
            Expr::col(connection_row::Column::Etag).add(1),
        )
        .col_expr(connection_row::Column::RefreshRun, Expr::value(None::<Uuid>))
        .col_expr(connection_row::Column::RefreshUntil, Expr::value(None::<i64>))
        .filter(connection_row::Column::Id.eq(connection.id))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(version.unsigned_abs())
}

/// Opens the newest version of a connection's secrets.
pub(crate) async fn open(
    db: &impl ConnectionTrait,
    vault: &Vault,
    connection: &connection_row::Model,
) -> Result<Secrets> {
    let found = row::within(&Scope::System("secrets of a leased run"))
        .filter(row::Column::ConnectionId.eq(connection.id))
        .filter(row::Column::Version.eq(connection.secret_version))
        .one(db)
        .await
        .map_err(of_db)?;
    let row = found.ok_or_else(|| Error::internal(format!("connection {} has no secrets", connection.id)))?;
    let sealed = Sealed {
        key_id: row.key_id,
        bytes: row.sealed,
    };
    let place = place(connection.tenant_id, connection.id, connection.secret_version);
    Secrets::from_bytes(&vault.open(&place, &sealed)?)
}
