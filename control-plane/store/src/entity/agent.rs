//! Worker processes.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agent")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub pool_id: Uuid,
    pub display_name: String,
    pub version: String,
    pub slots: i32,
    /// JSON list of connector ids.
    pub connectors: String,
    pub registered_at: i64,
    pub seen_at: i64,
    pub drain: bool,
}

entity!();
all!();
