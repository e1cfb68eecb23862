//! One tenant's way into one foreign system, for the length of a run.

use std::{collections::BTreeMap, fmt};

use secrecy::{ExposeSecret, SecretString};
use skarv_http::Client;

use crate::Error;

/// Settings, secrets and the guarded HTTP client of one connection.
#[derive(Clone)]
pub struct Access {
    /// What messages call the connection. No secret.
    pub connection: String,
    /// The shop identity's immutable six characters: the stem of every reference we make. Empty for accounting systems.
    pub shop_ref: String,
    /// Settings by name, as the descriptor lists them.
    pub settings: BTreeMap<String, String>,
    /// Secrets by name, as the descriptor lists them.
    pub secrets: BTreeMap<String, SecretString>,
    /// The client every request goes through. Its pacer keeps the connection's rate.
    pub http: Client,
}

impl Access {
    /// A setting that must be there and not empty.
    pub fn setting(&self, name: &str) -> Result<&str, Error> {
        self.settings
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                Error::configuration("setting_missing")
                    .with("setting", name)
                    .fix("complete_connection")
            })
    }

    /// A setting, or this when it is not filled in.
    pub fn setting_or<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.settings
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
            .unwrap_or(default)
    }

    /// A secret that must be there and not empty.
    pub fn secret(&self, name: &str) -> Result<&SecretString, Error> {
        self.secrets
            .get(name)
            .filter(|secret| !secret.expose_secret().is_empty())
            .ok_or_else(|| {
                Error::credentials("secret_missing")
                    .with("secret", name)
                    .fix("renew_credentials")
            })
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("connection", &self.connection)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
