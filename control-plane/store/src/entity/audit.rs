//! Who changed what. Rows without a tenant are the operator's own.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub at: i64,
    pub actor: String,
    pub tenant_id: Option<Uuid>,
    pub method: String,
    pub resource: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

entity!();
within!();
