//! Whether the two systems' books agree, by the demo's own comparison, which knows nothing of Skarv.

use chrono::TimeDelta;
use skarv::demo::{
    compare::{Comparison, Parked, Terms, compare},
    setup::SetUp,
};
use skarv_proto::v1 as pb;

use crate::Platform;

/// The demo's shop has many orders; a story's has few, and this of them says nothing.
const OF_MANY_ORDERS: &str = "at least 80 %";

impl Platform {
    /// Holds the books against each other.
    pub async fn comparison(&self, set_up: &SetUp) -> anyhow::Result<Comparison> {
        let parked = self.records_in(set_up, pb::RecordState::Parked).await?;
        let parked: Parked = parked.into_iter().map(by_id).collect();
        let terms = Terms {
            start_at: self.now - TimeDelta::days(30),
            shop_ref: set_up.shop_ref.clone(),
        };
        let (shop, erp) = (self.shop_books().await?, self.erp_books().await?);
        let mut found = compare(&shop, &erp, &parked, &terms);
        found.problems.retain(|problem| !problem.contains(OF_MANY_ORDERS));
        Ok(found)
    }
}

fn by_id(record: pb::Record) -> (String, String) {
    let id = record.name.rsplit('/').next().unwrap_or_default().to_owned();
    (id, record.reason.unwrap_or_default().code)
}
