//! API keys: the prefix they are found by and the hash they are compared with. The key itself is its owner's.
//!
//! A key of a partner belongs to the one caller that stands for the partner's programs, who is made with the first key.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, sea_query::Expr,
};
use serde_json::json;
use skarv_domain::{
    Error, Result,
    api_key::{ApiKey, KeyOwner, KeyScope},
    auth::{Actor, Scope},
    id::{ApiKeyId, PartnerId, PrincipalId},
};

use crate::{
    audit::{Note, note},
    clockwork::{instant, instant_of, micros_of},
    entity::{api_key as row, principal as principal_row},
    error::{of_db, taken, unreadable},
    open::Store,
    partner,
    principal::{self, Principal},
    turn::Turn,
};

mod replace;

/// Whom a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHolder {
    /// One caller.
    Principal(PrincipalId),
    /// A partner's programs.
    Partner(PartnerId),
}

/// A key to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiKey {
    /// What it is found by.
    pub prefix: String,
    /// SHA-256 of the whole key.
    pub hash: [u8; 32],
    /// What people call it.
    pub name: String,
    /// When it ends, if it does by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Keeps a key.
    pub async fn api_key_create(&self, actor: &Actor, holder: KeyHolder, new: NewApiKey) -> Result<ApiKey> {
        let actor = actor.clone();
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move {
                let principal = match holder {
                    KeyHolder::Principal(principal) => principal,
                    KeyHolder::Partner(partner) => principal::of_partner(turn, &actor, partner).await?,
                };
                let entry = insert(turn, principal, new).await?;
                let after = json!({ "owner": principal, "name": entry.name, "expires_at": instant_of(entry.expires_at) });
                written(turn, &actor, &entry.prefix, &after).await?;
                read(turn.txn, entry).await
            })
        })
        .await
    }

    /// Whether any key was ever made: without one, nobody can sign in.
    pub async fn api_key_any(&self) -> Result<bool> {
        let any = row::all().one(self.reader()).await;
        any.map(|row| row.is_some()).map_err(of_db)
    }

    /// The keys of one owner, newest first, those that have ended too.
    pub async fn api_key_list(&self, holder: KeyHolder) -> Result<Vec<ApiKey>> {
        let of = |column: principal_row::Column, id| {
            let owners = principal_row::all().filter(column.eq(id));
            owners
                .select_only()
                .column(principal_row::Column::Id)
                .into_query()
        };
        let owners = match holder {
            KeyHolder::Principal(id) => of(principal_row::Column::Id, id.as_uuid()),
            KeyHolder::Partner(id) => of(principal_row::Column::PartnerId, id.as_uuid()),
        };
        let rows = row::all()
            .filter(row::Column::PrincipalId.in_subquery(owners))
            .order_by_desc(row::Column::CreatedAt)
            .order_by_desc(row::Column::Id)
            .all(self.reader())
            .await
            .map_err(of_db)?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in rows {
            keys.push(read(self.reader(), row).await?);
        }
        Ok(keys)
    }

    /// The key with this prefix and who signs in with it. Its hash and state are still to be looked at.
    pub async fn api_key_find(&self, prefix: &str) -> Result<Option<(ApiKey, Principal)>> {
        let Some(row) = by_prefix(self.reader(), prefix).await? else {
            return Ok(None);
        };
        let principal = self
            .principal_get(PrincipalId::from_uuid(row.principal_id))
            .await?;
        Ok(Some((read(self.reader(), row).await?, principal)))
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
}

async fn insert(turn: Turn<'_>, principal: PrincipalId, new: NewApiKey) -> Result<row::Model> {
    let entry = row::Model {
        id: ApiKeyId::new(turn.now).as_uuid(),
        prefix: new.prefix,
        hash: new.hash.to_vec(),
        principal_id: principal.as_uuid(),
        name: new.name,
        created_at: turn.micros(),
        expires_at: micros_of(new.expires_at),
        last_used_at: None,
        revoked_at: None,
        replaced_by: None,
    };
    row::Entity::insert(entry.clone().into_active_model())
        .exec_without_returning(turn.txn)
        .await
        .map_err(taken("API key", &entry.prefix))?;
    Ok(entry)
}

/// Writes down what was done with a key.
async fn written(turn: Turn<'_>, actor: &Actor, prefix: &str, after: &serde_json::Value) -> Result<()> {
    let resource = format!("api-keys/{prefix}");
    let what = Note::<(), _> {
        tenant: None,
        resource: &resource,
        before: None,
        after: Some(after),
    };
    note(turn, actor, what).await
}

async fn by_prefix(db: &impl ConnectionTrait, prefix: &str) -> Result<Option<row::Model>> {
    let found = row::all().filter(row::Column::Prefix.eq(prefix)).one(db);
    found.await.map_err(of_db)
}

/// The key with this prefix, if the scope sees it, and who signs in with it.
async fn visible(turn: Turn<'_>, scope: KeyScope, prefix: &str) -> Result<(row::Model, Principal)> {
    let unknown = || Error::not_found("API key", format!("apiKeys/{prefix}"));
    let row = by_prefix(turn.txn, prefix).await?.ok_or_else(unknown)?;
    let principal = principal::by_id(turn.txn, PrincipalId::from_uuid(row.principal_id)).await?;
    if scope.sees(principal.id, principal.partner) {
        Ok((row, principal))
    } else {
        Err(unknown())
    }
}

async fn read(db: &impl ConnectionTrait, row: row::Model) -> Result<ApiKey> {
    let principal = principal::by_id(db, PrincipalId::from_uuid(row.principal_id)).await?;
    let owner = match principal.partner {
        Some(id) => KeyOwner::Partner(
            partner::by_id(db, &Scope::System("owner of a key"), id)
                .await?
                .slug,
        ),
        None => KeyOwner::Principal(principal.id),
    };
    Ok(ApiKey {
        id: ApiKeyId::from_uuid(row.id),
        principal: principal.id,
        owner,
        prefix: row.prefix,
        hash: row.hash.try_into().map_err(|_| unreadable("key hash")())?,
        name: row.name,
        created_at: instant(row.created_at),
        expires_at: instant_of(row.expires_at),
        last_used_at: instant_of(row.last_used_at),
        revoked_at: instant_of(row.revoked_at),
        replaced_by: row.replaced_by,
    })
}
