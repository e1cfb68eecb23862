//! The agent's binary: `run` (what it does without a word) and `catalog`.
//!
//! Ends on SIGTERM or Ctrl-C, or when the control plane asks, after handing back what it holds.

use std::io::Write;

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use skarv_agent::{Registry, config::Options, start};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Carries records between shops and accounting systems.
#[derive(Parser)]
#[command(name = "skarv-agent", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take work from a control plane until told to end
    Run(Options),
    /// Print what the connectors of this version can do, as connectors/catalog.json has it
    Catalog,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match parse().command {
        Command::Catalog => print_catalog(),
        Command::Run(options) => run(options).await,
    }
}

/// `run` is what is meant when no command is named.
fn parse() -> Cli {
    let named = |word: &str| {
        matches!(
            word,
            "run" | "catalog" | "help" | "-h" | "--help" | "-V" | "--version"
        )
    };
    let mut words: Vec<String> = std::env::args().collect();
    if !words.get(1).is_some_and(|word| named(word)) {
        words.insert(1.min(words.len()), "run".to_owned());
    }
    let matches = Cli::command().get_matches_from(words);
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

fn print_catalog() -> anyhow::Result<()> {
    let json = Registry::standard().catalog().to_json()?;
    std::io::stdout()
        .write_all(json.as_bytes())
        .context("cannot write the catalog")
}

async fn run(options: Options) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .init();
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("a TLS provider is installed already"))?;
    let mut terminate = signal(SignalKind::terminate())?;
    let agent = start(options.into_config()?, Registry::standard()).await?;
    tokio::select! {
        () = agent.ended() => {}
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    agent.drain().await;
    Ok(())
}
