//! What a control plane is told when it starts. The only place that reads arguments and the environment.
//!
//! Everything that is a length of time is a setting, because tests live through in milliseconds what production lives
//! through in minutes.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use clap::Parser;
use secrecy::{ExposeSecret, SecretBox, zeroize::Zeroizing};
use skarv_canonical::catalog::Catalog;
use skarv_store::{Durability, Location, MasterKey, StoreConfig};

/// How to start a control plane.
#[derive(Debug)]
pub struct Config {
    /// Where the database is.
    pub database: Location,
    /// What a commit waits for.
    pub durability: Durability,
    /// Seals what is secret.
    pub master_key: SecretBox<[u8; 32]>,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How people reach it, such as `https://skarv.example.com`. Not set: the address that was bound.
    pub public_url: Option<String>,
    /// The connectors of this release. Not set: those that are built in.
    pub catalog: Option<Catalog>,
    /// How long a lease lasts without renewal.
    pub lease: Duration,
    /// How often agents renew.
    pub renew: Duration,
    /// How long a granted write may be sent.
    pub grant: Duration,
    /// How long after that the foreign system may still take it in.
    pub slack: Duration,
    /// How long an agent leaves a write alone that another run holds.
    pub busy: Duration,
    /// How long a run holds its slot before it yields.
    pub slice: Duration,
    /// How many records a run carries before it yields.
    pub slice_records: u32,
    /// Time between scheduled runs of a new stream.
    pub stream_interval: Duration,
    /// How long a connection test waits for an agent.
    pub queue_deadline: Duration,
    /// The longest that a poll for work waits.
    pub poll: Duration,
    /// How often waiting calls look again, hint or no hint.
    pub recheck: Duration,
    /// How often streams that are due are looked for.
    pub schedule_every: Duration,
    /// How often leases that ran out are looked for.
    pub reap_every: Duration,
    /// How often the counts of connections in use are checked, and what has expired is deleted.
    pub upkeep_every: Duration,
    /// How long a token for people lasts.
    pub token: Duration,
    /// How long a token for an agent lasts.
    pub agent_token: Duration,
    /// How old the key that signs tokens grows before another takes over.
    pub signing_key_age: Duration,
    /// How long a shutdown waits for calls that are under way.
    pub shutdown_within: Duration,
}

impl Config {
    /// The usual settings, on loopback and a free port.
    pub fn new(database: Location, master_key: [u8; 32]) -> Self {
        Self {
            database,
            durability: Durability::Full,
            master_key: SecretBox::new(Box::new(master_key)),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            catalog: None,
            lease: Duration::from_secs(15),
            renew: Duration::from_secs(5),
            grant: Duration::from_secs(60),
            slack: Duration::from_secs(5),
            busy: Duration::from_secs(1),
            slice: Duration::from_secs(10),
            slice_records: 500,
            stream_interval: Duration::from_secs(60),
            queue_deadline: Duration::from_secs(30),
            poll: Duration::from_secs(20),
            recheck: Duration::from_millis(200),
            schedule_every: Duration::from_millis(200),
            reap_every: Duration::from_secs(1),
            upkeep_every: Duration::from_secs(60),
            token: Duration::from_secs(15 * 60),
            agent_token: Duration::from_secs(15 * 60),
            signing_key_age: Duration::from_secs(30 * 24 * 3600),
            shutdown_within: Duration::from_secs(10),
        }
    }

    /// A database and a key of its own, both gone when it ends: for demos and tests.
    pub fn temporary() -> Self {
        Self::new(Location::Temporary, rand::random())
    }

    pub(crate) fn store(&self) -> StoreConfig {
        let master_key = MasterKey::new(*self.master_key.expose_secret());
        StoreConfig {
            durability: self.durability,
            lease: self.lease,
            grant: self.grant,
            slack: self.slack,
            busy: self.busy,
            queue_deadline: self.queue_deadline,
            ..StoreConfig::new(self.database.clone(), master_key)
        }
    }
}

/// Skarv's control plane: tenants, connections and flows over gRPC, and work for agents.
#[derive(Debug, Parser)]
#[command(name = "skarv-control-plane", version)]
pub struct Arguments {
    /// The SQLite file; made when it does not exist
    #[arg(long, env = "SKARV_DATABASE")]
    database: PathBuf,
    /// Address and port for gRPC and web
    #[arg(long, env = "SKARV_LISTEN", default_value = "127.0.0.1:7700")]
    listen: SocketAddr,
    /// How people reach it, such as `https://skarv.example.com`
    #[arg(long, env = "SKARV_PUBLIC_URL")]
    public_url: Option<String>,
    /// File with the master key, 32 bytes in base64: make one with `head -c 32 /dev/urandom | base64`
    #[arg(long, env = "SKARV_MASTER_KEY_FILE")]
    master_key_file: PathBuf,
}

impl Arguments {
    /// The settings that these arguments ask for.
    pub fn into_config(self) -> anyhow::Result<Config> {
        let path = self.master_key_file.display();
        let text = Zeroizing::new(
            fs::read(&self.master_key_file).with_context(|| format!("cannot read the master key {path}"))?,
        );
        let key = Zeroizing::new(
            BASE64_STANDARD
                .decode(text.trim_ascii())
                .with_context(|| format!("the master key {path} is not base64"))?,
        );
        ensure!(
            key.len() == 32,
            "the master key {path} must be 32 bytes in base64; it has {}",
            key.len()
        );
        let mut master_key = [0; 32];
        master_key.copy_from_slice(&key);
        Ok(Config {
            listen: self.listen,
            public_url: self.public_url,
            ..Config::new(Location::Path(self.database), master_key)
        })
    }
}
