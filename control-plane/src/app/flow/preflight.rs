//! Asking what is missing before a flow is switched on.

use serde_json::json;
use skarv_canonical::spec::StreamKind;
use skarv_domain::{auth::AuthContext, error::Result, run::Look};

use super::App;
use crate::{
    app::{
        name::{FlowName, StreamName},
        request::{Once, Options},
        run::RunView,
    },
    auth::policy,
};

const PREFLIGHT: &str = "skarv.v1.FlowService/PreflightFlow";

/// A flow to be looked at.
#[derive(Clone, Debug)]
pub(crate) struct PreflightFlow {
    pub(crate) name: FlowName,
    pub(crate) options: Options,
}

impl App {
    /// Queues a pre-flight check. It is on the stream of orders, which every flow has and which knows both its ends.
    pub(crate) async fn flow_preflight(
        &self,
        auth: &AuthContext,
        asked: PreflightFlow,
    ) -> Result<Once<RunView>> {
        policy::permit(auth, PREFLIGHT)?;
        let content = json!([asked.name.to_string()]);
        let actor = self.actor(auth, PREFLIGHT, &asked.options, &content)?;
        let flow = self.flow(auth, &asked.name).await?;
        self.can_be_looked_at(auth, &asked.name, &flow).await?;
        let orders = StreamName {
            flow: asked.name,
            kind: StreamKind::Orders,
        };
        let stream = self.stream(auth, &orders).await?;
        self.looked_at(auth, &actor, (&orders, &stream), Look::Preflight)
            .await
    }
}
