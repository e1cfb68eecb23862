//! Short-lived bearer tokens: who the caller is, signed, for one audience.
//!
//! A token for people never opens an agent's call, nor the other way round. Times are checked against our own clock with a
//! leeway; a token that says too little is no token. The keys can be changed while calls are under way.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use skarv_domain::{
    auth::{AgentSeat, AuthContext, Role},
    error::Error,
    id::{AgentId, PartnerId, PoolId, PrincipalId, TenantId},
};

use super::keys::{KeyError, KeyRing, PublicKey};

const ISSUER: &str = "skarv";
const LEEWAY_SECONDS: i64 = 60;
/// How far clocks may differ.
pub(super) const LEEWAY: Duration = Duration::from_secs(LEEWAY_SECONDS.unsigned_abs());

/// Whom a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// People, partners and their programs.
    People,
    /// Agents.
    Agents,
}

impl Audience {
    /// The audience of a role.
    pub(crate) fn of(role: Role) -> Self {
        if role == Role::Agent {
            Self::Agents
        } else {
            Self::People
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::People => "skarv",
            Self::Agents => "skarv-agent",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: PrincipalId,
    iat: i64,
    nbf: i64,
    exp: i64,
    role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant: Option<TenantId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    partner: Option<PartnerId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent: Option<AgentId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pool: Option<PoolId>,
}

/// Signs tokens and reads them back.
#[derive(Debug)]
pub(crate) struct Tokens {
    keys: RwLock<Arc<KeyRing>>,
}

impl Tokens {
    /// Tokens signed by these keys.
    pub(crate) fn new(keys: KeyRing) -> Self {
        Self {
            keys: RwLock::new(Arc::new(keys)),
        }
    }

    /// From now on, tokens signed by these keys.
    pub(crate) fn replace(&self, keys: KeyRing) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    /// What tokens can be checked with.
    pub(crate) fn published(&self, now: DateTime<Utc>) -> Vec<PublicKey> {
        self.keys().published(now)
    }

    fn keys(&self) -> Arc<KeyRing> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A token for this caller.
    pub(crate) fn issue(
        &self,
        caller: &AuthContext,
        lifetime: Duration,
        now: DateTime<Utc>,
    ) -> Result<SecretString, KeyError> {
        let seconds = now.timestamp();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: Audience::of(caller.role).as_str().to_owned(),
            sub: caller.principal,
            iat: seconds,
            nbf: seconds,
            exp: seconds.saturating_add_unsigned(lifetime.as_secs()),
            role: caller.role,
            tenant: caller.tenant,
            partner: caller.partner,
            agent: caller.agent.map(|seat| seat.agent),
            pool: caller.agent.map(|seat| seat.pool),
        };
        Ok(self.keys().sign(&claims, now)?.into())
    }

    /// The caller that a token for this audience speaks of.
    pub(crate) fn verify(
        &self,
        token: &SecretString,
        audience: Audience,
        now: DateTime<Utc>,
    ) -> Result<AuthContext, Error> {
        let claims: Claims = self.keys().verify(token.expose_secret(), now).ok_or_else(|| {
            refused(
                "TOKEN_INVALID",
                "the bearer token is not one of ours: trade your API key for a new one",
            )
        })?;
        claims.check(audience, now.timestamp())?;
        Ok(claims.into_caller())
    }
}

impl Claims {
    fn check(&self, audience: Audience, now: i64) -> Result<(), Error> {
        if self.iss != ISSUER || self.aud != audience.as_str() || Audience::of(self.role) != audience {
            return Err(refused(
                "TOKEN_WRONG_AUDIENCE",
                "the bearer token is for another part of the API",
            ));
        }
        if now >= self.exp.saturating_add(LEEWAY_SECONDS) {
            return Err(refused(
                "TOKEN_EXPIRED",
                "the bearer token has ended: trade your API key for a new one",
            ));
        }
        if now < self.nbf.saturating_sub(LEEWAY_SECONDS) {
            return Err(refused(
                "TOKEN_NOT_YET_VALID",
                "the bearer token is not valid yet: check the clock",
            ));
        }
        Ok(())
    }

    fn into_caller(self) -> AuthContext {
        let agent = self
            .agent
            .zip(self.pool)
            .map(|(agent, pool)| AgentSeat { agent, pool });
        AuthContext {
            principal: self.sub,
            role: self.role,
            tenant: self.tenant,
            partner: self.partner,
            agent,
        }
    }
}

fn refused(reason: &'static str, problem: &str) -> Error {
    Error::Unauthenticated {
        reason,
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use skarv_domain::clock::from_micros;

    use skarv_store::SigningKey;

    use super::{super::keys, *};

    const HOUR: Duration = Duration::from_secs(3600);

    fn now() -> DateTime<Utc> {
        from_micros(1_770_000_000_000_000)
    }

    fn tokens() -> Tokens {
        Tokens::new(KeyRing::of(&[key("k1", 0)]).unwrap())
    }

    /// A key that signs from so many seconds on.
    fn key(kid: &str, signs_after: i64) -> SigningKey {
        SigningKey {
            kid: kid.to_owned(),
            secret: keys::generate().unwrap().to_vec().into(),
            created_at: now(),
            signs_after: now() + TimeDelta::seconds(signs_after),
            not_after: None,
        }
    }

    fn kid(token: &SecretString) -> String {
        jsonwebtoken::decode_header(token.expose_secret())
            .unwrap()
            .kid
            .unwrap()
    }

    fn partner() -> AuthContext {
        AuthContext {
            principal: PrincipalId::new(now()),
            role: Role::Partner,
            tenant: None,
            partner: Some(PartnerId::new(now())),
            agent: None,
        }
    }

    fn reason(result: Result<AuthContext, Error>) -> &'static str {
        match result {
            Err(Error::Unauthenticated { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_token_brings_back_who_it_was_made_for() {
        let tokens = tokens();
        let token = tokens.issue(&partner(), HOUR, now()).unwrap();
        assert_eq!(
            tokens.verify(&token, Audience::People, now()).unwrap(),
            partner_of(&tokens, &token)
        );
        assert_eq!(partner_of(&tokens, &token).role, Role::Partner);
        assert!(partner_of(&tokens, &token).partner.is_some());
    }

    fn partner_of(tokens: &Tokens, token: &SecretString) -> AuthContext {
        tokens.verify(token, Audience::People, now()).unwrap()
    }

    #[test]
    fn a_token_ends_a_minute_after_its_time() {
        let tokens = tokens();
        let token = tokens.issue(&partner(), HOUR, now()).unwrap();
        let at = |seconds| now() + TimeDelta::seconds(seconds);
        assert!(tokens.verify(&token, Audience::People, at(3659)).is_ok());
        assert_eq!(
            reason(tokens.verify(&token, Audience::People, at(3660))),
            "TOKEN_EXPIRED"
        );
        assert!(tokens.verify(&token, Audience::People, at(-60)).is_ok());
        assert_eq!(
            reason(tokens.verify(&token, Audience::People, at(-61))),
            "TOKEN_NOT_YET_VALID"
        );
    }

    #[test]
    fn a_token_for_people_opens_no_agents_call() {
        let tokens = tokens();
        let token = tokens.issue(&partner(), HOUR, now()).unwrap();
        assert_eq!(
            reason(tokens.verify(&token, Audience::Agents, now())),
            "TOKEN_WRONG_AUDIENCE"
        );
    }

    #[test]
    fn a_token_that_another_key_signed_is_refused() {
        let token = tokens().issue(&partner(), HOUR, now()).unwrap();
        assert_eq!(
            reason(tokens().verify(&token, Audience::People, now())),
            "TOKEN_INVALID"
        );
    }

    #[test]
    fn a_token_with_another_algorithm_is_refused() {
        let unsigned = "eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.eyJpc3MiOiJza2FydiJ9.";
        assert_eq!(
            reason(tokens().verify(&unsigned.into(), Audience::People, now())),
            "TOKEN_INVALID"
        );
        let claims = serde_json::json!({"iss": "skarv", "aud": "skarv", "sub": PrincipalId::new(now()), "role": "admin",
            "iat": 0, "nbf": 0, "exp": 9_999_999_999_i64});
        let header = jsonwebtoken::Header {
            kid: Some("k1".to_owned()),
            ..jsonwebtoken::Header::default()
        };
        let hmac =
            jsonwebtoken::encode(&header, &claims, &jsonwebtoken::EncodingKey::from_secret(b"k1")).unwrap();
        assert_eq!(
            reason(tokens().verify(&hmac.into(), Audience::People, now())),
            "TOKEN_INVALID"
        );
    }

    #[test]
    fn a_new_key_is_published_at_once_signs_after_its_lead_and_the_older_one_verifies_until_its_end() {
        let at = |seconds| now() + TimeDelta::seconds(seconds);
        let old = SigningKey {
            not_after: Some(at(1_000)),
            ..key("old", 0)
        };
        let tokens = Tokens::new(KeyRing::of(&[key("new", 100), old]).unwrap());
        let kids = |now| -> Vec<String> { tokens.published(now).into_iter().map(|key| key.kid).collect() };
        assert_eq!(kids(at(0)), ["new", "old"]);
        let before = tokens.issue(&partner(), HOUR, at(99)).unwrap();
        let after = tokens.issue(&partner(), HOUR, at(100)).unwrap();
        assert_eq!((kid(&before).as_str(), kid(&after).as_str()), ("old", "new"));
        assert!(tokens.verify(&before, Audience::People, at(999)).is_ok());
        assert_eq!(
            reason(tokens.verify(&before, Audience::People, at(1_000))),
            "TOKEN_INVALID"
        );
        assert!(tokens.verify(&after, Audience::People, at(1_000)).is_ok());
        assert_eq!(kids(at(1_000)), ["new"]);
    }

    #[test]
    fn keys_are_replaced_while_tokens_are_read() {
        let (old, new) = (key("old", 0), key("new", 100));
        let tokens = Tokens::new(KeyRing::of(std::slice::from_ref(&old)).unwrap());
        let token = tokens.issue(&partner(), HOUR, now()).unwrap();
        tokens.replace(KeyRing::of(&[new.clone(), old]).unwrap());
        assert!(tokens.verify(&token, Audience::People, now()).is_ok());
        tokens.replace(KeyRing::of(&[new]).unwrap());
        assert_eq!(
            reason(tokens.verify(&token, Audience::People, now())),
            "TOKEN_INVALID"
        );
    }
}
