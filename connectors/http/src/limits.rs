//! The settings of a client and the caps every call is held to.
//!
//! The defaults are the production values: a process that talks to private addresses, or waits longer, has
//! said so in its own configuration. None of this is ever taken from tenant data.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::window::{SystemWall, WallClock};

/// What one call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Name lookup, connecting, sending and reading together, counted from the moment the call may leave.
    /// A request may ask for another value with `Request::timeout`.
    pub timeout: Duration,
    /// Name lookup, connecting and the TLS handshake; a call that ends here is known not to have been sent.
    pub connect_timeout: Duration,
    /// Bytes of an answer's body, after decompression. What is read from it may take some times as much, so this also bounds
    /// the memory that one answer can cost; a page of 500 products is under four megabytes.
    pub max_body: usize,
    /// Headers of an HTTP/1 answer. Over HTTP/2 the header list is held to 64 KiB instead.
    pub max_headers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            max_body: 8 * 1024 * 1024,
            max_headers: 100,
        }
    }
}

/// How a [`Client`](crate::Client) is made.
#[derive(Clone)]
pub struct ClientConfig {
    pub limits: Limits,
    /// Turns the address filter off, and nothing else. For the demo and for tests.
    pub allow_private: bool,
    pub user_agent: String,
    /// The second clock of every send window, and the one that HTTP dates are read against.
    pub wall: Arc<dyn WallClock>,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            allow_private: false,
            user_agent: concat!("skarv/", env!("CARGO_PKG_VERSION")).to_owned(),
            wall: Arc::new(SystemWall),
        }
    }
}

impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientConfig")
            .field("limits", &self.limits)
            .field("allow_private", &self.allow_private)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}
