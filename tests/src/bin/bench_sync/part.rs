//! The processes of a bench, seen from inside: each reads what it is to do as one line of JSON, answers with one, and ends
//! when its standard input does. So none outlives the bench, however that ends.

use std::{
    io::{self, BufRead, Write},
    path::PathBuf,
    sync::Arc,
    thread,
};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use skarv::fake;
use skarv_agent::{AgentConfig, Registry};
use skarv_control_plane::config::Config;
use skarv_domain::SystemClock;
use skarv_process::log::{self, LogFormat};
use skarv_store::Location;
use tokio::sync::mpsc;

use crate::{bare, desk::Desk};

/// Which process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// The shop and the accounting system.
    Fakes,
    /// The control plane, on a database file.
    ControlPlane,
    /// One agent.
    Agent,
    /// The client without Skarv.
    Bare,
}

/// What the simulators are started with.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Seed {
    pub(crate) orders: u32,
    /// Products in the shop; without any it keeps its catalogue to itself.
    pub(crate) products: u32,
    pub(crate) now: DateTime<Utc>,
}

/// Where the two systems are and how to get in.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Systems {
    pub(crate) shop_url: String,
    pub(crate) shop_key: String,
    pub(crate) shop_admin: String,
    pub(crate) erp_url: String,
    pub(crate) erp_token_url: String,
    pub(crate) erp_admin: String,
    pub(crate) organization_id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

/// A control plane that answers.
#[derive(Serialize, Deserialize)]
pub(crate) struct Plane {
    pub(crate) url: String,
    pub(crate) key: String,
}

/// What an agent is started with.
#[derive(Serialize, Deserialize)]
pub(crate) struct Enrolment {
    pub(crate) url: String,
    pub(crate) token: String,
}

/// The lines that the bench writes to this process.
pub(crate) struct Lines(mpsc::UnboundedReceiver<String>);

impl Lines {
    fn read() -> Self {
        let (lines, received) = mpsc::unbounded_channel();
        thread::spawn(move || {
            for line in io::stdin().lock().lines().map_while(Result::ok) {
                if lines.send(line).is_err() {
                    return;
                }
            }
        });
        Self(received)
    }

    pub(crate) async fn next<T: DeserializeOwned>(&mut self) -> anyhow::Result<T> {
        let line = self.0.recv().await.context("nobody says what to do")?;
        Ok(serde_json::from_str(&line)?)
    }

    async fn end(&mut self) {
        while self.0.recv().await.is_some() {}
    }
}

/// Answers with one line.
pub(crate) fn answer(value: &impl Serialize) -> anyhow::Result<()> {
    let line = serde_json::to_string(value)?;
    let mut out = io::stdout();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .context("nobody listens")
}

/// Is this process until it is no longer needed.
pub(crate) async fn play(part: Part) -> anyhow::Result<()> {
    let mut lines = Lines::read();
    match part {
        Part::Fakes => fakes(&mut lines).await,
        Part::ControlPlane => control_plane(&mut lines).await,
        Part::Agent => agent(&mut lines).await,
        Part::Bare => bare::client(&mut lines).await,
    }
}

async fn fakes(lines: &mut Lines) -> anyhow::Result<()> {
    let seed: Seed = lines.next().await?;
    let shop = fake::shop(seed.orders, seed.products, seed.now, 0).await?;
    let erp = fake::erp(0).await?;
    // a shop is read up to ten seconds ago, so the youngest order must be older than that
    let clock = json!({ "now": seed.now + TimeDelta::minutes(1) });
    Desk::new(shop.admin_url())?.post("clock", &clock).await?;
    let config = erp.config();
    answer(&Systems {
        shop_url: shop.base_url(),
        shop_key: shop.api_key().to_owned(),
        shop_admin: shop.admin_url(),
        erp_url: erp.base_url(),
        erp_token_url: erp.token_url(),
        erp_admin: erp.admin_url(),
        organization_id: config.organization_id.to_string(),
        client_id: config.client_id.clone(),
        client_secret: config.client_secret.expose_secret().to_owned(),
    })?;
    lines.end().await;
    Ok(())
}

/// As in production: every setting is the usual one, and what it has to say is logged.
async fn control_plane(lines: &mut Lines) -> anyhow::Result<()> {
    log::start("info", Some(LogFormat::Json))?;
    let database: PathBuf = lines.next().await?;
    let config = Config::new(Location::Path(database), rand::random());
    let control_plane = skarv_control_plane::start(config, Arc::new(SystemClock)).await?;
    let key = control_plane.bootstrap_key.as_ref();
    let key = key.context("a fresh database has a first key")?;
    answer(&Plane {
        url: control_plane.url(),
        key: key.expose_secret().to_owned(),
    })?;
    lines.end().await;
    control_plane.shutdown().await;
    Ok(())
}

/// As in production too, but that the simulators are on a private address.
async fn agent(lines: &mut Lines) -> anyhow::Result<()> {
    log::start("info", Some(LogFormat::Json))?;
    let enrolment: Enrolment = lines.next().await?;
    let config = AgentConfig {
        allow_private: true,
        ..AgentConfig::new(enrolment.url, enrolment.token.into())
    };
    let agent = skarv_agent::start(config, Registry::standard()).await?;
    answer(&Value::Null)?;
    lines.end().await;
    agent.drain().await;
    Ok(())
}
