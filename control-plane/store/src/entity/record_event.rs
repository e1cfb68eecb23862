//! The story of each record. Append-only.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_event")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub tenant_id: Uuid,
    pub stream_id: Uuid,
    pub source_key: String,
    pub at: i64,
    pub run_id: Option<Uuid>,
    pub what: String,
    /// JSON object of texts.
    pub facts: String,
    /// JSON reason.
    pub reason: Option<String>,
}

entity!();
within!();
