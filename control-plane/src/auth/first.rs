//! What a control plane makes for itself: the first admin, and a way in for agents of the same process.

use secrecy::SecretString;
use skarv_domain::{
    Slug,
    agent_pool::DEFAULT_POOL,
    auth::{Actor, Role},
    error::{Error, Result},
};
use skarv_store::{KeyHolder, NewApiKey, NewPrincipal, Store};

use super::opaque::{self, Kind};

/// The API key of the first admin, made when nobody is known yet. It is told this once.
pub(crate) async fn admin(store: &Store) -> Result<Option<SecretString>> {
    if store.principal_any().await? {
        return Ok(None);
    }
    let actor = Actor::system("first start");
    let new = NewPrincipal {
        role: Role::Admin,
        tenant: None,
        partner: None,
        pool: None,
        name: "first admin".to_owned(),
    };
    let admin = store.principal_create(&actor, new).await?;
    let minted = opaque::mint(Kind::ApiKey).map_err(Error::internal)?;
    let key = NewApiKey {
        prefix: minted.prefix,
        hash: minted.hash,
        name: "first admin".to_owned(),
        expires_at: None,
    };
    store
        .api_key_create(&actor, KeyHolder::Principal(admin.id), key)
        .await?;
    Ok(Some(minted.text))
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
