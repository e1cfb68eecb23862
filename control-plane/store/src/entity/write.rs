//! Foreign effects: intents, what they became, and the fingerprints of what was last written.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "write")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub target_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub entity: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub our_key: String,
    pub tenant_id: Uuid,
    pub stream_id: Option<Uuid>,
    pub state: i16,
    pub run_id: Uuid,
    pub epoch: i64,
    pub write_until: i64,
    pub look_after: Option<i64>,
    pub foreign_id: String,
    pub fingerprint: Option<Vec<u8>>,
    pub at: i64,
}

entity!();
within!();
