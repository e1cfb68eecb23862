//! Runs that are queued or under way. Ended ones are deleted.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub pool_id: Uuid,
    pub stream_id: Option<Uuid>,
    pub source_id: Uuid,
    pub target_id: Option<Uuid>,
    pub source_connector: String,
    pub target_connector: Option<String>,
    pub kind: String,
    pub class: i16,
    pub background: bool,
    /// What may be queued once.
    pub queue_key: String,
    /// The lane that the run has, or else the one that it waits behind.
    pub lane: Option<String>,
    pub behind: Option<String>,
    pub state: i16,
    pub blocked_on: Option<Uuid>,
    pub tag: i64,
    pub ready_at: i64,
    /// Since when it waits for its lane.
    pub since_at: i64,
    pub epoch: i64,
    pub attempt: i32,
    pub agent_id: Option<Uuid>,
    pub poll_seq: i64,
    pub leased_at: i64,
    pub lease_until: i64,
    pub allowed_until: Option<i64>,
    /// Requests that were noted when it was first leased.
    pub wanted_seq: Option<i64>,
    /// The last checkpoint of this epoch.
    pub seq: Option<i64>,
    pub cancel: bool,
    /// Whether a person asked for it, so that its end is remembered whatever it found.
    pub asked: bool,
    /// JSON list of source keys, for replays.
    pub keys: Option<String>,
    /// JSON period, for comparisons.
    pub period: Option<String>,
    /// JSON extent, for dry runs.
    pub foresee: Option<String>,
    /// JSON totals of ended slices, and of the one under way.
    pub totals: String,
    pub progress: Option<String>,
    pub percent: Option<i32>,
    /// JSON reason.
    pub error: Option<String>,
    pub created_at: i64,
}

entity!();
within!();
