//! Asking for both systems of a flow to be compared over a period.

use serde_json::json;
use skarv_canonical::spec::StreamKind;
use skarv_domain::{auth::AuthContext, error::Result, period::Period, run::Look};

use super::App;
use crate::{
    app::{
        name::{FlowName, StreamName},
        request::{Once, Options},
        run::RunView,
    },
    auth::policy,
};

const RECONCILE: &str = "skarv.v1.FlowService/ReconcileFlow";

/// A period of a flow to be compared.
#[derive(Clone, Debug)]
pub(crate) struct ReconcileFlow {
    pub(crate) name: FlowName,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) options: Options,
}

impl App {
    /// Queues a comparison. One of the same days that is queued or under way is answered instead.
    pub(crate) async fn flow_reconcile(
        &self,
        auth: &AuthContext,
        asked: ReconcileFlow,
    ) -> Result<Once<RunView>> {
        policy::permit(auth, RECONCILE)?;
        let period = Period::asked(&asked.from, &asked.to, self.clock.now())?;
        let content = json!([asked.name.to_string(), period]);
        let actor = self.actor(auth, RECONCILE, &asked.options, &content)?;
        let flow = self.flow(auth, &asked.name).await?;
        self.can_be_looked_at(auth, &asked.name, &flow).await?;
        let orders = StreamName {
            flow: asked.name,
            kind: StreamKind::Orders,
        };
        let stream = self.stream(auth, &orders).await?;
        self.looked_at(auth, &actor, (&orders, &stream), Look::Reconcile(period))
            .await
    }
}
