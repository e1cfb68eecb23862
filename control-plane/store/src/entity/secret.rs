//! Sealed secrets of connections, by version.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "secret")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    pub tenant_id: Uuid,
    pub key_id: String,
    pub sealed: Vec<u8>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
}

entity!();
within!();
