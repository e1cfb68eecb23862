//! Streams: their cursors, and how often they were asked to run.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stream")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub flow_id: Uuid,
    pub kind: String,
    pub source_id: Uuid,
    pub target_id: Uuid,
    pub spec_hash: Vec<u8>,
    pub state: String,
    /// JSON reason.
    pub block_reason: Option<String>,
    /// Whether it is on when its flow is.
    pub enabled: bool,
    pub verify: bool,
    pub cursor: Option<String>,
    pub backfill_cursor: Option<String>,
    pub interval_us: i64,
    pub wanted_seq: i64,
    pub next_due_at: Option<i64>,
    pub last_ok_at: Option<i64>,
    pub empty_runs: i64,
    /// The run that ended last, so that a repeated end is known.
    pub last_run: Option<Uuid>,
    pub last_epoch: i64,
}

entity!();
within!();
