//! Changing how a flow works. What is changed is decided on the flow as it is at that moment: a change that came in between is
//! built upon, unless the caller says which flow was read.

use std::fmt;

use serde_json::json;
use skarv_canonical::spec::{FlowSpec, OrderSettings};
use skarv_domain::{
    auth::{Actor, AuthContext},
    error::{Error, Result},
};

use super::{App, FlowView};
use crate::{
    app::{
        name::FlowName,
        request::{Once, Options, once},
    },
    auth::policy,
};

const UPDATE: &str = "skarv.v1.FlowService/UpdateFlow";

/// Changes of others that one change is tried again after.
const TRIES: usize = 5;

/// The settings that a change makes of those that are.
type Change = Box<dyn Fn(&OrderSettings) -> Result<OrderSettings> + Send + Sync>;

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

    async fn flow_changed(&self, auth: &AuthContext, actor: &Actor, update: &UpdateFlow) -> Result<FlowView> {
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
        let spec = FlowSpec {
            orders: (update.change)(&view.flow.spec.orders)?,
            ..view.flow.spec.clone()
        };
        // what is so already is no change
        if spec != view.flow.spec {
            view.flow = self
                .store
                .flow_update(&auth.scope()?, actor, view.flow.id, etag, spec)
                .await?;
        }
        Ok(view)
    }
}
