//! What a control plane makes for itself: the first admin, and a way in for agents of the same process.

use std::{fs, path::Path};

use secrecy::{ExposeSecret, SecretString};
use skarv_domain::{
    Slug,
    agent_pool::DEFAULT_POOL,
    auth::{Actor, Role},
    error::{Error, Result},
};
use skarv_store::{KeyHolder, NewApiKey, NewPrincipal, Store};

use super::opaque::{self, Kind, Minted};
use skarv_process::secret_file;

/// The API key of the first admin, made when there is no key yet: also by the start after one that broke
/// off between the two. It is told this once, and is in the file, if one is named,
/// before it is good for anything: no key is made that nobody has.
pub(crate) async fn admin(store: &Store, file: Option<&Path>) -> Result<Option<SecretString>> {
    if store.api_key_any().await? {
        return Ok(None);
    }
    let minted = opaque::mint(Kind::ApiKey).map_err(Error::internal)?;
    let Some(file) = file else {
        return admin_with(store, minted).await.map(Some);
    };
    secret_file::make(file, minted.text.expose_secret()).map_err(|error| unwritable(file, &error))?;
    let made = admin_with(store, minted).await;
    if made.is_err() {
        // a key of nobody; what went wrong before is the one to tell
        fs::remove_file(file).ok();
    }
    made.map(Some)
}

fn unwritable(file: &Path, error: &std::io::Error) -> Error {
    let place = file.display().to_string();
    let problem = format!(
        "cannot make {place} for the first admin's key: {error}; a file that exists is never written over, and as nobody is \
         known here yet, what is in it is no key of this database"
    );
    Error::precondition("ADMIN_KEY_FILE", place, problem)
}

async fn admin_with(store: &Store, minted: Minted) -> Result<SecretString> {
    let actor = Actor::system("first start");
    let new = NewPrincipal {
        role: Role::Admin,
        tenant: None,
        partner: None,
        pool: None,
        name: "first admin".to_owned(),
    };
    let admin = store.principal_create(&actor, new).await?;
    let key = NewApiKey {
        prefix: minted.prefix,
        hash: minted.hash,
        name: "first admin".to_owned(),
        expires_at: None,
    };
    store
        .api_key_create(&actor, KeyHolder::Principal(admin.id), key)
        .await?;
    Ok(minted.text)
}

/// A token for agents of the default pool.
pub(crate) async fn enrolment_token(store: &Store) -> Result<SecretString> {
    let actor = Actor::system("agent in the same process");
    let pool: Slug = DEFAULT_POOL
        .parse()
        .map_err(|_| Error::internal("the default pool has a bad name"))?;
    let pool = store.pool_ensure(&actor, &pool).await?;
    let minted = opaque::mint(Kind::PoolToken).map_err(Error::internal)?;
    store
        .enrolment_token_create(&actor, pool.id, &minted.prefix, minted.hash, None)
        .await?;
    Ok(minted.text)
}
