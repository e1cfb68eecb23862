//! API keys: making, listing, replacing and taking back what programs sign in with.
//!
//! Everyone has keys of their own; a partner's are its programs' and an admin's to look after. Whatever is not the caller's
//! is not found. The text of a key is made here, answered once and kept nowhere.

use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::json;
use skarv_domain::{
    api_key::{ApiKey, KeyScope, checked_end, checked_name, overlap},
    auth::{AuthContext, Role},
    error::{Error, Result},
};
use skarv_store::{KeyHolder, NewApiKey};

use super::{
    App,
    name::{ApiKeyName, KeyParent},
    request::{Options, once_told},
};
use crate::auth::{
    opaque::{self, Kind, Minted},
    policy,
};

const CREATE: &str = "skarv.v1.ApiKeyService/CreateApiKey";
const LIST: &str = "skarv.v1.ApiKeyService/ListApiKeys";
const ROTATE: &str = "skarv.v1.ApiKeyService/RotateApiKey";
const REVOKE: &str = "skarv.v1.ApiKeyService/RevokeApiKey";

/// What to do about a key whose text did not arrive.
const MADE_BEFORE: &str = "find the key with ListApiKeys, take it back with RevokeApiKey, and make another under a fresh request_id";

/// A key to be made.
#[derive(Clone, Debug)]
pub(crate) struct CreateApiKey {
    pub(crate) parent: KeyParent,
    pub(crate) display_name: String,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) options: Options,
}

/// A key to be replaced.
#[derive(Clone, Debug)]
pub(crate) struct RotateApiKey {
    pub(crate) name: ApiKeyName,
    pub(crate) overlap: Option<Duration>,
    pub(crate) request_id: String,
}

/// A key that was made, with its text.
#[derive(Debug)]
pub(crate) struct MadeKey {
    pub(crate) key: ApiKey,
    pub(crate) text: SecretString,
}

impl App {
    /// Makes a key; nothing when the request only checks.
    pub(crate) async fn api_key_create(
        &self,
        auth: &AuthContext,
        create: CreateApiKey,
    ) -> Result<Option<MadeKey>> {
        policy::permit(auth, CREATE)?;
        let holder = self.key_holder(auth, &create.parent).await?;
        let ends = create.expires_at.map(|end| end.timestamp_micros());
        let content = json!([format!("{:?}", create.parent), create.display_name, ends]);
        let actor = self.actor(auth, CREATE, &create.options, &content)?;
        let make = async {
            let Minted { text, prefix, hash } = opaque::mint(Kind::ApiKey).map_err(Error::internal)?;
            let new = NewApiKey {
                prefix,
                hash,
                name: checked_name(&create.display_name)?,
                expires_at: checked_end(create.expires_at, self.clock.now())?,
            };
            let key = self.store.api_key_create(&actor, holder, new).await?;
            Ok(MadeKey { key, text })
        };
        let made = once_told(&self.store, &actor, MADE_BEFORE, make).await?;
        Ok((!actor.validate_only).then_some(made))
    }

    /// The keys of one owner, newest first.
    pub(crate) async fn api_key_list(&self, auth: &AuthContext, parent: &KeyParent) -> Result<Vec<ApiKey>> {
        policy::permit(auth, LIST)?;
        let holder = self.key_holder(auth, parent).await?;
        self.store.api_key_list(holder).await
    }

    /// Makes a key in the place of another. Answers the new one and the old one.
    pub(crate) async fn api_key_rotate(
        &self,
        auth: &AuthContext,
        rotate: RotateApiKey,
    ) -> Result<(MadeKey, ApiKey)> {
        policy::permit(auth, ROTATE)?;
        let options = Options {
            request_id: rotate.request_id,
            validate_only: false,
        };
        let content = json!([rotate.name.prefix, rotate.overlap.map(|span| span.as_secs_f64())]);
        let actor = self.actor(auth, ROTATE, &options, &content)?;
        let make = async {
            let overlap = overlap(rotate.overlap)?;
            let Minted { text, prefix, hash } = opaque::mint(Kind::ApiKey).map_err(Error::internal)?;
            let (scope, old) = (KeyScope::of(auth), &rotate.name.prefix);
            let (key, replaced) = self
                .store
                .api_key_rotate(scope, &actor, old, (prefix, hash), overlap)
                .await?;
            Ok((MadeKey { key, text }, replaced))
        };
        once_told(&self.store, &actor, MADE_BEFORE, make).await
    }

    /// Takes a key back; once more changes nothing.
    pub(crate) async fn api_key_revoke(&self, auth: &AuthContext, name: &ApiKeyName) -> Result<ApiKey> {
        policy::permit(auth, REVOKE)?;
        let (scope, actor) = (KeyScope::of(auth), auth.actor(REVOKE));
        self.store.api_key_revoke(scope, &actor, &name.prefix).await
    }

    /// Whose keys a caller asks for, if they may: their own always, a partner's as that partner or as an admin.
    async fn key_holder(&self, auth: &AuthContext, parent: &KeyParent) -> Result<KeyHolder> {
        match parent {
            KeyParent::Me => Ok(KeyHolder::Principal(auth.principal)),
            KeyParent::Partner(_) if matches!(auth.role, Role::Sales | Role::Support) => {
                Err(Error::PermissionDenied {
                    reason: "PARTNER_KEYS_ARE_FOR_ADMINS",
                    problem:
                        "a partner's keys are the partner's own or an admin's to look after: ask an admin"
                            .to_owned(),
                })
            }
            KeyParent::Partner(name) => {
                let partner = self.partner(auth, name).await?;
                Ok(KeyHolder::Partner(partner.id))
            }
        }
    }
}
