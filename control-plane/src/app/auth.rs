//! Who is calling: an API key is traded for a token, and a caller is told who they are.

use std::time::Duration;

use secrecy::SecretString;
use skarv_domain::{
    auth::AuthContext,
    error::{Error, Result},
};

use super::App;
use crate::auth::{
    opaque::{self, Kind},
    policy,
};

const WHO_AM_I: &str = "skarv.v1.AuthService/WhoAmI";

/// A token and how long it lasts.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) token: SecretString,
    pub(crate) lifetime: Duration,
}

impl App {
    /// Trades an API key for a token. Whatever is wrong with a key, the answer is the same.
    pub(crate) async fn api_key_exchange(&self, key: &SecretString) -> Result<Issued> {
        let prefix = opaque::prefix(Kind::ApiKey, key).ok_or_else(refused)?;
        let (stored, principal) = self.store.api_key_find(prefix).await?.ok_or_else(refused)?;
        let now = self.clock.now();
        let ended = stored.revoked_at.is_some() || stored.expires_at.is_some_and(|at| at <= now);
        if ended || !opaque::proves(key, &stored.hash) {
            return Err(refused());
        }
        self.store.api_key_used(stored.id).await?;
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
}

fn refused() -> Error {
    Error::Unauthenticated {
        reason: "API_KEY_INVALID",
        problem: "the API key is not one of ours, has ended or was taken back: ask whoever gave it to you for a new one"
            .to_owned(),
    }
}
