//! `bench_sync`: what Skarv costs over a bare client that makes the same calls to the same systems.
//!
//! It prints figures, what they mean and what the machine was doing meanwhile. No speed is asserted: it fails only when the
//! books do not match. Every part is a process of its own, started from this very binary, so that its memory and time are its own.

mod bare;
mod desk;
mod meter;
mod orders;
mod pace;
mod part;
mod process;
mod report;
mod skarv_run;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures Skarv against a bare client.
#[derive(Parser)]
#[command(name = "bench_sync")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Orders of the shop become invoices in the accounting system
    Orders(orders::Arguments),
    /// One of the processes of a bench, told what to do on its standard input
    #[command(hide = true)]
    Part { part: part::Part },
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Orders(arguments) => orders::bench(&arguments).await,
        Command::Part { part } => part::play(part).await.map(|()| ExitCode::SUCCESS),
    }
}
