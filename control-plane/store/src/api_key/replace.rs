//! Keys that end before their time: one takes another's place, or one is taken back.
//!
//! Both halves of a replacement are one transaction, so there is always a key that works. The last key that lets an admin
//! in stays until there is another.

use std::time::Duration;

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr};
use serde_json::json;
use skarv_domain::{
    Error, Result,
    api_key::{ApiKey, KeyScope, KeyState},
    auth::{Actor, Role},
};

use super::{NewApiKey, insert, read, visible, written};
use crate::{
    entity::{api_key as row, principal as principal_row},
    error::of_db,
    open::Store,
    principal::Principal,
    turn::Turn,
};

impl Store {
    /// Keeps a key in the place of the one with this prefix, which ends after the overlap. The new one takes over its name,
    /// and lasts as long as it was made to. Answers the new one and the old one.
    pub async fn api_key_rotate(
        &self,
        scope: KeyScope,
        actor: &Actor,
        prefix: &str,
        by: (String, [u8; 32]),
        overlap: Duration,
    ) -> Result<(ApiKey, ApiKey)> {
        let (actor, prefix) = (actor.clone(), prefix.to_owned());
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move { rotate(turn, scope, &actor, &prefix, by, overlap).await })
        })
        .await
    }

    /// Takes a key back; once more changes nothing. Tokens that it was traded for end by themselves, soon.
    pub async fn api_key_revoke(&self, scope: KeyScope, actor: &Actor, prefix: &str) -> Result<ApiKey> {
        let (actor, prefix) = (actor.clone(), prefix.to_owned());
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move { revoke(turn, scope, &actor, &prefix).await })
        })
        .await
    }
}

async fn rotate(
    turn: Turn<'_>,
    scope: KeyScope,
    actor: &Actor,
    prefix: &str,
    (new_prefix, hash): (String, [u8; 32]),
    overlap: Duration,
) -> Result<(ApiKey, ApiKey)> {
    let (row, principal) = visible(turn, scope, prefix).await?;
    let old = read(turn.txn, row.clone()).await?;
    let handover = old.handover(turn.now, overlap)?;
    let new = NewApiKey {
        prefix: new_prefix,
        hash,
        name: row.name.clone(),
        expires_at: handover.new_ends,
    };
    let new = insert(turn, principal.id, new).await?;
    let end = handover.old_ends.timestamp_micros();
    row::Entity::update_many()
        .col_expr(row::Column::ExpiresAt, Expr::value(end))
        .col_expr(row::Column::ReplacedBy, Expr::value(new.prefix.as_str()))
        .filter(row::Column::Id.eq(row.id))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    let made = json!({ "owner": principal.id, "replaces": prefix, "expires_at": handover.new_ends });
    written(turn, actor, &new.prefix, &made).await?;
    // the mark of the request went with the first row
    let unmarked = Actor {
        request: None,
        ..actor.clone()
    };
    let ended = json!({ "replaced_by": new.prefix, "expires_at": handover.old_ends });
    written(turn, &unmarked, prefix, &ended).await?;
    let old = ApiKey {
        expires_at: Some(handover.old_ends),
        replaced_by: Some(new.prefix.clone()),
        ..old
    };
    Ok((read(turn.txn, new).await?, old))
}

async fn revoke(turn: Turn<'_>, scope: KeyScope, actor: &Actor, prefix: &str) -> Result<ApiKey> {
    let (row, principal) = visible(turn, scope, prefix).await?;
    let key = read(turn.txn, row).await?;
    if key.revoked_at.is_some() {
        return Ok(key);
    }
    if key.state(turn.now) == KeyState::Active {
        refuse_last_of_admins(turn, &key, &principal).await?;
    }
    row::Entity::update_many()
        .col_expr(row::Column::RevokedAt, Expr::value(turn.micros()))
        .filter(row::Column::Id.eq(key.id.as_uuid()))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    written(turn, actor, prefix, &json!({ "revoked_at": turn.now })).await?;
    Ok(ApiKey {
        revoked_at: Some(turn.now),
        ..key
    })
}

/// Without a key, no admin gets in to make another. One that was replaced is on its way out, so it does not count.
async fn refuse_last_of_admins(turn: Turn<'_>, key: &ApiKey, principal: &Principal) -> Result<()> {
    if principal.role != Role::Admin {
        return Ok(());
    }
    let admins = principal_row::all().filter(principal_row::Column::Role.eq(Role::Admin.as_str()));
    let admins = admins.select_only().column(principal_row::Column::Id);
    let lasts = Condition::any()
        .add(row::Column::ExpiresAt.is_null())
        .add(row::Column::ExpiresAt.gt(turn.micros()));
    let another = row::all()
        .filter(row::Column::Id.ne(key.id.as_uuid()))
        .filter(row::Column::PrincipalId.in_subquery(admins.into_query()))
        .filter(row::Column::RevokedAt.is_null())
        .filter(row::Column::ReplacedBy.is_null())
        .filter(lasts);
    if another.one(turn.txn).await.map_err(of_db)?.is_some() {
        return Ok(());
    }
    let name = format!("apiKeys/{}", key.prefix);
    Err(Error::precondition(
        "LAST_ADMIN_KEY",
        &name,
        format!(
            "{name} is the last key that lets an admin in: make another first, with CreateApiKey for `principals/me`"
        ),
    ))
}
