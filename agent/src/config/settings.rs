//! What an operator can set, in three spellings of one name: `--health-listen`, `SKARV_HEALTH_LISTEN`, and `health_listen` in
//! the file. An argument comes before the environment, that before the file, that before the usual value.
//!
//! The help's words about usual values and the sample in `deploy/` are compared with `Settings::usual` by tests.

use std::{
    convert::Infallible,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, ensure};
use axum::http::Uri;
use clap::Args;
use secrecy::SecretString;
use serde::Deserialize;
use skarv_process::{
    Misconfigured,
    log::{self, LogFormat},
    setting,
};

use super::{AgentConfig, DRAIN_LIMIT, SLOTS};

const MOST_SLOTS: u32 = 1024;

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
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address of the control plane [default: http://127.0.0.1:7700]
    #[arg(long, env = "SKARV_CONTROL_PLANE", value_name = "URL")]
    pub(crate) control_plane: Option<String>,
    /// File with PEM certificates to trust for the control plane, besides the host's own
    #[arg(long, env = "SKARV_CONTROL_PLANE_CA_FILE", value_name = "FILE")]
    pub(crate) control_plane_ca_file: Option<PathBuf>,
    /// The pool's enrolment token; a file is safer, other users can see arguments. Not in the file with settings
    #[arg(long, env = "SKARV_POOL_TOKEN", value_name = "TOKEN", hide_env_values = true, value_parser = secret)]
    #[serde(skip)]
    pub(crate) pool_token: Option<SecretString>,
    /// File with the pool's enrolment token
    #[arg(long, env = "SKARV_POOL_TOKEN_FILE", value_name = "FILE")]
    pub(crate) pool_token_file: Option<PathBuf>,
    /// What people know the agent by [default: the host's name]
    #[arg(long, env = "SKARV_NAME", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// How many runs to take at a time [default: 8]
    #[arg(long, env = "SKARV_SLOTS", value_name = "NUMBER")]
    pub(crate) slots: Option<u32>,
    /// Address and port to say there whether the agent is well, on /live and /ready [default: nowhere]
    #[arg(long, env = "SKARV_HEALTH_LISTEN", value_name = "ADDRESS")]
    pub(crate) health_listen: Option<SocketAddr>,
    /// How long to wait for runs when told to stop, before they are handed back [default: 30s]
    #[arg(long, env = "SKARV_DRAIN_LIMIT", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[serde(deserialize_with = "setting::time")]
    pub(crate) drain_limit: Option<Duration>,
    /// What to call ourselves to foreign systems [default: skarv/ and the version]
    #[arg(long, env = "SKARV_USER_AGENT", value_name = "TEXT")]
    pub(crate) user_agent: Option<String>,
    /// Let connections reach private addresses: for trying things out, never where tenants choose addresses [default: false]
    #[arg(long, env = "SKARV_ALLOW_PRIVATE", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) allow_private: Option<bool>,
    /// What to log, such as info or warn,skarv_agent=debug [default: info]
    #[arg(long, env = "RUST_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
    /// How to log [default: text on a terminal, else json]
    #[arg(long, env = "SKARV_LOG_FORMAT", value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
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
            control_plane: Some("http://127.0.0.1:7700".to_owned()),
            slots: Some(SLOTS),
            drain_limit: Some(DRAIN_LIMIT),
            allow_private: Some(false),
            log: Some("info".to_owned()),
            ..Self::default()
        }
    }

    /// These, and the other's where these say nothing.
    fn or(self, other: Self) -> Self {
        // two ways to say one thing: who says it in one way is not overruled in the other
        let says_token = self.pool_token.is_some() || self.pool_token_file.is_some();
        let (pool_token, pool_token_file) = if says_token {
            (self.pool_token, self.pool_token_file)
        } else {
            (other.pool_token, other.pool_token_file)
        };
        Self {
            control_plane: self.control_plane.or(other.control_plane),
            control_plane_ca_file: self.control_plane_ca_file.or(other.control_plane_ca_file),
            pool_token,
            pool_token_file,
            name: self.name.or(other.name),
            slots: self.slots.or(other.slots),
            health_listen: self.health_listen.or(other.health_listen),
            drain_limit: self.drain_limit.or(other.drain_limit),
            user_agent: self.user_agent.or(other.user_agent),
            allow_private: self.allow_private.or(other.allow_private),
            log: self.log.or(other.log),
            log_format: self.log_format.or(other.log_format),
        }
    }

    /// What cannot work, whatever the machine is like. Each says what to do.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let address = self.control_plane.as_deref().unwrap_or_default();
        if place(address).is_none() {
            wrong.push(format!(
                "control-plane `{address}` is no address: write http(s)://host:port"
            ));
        }
        match (&self.pool_token, &self.pool_token_file) {
            (None, None) => {
                wrong.push("no pool token: name a file that has it with --pool-token-file".to_owned())
            }
            (Some(_), Some(_)) => wrong.push(
                "a pool token and a file with one are given: leave out --pool-token and SKARV_POOL_TOKEN"
                    .to_owned(),
            ),
            _ => {}
        }
        if self.slots.is_some_and(|slots| !(1..=MOST_SLOTS).contains(&slots)) {
            wrong.push(format!("slots must be from 1 to {MOST_SLOTS}"));
        }
        wrong.extend(log::wrong_filter(self.log_filter()));
        wrong
    }

    /// What to log.
    pub fn log_filter(&self) -> &str {
        self.log.as_deref().unwrap_or_default()
    }

    /// How to log, when that is said.
    pub fn log_format(&self) -> Option<LogFormat> {
        self.log_format
    }

    /// The token, from where it is.
    pub(crate) fn token(&self) -> anyhow::Result<SecretString> {
        let (Some(file), None) = (&self.pool_token_file, &self.pool_token) else {
            return self.pool_token.clone().context("no pool token");
        };
        let text = read(file)?;
        ensure!(
            !text.trim().is_empty(),
            "there is no pool token in {}: the file is empty",
            file.display()
        );
        Ok(text.trim().into())
    }

    /// What an agent is started with. Reads the files that the settings name.
    pub fn into_config(self) -> anyhow::Result<AgentConfig> {
        let token = self.token()?;
        let usual = AgentConfig::new(self.control_plane.unwrap_or_default(), token);
        Ok(AgentConfig {
            control_plane_ca: self.control_plane_ca_file.as_deref().map(read).transpose()?,
            name: self.name.unwrap_or_else(host_name),
            slots: self.slots.unwrap_or(usual.slots),
            health_listen: self.health_listen,
            allow_private: self.allow_private.unwrap_or(usual.allow_private),
            user_agent: self.user_agent.unwrap_or(usual.user_agent),
            drain_limit: self.drain_limit.unwrap_or(usual.drain_limit),
            ..usual
        })
    }
}

/// Scheme, host and port of an address of a control plane.
pub(crate) fn place(address: &str) -> Option<(bool, String, u16)> {
    let uri: Uri = address.parse().ok()?;
    let (tls, usual) = match uri.scheme_str()? {
        "http" => (false, 80),
        "https" => (true, 443),
        _ => return None,
    };
    let host = uri.host().filter(|host| !host.is_empty())?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    Some((tls, bare.to_owned(), uri.port_u16().unwrap_or(usual)))
}

fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(text.into())
}

fn read(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn host_name() -> String {
    let name = fs::read_to_string("/etc/hostname").unwrap_or_default();
    Some(name.trim())
        .filter(|name| !name.is_empty())
        .unwrap_or("agent")
        .to_owned()
}

#[cfg(test)]
mod tests;
