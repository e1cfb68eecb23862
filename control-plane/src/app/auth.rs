//! Who is calling: an API key is traded for a token, a caller is told who they are, and the keys behind tokens.

use std::time::Duration;

use secrecy::SecretString;
use skarv_domain::{
    api_key::KeyState,
    auth::AuthContext,
    error::{Error, Result},
};
use skarv_store::SigningKey;

use super::App;
use crate::auth::{
    keys::PublicKey,
    opaque::{self, Kind},
    policy, rotation,
};

const WHO_AM_I: &str = "skarv.v1.AuthService/WhoAmI";
const ROTATE: &str = "skarv.v1.AuthService/RotateSigningKey";

/// A token and how long it lasts.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) token: SecretString,
    pub(crate) lifetime: Duration,
}

impl App {
    /// Trades an API key for a token. Only who has the whole key is told that it has ended or was taken back.
    pub(crate) async fn api_key_exchange(&self, key: &SecretString) -> Result<Issued> {
        let prefix = opaque::prefix(Kind::ApiKey, key).ok_or_else(unknown)?;
        let (stored, principal) = self.store.api_key_find(prefix).await?.ok_or_else(unknown)?;
        let now = self.clock.now();
        if !opaque::proves(key, &stored.hash) {
            return Err(unknown());
        }
        match stored.state(now) {
            KeyState::Active => {}
            KeyState::Expired => {
                return Err(refused(
                    "API_KEY_EXPIRED",
                    "the API key has ended: ask its owner for a new one",
                ));
            }
            KeyState::Revoked => {
                return Err(refused(
                    "API_KEY_REVOKED",
                    "the API key was taken back: ask its owner for a new one",
                ));
            }
        }
        if stored.use_is_news(now) {
            self.store.api_key_used(stored.id).await?;
        }
        let caller = AuthContext {
            principal: principal.id,
            role: principal.role,
            tenant: principal.tenant,
            partner: principal.partner,
            agent: None,
        };
        let lifetime = self.settings.token;
        let token = self
            .tokens
            .issue(&caller, lifetime, now)
            .map_err(Error::internal)?;
        Ok(Issued { token, lifetime })
    }

    /// The caller, as we know them.
    pub(crate) fn who_am_i<'a>(&self, auth: &'a AuthContext) -> Result<&'a AuthContext> {
        policy::permit(auth, WHO_AM_I)?;
        Ok(auth)
    }

    /// What tokens can be checked with.
    pub(crate) fn jwks(&self) -> Vec<PublicKey> {
        self.tokens.published(self.clock.now())
    }

    /// Lets a new key take over the signing of tokens.
    pub(crate) async fn signing_key_rotate(&self, auth: &AuthContext) -> Result<SigningKey> {
        policy::permit(auth, ROTATE)?;
        let key = self.rotation.begin(&self.store, &auth.actor(ROTATE)).await?;
        self.tokens.replace(rotation::read(&self.store).await?);
        Ok(key)
    }
}

fn unknown() -> Error {
    refused(
        "API_KEY_INVALID",
        "the API key is not one of ours: ask whoever gave it to you for a new one",
    )
}

fn refused(reason: &'static str, problem: &str) -> Error {
    Error::Unauthenticated {
        reason,
        problem: problem.to_owned(),
    }
}
