//! Ways into foreign systems, without their secrets.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "connection")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub slug: String,
    pub connector: String,
    /// JSON object of texts.
    pub settings: String,
    pub state: String,
    /// JSON reason.
    pub block_reason: Option<String>,
    pub shop_ref: Option<String>,
    pub title: String,
    pub system_version: String,
    pub secret_version: i64,
    /// The lease that renews the secrets, and until when it may.
    pub refresh_run: Option<Uuid>,
    pub refresh_epoch: Option<i64>,
    pub refresh_until: Option<i64>,
    pub etag: i64,
    pub created_at: i64,
}

entity!();
within!();
