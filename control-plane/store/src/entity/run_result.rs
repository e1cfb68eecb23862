//! What runs found, by their kind, for a while.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "run_result")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: Uuid,
    pub tenant_id: Uuid,
    pub kind: String,
    pub bytes: Vec<u8>,
    pub expires_at: i64,
}

entity!();
within!();
