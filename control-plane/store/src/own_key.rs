//! The installation's own key: random, made at the first start and sealed like everything else.
//!
//! What has to stay the same while master keys come and go (page tokens, marks of requests) is derived from it. It is also
//! the proof, before anything else is done, that the right master key was given.

use aws_lc_rs::rand;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use secrecy::SecretSlice;
use skarv_domain::{Error, Result};
use zeroize::Zeroizing;

use crate::{
    entity::own_key as row,
    error::of_db,
    open::Store,
    reseal,
    turn::Turn,
    vault::{Sealed, Vault},
};

const BYTES: usize = 32;
const NAME: &str = "derivation";

impl Store {
    /// The key to derive other keys from. The same in every process on this database, whatever the master key is.
    pub fn own_key(&self) -> &SecretSlice<u8> {
        &self.0.own_key
    }
}

/// The key, made when there is none; refuses a master key under which something here does not open.
pub(crate) async fn ensure(turn: Turn<'_>, vault: &Vault) -> Result<SecretSlice<u8>> {
    refuse_unknown(vault, &reseal::key_ids(turn.txn).await?)?;
    let found = row::all().filter(row::Column::Name.eq(NAME)).one(turn.txn);
    let key = match found.await.map_err(of_db)? {
        Some(row) => open(vault, row)?,
        None => make(turn, vault).await?,
    };
    Ok(SecretSlice::from(key.to_vec()))
}

fn open(vault: &Vault, row: row::Model) -> Result<Zeroizing<Vec<u8>>> {
    let sealed = Sealed {
        key_id: row.key_id,
        bytes: row.sealed,
    };
    vault.open(&place(&row.name), &sealed)
}

async fn make(turn: Turn<'_>, vault: &Vault) -> Result<Zeroizing<Vec<u8>>> {
    let mut key = Zeroizing::new(vec![0; BYTES]);
    rand::fill(&mut key).map_err(|_| Error::internal("the system gives no random numbers"))?;
    let sealed = vault.seal(&place(NAME), &key)?;
    let entry = row::Model {
        name: NAME.to_owned(),
        key_id: sealed.key_id,
        sealed: sealed.bytes,
        created_at: turn.micros(),
    };
    row::Entity::insert(entry.into_active_model())
        .exec_without_returning(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(key)
}

fn refuse_unknown(vault: &Vault, key_ids: &[String]) -> Result<()> {
    let unknown: Vec<&str> = key_ids
        .iter()
        .map(String::as_str)
        .filter(|id| !vault.knows(id))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let (wanted, given) = (unknown.join(", "), vault.key_id());
    Err(Error::precondition(
        "MASTER_KEY_UNKNOWN",
        "the database",
        format!(
            "the database is sealed with the master key {wanted}, but the one given is {given}: start with the key it was \
             sealed with, or, to change keys, give that one as a previous key and reseal"
        ),
    ))
}

pub(crate) fn place(name: &str) -> String {
    format!("own_key/{name}")
}
