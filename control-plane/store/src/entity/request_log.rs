//! Requests that callers marked, and what was answered.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "request_log")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub principal_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: Uuid,
    pub method: String,
    pub body_hash: Vec<u8>,
    pub reply: Option<Vec<u8>>,
    pub expires_at: i64,
}

entity!();
all!();
