//! Whoever calls.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "principal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub role: String,
    pub tenant_id: Option<Uuid>,
    pub partner_id: Option<Uuid>,
    pub pool_id: Option<Uuid>,
    pub name: String,
    pub created_at: i64,
}

entity!();
all!();
