//! Changing the master key: everything that was sealed with another key is sealed anew with the current one.
//!
//! One transaction: either all of it has changed hands, with an audit row that says so, or nothing has. Done again it finds
//! nothing to do. Afterwards the older keys open nothing here any more and can be thrown away. A process that was not given
//! the current key cannot go on then, so every one is to have it, with the older one as a previous key, before this is done.

use std::{collections::BTreeSet, sync::Arc};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use serde::Serialize;
use skarv_domain::{
    Error, Result,
    auth::{Actor, Scope},
};

use crate::{
    audit::{Note, note},
    entity::{own_key, secret, signing_key},
    error::of_db,
    open::Store,
    turn::Turn,
    vault::{Sealed, Vault},
};

/// What was sealed anew, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Resealed {
    /// Versions of connections' credentials.
    pub secrets: u64,
    /// Keys that sign tokens.
    pub signing_keys: u64,
    /// Keys of the installation's own.
    pub own_keys: u64,
}

impl Resealed {
    /// Whether there was nothing to do.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Store {
    /// Tells the current master key from others, without telling the key.
    pub fn master_key_id(&self) -> &str {
        self.0.vault.key_id()
    }

    /// Seals with the current master key whatever is sealed with another. A row that opens with no key that was given is
    /// named, and then nothing is changed.
    pub async fn reseal(&self, actor: &Actor) -> Result<Resealed> {
        let (actor, vault) = (actor.clone(), Arc::clone(&self.0.vault));
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move { reseal(turn, &vault, &actor).await })
        })
        .await
    }
}

async fn reseal(turn: Turn<'_>, vault: &Vault, actor: &Actor) -> Result<Resealed> {
    let from = key_ids(turn.txn).await?;
    let resealed = Resealed {
        secrets: secrets(turn, vault).await?,
        signing_keys: signing_keys(turn, vault).await?,
        own_keys: own_keys(turn, vault).await?,
    };
    if !resealed.is_empty() {
        let resource = format!("master-keys/{}", vault.key_id());
        let what = Note {
            tenant: None,
            resource: &resource,
            before: Some(&from),
            after: Some(&resealed),
        };
        note(turn, actor, what).await?;
    }
    Ok(resealed)
}

/// The ids of the master keys that something is sealed with.
pub(crate) async fn key_ids(database: &impl ConnectionTrait) -> Result<Vec<String>> {
    let secrets = secret::within(&SCOPE)
        .select_only()
        .column(secret::Column::KeyId)
        .distinct();
    let signing = signing_key::all()
        .select_only()
        .column(signing_key::Column::KeyId)
        .distinct();
    let own = own_key::all()
        .select_only()
        .column(own_key::Column::KeyId)
        .distinct();
    let (secrets, signing, own) = (
        secrets.into_tuple::<String>().all(database).await,
        signing.into_tuple::<String>().all(database).await,
        own.into_tuple::<String>().all(database).await,
    );
    let mut ids = BTreeSet::new();
    for found in [secrets, signing, own] {
        ids.extend(found.map_err(of_db)?);
    }
    Ok(ids.into_iter().collect())
}

const SCOPE: Scope = Scope::System("a new master key");

async fn secrets(turn: Turn<'_>, vault: &Vault) -> Result<u64> {
    let old = secret::within(&SCOPE).filter(secret::Column::KeyId.ne(vault.key_id()));
    let mut count = 0;
    for row in old.all(turn.txn).await.map_err(of_db)? {
        let place = crate::secret::place(row.tenant_id, row.connection_id, row.version);
        let sealed = anew(vault, &place, row.key_id, row.sealed)?;
        secret::Entity::update_many()
            .col_expr(secret::Column::KeyId, Expr::value(sealed.key_id))
            .col_expr(secret::Column::Sealed, Expr::value(sealed.bytes))
            .filter(secret::Column::ConnectionId.eq(row.connection_id))
            .filter(secret::Column::Version.eq(row.version))
            .exec(turn.txn)
            .await
            .map_err(of_db)?;
        count += 1;
    }
    Ok(count)
}

async fn signing_keys(turn: Turn<'_>, vault: &Vault) -> Result<u64> {
    let old = signing_key::all().filter(signing_key::Column::KeyId.ne(vault.key_id()));
    let mut count = 0;
    for row in old.all(turn.txn).await.map_err(of_db)? {
        let place = crate::signing_key::place(&row.kid);
        let sealed = anew(vault, &place, row.key_id, row.sealed)?;
        signing_key::Entity::update_many()
            .col_expr(signing_key::Column::KeyId, Expr::value(sealed.key_id))
            .col_expr(signing_key::Column::Sealed, Expr::value(sealed.bytes))
            .filter(signing_key::Column::Kid.eq(row.kid))
            .exec(turn.txn)
            .await
            .map_err(of_db)?;
        count += 1;
    }
    Ok(count)
}

async fn own_keys(turn: Turn<'_>, vault: &Vault) -> Result<u64> {
    let old = own_key::all().filter(own_key::Column::KeyId.ne(vault.key_id()));
    let mut count = 0;
    for row in old.all(turn.txn).await.map_err(of_db)? {
        let place = crate::own_key::place(&row.name);
        let sealed = anew(vault, &place, row.key_id, row.sealed)?;
        own_key::Entity::update_many()
            .col_expr(own_key::Column::KeyId, Expr::value(sealed.key_id))
            .col_expr(own_key::Column::Sealed, Expr::value(sealed.bytes))
            .filter(own_key::Column::Name.eq(row.name))
            .exec(turn.txn)
            .await
            .map_err(of_db)?;
        count += 1;
    }
    Ok(count)
}

/// The same, sealed with the current key.
fn anew(vault: &Vault, place: &str, key_id: String, bytes: Vec<u8>) -> Result<Sealed> {
    let sealed = Sealed { key_id, bytes };
    vault.reseal(place, &sealed).map_err(|_| {
        let with = &sealed.key_id;
        Error::precondition(
            "SEALED_ROW_UNREADABLE",
            place,
            format!(
                "{place}, sealed with the master key {with}, opens with none of the keys given, so nothing was changed: \
                 give the key it was sealed with as a previous one; if there is none, store the secret anew first"
            ),
        )
    })
}
