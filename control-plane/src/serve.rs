//! Puts a control plane together and runs it: store, use cases, gRPC, web and background work.
//!
//! Only this file knows all the parts. What it starts ends together: a stop ends waiting calls first, then connections, then
//! the store, within a bounded time.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use axum::{Router, extract::Request, http::header, middleware, response::Response};
use secrecy::{ExposeSecret, SecretString};
use skarv_canonical::catalog::Catalog;
use skarv_domain::Clock;
use skarv_store::Store;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::{
    accept::Port,
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
    messages::Messages,
};

const CATALOG: &str = include_str!("../../connectors/catalog.json");

/// A control plane that runs. Dropped, it stops as soon as it can; `shutdown` waits for that.
#[derive(Debug)]
pub struct ControlPlane {
    /// The first admin's API key, when this start made it.
    pub bootstrap_key: Option<SecretString>,
    addr: SocketAddr,
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
    let store = Store::open(config.store(), Arc::clone(&clock))
        .await
        .context("cannot open the database")?;
    let tokens = Arc::new(Tokens::new(
        rotation(&config)
            .turn(&store)
            .await
            .context("cannot prepare the signing keys")?,
    ));
    let bootstrap_key = first::admin(&store)
        .await
        .context("cannot make the first admin")?;
    let port = Port::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let addr = port.addr().context("cannot tell the address that was bound")?;

    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let (polls, dispatcher) = Polls::over(store.clone(), config.recheck);
    let app = app(&config, catalog, &store, &clock, &tokens, polls, &stop);
    let router = router(
        app,
        messages,
        Admission::new(Arc::clone(&tokens), clock),
        endpoint(&config, addr),
    )?;
    tasks.spawn(dispatcher.run(stop.clone()));
    let keys = (tokens, rotation(&config));
    background::start(&store, keys, intervals(&config), &stop, &tasks);
    tasks.spawn(port.serve(router, stop.clone(), tasks.clone()));
    let within = config.shutdown_within;
    Ok(ControlPlane {
        bootstrap_key,
        addr,
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
        format!("http://{}", self.addr)
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
            .unwrap_or_else(|| format!("http://{addr}")),
    }
}

/// gRPC behind the layer that knows callers, the public pages beside it, and one fallback for both.
fn router(app: App, messages: Messages, admission: Admission, endpoint: Endpoint) -> anyhow::Result<Router> {
    let grpc = Grpc {
        app: Arc::new(app),
        messages: Arc::new(messages),
    };
    let services = grpc::routes(&grpc)
        .context("cannot serve reflection")?
        .prepare()
        .into_axum_router();
    let admitted = services.layer(middleware::from_fn_with_state(admission, layer::admit));
    // tonic's router brings a fallback of its own, so ours is set after the merge
    Ok(console::router(endpoint).merge(admitted).fallback(nowhere))
}

/// A path that leads nowhere: a gRPC client gets a status, a browser a page.
async fn nowhere(request: Request) -> Response {
    let is_grpc = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"));
    if is_grpc {
        status::unknown_method(request.uri().path()).into_http()
    } else {
        console::not_found(request.uri().query())
    }
}
