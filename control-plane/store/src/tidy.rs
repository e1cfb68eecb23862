//! Forgetting what has had its time: results of runs, marks of requests, signing keys that have ended, agents that went
//! away without a word.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use skarv_domain::Result;

use crate::{
    entity::{agent, request_log, run_result},
    error::of_db,
    open::Store,
    signing_key,
};

impl Store {
    /// Deletes what has expired. Answers how many rows.
    pub async fn tidy(&self) -> Result<u64> {
        self.change(true, |turn| {
            Box::pin(async move {
                let results = run_result::Entity::delete_many()
                    .filter(run_result::Column::ExpiresAt.lte(turn.micros()))
                    .exec(turn.txn)
                    .await
                    .map_err(of_db)?;
                let marks = request_log::Entity::delete_many()
                    .filter(request_log::Column::ExpiresAt.lte(turn.micros()))
                    .exec(turn.txn)
                    .await
                    .map_err(of_db)?;
                let keys = signing_key::tidy(turn).await?;
                // one that comes back after all registers anew
                let silent_since = turn.now - turn.config.result_ttl;
                let agents = agent::Entity::delete_many()
                    .filter(agent::Column::SeenAt.lte(silent_since.timestamp_micros()))
                    .exec(turn.txn)
                    .await
                    .map_err(of_db)?;
                Ok(results.rows_affected + marks.rows_affected + keys + agents.rows_affected)
            })
        })
        .await
    }
}
