//! What each connection has to choose from, as it was read last.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "discovery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: Uuid,
    pub tenant_id: Uuid,
    pub bytes: Vec<u8>,
    pub found_at: i64,
}

entity!();
within!();
