//! What a control plane is told when it starts, as a value for whoever starts one; `settings` makes it from arguments, the
//! environment and a file, and is the only place that reads them.
//!
//! Everything that is a length of time is a setting, because tests live through in milliseconds what production lives
//! through in minutes.

pub(crate) mod master_key;
mod settings;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use secrecy::{ExposeSecret, SecretBox};
use skarv_canonical::catalog::Catalog;
use skarv_store::{Durability, Location, MasterKey, StoreConfig};

pub use master_key::make as new_master_key;
pub use settings::{Arguments, Settings};

const DEFAULT_LEASE: Duration = Duration::from_secs(15);
const DEFAULT_GRANT: Duration = Duration::from_secs(60);
const DEFAULT_TOKEN: Duration = Duration::from_secs(15 * 60);
const DEFAULT_SHUTDOWN: Duration = Duration::from_secs(10);

/// How to start a control plane.
#[derive(Debug)]
pub struct Config {
    /// Where the database is.
    pub database: Location,
    /// What a commit waits for.
    pub durability: Durability,
    /// Seals what is secret.
    pub master_key: SecretBox<[u8; 32]>,
    /// Keys from before, which still open what they sealed.
    pub previous_master_keys: Vec<SecretBox<[u8; 32]>>,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How people reach it, such as `https://skarv.example.com`. Not set: the address that was bound.
    pub public_url: Option<String>,
    /// What to prove to clients who we are with. Not set: no TLS.
    pub tls: Option<TlsFiles>,
    /// File to make for the first admin's API key. Not set: it is told to whoever starts this.
    pub admin_key_file: Option<PathBuf>,
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
    /// Time between scheduled runs of a new stream. Not set: what is usual for its kind.
    pub stream_interval: Option<Duration>,
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
    /// How often the database is asked whether it answers, for gRPC's health service.
    pub health_every: Duration,
    /// How long a token for people lasts.
    pub token: Duration,
    /// How long a token for an agent lasts.
    pub agent_token: Duration,
    /// How old the key that signs tokens grows before another takes over.
    pub signing_key_age: Duration,
    /// How long a shutdown waits for calls that are under way.
    pub shutdown_within: Duration,
}

/// PEM files for TLS. They are read anew when they change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those that vouch for it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Config {
    /// The usual settings, on loopback and a free port.
    pub fn new(database: Location, master_key: [u8; 32]) -> Self {
        Self::sealed_with(database, SecretBox::new(Box::new(master_key)))
    }

    fn sealed_with(database: Location, master_key: SecretBox<[u8; 32]>) -> Self {
        Self {
            database,
            durability: Durability::Full,
            master_key,
            previous_master_keys: Vec::new(),
            tls: None,
            admin_key_file: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            catalog: None,
            lease: DEFAULT_LEASE,
            renew: Duration::from_secs(5),
            grant: DEFAULT_GRANT,
            slack: Duration::from_secs(5),
            busy: Duration::from_secs(1),
            slice: Duration::from_secs(10),
            slice_records: 500,
            stream_interval: None,
            queue_deadline: Duration::from_secs(30),
            poll: Duration::from_secs(20),
            recheck: Duration::from_millis(200),
            schedule_every: Duration::from_millis(200),
            reap_every: Duration::from_secs(1),
            upkeep_every: Duration::from_secs(60),
            health_every: Duration::from_secs(2),
            token: DEFAULT_TOKEN,
            agent_token: DEFAULT_TOKEN,
            signing_key_age: Duration::from_secs(30 * 24 * 3600),
            shutdown_within: DEFAULT_SHUTDOWN,
        }
    }

    /// A database and a key of its own, both gone when it ends: for demos and tests.
    pub fn temporary() -> Self {
        Self::new(Location::Temporary, rand::random())
    }

    pub(crate) fn store(&self) -> StoreConfig {
        let key = |key: &SecretBox<[u8; 32]>| MasterKey::new(*key.expose_secret());
        StoreConfig {
            previous_master_keys: self.previous_master_keys.iter().map(key).collect(),
            durability: self.durability,
            lease: self.lease,
            grant: self.grant,
            slack: self.slack,
            busy: self.busy,
            queue_deadline: self.queue_deadline,
            ..StoreConfig::new(self.database.clone(), key(&self.master_key))
        }
    }
}
