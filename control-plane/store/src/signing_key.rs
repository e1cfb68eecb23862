//! Keys that tokens are signed with, sealed.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::{EntityTrait, IntoActiveModel, QueryOrder};
use secrecy::{ExposeSecret, SecretSlice};
use skarv_domain::Result;

use crate::{
    clockwork::{instant, instant_of, micros_of},
    entity::signing_key as row,
    error::{of_db, taken},
    open::Store,
    vault::Sealed,
};

/// A key that tokens are signed with. The secret does not print.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// Names the key in tokens.
    pub kid: String,
    /// The key, in the form that its maker gave it.
    pub secret: SecretSlice<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// After this nothing signed with it is good any more.
    pub not_after: Option<DateTime<Utc>>,
}

impl Store {
    /// Keeps a signing key, sealed.
    pub async fn signing_key_put(
        &self,
        kid: &str,
        secret: SecretSlice<u8>,
        not_after: Option<DateTime<Utc>>,
    ) -> Result<()> {
        let (kid, vault) = (kid.to_owned(), Arc::clone(&self.0.vault));
        self.change(true, move |turn| {
            Box::pin(async move {
                let sealed = vault.seal(&place(&kid), secret.expose_secret())?;
                let entry = row::Model {
                    kid,
                    key_id: sealed.key_id,
                    sealed: sealed.bytes,
                    created_at: turn.micros(),
                    not_after: micros_of(not_after),
                };
                let kid = entry.kid.clone();
                let insert = row::Entity::insert(entry.into_active_model());
                insert
                    .exec_without_returning(turn.txn)
                    .await
                    .map(drop)
                    .map_err(taken("signing key", kid))
            })
        })
        .await
    }

    /// The signing keys, newest first.
    pub async fn signing_key_list(&self) -> Result<Vec<SigningKey>> {
        let newest_first = row::all()
            .order_by_desc(row::Column::CreatedAt)
            .order_by_desc(row::Column::Kid);
        let rows = newest_first.all(self.reader()).await.map_err(of_db)?;
        rows.into_iter().map(|row| self.signing_key_read(row)).collect()
    }

    fn signing_key_read(&self, row: row::Model) -> Result<SigningKey> {
        let sealed = Sealed {
            key_id: row.key_id,
            bytes: row.sealed,
        };
        let secret = self.0.vault.open(&place(&row.kid), &sealed)?;
        Ok(SigningKey {
            secret: SecretSlice::from(secret.to_vec()),
            kid: row.kid,
            created_at: instant(row.created_at),
            not_after: instant_of(row.not_after),
        })
    }
}

fn place(kid: &str) -> String {
    format!("signing_key/{kid}")
}
