//! Runs: reading them, listing them, waiting for one to end, and stopping one. What they found is in `found`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use skarv_canonical::Reason;
use skarv_domain::{
    Slug,
    auth::AuthContext,
    error::{Error, Result},
    id::{ConnectionId, StreamId},
    run::{Run, RunKind, RunSubject},
};
use tokio::time::Instant;

mod found;

pub(crate) use found::Found;

use super::{
    App,
    name::{ConnectionName, FlowName, RunName, StreamName, TenantName, named},
    page::{PageRequest, Paged, Pages},
};
use crate::auth::policy;

const GET: &str = "skarv.v1.RunService/GetRun";
const LIST: &str = "skarv.v1.RunService/ListRuns";
const WAIT: &str = "skarv.v1.RunService/WaitRun";
const CANCEL: &str = "skarv.v1.RunService/CancelRun";

/// How long a caller waits who does not say.
const USUAL_WAIT: Duration = Duration::from_secs(30);
/// How long a caller may wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A run as callers see it.
#[derive(Clone, Debug)]
pub(crate) struct RunView {
    pub(crate) name: RunName,
    pub(crate) run: Run,
    /// What it is on, by name.
    pub(crate) subject: String,
    /// What it found, as far as that is told here.
    pub(crate) found: Option<Found>,
    /// The connections that it reads and writes; only of a pre-flight check that found something.
    pub(crate) ends: Option<Ends>,
}

/// The connections of a run that looks at both.
#[derive(Clone, Debug)]
pub(crate) struct Ends {
    pub(crate) source: ConnectionName,
    pub(crate) target: ConnectionName,
}

/// What a connection test found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CheckReport {
    pub(crate) items: Vec<CheckItem>,
    /// Which shop answered; empty for accounting systems.
    pub(crate) host_key: String,
    pub(crate) title: String,
    pub(crate) system_version: String,
}

/// One thing that a test tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CheckItem {
    pub(crate) code: String,
    pub(crate) problem: Option<Reason>,
}

impl App {
    /// Reads a run.
    pub(crate) async fn run_get(&self, auth: &AuthContext, name: &RunName) -> Result<RunView> {
        policy::permit(auth, GET)?;
        self.run_of(auth, name).await
    }

    /// Lists a tenant's runs, newest first.
    pub(crate) async fn run_list(
        &self,
        auth: &AuthContext,
        parent: &TenantName,
        page: &PageRequest,
    ) -> Result<Paged<RunView>> {
        policy::permit(auth, LIST)?;
        let (tenant, parent) = (self.tenant(auth, parent).await?, parent.to_string());
        let pages = Pages::of(&self.page_mac, &[LIST, &parent]);
        let listed = pages.close(
            self.store
                .run_list(&auth.scope()?, tenant.id, &pages.open(page)?)
                .await?,
        );
        let mut items = Vec::with_capacity(listed.items.len());
        for run in listed.items {
            items.push(self.run_brief(auth, &tenant.slug, run).await?);
        }
        Ok(Paged {
            items,
            next_token: listed.next_token,
        })
    }

    /// Waits until a run has ended or the time is up, and reads it.
    pub(crate) async fn run_wait(
        &self,
        auth: &AuthContext,
        name: &RunName,
        timeout: Option<Duration>,
    ) -> Result<RunView> {
        policy::permit(auth, WAIT)?;
        let deadline = Instant::now() + timeout.unwrap_or(USUAL_WAIT).min(LONGEST_WAIT);
        let mut changed = self.store.changed();
        loop {
            changed.mark_unchanged();
            let view = self.run_of(auth, name).await?;
            if view.run.phase.is_final() || Instant::now() >= deadline || self.stop.is_cancelled() {
                return Ok(view);
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep_until(deadline) => {}
                () = tokio::time::sleep(self.settings.recheck) => {}
                hint = changed.changed() => if hint.is_err() { return Ok(view) },
            }
        }
    }

    /// Stops a run for good. One that an agent has is told at its next renewal.
    pub(crate) async fn run_cancel(&self, auth: &AuthContext, name: &RunName) -> Result<RunView> {
        policy::permit(auth, CANCEL)?;
        let (scope, actor) = (auth.scope()?, auth.actor(CANCEL));
        let run = self.run_of(auth, name).await?.run;
        let run = self.store.run_cancel(&scope, &actor, run.id).await;
        let run = run.map_err(|error| named(error, name))?;
        self.run_view(auth, &name.tenant, run).await
    }

    async fn run_of(&self, auth: &AuthContext, name: &RunName) -> Result<RunView> {
        let tenant = self
            .tenant(
                auth,
                &TenantName {
                    tenant: name.tenant.clone(),
                },
            )
            .await?;
        let run = self
            .store
            .run_get(&auth.scope()?, name.run)
            .await
            .map_err(|error| named(error, name))?;
        if run.tenant != tenant.id {
            return Err(Error::not_found("run", name));
        }
        self.run_view(auth, &name.tenant, run).await
    }

    /// A run with the names of what it is on, and what it found.
    pub(super) async fn run_view(&self, auth: &AuthContext, tenant: &Slug, run: Run) -> Result<RunView> {
        let found = match self.store.run_result(&auth.scope()?, run.id).await? {
            Some(stored) => Found::read(stored)?,
            None => None,
        };
        let ends = match (&found, run.subject) {
            (Some(Found::Preflight(_)), RunSubject::Stream(id)) => Some(self.ends(auth, tenant, id).await?),
            _ => None,
        };
        Ok(RunView {
            name: RunName {
                tenant: tenant.clone(),
                run: run.id,
            },
            subject: self.subject(auth, tenant, &run).await?,
            run,
            found,
            ends,
        })
    }

    /// A run as lists show it: of what it found only what is small.
    async fn run_brief(&self, auth: &AuthContext, tenant: &Slug, run: Run) -> Result<RunView> {
        if run.kind == RunKind::Check {
            return self.run_view(auth, tenant, run).await;
        }
        Ok(RunView {
            name: RunName {
                tenant: tenant.clone(),
                run: run.id,
            },
            subject: self.subject(auth, tenant, &run).await?,
            run,
            found: None,
            ends: None,
        })
    }

    async fn subject(&self, auth: &AuthContext, tenant: &Slug, run: &Run) -> Result<String> {
        let scope = auth.scope()?;
        match run.subject {
            RunSubject::Stream(id) => {
                let stream = self.store.stream_by_id(&scope, id).await?;
                let flow = self.store.flow_by_id(&scope, stream.flow).await?;
                let flow = FlowName {
                    tenant: tenant.clone(),
                    flow: flow.slug,
                };
                let kind = stream.kind;
                Ok(StreamName { flow, kind }.to_string())
            }
            RunSubject::Connection(id) => Ok(self.connection_name(auth, tenant, id).await?.to_string()),
        }
    }

    async fn ends(&self, auth: &AuthContext, tenant: &Slug, stream: StreamId) -> Result<Ends> {
        let stream = self.store.stream_by_id(&auth.scope()?, stream).await?;
        Ok(Ends {
            source: self.connection_name(auth, tenant, stream.source).await?,
            target: self.connection_name(auth, tenant, stream.target).await?,
        })
    }

    async fn connection_name(
        &self,
        auth: &AuthContext,
        tenant: &Slug,
        id: ConnectionId,
    ) -> Result<ConnectionName> {
        let connection = self.store.connection_by_id(&auth.scope()?, id).await?.slug;
        Ok(ConnectionName {
            tenant: tenant.clone(),
            connection,
        })
    }
}
