//! Asking what a stream would write. Nothing is written, so the stream and its flow may be off.

use serde_json::json;
use skarv_domain::{
    auth::AuthContext,
    dry_run::DryRunAsk,
    error::{Error, Result},
    run::Look,
};

use super::App;
use crate::{
    app::{
        name::StreamName,
        request::{Once, Options},
        run::RunView,
    },
    auth::policy,
};

const DRY_RUN: &str = "skarv.v1.FlowService/DryRunStream";

/// A stream whose writes are to be foreseen.
#[derive(Clone, Debug)]
pub(crate) struct DryRunStream {
    pub(crate) name: StreamName,
    pub(crate) everything: bool,
    /// 0 means the usual number.
    pub(crate) max_records: u32,
    pub(crate) options: Options,
}

impl App {
    /// Queues a dry run. One that looks at the same and is queued or under way is answered instead.
    pub(crate) async fn stream_dry_run(
        &self,
        auth: &AuthContext,
        asked: DryRunStream,
    ) -> Result<Once<RunView>> {
        policy::permit(auth, DRY_RUN)?;
        let name = &asked.name;
        let ask = DryRunAsk::asked(name.kind, asked.everything, asked.max_records)?;
        let content = json!([name.to_string(), ask]);
        let actor = self.actor(auth, DRY_RUN, &asked.options, &content)?;
        let flow = self.flow(auth, &name.flow).await?;
        let stream = self.stream(auth, name).await?;
        if !flow.spec.streams().iter().any(|spec| spec.kind() == name.kind) {
            let problem = "the flow has no settings for this stream, so nothing tells what it would write: give them with UpdateFlow";
            return Err(Error::precondition("STREAM_HAS_NO_SETTINGS", name, problem));
        }
        self.can_be_looked_at(auth, &name.flow, &flow).await?;
        self.looked_at(auth, &actor, (name, &stream), Look::DryRun(ask))
            .await
    }
}
