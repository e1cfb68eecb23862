//! Signing in: OAuth2 client credentials, one token per connection and secret, asked for once however many calls and runs wait
//! for it.
//!
//! Invariant: neither the secret nor the token is printed by anything here, and a token is in memory alone. It is replaced a
//! minute before it ends, by the monotonic clock, or when the API has refused it; with another secret it is not found.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use skarv_canonical::Fingerprint;
use skarv_connector::Error;
use skarv_http::{Client, Request, Response, header};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use crate::error::{self, Purpose};

const RESOURCE: &str = "token";
const MARGIN: Duration = Duration::from_secs(60);
/// For a server that does not say how long its token lasts.
const UNSAID_LIFE_S: u64 = 300;
/// Bytes of a refusal that are read. Taken apart it takes many times as much.
pub(crate) const LONGEST_REFUSAL: usize = 64 * 1024;
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

/// The place of one token.
type Held = Arc<Mutex<Option<Arc<Token>>>>;

/// The tokens of all connections, for as long as the connector lives.
#[derive(Default)]
pub(crate) struct Tokens(std::sync::Mutex<HashMap<(String, Fingerprint), Held>>);

impl Tokens {
    /// The place of the token that these credentials give to this connection.
    fn held(&self, connection: &str, credentials: &Credentials) -> Held {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        places.retain(|_, held| is_needed(held, now));
        let place = (connection.to_owned(), credentials.fingerprint());
        Arc::clone(places.entry(place).or_default())
    }
}

/// Whether somebody is at it, or holds a token that is good.
fn is_needed(held: &Held, now: Instant) -> bool {
    let good = |token: &Option<Arc<Token>>| token.as_ref().is_some_and(|token| token.is_good(now));
    Arc::strong_count(held) > 1 || held.try_lock().is_ok_and(|token| good(&token))
}

/// The places are known by a hash of secrets.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

/// Where to sign in, and as whom.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) url: Url,
    pub(crate) client_id: SecretString,
    pub(crate) client_secret: SecretString,
}

impl Credentials {
    fn fingerprint(&self) -> Fingerprint {
        let (id, secret) = (self.client_id.expose_secret(), self.client_secret.expose_secret());
        Fingerprint::of(&(self.url.as_str(), id, secret))
    }
}

/// The way to a token.
#[derive(Debug)]
pub(crate) struct SignIn {
    http: Client,
    credentials: Credentials,
    held: Held,
}

/// What calls are made with, for a while.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) secret: SecretString,
    good_until: Instant,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

impl SignIn {
    /// With the token that an earlier run of the connection has left, if it is still good.
    pub(crate) fn new(http: Client, connection: &str, credentials: Credentials, tokens: &Tokens) -> Self {
        Self {
            http,
            held: tokens.held(connection, &credentials),
            credentials,
        }
    }

    /// The token at hand, or a new one. Whoever comes meanwhile waits for the same one.
    pub(crate) async fn token(&self) -> Result<Arc<Token>, Error> {
        let mut held = self.held.lock().await;
        if let Some(token) = held.as_ref().filter(|token| token.is_good(Instant::now())) {
            return Ok(Arc::clone(token));
        }
        let token = Arc::new(self.ask().await?);
        *held = Some(Arc::clone(&token));
        Ok(token)
    }

    /// A token other than this one, which was refused.
    pub(crate) async fn instead_of(&self, refused: &Arc<Token>) -> Result<Arc<Token>, Error> {
        let mut held = self.held.lock().await;
        held.take_if(|token| Arc::ptr_eq(token, refused));
        drop(held);
        self.token().await
    }

    async fn ask(&self) -> Result<Token, Error> {
        let asked = Instant::now();
        let Credentials {
            url,
            client_id,
            client_secret,
        } = &self.credentials;
        let request = Request::post(url.clone()).form([
            ("grant_type", "client_credentials"),
            ("client_id", client_id.expose_secret()),
            ("client_secret", client_secret.expose_secret()),
        ]);
        let purpose = Purpose::reading(RESOURCE);
        let response = self
            .http
            .send(request)
            .await
            .map_err(|wrong| error::unanswered(wrong, purpose))?;
        if !response.status.is_success() {
            return Err(error::no_token(&response));
        }
        // the parser's own words could show the token
        let granted: Granted =
            serde_json::from_slice(&response.body).map_err(|_| error::unreadable(purpose))?;
        Ok(Token::new(granted, asked))
    }
}

impl Token {
    fn new(granted: Granted, asked: Instant) -> Self {
        let life = Duration::from_secs(granted.expires_in.unwrap_or(UNSAID_LIFE_S)).min(LONGEST_LIFE);
        // of a short life at least half is used
        let good_for = life.saturating_sub(MARGIN).max(life / 2);
        Self {
            secret: granted.access_token.into(),
            good_until: asked + good_for,
        }
    }

    /// An error page that repeats what it was sent must not bring the token into a reason or a log.
    pub(crate) fn concealed(&self, mut response: Response) -> Response {
        if !response.status.is_success() {
            response.body.truncate(LONGEST_REFUSAL);
            let text = response.text().replace(self.secret.expose_secret(), "…");
            // decoded now, whatever the header says of the bytes that came
            response.headers.remove(header::CONTENT_TYPE);
            response.body = text.into();
        }
        response
    }

    fn is_good(&self, now: Instant) -> bool {
        now < self.good_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lasts(seconds: Option<u64>) -> u64 {
        let asked = Instant::now();
        let granted = Granted {
            access_token: "t".to_owned(),
            expires_in: seconds,
        };
        let token = Token::new(granted, asked);
        let still_good = |after: u64| token.is_good(asked + Duration::from_secs(after));
        (0..100_000)
            .find(|after| !still_good(*after))
            .expect("every token ends")
    }

    #[test]
    fn a_token_is_replaced_a_minute_before_it_ends() {
        assert_eq!((lasts(Some(3600)), lasts(Some(121))), (3540, 61));
    }

    #[test]
    fn a_short_token_is_used_for_half_its_life_and_an_endless_one_for_a_day() {
        assert_eq!((lasts(Some(60)), lasts(Some(0)), lasts(None)), (30, 0, 240));
        assert_eq!(lasts(Some(u64::MAX)), 24 * 3600 - 60);
    }

    fn credentials(secret: &str) -> Credentials {
        Credentials {
            url: "https://id.example.se/connect/token".parse().unwrap(),
            client_id: "us".into(),
            client_secret: secret.into(),
        }
    }

    async fn leave(tokens: &Tokens, connection: &str, seconds: u64) {
        let granted = Granted {
            access_token: "t".to_owned(),
            expires_in: Some(seconds),
        };
        let held = tokens.held(connection, &credentials("s"));
        *held.lock().await = Some(Arc::new(Token::new(granted, Instant::now())));
    }

    async fn kept(tokens: &Tokens, connection: &str, secret: &str) -> bool {
        let held = tokens.held(connection, &credentials(secret));
        held.lock().await.is_some()
    }

    #[tokio::test]
    async fn a_token_is_kept_for_its_connection_and_its_secret_until_it_ends() {
        let tokens = Tokens::default();
        leave(&tokens, "a", 3600).await;
        leave(&tokens, "c", 0).await;
        assert!(kept(&tokens, "a", "s").await);
        assert!(!kept(&tokens, "b", "s").await && !kept(&tokens, "a", "new").await);
        assert!(!kept(&tokens, "c", "s").await, "it is over");
        assert!(kept(&tokens, "a", "s").await);
        let places = tokens.0.lock().unwrap().len();
        assert_eq!(places, 1, "and nothing is kept of what is over");
        assert_eq!(format!("{tokens:?}"), "Tokens { .. }");
    }
}
