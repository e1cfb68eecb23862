//! Stream specs by their hashes. They name no tenant: equal settings are one spec.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "spec")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    /// JSON stream spec.
    pub body: String,
}

entity!();
all!();
