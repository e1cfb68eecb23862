//! A comparison of shop and books, asked for and waited for as a partner's program does it.

use anyhow::{Context, bail};
use chrono::NaiveDate;
use prost_types::Duration;
use skarv::demo::setup::SetUp;
use skarv_proto::v1 as pb;

use crate::Platform;

/// How often a comparison is asked for before a story fails. Each time waits up to ten seconds.
const PATIENCE: usize = 12;

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
        let name = asked.run.unwrap_or_default().name;
        for _ in 0..PATIENCE {
            let request = pb::WaitRunRequest {
                name: name.clone(),
                timeout: Some(Duration {
                    seconds: 10,
                    nanos: 0,
                }),
            };
            let run = self
                .api
                .runs()
                .wait_run(request)
                .await?
                .into_inner()
                .run
                .unwrap_or_default();
            match run.state() {
                pb::RunState::Queued | pb::RunState::Running => {}
                pb::RunState::Succeeded => return run.reconciliation.context("it found nothing to tell"),
                _ => bail!("it ended otherwise: {run:?}"),
            }
        }
        bail!("{name} did not end")
    }
}
