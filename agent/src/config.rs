//! How an agent is set up: as a value for whoever starts one in process, as arguments and environment for the binary.
//!
//! Nothing here is ever taken from tenant data. The environment is read here and nowhere else.

use std::{convert::Infallible, fmt, fs, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use clap::Args;
use secrecy::SecretString;
use skarv_http::{Limits, SystemWall, WallClock};

use crate::flow::{Observer, Unobserved};

/// How many runs an agent takes at a time unless told otherwise.
const SLOTS: u32 = 8;

/// How long a draining agent waits for its runs.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);

/// How an agent is set up.
#[derive(Clone)]
pub struct AgentConfig {
    /// Address of the control plane, such as `https://skarv.example:443`.
    pub control_plane: String,
    /// The pool's enrolment token.
    pub pool_token: SecretString,
    /// PEM certificates to trust for the control plane, besides the host's own.
    pub control_plane_ca: Option<String>,
    /// What people know the agent by.
    pub name: String,
    /// How many runs it takes at a time.
    pub slots: u32,
    /// Lets connections reach private addresses. For the demo and for tests.
    pub allow_private: bool,
    /// What the agent calls itself to foreign systems.
    pub user_agent: String,
    /// How long one call to a foreign system may take. A write is sent only while its grant outlasts this.
    pub call_timeout: Duration,
    /// How long a draining agent waits for its runs before it hands them back.
    pub drain_limit: Duration,
    /// The time of day.
    pub wall: Arc<dyn WallClock>,
    /// Sees the moments of runs that tests hold.
    pub observer: Arc<dyn Observer>,
}

impl AgentConfig {
    /// An agent of the pool that this token is for, with production's settings.
    pub fn new(control_plane: impl Into<String>, pool_token: SecretString) -> Self {
        Self {
            control_plane: control_plane.into(),
            pool_token,
            control_plane_ca: None,
            name: "agent".to_owned(),
            slots: SLOTS,
            allow_private: false,
            user_agent: concat!("skarv/", env!("CARGO_PKG_VERSION")).to_owned(),
            call_timeout: Limits::default().timeout,
            drain_limit: DRAIN_LIMIT,
            wall: Arc::new(SystemWall),
            observer: Arc::new(Unobserved),
        }
    }
}

impl fmt::Debug for AgentConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentConfig")
            .field("control_plane", &self.control_plane)
            .field("name", &self.name)
            .field("slots", &self.slots)
            .field("allow_private", &self.allow_private)
            .finish_non_exhaustive()
    }
}

/// The binary's arguments.
#[derive(Args, Debug)]
pub struct Options {
    /// Address of the control plane
    #[arg(long, env = "SKARV_CONTROL_PLANE", default_value = "http://127.0.0.1:7700")]
    control_plane: String,
    /// File with PEM certificates to trust for the control plane, besides the host's own
    #[arg(long, env = "SKARV_CONTROL_PLANE_CA_FILE")]
    control_plane_ca_file: Option<PathBuf>,
    /// The pool's enrolment token; a file is safer, other users can see arguments
    #[arg(long, env = "SKARV_POOL_TOKEN", hide_env_values = true, value_parser = secret, required_unless_present = "pool_token_file")]
    pool_token: Option<SecretString>,
    /// File with the pool's enrolment token
    #[arg(long, env = "SKARV_POOL_TOKEN_FILE", conflicts_with = "pool_token")]
    pool_token_file: Option<PathBuf>,
    /// How many runs to take at a time
    #[arg(long, env = "SKARV_AGENT_SLOTS", default_value_t = SLOTS, value_parser = clap::value_parser!(u32).range(1..=1024))]
    slots: u32,
    /// What people know the agent by [default: the host's name]
    #[arg(long, env = "SKARV_AGENT_NAME")]
    name: Option<String>,
    /// Let connections reach private addresses: for trying things out, never where tenants choose addresses
    #[arg(long, env = "SKARV_ALLOW_PRIVATE")]
    allow_private: bool,
    /// What to call ourselves to foreign systems
    #[arg(long, env = "SKARV_USER_AGENT")]
    user_agent: Option<String>,
    /// Seconds to wait for runs when told to end, before they are handed back
    #[arg(long, env = "SKARV_DRAIN_SECONDS", default_value_t = DRAIN_LIMIT.as_secs())]
    drain_seconds: u64,
}

impl Options {
    /// Reads the files that the arguments name.
    pub fn into_config(self) -> anyhow::Result<AgentConfig> {
        let token = match (self.pool_token, &self.pool_token_file) {
            (Some(token), _) => token,
            (None, Some(file)) => read(file)?.trim().into(),
            (None, None) => anyhow::bail!("no pool token: set SKARV_POOL_TOKEN_FILE"),
        };
        let mut config = AgentConfig::new(self.control_plane, token);
        config.control_plane_ca = self.control_plane_ca_file.as_ref().map(read).transpose()?;
        config.name = self.name.unwrap_or_else(host_name);
        config.slots = self.slots;
        config.allow_private = self.allow_private;
        config.user_agent = self.user_agent.unwrap_or(config.user_agent);
        config.drain_limit = Duration::from_secs(self.drain_seconds);
        Ok(config)
    }
}

fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(text.into())
}

fn read(file: &PathBuf) -> anyhow::Result<String> {
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
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn a_pool_token_shows_in_no_debug_output() {
        let line = Line::try_parse_from(["skarv-agent", "--pool-token", "skarv_pool_hush"]).unwrap();
        assert!(!format!("{:?}", line.options).contains("hush"));
        let config = line.options.into_config().unwrap();
        assert!(!format!("{config:?}").contains("hush"));
    }

    #[test]
    fn private_addresses_are_out_of_reach_unless_asked_for() {
        let parse = |more: &[&str]| {
            let line = ["skarv-agent", "--pool-token", "t"].iter().chain(more);
            Line::try_parse_from(line)
                .unwrap()
                .options
                .into_config()
                .unwrap()
                .allow_private
        };
        assert!(!parse(&[]));
        assert!(parse(&["--allow-private"]));
    }
}
