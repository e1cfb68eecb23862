//! How settings are read from a file, and what it means that they are wrong.

use std::{fmt, fs, path::Path, time::Duration};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};

/// Something is wrong with what was said, and trying again will not help.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Misconfigured(String);

impl Misconfigured {
    /// Says what is wrong, and what to do.
    pub fn new(wrong: impl Into<String>) -> Self {
        Self(wrong.into())
    }
}

/// Settings from a TOML file. What is wrong with it is told with the file's name.
pub fn read<S: DeserializeOwned>(file: &Path) -> Result<S, Misconfigured> {
    let wrong = |error: &dyn fmt::Display| Misconfigured(format!("{}: {error}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| wrong(&error))?;
    toml::from_str(&text).map_err(|error| wrong(&error))
}

/// A length of time as people write it: `15s`, `1m 30s`.
pub fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    humantime::parse_duration(&text)
        .map(Some)
        .map_err(D::Error::custom)
}
