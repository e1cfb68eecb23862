//! What a connection has to choose from: having it read, and reading what was found last.

use skarv_domain::{
    auth::AuthContext,
    error::{Error, Result},
    run::{RunKind, RunSubject},
};
use skarv_store::{Discovered, NewRun};

use super::{App, name::ConnectionName, run::RunView};
use crate::auth::policy;

const DISCOVER: &str = "skarv.v1.ConnectionService/DiscoverConnection";
const GET: &str = "skarv.v1.ConnectionService/GetDiscovery";

impl App {
    /// Has an agent read what there is to choose from. A reading that is queued or under way is answered instead.
    pub(crate) async fn connection_discover(
        &self,
        auth: &AuthContext,
        name: &ConnectionName,
    ) -> Result<RunView> {
        policy::permit(auth, DISCOVER)?;
        let connection = self.connection(auth, name).await?;
        let new = NewRun {
            kind: RunKind::Discover,
            subject: RunSubject::Connection(connection.id),
        };
        let run = self
            .store
            .run_enqueue(&auth.scope()?, &auth.actor(DISCOVER), new)
            .await?;
        self.run_view(auth, &name.tenant, run).await
    }

    /// What was found last.
    pub(crate) async fn discovery_get(
        &self,
        auth: &AuthContext,
        name: &ConnectionName,
    ) -> Result<Discovered> {
        policy::permit(auth, GET)?;
        let connection = self.connection(auth, name).await?;
        let found = self.store.discovery_get(&auth.scope()?, connection.id).await?;
        found.ok_or_else(|| {
            let problem = format!(
                "`{name}` has not been read yet: call DiscoverConnection, wait for the run, then ask again"
            );
            Error::precondition("NOT_DISCOVERED", name, problem)
        })
    }
}
