//! The channel to the control plane: one HTTP/2 connection that notices when it is dead, and calls that are repeated.
//!
//! Invariant: a reply's instants are read before *its* attempt left, so what is counted from them is never too long.

use std::{cell::Cell, sync::Arc, time::Duration};

use anyhow::Context;
use chrono::{DateTime, Utc};
use skarv_http::{Backoff, WallClock};
use skarv_proto::agent::v1::{self as pb, dispatch_service_client::DispatchServiceClient};
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, timeout},
};
use tonic::{
    Request, Response, Status,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

use super::{
    error::CallError,
    register::{Bearer, Offer, Session, Terms},
    specs::Specs,
};
use crate::{config::AgentConfig, registry::Registry};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A dead connection is noticed within the lease, while there is still time to renew it over a new one.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(5);
const KEEP_ALIVE_ANSWER: Duration = Duration::from_secs(3);

/// Waits between attempts of one call.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));

pub(super) type Stub = DispatchServiceClient<Channel>;

/// How long a call may take and how long it is worth repeating.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// For one attempt.
    pub(super) attempt: Duration,
    /// From the first attempt on, no further attempt begins after this.
    pub(super) all: Duration,
}

impl Patience {
    /// One attempt, for callers with a loop of their own.
    pub(super) const fn once(attempt: Duration) -> Self {
        Self {
            attempt,
            all: Duration::ZERO,
        }
    }
}

/// An answer, and when its question left.
pub(super) struct Answered<A> {
    /// The monotonic clock before the question left.
    pub(super) asked: Instant,
    /// The wall clock at that moment.
    pub(super) asked_wall: DateTime<Utc>,
    pub(super) reply: A,
}

/// A request that says which agent asks.
pub(super) trait FromAgent: Clone {
    fn set_agent(&mut self, agent_id: &str);
}

macro_rules! from_agent {
    ($($request:ty),* $(,)?) => {$(
        impl FromAgent for $request {
            fn set_agent(&mut self, agent_id: &str) {
                agent_id.clone_into(&mut self.agent_id);
            }
        }
    )*};
}

from_agent!(
    pb::LeaseRunsRequest,
    pb::RenewLeasesRequest,
    pb::PrepareWritesRequest,
    pb::CheckpointRequest,
    pb::FinishRunRequest,
    pb::ReserveRequestsRequest,
    pb::ReportThrottleRequest,
    pb::DeregisterRequest,
);

impl FromAgent for pb::BatchGetSpecsRequest {
    fn set_agent(&mut self, _agent_id: &str) {}
}

/// An agent's way to the control plane.
pub(crate) struct Client {
    pub(super) stub: Stub,
    pub(super) pool_token: Bearer,
    pub(super) offer: Offer,
    pub(super) session: watch::Sender<Option<Arc<Session>>>,
    /// One registers, the others wait for it.
    pub(super) registering: Mutex<()>,
    pub(super) specs: Specs,
    heard: watch::Sender<Option<Instant>>,
    wall: Arc<dyn WallClock>,
}

impl Client {
    /// Connects when first used.
    pub(crate) fn new(config: &AgentConfig, registry: &Registry) -> anyhow::Result<Self> {
        Ok(Self {
            stub: Stub::new(endpoint(config)?.connect_lazy()),
            pool_token: Bearer::new(&config.pool_token)
                .context("the pool token has characters that no token has")?,
            offer: Offer {
                name: config.name.clone(),
                slots: config.slots,
                catalog: registry.catalog(),
            },
            session: watch::Sender::new(None),
            registering: Mutex::default(),
            specs: Specs::default(),
            heard: watch::Sender::new(None),
            wall: Arc::clone(&config.wall),
        })
    }

    /// Becomes known to the control plane, waiting for it if it is not there yet.
    pub(crate) async fn sign_in(&self, all: Duration) -> Result<(), CallError> {
        let told = Cell::new(false);
        let attempt = || async {
            let signed_in = self.register(None).await;
            if let Err(error) = &signed_in
                && !told.replace(true)
            {
                tracing::warn!(%error, "not registered yet");
            }
            signed_in.map_err(CallError::at_the_start)
        };
        repeat(all, attempt).await.map(|_session| ())
    }

    /// When the control plane last answered a call.
    pub(crate) fn last_heard(&self) -> Option<Instant> {
        *self.heard.borrow()
    }

    /// Notes that the control plane has answered just now.
    pub(crate) fn has_answered(&self) {
        self.heard.send_replace(Some(Instant::now()));
    }

    /// What was agreed when the agent last registered.
    pub(crate) fn terms(&self) -> Terms {
        self.session
            .borrow()
            .as_ref()
            .map_or_else(Terms::default, |session| session.terms)
    }

    /// Makes a call, repeating it while that may help and patience lasts.
    pub(super) async fn call<Q, A, F>(
        &self,
        patience: Patience,
        question: Q,
        send: impl Fn(Stub, Request<Q>) -> F,
    ) -> Result<Answered<A>, CallError>
    where
        Q: FromAgent,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        repeat(patience.all, || {
            self.signed_in(patience.attempt, &question, &send)
        })
        .await
    }

    /// One attempt; when the token turns out to be no good, a second one with a new token.
    async fn signed_in<Q, A, F>(
        &self,
        limit: Duration,
        question: &Q,
        send: &impl Fn(Stub, Request<Q>) -> F,
    ) -> Result<Answered<A>, CallError>
    where
        Q: FromAgent,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let session = self.current_session().await?;
        match self.attempt(limit, &session, question.clone(), send).await {
            Err(CallError::SignedOut(why)) => {
                tracing::info!(why, "registering again");
                let session = self.register(Some(&session)).await?;
                self.attempt(limit, &session, question.clone(), send).await
            }
            other => other,
        }
    }

    async fn attempt<Q, A, F>(
        &self,
        limit: Duration,
        session: &Session,
        mut question: Q,
        send: &impl Fn(Stub, Request<Q>) -> F,
    ) -> Result<Answered<A>, CallError>
    where
        Q: FromAgent,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        question.set_agent(&session.agent_id);
        let request = session.bearer.authorize(question);
        let (asked, asked_wall) = (Instant::now(), self.wall.now());
        match timeout(limit, send(self.stub.clone(), request)).await {
            Ok(Ok(response)) => {
                self.has_answered();
                Ok(Answered {
                    asked,
                    asked_wall,
                    reply: response.into_inner(),
                })
            }
            Ok(Err(status)) => Err(CallError::from(&status)),
            Err(_elapsed) => Err(CallError::timeout()),
        }
    }
}

/// Repeats what may pass, with full jitter between attempts.
async fn repeat<T, F: Future<Output = Result<T, CallError>>>(
    patience: Duration,
    mut attempt: impl FnMut() -> F,
) -> Result<T, CallError> {
    let began = Instant::now();
    let mut failures = 0;
    loop {
        let error = match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let wait = BACKOFF.delay(failures, rand::random());
        if !error.passes() || began.elapsed() + wait >= patience {
            return Err(error);
        }
        tracing::debug!(%error, ?wait, "calling again");
        tokio::time::sleep(wait).await;
        failures += 1;
    }
}

pub(super) fn endpoint(config: &AgentConfig) -> anyhow::Result<Endpoint> {
    let address = &config.control_plane;
    let endpoint = Endpoint::from_shared(address.clone())
        .with_context(|| format!("`{address}` is no address of a control plane: write http(s)://host:port"))?
        .user_agent(concat!("skarv-agent/", env!("CARGO_PKG_VERSION")))?
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE_EVERY)
        .keep_alive_timeout(KEEP_ALIVE_ANSWER)
        .keep_alive_while_idle(true);
    if !address.starts_with("https://") {
        return Ok(endpoint);
    }
    let tls = ClientTlsConfig::new().with_enabled_roots();
    let tls = config
        .control_plane_ca
        .iter()
        .fold(tls, |tls, pem| tls.ca_certificate(Certificate::from_pem(pem)));
    endpoint
        .tls_config(tls)
        .context("the control plane's certificates cannot be used")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    async fn attempts(all: Duration, failure: fn() -> CallError, failures: u32) -> (bool, u32) {
        let made = Cell::new(0);
        let result = repeat(all, || {
            made.set(made.get() + 1);
            let done = made.get() > failures;
            async move { if done { Ok(()) } else { Err(failure()) } }
        });
        (result.await.is_ok(), made.get())
    }

    #[tokio::test(start_paused = true)]
    async fn trouble_that_may_pass_is_tried_again() {
        assert_eq!(
            attempts(Duration::from_secs(60), CallError::timeout, 3).await,
            (true, 4)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_not_repeated() {
        let refused = || CallError::Refused(String::new());
        assert_eq!(attempts(Duration::from_secs(60), refused, 3).await, (false, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends() {
        let began = Instant::now();
        assert!(
            !attempts(Duration::from_secs(10), CallError::timeout, u32::MAX)
                .await
                .0
        );
        assert!(began.elapsed() <= Duration::from_secs(10));
    }
}
