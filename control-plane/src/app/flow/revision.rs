//! What a flow was at each change, and making it so again. Going back is a change like any other, with a revision of its own.

use serde_json::json;
use skarv_domain::{
    auth::{Actor, AuthContext},
    error::{Error, Result},
    flow::Revision,
};

use super::{App, FlowView, Settings, UpdateFlow};
use crate::{
    app::{
        name::FlowName,
        page::{PageRequest, Paged, Pages},
        request::{Once, Options, once},
    },
    auth::policy,
};

const LIST: &str = "skarv.v1.FlowService/ListFlowRevisions";
const REVERT: &str = "skarv.v1.FlowService/RevertFlow";

/// A revision, and the one that it was made from.
pub(crate) type Changed = (Revision, Option<Revision>);

/// A flow that is to be what it was.
#[derive(Clone, Debug)]
pub(crate) struct RevertFlow {
    pub(crate) name: FlowName,
    pub(crate) revision: u64,
    /// The flow that was read; `None` goes back whatever it is.
    pub(crate) etag: Option<u64>,
    pub(crate) options: Options,
}

impl App {
    /// Lists the revisions of a flow, newest first.
    pub(crate) async fn flow_revision_list(
        &self,
        auth: &AuthContext,
        parent: &FlowName,
        page: &PageRequest,
    ) -> Result<Paged<Changed>> {
        policy::permit(auth, LIST)?;
        let (flow, of) = (self.flow(auth, parent).await?, parent.to_string());
        let pages = Pages::of(&self.page_mac, &[LIST, &of]);
        let listed = self
            .store
            .flow_revision_list(&auth.scope()?, flow.id, &pages.open(page)?)
            .await?;
        Ok(pages.close(listed))
    }

    /// Gives a flow the settings that it had at a revision. Its template and its connections never change.
    pub(crate) async fn flow_revert(&self, auth: &AuthContext, revert: RevertFlow) -> Result<Once<FlowView>> {
        policy::permit(auth, REVERT)?;
        if revert.revision == 0 {
            return Err(Error::invalid("revision", "is required"));
        }
        let content = json!([revert.name.to_string(), revert.revision, revert.etag]);
        let actor = self.actor(auth, REVERT, &revert.options, &content)?;
        let name = revert.name.clone();
        let make = Box::pin(self.flow_reverted(auth, &actor, revert));
        once(&self.store, &actor, make, self.flow_view(auth, &name)).await
    }

    async fn flow_reverted(&self, auth: &AuthContext, actor: &Actor, revert: RevertFlow) -> Result<FlowView> {
        let flow = self.flow(auth, &revert.name).await?;
        let was = self
            .store
            .flow_revision_get(&auth.scope()?, flow.id, revert.revision)
            .await?;
        let settings = Settings::of(was.spec);
        let update = UpdateFlow {
            name: revert.name,
            etag: revert.etag,
            change: Box::new(move |_| Ok(settings.clone())),
            content: Vec::new(),
            options: revert.options,
        };
        self.flow_changed(auth, actor, &update).await
    }
}
