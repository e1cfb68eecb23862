//! `skarv`: the demo and the simulators. See `skarv --help`.

use std::process::ExitCode;

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::{Parser, Subcommand};
use skarv::{
    demo::{Demo, Options, Sabotage, Summary},
    fake::{self, System},
};
use tracing_subscriber::EnvFilter;

/// Moves orders, products, prices and stock between web shops and accounting systems.
#[derive(Parser)]
#[command(name = "skarv", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A shop, an accounting system, a control plane and an agent: every order becomes an invoice while you watch.
    Demo(DemoArgs),
    /// One simulated system by itself.
    Fake {
        /// Which system.
        system: System,
        /// The port to listen on; 0 takes any.
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Orders in the simulated shop.
        #[arg(long, default_value_t = 200)]
        orders: u32,
    },
}

#[derive(clap::Args)]
struct DemoArgs {
    /// Orders in the shop at the start.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    orders: u32,
    /// End after the summary instead of staying up with orders still arriving.
    #[arg(long)]
    once: bool,
    /// Print only the summary, as JSON, on stdout.
    #[arg(long)]
    json: bool,
    /// Let both systems stumble: lost answers, 500, 429, slowness.
    #[arg(long)]
    faults: bool,
    /// Let the accounting system cheat: the comparison must notice and the demo fail.
    #[arg(long, hide = true)]
    sabotage: Option<Sabotage>,
    /// Port of the console and the API; 0 takes any.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error")))
        .init();
    // an error only says that another part of this process has installed the very same provider
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .ok();
    match cli.command {
        Command::Demo(args) => run_demo(&args).await,
        Command::Fake { system, port, orders } => run_fake(system, port, orders).await,
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the command line is where the time comes in"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

#[allow(clippy::print_stdout, reason = "what a command line prints is its product")]
fn print(text: &str) {
    println!("{text}");
}

async fn run_demo(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let options = Options {
        orders: args.orders,
        faults: args.faults,
        sabotage: args.sabotage,
        progress: !args.json,
        port: args.port,
    };
    let demo = Demo::start(&options, now()).await?;
    if !args.json {
        print(&format!("Console and API: {}", demo.url()));
    }
    let summary = demo.finish(&options).await?;
    report(&summary, args.json)?;
    if !args.once && summary.ok() {
        stay(&demo, args.json).await?;
    }
    demo.stop().await;
    Ok(if summary.ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn report(summary: &Summary, json: bool) -> anyhow::Result<()> {
    if json {
        print(&serde_json::to_string_pretty(summary)?);
        return Ok(());
    }
    print(&summary.table());
    for problem in &summary.comparison.problems {
        print(problem);
    }
    Ok(())
}

async fn stay(demo: &Demo, quiet: bool) -> anyhow::Result<()> {
    if !quiet {
        print("An order arrives every few seconds. Ctrl-C ends the demo.");
    }
    tokio::select! {
        arrivals = demo.stay_up() => arrivals,
        interrupted = tokio::signal::ctrl_c() => interrupted.context("waiting for Ctrl-C"),
    }
}

async fn run_fake(system: System, port: u16, orders: u32) -> anyhow::Result<ExitCode> {
    match system {
        System::Prestashop => {
            let shop = fake::shop(orders, now(), port).await?;
            print(&format!(
                "PrestaShop (simulated)\n  address  {}\n  api_key  {}",
                shop.base_url(),
                shop.api_key()
            ));
            print(&format!("  admin    {}", shop.admin_url()));
            tokio::signal::ctrl_c().await?;
            shop.shutdown().await;
        }
        System::HogiaSmart => {
            let erp = fake::erp(port).await?;
            let config = erp.config();
            print(&format!(
                "Hogia Smart (simulated, assumed contract HSC-1)\n  base_url         {}",
                erp.base_url()
            ));
            print(&format!(
                "  token_url        {}\n  organization_id  {}",
                erp.token_url(),
                config.organization_id
            ));
            print(&format!(
                "  client_id        {}\n  client_secret    skarv-demo-secret",
                config.client_id
            ));
            print(&format!("  admin            {}", erp.admin_url()));
            tokio::signal::ctrl_c().await?;
            erp.shutdown().await;
        }
    }
    Ok(ExitCode::SUCCESS)
}
