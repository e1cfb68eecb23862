//! What became of each source record.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_key: String,
    pub tenant_id: Uuid,
    pub reference: String,
    pub state: String,
    /// JSON reason.
    pub reason: Option<String>,
    /// The reason's code, to count and choose by.
    pub reason_code: Option<String>,
    /// JSON list of writes in doubt; none when there are none.
    pub doubts: Option<String>,
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub attempt: i32,
    pub retry_at: Option<i64>,
    pub updated_at: i64,
    /// Whether a document of its own is known to stand in the target.
    pub booked: bool,
    /// Of a refund: the source key of the order that it takes back from.
    pub order_key: Option<String>,
}

entity!();
within!();
