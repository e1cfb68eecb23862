//! Keys that tokens are signed with, sealed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kid: String,
    pub key_id: String,
    pub sealed: Vec<u8>,
    pub created_at: i64,
    pub signs_after: i64,
    pub not_after: Option<i64>,
}

entity!();
all!();
