//! API keys: the prefix they are found by and the hash they are compared with. The key itself is its owner's.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};
use skarv_domain::{
    Error, Result,
    auth::Actor,
    id::{ApiKeyId, PrincipalId},
};

use crate::{
    audit::{Note, note},
    clockwork::{instant_of, micros_of},
    entity::api_key as row,
    error::{of_db, taken, unreadable},
    open::Store,
    principal::Principal,
};

/// A key that a caller trades for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose it is.
    pub principal: PrincipalId,
    /// What it is found by.
    pub prefix: String,
    /// SHA-256 of the whole key.
    pub hash: [u8; 32],
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was used last.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Keeps a key of a caller.
    pub async fn api_key_create(
        &self,
        actor: &Actor,
        principal: PrincipalId,
        prefix: &str,
        hash: [u8; 32],
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<ApiKey> {
        let (actor, prefix) = (actor.clone(), prefix.to_owned());
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move {
                let entry = row::Model {
                    id: ApiKeyId::new(turn.now).as_uuid(),
                    prefix,
                    hash: hash.to_vec(),
                    principal_id: principal.as_uuid(),
                    created_at: turn.micros(),
                    expires_at: micros_of(expires_at),
                    last_used_at: None,
                    revoked_at: None,
                };
                let insert = row::Entity::insert(entry.clone().into_active_model());
                insert
                    .exec_without_returning(turn.txn)
                    .await
                    .map_err(taken("API key", &entry.prefix))?;
                note(
                    turn,
                    &actor,
                    Note::of(None, &format!("api-keys/{}", entry.prefix)),
                )
                .await?;
                read(entry)
            })
        })
        .await
    }

    /// The key with this prefix and its owner. Its hash, end and revocation are still to be looked at.
    pub async fn api_key_find(&self, prefix: &str) -> Result<Option<(ApiKey, Principal)>> {
        let found = row::all()
            .filter(row::Column::Prefix.eq(prefix))
            .one(self.reader())
            .await
            .map_err(of_db)?;
        let Some(key) = found.map(read).transpose()? else {
            return Ok(None);
        };
        let principal = self.principal_get(key.principal).await?;
        Ok(Some((key, principal)))
    }

    /// Notes that a key was used.
    pub async fn api_key_used(&self, id: ApiKeyId) -> Result<()> {
        self.change(true, move |turn| {
            Box::pin(async move {
                let this = row::Entity::update_many().filter(row::Column::Id.eq(id.as_uuid()));
                let used = this
                    .col_expr(row::Column::LastUsedAt, Expr::value(turn.micros()))
                    .exec(turn.txn)
                    .await;
                used.map(drop).map_err(of_db)
            })
        })
        .await
    }

    /// Takes a key back. Tokens that it was traded for end by themselves, soon.
    pub async fn api_key_revoke(&self, actor: &Actor, id: ApiKeyId) -> Result<()> {
        let actor = actor.clone();
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move {
                let this = row::Entity::update_many().filter(row::Column::Id.eq(id.as_uuid()));
                let gone = this
                    .col_expr(row::Column::RevokedAt, Expr::value(turn.micros()))
                    .exec(turn.txn)
                    .await;
                if gone.map_err(of_db)?.rows_affected == 0 {
                    return Err(Error::not_found("API key", id));
                }
                note(turn, &actor, Note::of(None, &format!("api-keys/{id}"))).await
            })
        })
        .await
    }
}

fn read(row: row::Model) -> Result<ApiKey> {
    Ok(ApiKey {
        id: ApiKeyId::from_uuid(row.id),
        principal: PrincipalId::from_uuid(row.principal_id),
        prefix: row.prefix,
        hash: row.hash.try_into().map_err(|_| unreadable("key hash")())?,
        expires_at: instant_of(row.expires_at),
        last_used_at: instant_of(row.last_used_at),
        revoked_at: instant_of(row.revoked_at),
    })
}
