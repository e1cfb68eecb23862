//! Puts a control plane together and runs it: store, use cases, gRPC, web and background work.
//!
//! Only this file knows all the parts. What it starts ends together: a stop ends waiting calls first, then connections, then
//! the store, within a bounded time.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use axum::{Router, extract::Request, middleware, response::Response};
use secrecy::{ExposeSecret, SecretString};
use skarv_canonical::catalog::Catalog;
use skarv_domain::Clock;
use skarv_store::{Location, Store};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use tonic_health::server::HealthReporter;

use crate::{
    accept::{self, Port, tls},
    app::{App, Settings, dispatch::lease::Polls, mac::Mac},
    auth::{
        first,
        layer::{self, Admission},
        rotation::Rotation,
        token::Tokens,
    },
    background::{self, Intervals},
    config::Config,
    console::{self, Endpoint},
    grpc::{self, Grpc, status},
    health::{self, Health},
    messages::Messages,
};

const CATALOG: &str = include_str!("../../connectors/catalog.json");

/// A control plane that runs. Dropped, it stops as soon as it can; `shutdown` waits for that.
#[derive(Debug)]
pub struct ControlPlane {
    /// The first admin's API key, when this start made it.
    pub bootstrap_key: Option<SecretString>,
    addr: SocketAddr,
    scheme: &'static str,
    store: Store,
    tasks: TaskTracker,
    within: Duration,
    stop: DropGuard,
}

/// Starts a control plane. It listens when this returns.
pub async fn start(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<ControlPlane> {
    let catalog = match &config.catalog {
        Some(catalog) => catalog.clone(),
        None => Catalog::from_json(CATALOG).context("cannot read the built-in catalog")?,
    };
    let messages = Messages::embedded().context("cannot read the language files")?;
    // before anything is stored, so that a start that fails here leaves the first one still to be made
    let port = bind(&config).await?;
    let addr = port.addr().context("cannot tell the address that was bound")?;
    let store = Store::open(config.store(), Arc::clone(&clock))
        .await
        .with_context(|| format!("cannot open the database{}", named(&config.database)))?;
    let tokens = Arc::new(Tokens::new(
        rotation(&config)
            .turn(&store)
            .await
            .context("cannot prepare the signing keys")?,
    ));
    let bootstrap_key = first::admin(&store, config.admin_key_file.as_deref())
        .await
        .context("cannot make the first admin")?;

    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let (polls, dispatcher) = Polls::over(store.clone(), config.recheck);
    let app = app(&config, catalog, &store, &clock, &tokens, polls, &stop);
    let health = Health {
        store: store.clone(),
        stop: stop.clone(),
    };
    let admission = Admission::new(Arc::clone(&tokens), clock);
    let (services, reporter) = services(app, messages, admission)?;
    let pages = console::router(endpoint(&config, addr)).merge(health::router(health.clone()));
    // tonic's router brings a fallback of its own, so ours is set after the merge
    let router = pages.merge(services).fallback(nowhere);
    tasks.spawn(health.report(reporter, config.health_every));
    tasks.spawn(dispatcher.run(stop.clone()));
    let keys = (tokens, rotation(&config));
    background::start(&store, keys, intervals(&config), &stop, &tasks);
    tasks.spawn(port.serve(router, stop.clone(), tasks.clone()));
    let within = config.shutdown_within;
    Ok(ControlPlane {
        bootstrap_key,
        addr,
        scheme: scheme(&config),
        store,
        tasks,
        within,
        stop: stop.drop_guard(),
    })
}

impl ControlPlane {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The address for clients on this machine, such as `http://127.0.0.1:7700`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.addr)
    }

    /// A token for agents of the pool that every tenant works in, for whoever starts an agent in the same process.
    pub async fn enrolment_token(&self) -> anyhow::Result<SecretString> {
        first::enrolment_token(&self.store)
            .await
            .context("cannot make an enrolment token")
    }

    /// What it remembers, for tests that look behind the API.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Stops: waiting calls are answered, connections finish what they have begun, the store is closed. What takes longer
    /// than the configured limit is cut off.
    pub async fn shutdown(self) {
        self.stop.disarm().cancel();
        self.tasks.close();
        if tokio::time::timeout(self.within, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                tasks = self.tasks.len(),
                "some calls were cut off by the shutdown"
            );
        }
        if let Err(error) = self.store.close().await {
            tracing::warn!(%error, "the store did not close");
        }
    }
}

/// A database by its path, where that says something.
fn named(database: &Location) -> String {
    match database {
        Location::Path(path) => format!(" {}", path.display()),
        Location::Temporary => String::new(),
    }
}

async fn bind(config: &Config) -> anyhow::Result<Port> {
    let tls = config.tls.as_ref().map(tls::acceptor).transpose()?;
    Port::bind(config.listen, tls)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))
}

fn scheme(config: &Config) -> &'static str {
    if config.tls.is_some() { "https" } else { "http" }
}

fn app(
    config: &Config,
    catalog: Catalog,
    store: &Store,
    clock: &Arc<dyn Clock>,
    tokens: &Arc<Tokens>,
    polls: Polls,
    stop: &CancellationToken,
) -> App {
    let own = store.own_key().expose_secret();
    App {
        store: store.clone(),
        clock: Arc::clone(clock),
        tokens: Arc::clone(tokens),
        rotation: rotation(config),
        catalog,
        settings: settings(config),
        polls,
        stop: stop.clone(),
        page_mac: Mac::derive(own, "page tokens"),
        request_mac: Mac::derive(own, "request marks"),
    }
}

fn settings(config: &Config) -> Settings {
    Settings {
        lease: config.lease,
        renew: config.renew,
        slice: config.slice,
        slice_records: config.slice_records,
        stream_interval: config.stream_interval,
        poll: config.poll,
        recheck: config.recheck,
        token: config.token,
        agent_token: config.agent_token,
    }
}

fn rotation(config: &Config) -> Rotation {
    let longest_token = config.token.max(config.agent_token);
    Rotation::new(config.upkeep_every, longest_token, config.signing_key_age)
}

fn intervals(config: &Config) -> Intervals {
    Intervals {
        schedule: config.schedule_every,
        reap: config.reap_every,
        upkeep: config.upkeep_every,
    }
}

fn endpoint(config: &Config, addr: SocketAddr) -> Endpoint {
    Endpoint {
        url: config
            .public_url
            .clone()
            .unwrap_or_else(|| format!("{}://{addr}", scheme(config))),
    }
}

/// gRPC behind the layer that knows callers, and the reporter of its health.
fn services(app: App, messages: Messages, admission: Admission) -> anyhow::Result<(Router, HealthReporter)> {
    let grpc = Grpc {
        app: Arc::new(app),
        messages: Arc::new(messages),
    };
    let (routes, reporter) = grpc::routes(&grpc).context("cannot serve reflection")?;
    let router = routes.prepare().into_axum_router();
    let admitted = router.layer(middleware::from_fn_with_state(admission, layer::admit));
    Ok((admitted, reporter))
}

/// A path that leads nowhere: a gRPC client gets a status, a browser a page.
async fn nowhere(request: Request) -> Response {
    if accept::is_grpc(&request) {
        status::unknown_method(request.uri().path()).into_http()
    } else {
        console::not_found(request.uri().query())
    }
}
