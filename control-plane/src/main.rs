//! The production binary: arguments in, a control plane until the process is told to stop.
//!
//! Exit codes: 0 it stopped as it was asked to, 1 something failed, 2 what it was told cannot be.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, anyhow};
use clap::{Args, Parser, Subcommand};
use secrecy::ExposeSecret;
use skarv_control_plane::{
    ControlPlane,
    check::{self, check},
    config::{Arguments, new_master_key},
    rotate_master_key,
};
use skarv_domain::SystemClock;
use skarv_process::{Misconfigured, Stop, log};

/// Skarv's control plane: tenants, connections and flows over gRPC, and work for agents.
#[derive(Parser)]
#[command(name = "skarv-control-plane", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: Run,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until told to stop: what is meant when no command is named
    Run(Run),
    /// Say everything that is wrong with a configuration on this machine, and end
    Check(Arguments),
    /// Make a master key in a new file that only its owner can read
    NewMasterKey {
        /// The file to make; one that exists is left alone
        file: PathBuf,
    },
    /// Seal everything in the database anew with another master key, while no control plane runs on it
    RotateMasterKey(Rotate),
}

#[derive(Args)]
struct Run {
    #[command(flatten)]
    arguments: Arguments,
    /// Only say what is wrong with this configuration: the same as the command `check`
    #[arg(long)]
    check: bool,
}

#[derive(Args)]
struct Rotate {
    /// The SQLite file
    #[arg(long, env = "SKARV_DATABASE", value_name = "FILE")]
    database: PathBuf,
    /// File with the new master key
    #[arg(long, env = "SKARV_MASTER_KEY_FILE", value_name = "FILE")]
    master_key_file: PathBuf,
    /// File with the master key that the database is sealed with; several with commas
    #[arg(
        long,
        env = "SKARV_PREVIOUS_MASTER_KEY_FILE",
        value_name = "FILE",
        value_delimiter = ',',
        required = true
    )]
    previous_master_key_file: Vec<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command.unwrap_or(Command::Run(cli.run)) {
        Command::Check(arguments)
        | Command::Run(Run {
            arguments,
            check: true,
        }) => report(arguments).await,
        Command::Run(run) => serve(run.arguments).await,
        Command::NewMasterKey { file } => make_master_key(&file),
        Command::RotateMasterKey(rotate) => reseal(rotate).await,
    };
    done.unwrap_or_else(|error| {
        // the log may be what could not be set up
        writeln!(io::stderr(), "error: {error:#}").ok();
        ExitCode::from(if error.is::<Misconfigured>() { 2 } else { 1 })
    })
}

/// Shows what a command has to say.
fn say(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{text}")
        .and_then(|()| out.flush())
        .context("cannot write to stdout")
}

async fn report(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let report = check(arguments).await;
    say(report.to_string().trim_end())?;
    Ok(if report.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn make_master_key(file: &std::path::Path) -> anyhow::Result<ExitCode> {
    let (id, place) = (new_master_key(file)?, file.display());
    say(&format!(
        "{place} holds the new master key {id}: back it up, apart from the database; without it no credentials open"
    ))?;
    Ok(ExitCode::SUCCESS)
}

async fn reseal(rotate: Rotate) -> anyhow::Result<ExitCode> {
    let previous = &rotate.previous_master_key_file;
    let clock = Arc::new(SystemClock);
    let resealed = rotate_master_key(&rotate.database, &rotate.master_key_file, previous, clock).await?;
    say(&if resealed.is_empty() {
        "everything is sealed with this key already".to_owned()
    } else {
        format!(
            "sealed anew: {} credentials, {} signing keys, {} keys of the installation; start with the new key. The old key \
             is needed only for backups made with it",
            resealed.secrets, resealed.signing_keys, resealed.own_keys
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let settings = arguments.load()?;
    log::start(settings.log_filter(), settings.log_format())?;
    for warning in check::warnings(&settings) {
        tracing::warn!("{warning}");
    }
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow!("another TLS provider is installed"))?;
    let admin_key_file = settings.admin_key_file().map(ToOwned::to_owned);
    let starting = skarv_control_plane::start(settings.into_config()?, Arc::new(SystemClock));
    let control_plane = tokio::select! {
        started = starting => started?,
        () = stop.asked() => return Ok(ExitCode::SUCCESS),
    };
    tell_first_key(&control_plane, admin_key_file)?;
    tracing::info!(url = control_plane.url(), "listening");
    stop.asked().await;
    tracing::info!("stopping; a second signal ends this at once");
    tokio::select! {
        () = control_plane.shutdown() => Ok(ExitCode::SUCCESS),
        () = stop.asked() => {
            tracing::warn!("ended at once");
            std::process::exit(1)
        }
    }
}

/// Not through the log: the key is shown once and belongs to whoever started the process.
fn tell_first_key(control_plane: &ControlPlane, file: Option<PathBuf>) -> anyhow::Result<()> {
    match (&control_plane.bootstrap_key, file) {
        (None, _) => Ok(()),
        (Some(_), Some(file)) => say(&format!("the first admin's API key is in {}", file.display())),
        (Some(key), None) => say(&format!(
            "the first admin's API key, shown once: {}",
            key.expose_secret()
        )),
    }
}
