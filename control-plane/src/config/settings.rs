//! What an operator can set, in three spellings of one name: `--public-url`, `SKARV_PUBLIC_URL`, and `public_url` in the
//! file. An argument comes before the environment, that before the file, that before the usual value.
//!
//! The help's words about usual values and the sample in `deploy/` are compared with `Settings::usual` by tests.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use serde::Deserialize;
use skarv_process::{
    Misconfigured,
    log::{self, LogFormat},
    setting,
};
use skarv_store::Location;
use url::Url;

use super::{Config, DEFAULT_GRANT, DEFAULT_LEASE, DEFAULT_SHUTDOWN, DEFAULT_TOKEN, TlsFiles, master_key};

/// The settings, and the file that may hold some of them.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// File with settings, in TOML: any name below with _ for -
    #[arg(long, env = "SKARV_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

/// Every setting. What is not set is up to whoever comes next.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The SQLite file; made when it does not exist
    #[arg(long, env = "SKARV_DATABASE", value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,
    /// File with the master key: 32 bytes in base64, as `new-master-key` makes it
    #[arg(long, env = "SKARV_MASTER_KEY_FILE", value_name = "FILE")]
    pub(crate) master_key_file: Option<PathBuf>,
    /// Files with master keys from before, while `rotate-master-key` is not done; several with commas
    #[arg(
        long,
        env = "SKARV_PREVIOUS_MASTER_KEY_FILE",
        value_name = "FILE",
        value_delimiter = ','
    )]
    pub(crate) previous_master_key_file: Option<Vec<PathBuf>>,
    /// Address and port for gRPC and web [default: 127.0.0.1:7700]
    #[arg(long, env = "SKARV_LISTEN", value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// How people reach it, such as `https://skarv.example.com` [default: where it listens]
    #[arg(long, env = "SKARV_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// File with the certificate for TLS and those that vouch for it, in PEM; read anew when it changes
    #[arg(long, env = "SKARV_TLS_CERTIFICATE", value_name = "FILE")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// File with the certificate's private key, in PEM
    #[arg(long, env = "SKARV_TLS_KEY", value_name = "FILE")]
    pub(crate) tls_key: Option<PathBuf>,
    /// File to make for the first admin's API key, instead of showing it [default: shown once on stdout]
    #[arg(long, env = "SKARV_ADMIN_KEY_FILE", value_name = "FILE")]
    pub(crate) admin_key_file: Option<PathBuf>,
    /// What to log, such as info or warn,skarv_control_plane=debug [default: info]
    #[arg(long, env = "RUST_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
    /// How to log [default: text on a terminal, else json]
    #[arg(long, env = "SKARV_LOG_FORMAT", value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
    /// How long a stop waits for what is under way [default: 10s]
    #[arg(long, env = "SKARV_SHUTDOWN_LIMIT", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[serde(deserialize_with = "setting::time")]
    pub(crate) shutdown_limit: Option<Duration>,
    /// How long a token lasts, of people and of agents [default: 15m]
    #[arg(long, env = "SKARV_TOKEN_LIFETIME", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[serde(deserialize_with = "setting::time")]
    pub(crate) token_lifetime: Option<Duration>,
    /// Advanced: how long a run stays with an agent that is not heard of [default: 15s]
    #[arg(long, env = "SKARV_LEASE", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[serde(deserialize_with = "setting::time")]
    pub(crate) lease: Option<Duration>,
    /// Advanced: how long an agent may send a write that was granted; also how long a lost answer is waited for [default: 1m]
    #[arg(long, env = "SKARV_GRANT", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[serde(deserialize_with = "setting::time")]
    pub(crate) grant: Option<Duration>,
}

impl Arguments {
    /// The settings, with those of the file and the usual ones below them.
    pub fn load(self) -> anyhow::Result<Settings> {
        let settings = self.load_unchecked()?;
        match settings.wrong().into_iter().next() {
            Some(wrong) => Err(Misconfigured::new(wrong).into()),
            None => Ok(settings),
        }
    }

    /// The same for whoever asks what is wrong: nothing is refused but a file that cannot be read.
    pub(crate) fn load_unchecked(self) -> anyhow::Result<Settings> {
        let below = self.config.as_deref().map(setting::read).transpose()?;
        Ok(self.settings.or(below.unwrap_or_default()).or(Settings::usual()))
    }
}

impl Settings {
    /// What holds where nothing is said.
    fn usual() -> Self {
        Self {
            listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 7700))),
            log: Some("info".to_owned()),
            shutdown_limit: Some(DEFAULT_SHUTDOWN),
            token_lifetime: Some(DEFAULT_TOKEN),
            lease: Some(DEFAULT_LEASE),
            grant: Some(DEFAULT_GRANT),
            ..Self::default()
        }
    }

    /// These, and the other's where these say nothing.
    fn or(self, other: Self) -> Self {
        Self {
            database: self.database.or(other.database),
            master_key_file: self.master_key_file.or(other.master_key_file),
            previous_master_key_file: self.previous_master_key_file.or(other.previous_master_key_file),
            listen: self.listen.or(other.listen),
            public_url: self.public_url.or(other.public_url),
            tls_certificate: self.tls_certificate.or(other.tls_certificate),
            tls_key: self.tls_key.or(other.tls_key),
            admin_key_file: self.admin_key_file.or(other.admin_key_file),
            log: self.log.or(other.log),
            log_format: self.log_format.or(other.log_format),
            shutdown_limit: self.shutdown_limit.or(other.shutdown_limit),
            token_lifetime: self.token_lifetime.or(other.token_lifetime),
            lease: self.lease.or(other.lease),
            grant: self.grant.or(other.grant),
        }
    }

    /// What cannot work, whatever the machine is like. Each says what to do.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let missing = |name: &str| format!("no {name}: give --{name}, or set it in the file");
        let mut wrong = Vec::new();
        wrong.extend(self.database.is_none().then(|| missing("database")));
        wrong.extend(self.master_key_file.is_none().then(|| missing("master-key-file")));
        wrong.extend(self.public_url.as_deref().and_then(wrong_url));
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            wrong.push("TLS needs both --tls-certificate and --tls-key, or neither of them".to_owned());
        }
        wrong.extend(log::wrong_filter(self.log_filter()));
        for (name, set, least, most) in self.times() {
            if set.is_some_and(|set| set < least || set > most) {
                let (least, most) = (
                    humantime::format_duration(least),
                    humantime::format_duration(most),
                );
                wrong.push(format!("{name} must be from {least} to {most}"));
            }
        }
        wrong
    }

    /// The lengths of time, with the shortest and the longest that make sense.
    fn times(&self) -> [(&'static str, Option<Duration>, Duration, Duration); 4] {
        let seconds = Duration::from_secs;
        [
            ("shutdown-limit", self.shutdown_limit, seconds(1), seconds(3_600)),
            (
                "token-lifetime",
                self.token_lifetime,
                seconds(60),
                seconds(24 * 3_600),
            ),
            ("lease", self.lease, seconds(5), seconds(600)),
            // an agent sends only what has the whole of a call's time left, 30 s, inside its grant
            ("grant", self.grant, seconds(40), seconds(3_600)),
        ]
    }

    /// The file to make for the first admin's key.
    pub fn admin_key_file(&self) -> Option<&Path> {
        self.admin_key_file.as_deref()
    }

    /// What to log.
    pub fn log_filter(&self) -> &str {
        self.log.as_deref().unwrap_or_default()
    }

    /// How to log, when that is said.
    pub fn log_format(&self) -> Option<LogFormat> {
        self.log_format
    }

    /// Both files for TLS, when it is asked for.
    pub(crate) fn tls(&self) -> Option<TlsFiles> {
        let (certificate, key) = self.tls_certificate.clone().zip(self.tls_key.clone())?;
        Some(TlsFiles { certificate, key })
    }

    /// Files with master keys from before.
    pub(crate) fn previous_master_key_files(&self) -> &[PathBuf] {
        self.previous_master_key_file.as_deref().unwrap_or_default()
    }

    /// What a control plane is started with. Reads the master keys.
    pub fn into_config(self) -> anyhow::Result<Config> {
        let missing =
            |name: &str| Misconfigured::new(format!("no {name}: give --{name}, or set it in the file"));
        let database = self.database.clone().ok_or_else(|| missing("database"))?;
        let key_file = self
            .master_key_file
            .as_ref()
            .ok_or_else(|| missing("master-key-file"))?;
        let previous = self.previous_master_key_files().iter();
        let usual = Config::sealed_with(Location::Path(database), master_key::read(key_file)?);
        let lease = self.lease.unwrap_or(usual.lease);
        Ok(Config {
            previous_master_keys: previous
                .map(|file| master_key::read(file))
                .collect::<Result<_, _>>()?,
            listen: self.listen.unwrap_or(usual.listen),
            tls: self.tls(),
            public_url: self.public_url,
            admin_key_file: self.admin_key_file,
            lease,
            // three tries within a lease
            renew: lease / 3,
            grant: self.grant.unwrap_or(usual.grant),
            token: self.token_lifetime.unwrap_or(usual.token),
            agent_token: self.token_lifetime.unwrap_or(usual.agent_token),
            shutdown_within: self.shutdown_limit.unwrap_or(usual.shutdown_within),
            ..usual
        })
    }
}

fn wrong_url(text: &str) -> Option<String> {
    let good = Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none());
    let wrong = || format!("public-url `{text}` is no address: write it like https://skarv.example.com");
    (!good).then(wrong)
}

#[cfg(test)]
mod tests;
