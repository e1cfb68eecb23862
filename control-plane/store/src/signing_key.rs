//! Keys that tokens are signed with, sealed, and how one takes over from another.
//!
//! A new key is there at once and signs after a lead, when every process has read it; the older ones then go on verifying
//! until whatever they signed has ended. What a key is made of is the caller's business.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Select, sea_query::Expr};
use secrecy::{ExposeSecret, SecretSlice};
use serde_json::json;
use skarv_domain::{Result, auth::Actor, clock::after};

use crate::{
    audit::{Note, note},
    clockwork::{instant, instant_of},
    entity::signing_key as row,
    error::{of_db, taken},
    open::Store,
    turn::Turn,
    vault::{Sealed, Vault},
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
    /// From when on it signs, until a newer one does.
    pub signs_after: DateTime<Utc>,
    /// After this nothing signed with it is good any more.
    pub not_after: Option<DateTime<Utc>>,
}

/// A key that is to take over.
#[derive(Clone, Debug)]
pub struct NewSigningKey {
    /// Names the key in tokens.
    pub kid: String,
    /// The key.
    pub secret: SecretSlice<u8>,
    /// How long it waits before it signs: until every process has read it. The very first key signs at once.
    pub lead: Duration,
    /// How long after that the older keys go on verifying: until the longest token has ended.
    pub overlap: Duration,
}

impl Store {
    /// Lets a new key take over. While one waits to sign already, that one is answered and nothing is made. With
    /// `unless_younger`, nothing is made either while the newest key is younger than that.
    pub async fn signing_key_rotate(
        &self,
        actor: &Actor,
        new: NewSigningKey,
        unless_younger: Option<Duration>,
    ) -> Result<SigningKey> {
        let (actor, vault) = (actor.clone(), Arc::clone(&self.0.vault));
        self.change(true, move |turn| {
            Box::pin(async move { rotate(turn, &vault, &actor, new, unless_younger).await })
        })
        .await
    }

    /// The signing keys, newest first.
    pub async fn signing_key_list(&self) -> Result<Vec<SigningKey>> {
        let rows = newest_first().all(self.reader()).await.map_err(of_db)?;
        rows.into_iter().map(|row| read(&self.0.vault, row)).collect()
    }
}

fn newest_first() -> Select<row::Entity> {
    row::all()
        .order_by_desc(row::Column::SignsAfter)
        .order_by_desc(row::Column::CreatedAt)
        .order_by_desc(row::Column::Kid)
}

async fn rotate(
    turn: Turn<'_>,
    vault: &Vault,
    actor: &Actor,
    new: NewSigningKey,
    unless_younger: Option<Duration>,
) -> Result<SigningKey> {
    let newest = newest_first().one(turn.txn).await.map_err(of_db)?;
    let signs_after = match newest {
        None => turn.now,
        Some(newest) => {
            let waits = instant(newest.signs_after) > turn.now;
            let young = unless_younger.is_some_and(|age| turn.now < after(instant(newest.created_at), age));
            if waits || young {
                return read(vault, newest);
            }
            after(turn.now, new.lead)
        }
    };
    retire(turn, after(signs_after, new.overlap)).await?;
    let sealed = vault.seal(&place(&new.kid), new.secret.expose_secret())?;
    let entry = row::Model {
        kid: new.kid,
        key_id: sealed.key_id,
        sealed: sealed.bytes,
        created_at: turn.micros(),
        signs_after: signs_after.timestamp_micros(),
        not_after: None,
    };
    let insert = row::Entity::insert(entry.clone().into_active_model());
    insert
        .exec_without_returning(turn.txn)
        .await
        .map_err(taken("signing key", &entry.kid))?;
    let resource = format!("signing-keys/{}", entry.kid);
    let what = Note::<(), _> {
        tenant: None,
        resource: &resource,
        before: None,
        after: Some(&json!({ "signs_after": signs_after })),
    };
    note(turn, actor, what).await?;
    read(vault, entry)
}

/// The keys that are there end then, or sooner if that was settled before.
async fn retire(turn: Turn<'_>, end: DateTime<Utc>) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::NotAfter, Expr::value(end.timestamp_micros()))
        .filter(row::Column::NotAfter.is_null())
        .exec(turn.txn)
        .await
        .map(drop)
        .map_err(of_db)
}

/// Deletes the keys that have ended. Answers how many.
pub(crate) async fn tidy(turn: Turn<'_>) -> Result<u64> {
    let ended = row::Entity::delete_many().filter(row::Column::NotAfter.lte(turn.micros()));
    let deleted = ended.exec(turn.txn).await;
    Ok(deleted.map_err(of_db)?.rows_affected)
}

fn read(vault: &Vault, row: row::Model) -> Result<SigningKey> {
    let sealed = Sealed {
        key_id: row.key_id,
        bytes: row.sealed,
    };
    let secret = vault.open(&place(&row.kid), &sealed)?;
    Ok(SigningKey {
        secret: SecretSlice::from(secret.to_vec()),
        kid: row.kid,
        created_at: instant(row.created_at),
        signs_after: instant(row.signs_after),
        not_after: instant_of(row.not_after),
    })
}

pub(crate) fn place(kid: &str) -> String {
    format!("signing_key/{kid}")
}
