//! Changing how a flow works. What is changed is decided on the flow as it is at that moment: a change that came in between is
//! built upon, unless the caller says which flow was read.

use std::fmt;

use serde_json::json;
use skarv_canonical::spec::FlowSpec;
use skarv_domain::{
    auth::{Actor, AuthContext},
    error::{Error, Result},
    flow::FlowChange,
};

use super::{App, FlowView, Settings};
use crate::{
    app::{
        name::{ConnectionName, FlowName},
        request::{Once, Options, once},
    },
    auth::policy,
};

const UPDATE: &str = "skarv.v1.FlowService/UpdateFlow";

/// Changes of others that one change is tried again after.
const TRIES: usize = 5;

/// The settings that a change makes of what a flow does.
type Change = Box<dyn Fn(&FlowSpec) -> Result<Settings> + Send + Sync>;

/// A change to a flow.
pub(crate) struct UpdateFlow {
    pub(crate) name: FlowName,
    /// The flow that was read; `None` changes it whatever it is.
    pub(crate) etag: Option<u64>,
    pub(crate) change: Change,
    /// What was asked for, to know a repeat by.
    pub(crate) content: Vec<u8>,
    pub(crate) options: Options,
}

impl fmt::Debug for UpdateFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateFlow")
            .field("name", &self.name)
            .field("etag", &self.etag)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Changes how a flow works.
    pub(crate) async fn flow_update(&self, auth: &AuthContext, update: UpdateFlow) -> Result<Once<FlowView>> {
        policy::permit(auth, UPDATE)?;
        let content = json!([update.name.to_string(), update.etag, update.content]);
        let actor = self.actor(auth, UPDATE, &update.options, &content)?;
        let name = update.name.clone();
        let make = Box::pin(self.flow_changed(auth, &actor, &update));
        once(&self.store, &actor, make, self.flow_view(auth, &name)).await
    }

    /// Carries a change out, again when somebody else's came in between and the caller does not mind.
    pub(super) async fn flow_changed(
        &self,
        auth: &AuthContext,
        actor: &Actor,
        update: &UpdateFlow,
    ) -> Result<FlowView> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.flow_change(auth, actor, update).await {
                Err(Error::Conflict { .. }) if update.etag.is_none() && tries < TRIES => {}
                done => return done,
            }
        }
    }

    async fn flow_change(&self, auth: &AuthContext, actor: &Actor, update: &UpdateFlow) -> Result<FlowView> {
        let mut view = self.flow_view(auth, &update.name).await?;
        let etag = view.flow.etag;
        if update.etag.is_some_and(|read| read != etag) {
            return Err(Error::Conflict { etag });
        }
        let spec = (update.change)(&view.flow.spec)?.put_into(view.flow.spec.clone());
        // what is so already is no change
        if spec != view.flow.spec {
            self.still_can_carry(auth, &update.name, &spec).await?;
            let change = FlowChange {
                id: view.flow.id,
                etag,
                spec,
                interval: self.settings.stream_interval,
            };
            view.flow = self.store.flow_update(&auth.scope()?, actor, change).await?;
        }
        Ok(view)
    }

    async fn still_can_carry(&self, auth: &AuthContext, flow: &FlowName, spec: &FlowSpec) -> Result<()> {
        let name = |slug: &str| -> Result<_> {
            Ok(ConnectionName {
                tenant: flow.tenant.clone(),
                connection: slug.parse().map_err(Error::internal)?,
            })
        };
        let (shop, erp) = (name(&spec.shop)?, name(&spec.erp)?);
        let (to_shop, to_erp) = (
            self.connection(auth, &shop).await?,
            self.connection(auth, &erp).await?,
        );
        self.can_carry(spec, (&shop, &to_shop), (&erp, &to_erp))
    }
}
