//! Runs that ended and are worth remembering.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "run_log")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub stream_id: Option<Uuid>,
    pub connection_id: Option<Uuid>,
    pub kind: String,
    pub outcome: String,
    pub epoch: i64,
    /// JSON totals.
    pub totals: String,
    /// JSON reason.
    pub error: Option<String>,
    pub created_at: i64,
    pub ended_at: i64,
}

entity!();
within!();
