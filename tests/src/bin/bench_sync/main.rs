//! `bench_sync`: what Skarv costs over a bare client that makes the same calls to the same systems.
//!
//! It prints figures, what they mean and what the machine was doing meanwhile. No speed is asserted: it fails only when the
//! books do not match. Every part is a process of its own, started from this very binary, so that its memory and time are its own.

mod assortment;
mod backfill;
mod bare;
mod contest;
mod desk;
mod fakes;
mod goods;
mod goods_report;
mod house;
mod meter;
mod orders;
mod pace;
mod part;
mod process;
mod report;
mod skarv_run;
mod stream;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::stream::Stream;

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
    /// Products of the shop become items in the accounting system, all of them once
    Products(goods::Arguments),
    /// Prices in the accounting system reach the shop, all of them once
    Prices(goods::Arguments),
    /// Quantities in the accounting system reach the shop, all of them once
    Stock(goods::Arguments),
    /// Live orders while nothing else runs, and while the same agent carries all products
    Backfill(backfill::Arguments),
    /// One of the processes of a bench, told what to do on its standard input
    #[command(hide = true)]
    Part { part: part::Part },
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Orders(arguments) => orders::bench(&arguments).await,
        Command::Products(arguments) => goods::bench(Stream::Products, &arguments).await,
        Command::Prices(arguments) => goods::bench(Stream::Prices, &arguments).await,
        Command::Stock(arguments) => goods::bench(Stream::Stock, &arguments).await,
        Command::Backfill(arguments) => backfill::bench(&arguments).await,
        Command::Part { part } => part::play(part).await.map(|()| ExitCode::SUCCESS),
    }
}
