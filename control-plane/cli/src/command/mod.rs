//! `skarv NOUN VERB`: one file for each noun. Each verb decodes its arguments, makes one or two calls and shows the answer.
//!
//! What a command needs to know of a server is in `config`, how it answers in `show`.

mod agent_pool;
mod api_key;
mod auth;
mod catalog;
mod connection;
mod demo;
mod fake;
mod flow;
mod page;
mod partner;
mod record;
mod register;
mod run;
mod session;
mod stream;
mod tenant;
mod wait;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use self::session::Session;
use crate::{config::Options, failure::Exit, up};

/// Moves orders, products, prices and stock between web shops and accounting systems.
#[derive(Parser)]
#[command(name = "skarv", version, about)]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A shop, an accounting system, a control plane and an agent: every order becomes an invoice while you watch
    Demo(demo::Arguments),
    /// One simulated system by itself
    Fake(fake::Arguments),
    /// A control plane and an agent in one process, for real use on one machine
    Up(up::Arguments),
    #[command(flatten)]
    Api(Noun),
}

#[derive(Subcommand)]
enum Noun {
    /// Who the API key belongs to, and its role
    Whoami,
    /// Merchant companies
    #[command(subcommand)]
    Tenants(tenant::Command),
    /// What Skarv can connect
    #[command(subcommand)]
    Connectors(catalog::Command),
    /// Which fields travel between two systems, in which direction
    Register(register::Arguments),
    /// A tenant's ways into foreign systems
    #[command(subcommand)]
    Connections(connection::Command),
    /// What moves between a tenant's systems
    #[command(subcommand)]
    Flows(flow::Command),
    /// One entity in one direction inside a flow
    #[command(subcommand)]
    Streams(stream::Command),
    /// Pieces of work
    #[command(subcommand)]
    Runs(run::Command),
    /// What became of each order, product, price and stock level
    #[command(subcommand)]
    Records(record::Command),
    /// Agencies that look after tenants
    #[command(subcommand)]
    Partners(partner::Command),
    /// Keys that programs sign in with
    #[command(subcommand)]
    Keys(api_key::Command),
    /// Keys that the control plane signs tokens with
    #[command(subcommand)]
    SigningKeys(auth::Command),
    /// Worker processes
    #[command(subcommand)]
    Agents(agent_pool::Agents),
    /// Groups of agents
    #[command(subcommand)]
    Pools(agent_pool::Pools),
}

/// Carries a command out.
pub async fn run(cli: Cli) -> anyhow::Result<Exit> {
    let options = cli.options;
    match cli.command {
        Command::Demo(arguments) => {
            log("error");
            demo::run(&arguments).await
        }
        Command::Fake(arguments) => {
            log("error");
            fake::run(&arguments, options.output).await
        }
        Command::Up(arguments) => up::run(&arguments, options.output).await,
        Command::Api(noun) => {
            log("error");
            ask(noun, &Session::open(&options).await?).await
        }
    }
}

async fn ask(noun: Noun, session: &Session) -> anyhow::Result<Exit> {
    match noun {
        Noun::Whoami => auth::whoami(session).await,
        Noun::Tenants(command) => command.run(session).await,
        Noun::Connectors(command) => command.run(session).await,
        Noun::Register(arguments) => arguments.run(session).await,
        Noun::Connections(command) => command.run(session).await,
        Noun::Flows(command) => command.run(session).await,
        Noun::Streams(command) => command.run(session).await,
        Noun::Runs(command) => command.run(session).await,
        Noun::Records(command) => command.run(session).await,
        Noun::Partners(command) => command.run(session).await,
        Noun::Keys(command) => command.run(session).await,
        Noun::SigningKeys(command) => command.run(session).await,
        Noun::Agents(command) => command.run(session).await,
        Noun::Pools(command) => command.run(session).await,
    }
}

fn log(level: &str) {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level)))
        .init();
}
