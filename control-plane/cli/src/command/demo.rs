//! `skarv demo`: the arguments, and what is printed.

use clap::Args;
use skarv_process::Stop;

use crate::{
    config::now,
    demo::{Demo, Options, Sabotage, Summary, goods::Flow},
    failure::Exit,
    show::say,
};

#[derive(Args)]
pub(super) struct Arguments {
    /// Orders in the shop at the start
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    orders: u32,
    /// End after the summary instead of staying up with orders still arriving
    #[arg(long)]
    once: bool,
    /// Print only the summary, as JSON, on stdout
    #[arg(long)]
    json: bool,
    /// Carry a whole template: products, prices and stock beside the orders
    #[arg(long)]
    flow: Option<Flow>,
    /// With --flow: products in the shop, or items in the accounting system, whichever is their master
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    products: u32,
    /// Let both systems stumble: lost answers, 500, 429, slowness
    #[arg(long)]
    faults: bool,
    /// Let the accounting system cheat: the comparison must notice and the demo fail
    #[arg(long, hide = true)]
    sabotage: Option<Sabotage>,
    /// Port of the console and the API; 0 takes any
    #[arg(long, default_value_t = 0)]
    port: u16,
}

pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let options = Options {
        orders: arguments.orders,
        flow: arguments.flow,
        products: arguments.products,
        faults: arguments.faults,
        sabotage: arguments.sabotage,
        progress: !arguments.json,
        port: arguments.port,
    };
    let demo = Demo::start(&options, now()).await?;
    if !arguments.json {
        say(&format!("Console and API: {}", demo.url()))?;
    }
    let summary = demo.finish(&options).await?;
    report(&summary, arguments.json)?;
    if !arguments.once && summary.ok() {
        stay(&demo, arguments.json).await?;
    }
    demo.stop().await;
    Ok(if summary.ok() { Exit::Done } else { Exit::Failed })
}

fn report(summary: &Summary, json: bool) -> anyhow::Result<()> {
    if json {
        return say(&serde_json::to_string_pretty(summary)?);
    }
    say(&summary.table())?;
    summary
        .comparison
        .problems
        .iter()
        .try_for_each(|problem| say(problem))
}

async fn stay(demo: &Demo, quiet: bool) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    if !quiet {
        say("An order arrives every few seconds. Ctrl-C ends the demo.")?;
    }
    tokio::select! {
        arrivals = demo.stay_up() => arrivals,
        () = stop.asked() => Ok(()),
    }
}
