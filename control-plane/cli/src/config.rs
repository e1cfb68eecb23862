//! What every command is told: which server, with which key, and how to answer. The only place that reads the environment.
//!
//! An API key comes from a file or the environment, never from an argument: arguments are seen by everybody on the machine.

use std::{fs, path::PathBuf};

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use secrecy::SecretString;

use crate::failure::Usage;

/// Options of every command that asks a server.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Address of the control plane
    #[arg(
        long,
        global = true,
        env = "SKARV_SERVER",
        value_name = "URL",
        default_value = "http://127.0.0.1:7700"
    )]
    pub(crate) server: String,
    /// File with the API key; the environment variable SKARV_API_KEY may hold the key itself instead
    #[arg(long, global = true, env = "SKARV_API_KEY_FILE", value_name = "FILE")]
    api_key_file: Option<PathBuf>,
    /// File with PEM certificates to trust for the server, besides the host's own
    #[arg(long, global = true, env = "SKARV_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// A table for people, or JSON with the API's own field names for scripts
    #[arg(long, global = true, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    /// Language of what happened and what to do [default: the environment's, else English]
    #[arg(long, global = true, env = "SKARV_LANG", value_enum)]
    lang: Option<Lang>,
}

/// How to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people. Times are UTC.
    Table,
    /// For scripts.
    Json,
}

/// Language of the sentences that come with a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// Swedish.
    Sv,
    /// English.
    En,
}

impl Options {
    /// The key to sign in with.
    pub(crate) fn api_key(&self) -> anyhow::Result<SecretString> {
        if let Some(file) = &self.api_key_file {
            let text = read(file, "the API key")?;
            return Ok(text.trim().into());
        }
        let key = environment("SKARV_API_KEY").filter(|key| !key.trim().is_empty());
        let missing = "no API key: name a file that has one with --api-key-file or SKARV_API_KEY_FILE, or set SKARV_API_KEY";
        Ok(key.ok_or_else(|| Usage::new(missing))?.trim().into())
    }

    /// Certificates to trust besides the host's own.
    pub(crate) fn ca(&self) -> anyhow::Result<Option<String>> {
        let file = self.ca_file.as_ref();
        file.map(|file| read(file, "the certificates")).transpose()
    }

    /// The language to speak.
    pub(crate) fn lang(&self) -> Lang {
        self.lang.unwrap_or_else(|| {
            let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
                .into_iter()
                .find_map(|name| environment(name).filter(|value| !value.is_empty()));
            spoken(&set.unwrap_or_default())
        })
    }
}

fn read(file: &PathBuf, what: &str) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {what} in {}", file.display()))
}

/// The language of a locale such as `sv_SE.UTF-8`.
fn spoken(locale: &str) -> Lang {
    match locale.split(['_', '.', '-', '@']).next() {
        Some("sv") => Lang::Sv,
        _ => Lang::En,
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "this is where the command line reads the environment"
)]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The time of day.
#[allow(
    clippy::disallowed_methods,
    reason = "the command line is where the time comes in"
)]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swedish_locale_speaks_swedish_and_any_other_english() {
        for locale in ["sv", "sv_SE", "sv_FI.UTF-8", "sv-SE"] {
            assert_eq!(spoken(locale), Lang::Sv, "{locale}");
        }
        for locale in ["", "C", "en_GB.UTF-8", "svx"] {
            assert_eq!(spoken(locale), Lang::En, "{locale}");
        }
    }
}
