//! Agents, the pools they work in and the tokens they enrol with.

use chrono::{DateTime, Utc};

use crate::id::{AgentId, EnrolmentTokenId, PoolId, Slug};

/// The pool that tenants belong to unless they are given another.
pub const DEFAULT_POOL: &str = "default";

/// A named group of agents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Its id.
    pub id: PoolId,
    /// The id that was chosen for it.
    pub slug: Slug,
}

/// A worker process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// Its pool.
    pub pool: PoolId,
    /// What people know it by.
    pub display_name: String,
    /// Its version.
    pub version: String,
    /// How many runs it takes at a time.
    pub slots: u32,
    /// Connectors that it may get work for.
    pub connectors: Vec<String>,
    /// When it was last heard of.
    pub seen_at: DateTime<Utc>,
    /// Whether it is to drain.
    pub drain: bool,
}

/// An agent that makes itself known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAgent {
    /// The id it had before, when it renews its token.
    pub id: Option<AgentId>,
    /// Its pool.
    pub pool: PoolId,
    /// What people know it by.
    pub display_name: String,
    /// Its version.
    pub version: String,
    /// How many runs it takes at a time.
    pub slots: u32,
    /// Connectors that it may get work for.
    pub connectors: Vec<String>,
}

/// A token that agents of a pool enrol with. The token itself is known to its owner only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentToken {
    /// Its id.
    pub id: EnrolmentTokenId,
    /// The pool it is for.
    pub pool: PoolId,
    /// What it is found by.
    pub prefix: String,
    /// SHA-256 of the whole token.
    pub hash: [u8; 32],
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}
