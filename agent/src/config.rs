//! How an agent is set up, as a value for whoever starts one in process; `settings` makes it from arguments, the environment
//! and a file, and is the only place that reads them.
//!
//! Nothing here is ever taken from tenant data.

mod settings;

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use secrecy::SecretString;
use skarv_http::{Limits, SystemWall, WallClock};

use crate::flow::{Observer, Unobserved};

pub(crate) use settings::place;
pub use settings::{Arguments, Settings};

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
    /// Where to say whether it is well. Not set: nowhere.
    pub health_listen: Option<SocketAddr>,
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
            health_listen: None,
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
