//! The agent's binary. `run` ends on SIGTERM or Ctrl-C, or when the control plane asks, after handing back what it holds.
//!
//! Exit codes: 0 it stopped as it was asked to, 1 something failed, 2 what it was told cannot be.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::{Context, anyhow};
use clap::{Args, Parser, Subcommand};
use skarv_agent::{
    Registry,
    check::{self, check},
    config::Arguments,
    start,
};
use skarv_process::{Misconfigured, Stop, log};

/// Carries records between shops and accounting systems.
#[derive(Parser)]
#[command(name = "skarv-agent", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: Run,
}

#[derive(Subcommand)]
enum Command {
    /// Take work from a control plane until told to stop: what is meant when no command is named
    Run(Run),
    /// Say everything that is wrong with a configuration on this machine and on the way to the control plane, and end
    Check(Arguments),
    /// Print what the connectors of this version can do, as connectors/catalog.json has it
    Catalog,
}

#[derive(Args)]
struct Run {
    #[command(flatten)]
    arguments: Arguments,
    /// Only say what is wrong with this configuration: the same as the command `check`
    #[arg(long)]
    check: bool,
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
        Command::Run(run) => work(run.arguments).await,
        Command::Catalog => print_catalog(),
    };
    done.unwrap_or_else(|error| {
        // the log may be what could not be set up
        writeln!(io::stderr(), "error: {error:#}").ok();
        ExitCode::from(if error.is::<Misconfigured>() { 2 } else { 1 })
    })
}

fn print_catalog() -> anyhow::Result<ExitCode> {
    let json = Registry::standard().catalog().to_json()?;
    io::stdout()
        .write_all(json.as_bytes())
        .context("cannot write the catalog")?;
    Ok(ExitCode::SUCCESS)
}

async fn report(arguments: Arguments) -> anyhow::Result<ExitCode> {
    install_tls()?;
    let report = check(arguments).await;
    write!(io::stdout(), "{report}").context("cannot write to stdout")?;
    Ok(success(report.is_ok()))
}

async fn work(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let settings = arguments.load()?;
    log::start(settings.log_filter(), settings.log_format())?;
    install_tls()?;
    for warning in check::warnings(&settings) {
        tracing::warn!("{warning}");
    }
    let agent = tokio::select! {
        started = start(settings.into_config()?, Registry::standard()) => started?,
        () = stop.asked() => return Ok(ExitCode::SUCCESS),
    };
    tokio::select! {
        () = agent.ended() => {}
        () = stop.asked() => tracing::info!("stopping; a second signal ends this at once"),
    }
    tokio::select! {
        as_it_should = agent.drain() => Ok(success(as_it_should)),
        () = stop.asked() => {
            tracing::warn!("ended at once");
            std::process::exit(1)
        }
    }
}

fn success(is_one: bool) -> ExitCode {
    if is_one {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn install_tls() -> anyhow::Result<()> {
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow!("another TLS provider is installed"))
}
