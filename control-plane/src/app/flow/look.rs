//! Runs that look at both systems of a flow and write nothing: they are asked for alike, once for a request, whether the flow is
//! on or not. Whoever asks for the same while one is queued or under way is answered that one.

use skarv_domain::{
    auth::{Actor, AuthContext},
    connection::ConnectionState,
    error::{Error, Result},
    flow::Flow,
    run::Look,
    stream::Stream,
};

use super::App;
use crate::app::{
    name::{ConnectionName, FlowName, StreamName},
    request::{Once, once},
    run::RunView,
};

impl App {
    /// Queues a look at a stream, for this request once.
    pub(super) async fn looked_at(
        &self,
        auth: &AuthContext,
        actor: &Actor,
        (name, stream): (&StreamName, &Stream),
        what: Look,
    ) -> Result<Once<RunView>> {
        let unmarked = auth.actor(&actor.method);
        let make = Box::pin(self.look(auth, actor, (name, stream), what));
        let again = Box::pin(self.look(auth, &unmarked, (name, stream), what));
        once(&self.store, actor, make, again).await
    }

    async fn look(
        &self,
        auth: &AuthContext,
        actor: &Actor,
        (name, stream): (&StreamName, &Stream),
        what: Look,
    ) -> Result<RunView> {
        let scope = auth.scope()?;
        let run = self.store.stream_look(&scope, actor, stream.id, what).await?;
        self.run_view(auth, &name.flow.tenant, run).await
    }

    /// What was never tested cannot be read. One that is blocked is asked all the same, and says why by itself.
    pub(super) async fn can_be_looked_at(
        &self,
        auth: &AuthContext,
        name: &FlowName,
        flow: &Flow,
    ) -> Result<()> {
        self.shop_has_reference(auth, name, flow).await?;
        for slug in [&flow.spec.shop, &flow.spec.erp] {
            let name = ConnectionName {
                tenant: name.tenant.clone(),
                connection: slug.parse().map_err(Error::internal)?,
            };
            if self.connection(auth, &name).await?.state == ConnectionState::Draft {
                let problem = format!("`{name}` has not been tested: call TestConnection first");
                return Err(Error::precondition("CONNECTION_NOT_TESTED", name, problem));
            }
        }
        Ok(())
    }
}
