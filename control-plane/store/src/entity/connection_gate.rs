//! How hard each foreign system is used just now, and may be.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "connection_gate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: Uuid,
    pub tenant_id: Uuid,
    pub max_active: i32,
    pub active: i32,
    pub blocked_until: i64,
    /// When the last reserved request is due.
    pub tat: i64,
    pub interval_us: i64,
}

entity!();
within!();
