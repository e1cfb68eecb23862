//! A flow: a template over one accounting connection and a shop connection, switched on or off by people.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use skarv_canonical::spec::FlowSpec;

use crate::id::{ConnectionId, FlowId, Slug, TenantId};

/// How a flow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    /// Off.
    Paused,
    /// On.
    Active,
}

impl FlowState {
    /// The stable name, as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Active => "active",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Paused, Self::Active]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

/// A flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Its id.
    pub id: FlowId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The id that was chosen for it, within the tenant.
    pub slug: Slug,
    /// What a person set up; names its connections by their slugs.
    pub spec: FlowSpec,
    /// Whether it is on.
    pub state: FlowState,
    /// Grows with every change.
    pub etag: u64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A flow to be made, switched off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFlow {
    /// Whose it is to be.
    pub tenant: TenantId,
    /// The id that was chosen for it.
    pub slug: Slug,
    /// What a person set up.
    pub spec: FlowSpec,
    /// The shop connection that the spec names.
    pub shop: ConnectionId,
    /// The accounting connection that the spec names.
    pub erp: ConnectionId,
    /// Time between scheduled runs of its streams.
    pub interval: Duration,
}
