//! What a control plane makes for itself at its first start: the key that signs tokens, and the first admin.

use secrecy::{ExposeSecret, SecretSlice, SecretString};
use skarv_domain::{
    auth::{Actor, Role},
    error::{Error, Result},
};
use skarv_store::{NewPrincipal, Store};
use uuid::Uuid;

use super::{
    keys::{self, KeyRing},
    opaque::{self, Kind},
};

/// The keys of the store; one is made when there is none.
pub(crate) async fn key_ring(store: &Store) -> Result<KeyRing> {
    let mut stored = store.signing_key_list().await?;
    if stored.is_empty() {
        let secret = keys::generate().map_err(Error::internal)?;
        let kid = Uuid::new_v4().simple().to_string();
        store
            .signing_key_put(&kid, SecretSlice::from(secret.to_vec()), None)
            .await?;
        stored = store.signing_key_list().await?;
    }
    let now = store.now();
    let mut good = stored
        .into_iter()
        .filter(|key| key.not_after.is_none_or(|end| now < end));
    let newest = good
        .next()
        .ok_or_else(|| Error::internal("every signing key has ended"))?;
    let mut ring = KeyRing::new(&newest.kid, newest.secret.expose_secret()).map_err(Error::internal)?;
    for older in good {
        ring.also_verify(&older.kid, older.secret.expose_secret())
            .map_err(Error::internal)?;
    }
    Ok(ring)
}

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
    store
        .api_key_create(&actor, admin.id, &minted.prefix, minted.hash, None)
        .await?;
    Ok(Some(minted.text))
}
