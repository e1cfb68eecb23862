//! The log: on stderr, for people on a terminal and for machines elsewhere, unless told otherwise.

use std::io::{self, IsTerminal};

use anyhow::Context;
use clap::ValueEnum;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// How to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one object a line.
    Json,
}

/// Logs what the filter lets through, from now on.
pub fn start(filter: &str, format: Option<LogFormat>) -> anyhow::Result<()> {
    let filter: EnvFilter = filter.parse().context("the log filter")?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    let usual = if io::stderr().is_terminal() {
        LogFormat::Text
    } else {
        LogFormat::Json
    };
    match format.unwrap_or(usual) {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}

/// What is wrong with a filter.
pub fn wrong_filter(filter: &str) -> Option<String> {
    let error = filter.parse::<EnvFilter>().err()?;
    Some(format!("log `{filter}` is no filter: {error}"))
}
