//! Asking what is missing before a flow is switched on.

use serde_json::json;
use skarv_canonical::spec::StreamKind;
use skarv_domain::{
    auth::{Actor, AuthContext},
    error::Result,
    stream::Stream,
};

use super::App;
use crate::{
    app::{
        name::{FlowName, StreamName},
        request::{Once, Options, once},
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
        let unmarked = auth.actor(PREFLIGHT);
        let make = Box::pin(self.looked_over(auth, &actor, (&orders, &stream)));
        let again = Box::pin(self.looked_over(auth, &unmarked, (&orders, &stream)));
        once(&self.store, &actor, make, again).await
    }

    async fn looked_over(
        &self,
        auth: &AuthContext,
        actor: &Actor,
        (name, stream): (&StreamName, &Stream),
    ) -> Result<RunView> {
        let run = self
            .store
            .stream_preflight(&auth.scope()?, actor, stream.id)
            .await?;
        self.run_view(auth, &name.flow.tenant, run).await
    }
}
