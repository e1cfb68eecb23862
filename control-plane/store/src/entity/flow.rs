//! Flows, as people set them up.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "flow")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub slug: String,
    pub state: String,
    /// JSON flow spec.
    pub spec: String,
    pub etag: i64,
    /// The revision of what it does; switching it on or off is none.
    pub revision: i64,
    pub created_at: i64,
}

entity!();
within!();
