//! A comparison of shop and books, asked for and waited for as a partner's program does it.

use anyhow::Context;
use chrono::NaiveDate;
use skarv::demo::setup::SetUp;
use skarv_proto::v1 as pb;

use crate::Platform;

impl Platform {
    /// Compares a period of a flow, and waits for what is found.
    pub async fn reconcile(
        &self,
        set_up: &SetUp,
        from: NaiveDate,
        to: NaiveDate,
    ) -> anyhow::Result<pb::Reconciliation> {
        let request = pb::ReconcileFlowRequest {
            name: set_up.flow.clone(),
            from: from.to_string(),
            to: to.to_string(),
            request_id: String::new(),
        };
        let asked = self.api.flows().reconcile_flow(request).await?.into_inner();
        let run = self.succeeded(&asked.run.unwrap_or_default()).await?;
        run.reconciliation.context("it found nothing to tell")
    }
}
