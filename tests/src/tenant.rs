//! A tenant and its connections, as a partner's program makes and tests them: one call each, refusals handed back.

use std::collections::HashMap;

use anyhow::bail;
use prost_types::Duration;
use skarv::client::Api;
use skarv_proto::v1 as pb;
use tonic::Status;

/// How often a test that is under way is asked for before a story fails. Each time waits up to ten seconds.
const PATIENCE: usize = 12;

/// A connection to be made.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The last part of its name.
    pub id: &'a str,
    /// Which connector.
    pub connector: &'a str,
    /// Its settings.
    pub settings: &'a [(&'a str, &'a str)],
    /// Its secrets.
    pub secrets: &'a [(&'a str, &'a str)],
}

/// A tenant, and the caller who looks after it.
pub struct Tenant<'a> {
    api: &'a Api,
    /// Its resource name.
    pub name: String,
}

impl<'a> Tenant<'a> {
    /// Makes a tenant with this id and a name for people.
    pub async fn create(api: &'a Api, id: &str, display_name: &str) -> Result<Self, Status> {
        let request = pb::CreateTenantRequest {
            tenant_id: id.to_owned(),
            tenant: Some(pb::Tenant {
                display_name: display_name.to_owned(),
                ..pb::Tenant::default()
            }),
            ..pb::CreateTenantRequest::default()
        };
        let made = api.tenants().create_tenant(request).await?.into_inner();
        let name = made.tenant.unwrap_or_default().name;
        Ok(Self { api, name })
    }

    /// Makes a connection; returns its name.
    pub async fn connect(&self, wanted: &Wanted<'_>) -> Result<String, Status> {
        let request = pb::CreateConnectionRequest {
            parent: self.name.clone(),
            connection_id: wanted.id.to_owned(),
            connection: Some(pb::Connection {
                connector: wanted.connector.to_owned(),
                settings: map(wanted.settings),
                ..pb::Connection::default()
            }),
            secrets: map(wanted.secrets),
            ..pb::CreateConnectionRequest::default()
        };
        let made = self.api.connections().create_connection(request).await?;
        Ok(made.into_inner().connection.unwrap_or_default().name)
    }

    /// Starts the test of a connection; returns the run's name.
    pub async fn start_test(&self, connection: &str) -> Result<String, Status> {
        let request = pb::TestConnectionRequest {
            name: connection.to_owned(),
        };
        let started = self.api.connections().test_connection(request).await?;
        Ok(started.into_inner().run.unwrap_or_default().name)
    }

    /// Waits until a run has ended.
    pub async fn ended(&self, run: &str) -> anyhow::Result<pb::Run> {
        for _ in 0..PATIENCE {
            let request = pb::WaitRunRequest {
                name: run.to_owned(),
                timeout: Some(Duration {
                    seconds: 10,
                    nanos: 0,
                }),
            };
            let run = self
                .api
                .runs()
                .wait_run(request)
                .await?
                .into_inner()
                .run
                .unwrap_or_default();
            if !matches!(run.state(), pb::RunState::Queued | pb::RunState::Running) {
                return Ok(run);
            }
        }
        bail!("{run} did not end")
    }

    /// Tests a connection and waits for the end.
    pub async fn test(&self, connection: &str) -> anyhow::Result<pb::Run> {
        let run = self.start_test(connection).await?;
        self.ended(&run).await
    }
}

/// The codes of what a test found wrong, or of why it could not be made.
pub fn problems(run: &pb::Run) -> Vec<String> {
    let items = run.check.iter().flat_map(|check| &check.items);
    let found = items.filter_map(|item| item.problem.as_ref());
    found
        .chain(&run.error)
        .map(|problem| problem.code.clone())
        .collect()
}

fn map(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}
