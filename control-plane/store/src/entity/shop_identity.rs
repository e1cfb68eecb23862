//! Shops that a tenant has connected, each with its immutable reference.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shop_identity")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub host_key: String,
    #[sea_orm(column_name = "ref")]
    pub shop_ref: String,
    pub created_at: i64,
}

entity!();
within!();
