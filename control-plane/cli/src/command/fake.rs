//! `skarv fake`: one simulator, what a client of it needs, and nothing more until the process is told to stop.

use clap::Args;
use serde_json::{Value, json};

use crate::{
    config::{Output, now},
    failure::Exit,
    fake::{self, System},
    show::{say, say_line},
};

#[derive(Args)]
pub(super) struct Arguments {
    /// Which system
    system: System,
    /// The port to listen on; 0 takes any
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Orders in the simulated shop
    #[arg(long, default_value_t = 200)]
    orders: u32,
    /// Products in the simulated shop; without any it keeps its catalogue to itself
    #[arg(long, default_value_t = 0)]
    products: u32,
}

pub(super) async fn run(arguments: &Arguments, output: Output) -> anyhow::Result<Exit> {
    let announce = |title: &str, facts: &[(&str, String)]| match output {
        Output::Table => {
            let lines = facts
                .iter()
                .map(|(name, value)| format!("\n  {name:<15}  {value}"));
            say(&format!("{title}{}", lines.collect::<String>()))
        }
        Output::Json => {
            let fields = facts
                .iter()
                .map(|(name, value)| ((*name).to_owned(), json!(value)));
            say_line(&Value::Object(fields.collect()))
        }
    };
    fake::serve(
        arguments.system,
        arguments.port,
        (arguments.orders, arguments.products),
        now(),
        announce,
    )
    .await?;
    Ok(Exit::Done)
}
