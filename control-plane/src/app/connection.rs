//! Connections: a tenant's ways into foreign systems. Secrets are sealed on the way in and never read back here.

use std::{collections::BTreeMap, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use skarv_canonical::descriptor::{Descriptor, FASTEST, REQUESTS_PER_SECOND};
use skarv_domain::{
    auth::AuthContext,
    connection::{Connection, Pace},
    error::{Error, Result},
    run::{RunKind, RunSubject},
};
use skarv_store::{NewConnection, NewRun};

use super::{
    App, catalog,
    name::{ConnectionName, TenantName, named},
    page::{PageRequest, Paged, Pages},
    request::{Once, Options, once},
    run::RunView,
};
use crate::auth::policy;

const CREATE: &str = "skarv.v1.ConnectionService/CreateConnection";
const GET: &str = "skarv.v1.ConnectionService/GetConnection";
const LIST: &str = "skarv.v1.ConnectionService/ListConnections";
const SET_CREDENTIALS: &str = "skarv.v1.ConnectionService/SetCredentials";
const TEST: &str = "skarv.v1.ConnectionService/TestConnection";

/// A connection to be made.
#[derive(Clone, Debug)]
pub(crate) struct CreateConnection {
    pub(crate) parent: TenantName,
    pub(crate) id: String,
    pub(crate) connector: String,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) secrets: BTreeMap<String, SecretString>,
    pub(crate) options: Options,
}

/// A connection as callers see it.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionView {
    pub(crate) name: ConnectionName,
    pub(crate) connection: Connection,
    /// Whether its connector has been run against the vendor's own system.
    pub(crate) verified: bool,
}

impl App {
    /// Makes a connection, untested.
    pub(crate) async fn connection_create(
        &self,
        auth: &AuthContext,
        create: CreateConnection,
    ) -> Result<Once<ConnectionView>> {
        policy::permit(auth, CREATE)?;
        let actor = self.actor(auth, CREATE, &create.options, &create.content())?;
        let (scope, tenant) = (auth.scope()?, self.tenant(auth, &create.parent).await?);
        let connection = create
            .id
            .parse()
            .map_err(|invalid| Error::invalid("connection_id", invalid))?;
        let descriptor = self.connector(&create.connector)?;
        catalog::check_secrets(descriptor, &create.secrets)?;
        let settings = catalog::complete(descriptor, create.settings)?;
        let new = NewConnection {
            tenant: tenant.id,
            slug: connection,
            connector: create.connector,
            pace: pace(descriptor, &settings)?,
            settings,
            secrets: create.secrets.into_iter().collect(),
        };
        let name = ConnectionName {
            tenant: tenant.slug,
            connection: new.slug.clone(),
        };
        let make = async {
            Ok(self.view(
                &name.tenant,
                self.store.connection_create(&scope, &actor, new).await?,
            ))
        };
        once(&self.store, &actor, make, self.connection_view(auth, &name)).await
    }

    /// Reads a connection, without its secrets.
    pub(crate) async fn connection_get(
        &self,
        auth: &AuthContext,
        name: &ConnectionName,
    ) -> Result<ConnectionView> {
        policy::permit(auth, GET)?;
        self.connection_view(auth, name).await
    }

    /// Lists a tenant's connections, by id.
    pub(crate) async fn connection_list(
        &self,
        auth: &AuthContext,
        parent: &TenantName,
        page: &PageRequest,
    ) -> Result<Paged<ConnectionView>> {
        policy::permit(auth, LIST)?;
        let (tenant, parent) = (self.tenant(auth, parent).await?, parent.to_string());
        let pages = Pages::of(&self.page_mac, &[LIST, &parent]);
        let listed = self
            .store
            .connection_list(&auth.scope()?, tenant.id, &pages.open(page)?)
            .await?;
        Ok(pages.close(listed.map(|connection| self.view(&tenant.slug, connection))))
    }

    /// Replaces the secrets. The connection and its streams that waited for them go back to work.
    pub(crate) async fn credentials_set(
        &self,
        auth: &AuthContext,
        name: &ConnectionName,
        secrets: BTreeMap<String, SecretString>,
    ) -> Result<ConnectionView> {
        policy::permit(auth, SET_CREDENTIALS)?;
        let connection = self.connection(auth, name).await?;
        catalog::check_secrets(self.connector(&connection.connector)?, &secrets)?;
        let actor = auth.actor(SET_CREDENTIALS);
        let secrets = secrets.into_iter().collect();
        let changed = self
            .store
            .connection_set_secrets(&auth.scope()?, &actor, connection.id, secrets)
            .await?;
        Ok(self.view(&name.tenant, changed))
    }

    /// Starts a test by an agent.
    pub(crate) async fn connection_test(&self, auth: &AuthContext, name: &ConnectionName) -> Result<RunView> {
        policy::permit(auth, TEST)?;
        let connection = self.connection(auth, name).await?;
        let new = NewRun {
            kind: RunKind::Check,
            subject: RunSubject::Connection(connection.id),
        };
        let run = self
            .store
            .run_enqueue(&auth.scope()?, &auth.actor(TEST), new)
            .await?;
        self.run_view(auth, &name.tenant, run).await
    }

    /// The connection that a name leads to, if the caller may see it.
    pub(super) async fn connection(&self, auth: &AuthContext, name: &ConnectionName) -> Result<Connection> {
        let tenant = self
            .tenant(
                auth,
                &TenantName {
                    tenant: name.tenant.clone(),
                },
            )
            .await?;
        let found = self
            .store
            .connection_get(&auth.scope()?, tenant.id, &name.connection)
            .await;
        found.map_err(|error| named(error, name))
    }

    async fn connection_view(&self, auth: &AuthContext, name: &ConnectionName) -> Result<ConnectionView> {
        Ok(self.view(&name.tenant, self.connection(auth, name).await?))
    }

    fn view(&self, tenant: &skarv_domain::Slug, connection: Connection) -> ConnectionView {
        ConnectionView {
            name: ConnectionName {
                tenant: tenant.clone(),
                connection: connection.slug.clone(),
            },
            verified: self
                .catalog
                .get(&connection.connector)
                .is_some_and(|descriptor| descriptor.verified),
            connection,
        }
    }
}

impl CreateConnection {
    /// What the request says, secrets included: it is only ever hashed.
    fn content(&self) -> serde_json::Value {
        let secrets: BTreeMap<_, _> = self
            .secrets
            .iter()
            .map(|(name, secret)| (name, secret.expose_secret()))
            .collect();
        json!([
            self.parent.to_string(),
            self.id,
            self.connector,
            self.settings,
            secrets
        ])
    }
}

/// How fast the connection may be used: as its settings say, else as its connector does.
fn pace(descriptor: &Descriptor, settings: &BTreeMap<String, String>) -> Result<Pace> {
    let chosen = match settings.get(REQUESTS_PER_SECOND) {
        None => descriptor.requests_per_second.max(1),
        Some(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|n| (1..=FASTEST).contains(n))
            .ok_or_else(|| {
                let field = format!("connection.settings[{REQUESTS_PER_SECOND}]");
                Error::invalid(field, format!("must be a whole number from 1 to {FASTEST}"))
            })?,
    };
    Ok(Pace {
        interval: Duration::from_secs(1) / chosen,
        max_active: descriptor.max_parallel.max(1),
    })
}
