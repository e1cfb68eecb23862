//! `skarv up`: a control plane and one agent in one process, for real use on one machine.
//!
//! Everything it remembers is in one folder (`folder`). Told to stop, the agent hands back what it holds before the control
//! plane goes; told again, the process ends at once, which loses nothing either: what was under way is settled at the next
//! start.

mod folder;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::Context;
use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use skarv_agent::{Agent, AgentConfig, Registry};
use skarv_control_plane::{ControlPlane, config::Config};
use skarv_domain::SystemClock;
use skarv_process::{Stop, log};

use self::folder::Folder;
use crate::{
    config::Output,
    failure::Exit,
    show::{say, say_line},
};

/// What `skarv up` is told.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The folder for the database and the master key; made when it does not exist
    #[arg(long, env = "SKARV_DATA", value_name = "DIR", default_value = "./skarv-data")]
    data: PathBuf,
    /// Address and port for gRPC and web; port 0 takes any
    #[arg(long, env = "SKARV_LISTEN", default_value = "127.0.0.1:7700")]
    listen: SocketAddr,
    /// How people reach it, such as https://skarv.example.se
    #[arg(long, env = "SKARV_PUBLIC_URL")]
    public_url: Option<String>,
    /// How many runs the agent takes at a time
    #[arg(long, env = "SKARV_SLOTS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1024))]
    slots: u32,
    /// Let connections reach private addresses: for trying things out, never where tenants choose addresses
    #[arg(long, env = "SKARV_ALLOW_PRIVATE")]
    allow_private: bool,
    /// What to log, such as warn or info,skarv_agent=debug
    #[arg(
        long,
        env = "RUST_LOG",
        value_name = "FILTER",
        default_value = "info,sea_orm_migration=warn"
    )]
    log: String,
}

pub(crate) async fn run(arguments: &Arguments, output: Output) -> anyhow::Result<Exit> {
    log::start(&arguments.log, None)?;
    let mut stop = Stop::listen()?;
    let folder = Folder::open(&arguments.data)?;
    let control_plane = control_plane(arguments, &folder).await?;
    announce(&folder, &control_plane, output)?;
    let agent = tokio::select! {
        agent = agent(arguments, &control_plane) => agent?,
        // nothing has been begun that would have to be handed back
        () = stop.asked() => {
            control_plane.shutdown().await;
            return Ok(Exit::Done);
        }
    };
    tracing::info!(url = control_plane.url(), data = %folder.path.display(), "up");
    let exit = tokio::select! {
        () = stop.asked() => Exit::Done,
        () = agent.ended() => {
            tracing::error!("the agent ended by itself");
            Exit::Failed
        }
    };
    tracing::info!("stopping; a second signal ends at once");
    tokio::select! {
        () = wind_down(agent, control_plane) => Ok(exit),
        () = stop.asked() => std::process::exit(130),
    }
}

async fn control_plane(arguments: &Arguments, folder: &Folder) -> anyhow::Result<ControlPlane> {
    let config = Config {
        listen: arguments.listen,
        public_url: arguments.public_url.clone(),
        ..Config::new(folder.database(), *folder.master_key.expose_secret())
    };
    skarv_control_plane::start(config, Arc::new(SystemClock))
        .await
        .context("starting the control plane")
}

async fn agent(arguments: &Arguments, control_plane: &ControlPlane) -> anyhow::Result<Agent> {
    let token = control_plane.enrolment_token().await?;
    let config = AgentConfig {
        name: "up".to_owned(),
        slots: arguments.slots,
        allow_private: arguments.allow_private,
        ..AgentConfig::new(reachable(control_plane.addr()), token)
    };
    skarv_agent::start(config, Registry::standard())
        .await
        .context("starting the agent")
}

/// The address for a client on this machine of what listens on this one.
fn reachable(addr: SocketAddr) -> String {
    let port = addr.port();
    match addr {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => format!("http://127.0.0.1:{port}"),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => format!("http://[::1]:{port}"),
        _ => format!("http://{addr}"),
    }
}

async fn wind_down(agent: Agent, control_plane: ControlPlane) {
    agent.drain().await;
    control_plane.shutdown().await;
}

fn announce(folder: &Folder, control_plane: &ControlPlane, output: Output) -> anyhow::Result<()> {
    let key = control_plane
        .bootstrap_key
        .as_ref()
        .map(SecretString::expose_secret);
    if output == Output::Json {
        let mut line = json!({ "url": control_plane.url(), "data": folder.path.display().to_string() });
        if let Some(key) = key {
            line["admin_api_key"] = json!(key);
        }
        return say_line(&line);
    }
    if folder.new_key {
        say(&folder.about_the_key())?;
    }
    if let Some(key) = key {
        say(&format!(
            "The first admin's API key:\n\n  {key}\n\nIt is shown this once and kept nowhere. Store it as you store a password: another can \
             only be made with one that works (skarv keys create).\n"
        ))?;
    }
    say(&format!(
        "Skarv is up at {}. Ctrl-C stops it.",
        control_plane.url()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_finds_a_control_plane_that_listens_everywhere() {
        let at = |addr: &str| reachable(addr.parse().unwrap());
        assert_eq!(at("0.0.0.0:7700"), "http://127.0.0.1:7700");
        assert_eq!(at("[::]:7700"), "http://[::1]:7700");
        assert_eq!(at("192.0.2.7:80"), "http://192.0.2.7:80");
    }
}
