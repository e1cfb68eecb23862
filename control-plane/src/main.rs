//! The production binary: arguments in, a control plane until the process is told to stop.

use std::io::{IsTerminal, Write};

use anyhow::Context;
use clap::Parser;
use secrecy::ExposeSecret;
use skarv_control_plane::config::Arguments;
use skarv_domain::SystemClock;
use std::sync::Arc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    log();
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("another TLS provider is installed"))?;
    let config = Arguments::parse().into_config()?;
    let control_plane = skarv_control_plane::start(config, Arc::new(SystemClock)).await?;
    if let Some(key) = &control_plane.bootstrap_key {
        // not through the log: this is shown once and belongs to whoever started the process
        let key = key.expose_secret();
        writeln!(std::io::stdout(), "the first admin's API key, shown once: {key}")
            .context("cannot show the admin key")?;
    }
    tracing::info!(url = control_plane.url(), "listening");
    stop_signal().await?;
    tracing::info!("stopping");
    control_plane.shutdown().await;
    Ok(())
}

fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        builder.init()
    } else {
        builder.json().init()
    }
}

async fn stop_signal() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .context("cannot listen for the signal to stop")?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot listen for ctrl-c")?,
    }
    Ok(())
}
