//! One call, described: a builder that never fails and never prints what it carries.
//!
//! Something that cannot be sent (a line break in a header, say) is remembered and reported by `Client::send`,
//! so that building a request reads as one expression. Credentials stay in `SecretString` until the call leaves.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::Url;

use crate::error::Error;
use crate::route;
use crate::window::SendWindow;

/// A call to be made with [`Client::send`](crate::Client::send).
#[derive(Clone)]
#[must_use]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) auth: Option<Auth>,
    pub(crate) body: Option<Bytes>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) window: Option<SendWindow>,
    pub(crate) problem: Option<Error>,
}

#[derive(Clone)]
pub(crate) enum Auth {
    Basic {
        user: SecretString,
        password: SecretString,
    },
    Bearer(SecretString),
}

impl Request {
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            auth: None,
            body: None,
            timeout: None,
            window: None,
            problem: None,
        }
    }

    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    pub fn post(url: Url) -> Self {
        Self::new(Method::POST, url)
    }

    pub fn put(url: Url) -> Self {
        Self::new(Method::PUT, url)
    }

    pub fn patch(url: Url) -> Self {
        Self::new(Method::PATCH, url)
    }

    pub fn delete(url: Url) -> Self {
        Self::new(Method::DELETE, url)
    }

    pub fn head(url: Url) -> Self {
        Self::new(Method::HEAD, url)
    }

    /// Appends to the URL's query, percent-encoded.
    pub fn query<K: AsRef<str>, V: AsRef<str>>(mut self, pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        for (key, value) in pairs {
            self.url
                .query_pairs_mut()
                .append_pair(key.as_ref(), value.as_ref());
        }
        self
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        self.insert(name, value, false)
    }

    /// For an API key that travels in a header of its own.
    pub fn secret_header(self, name: &str, value: &SecretString) -> Self {
        self.insert(name, value.expose_secret(), true)
    }

    pub fn bearer(mut self, token: &SecretString) -> Self {
        self.auth = Some(Auth::Bearer(token.clone()));
        self
    }

    /// The user is treated as a secret too: some systems take their key there, with an empty password.
    pub fn basic(mut self, user: &str, password: &SecretString) -> Self {
        self.auth = Some(Auth::Basic {
            user: user.into(),
            password: password.clone(),
        });
        self
    }

    pub fn body(mut self, bytes: impl Into<Bytes>, content_type: &str) -> Self {
        self.body = Some(bytes.into());
        self.header(CONTENT_TYPE.as_str(), content_type)
    }

    pub fn json(mut self, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.body(bytes, "application/json"),
            Err(error) => {
                self.problem = Some(Error::BadRequest {
                    reason: error.to_string(),
                });
                self
            }
        }
    }

    pub fn form<K: AsRef<str>, V: AsRef<str>>(self, pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        self.body(body, "application/x-www-form-urlencoded")
    }

    /// Instead of the client's own limit; ten minutes at most.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Makes the call conditional: it leaves only if it will be over before the window ends.
    pub fn window(mut self, window: SendWindow) -> Self {
        self.window = Some(window);
        self
    }

    fn insert(mut self, name: &str, value: &str, secret: bool) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(mut value)) => {
                value.set_sensitive(secret);
                self.headers.insert(name, value);
            }
            _ => {
                self.problem = Some(Error::BadRequest {
                    reason: format!("header {name:?} is malformed"),
                })
            }
        }
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("path", &route::shown(self.url.path()))
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("authorized", &self.auth.is_some())
            .field("body_bytes", &self.body.as_ref().map_or(0, Bytes::len))
            .field("timeout", &self.timeout)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
