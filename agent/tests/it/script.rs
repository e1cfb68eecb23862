//! A control plane on loopback that hands out what it is given, answers as it is told, and writes everything down.
//!
//! It decides nothing by itself: what a real one decides is tested with the real one.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use chrono::DateTime;
use skarv_agent::{Agent, AgentConfig, Registry};
use skarv_canonical::{
    spec::{OrderSettings, StreamSettings, StreamSpec},
    trigger::TriggerState,
};
use skarv_connector::Connector;
use skarv_proto::{
    agent::v1::{self as pb, dispatch_service_server as server},
    convert::settings::encode_stream_spec,
};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle, time::timeout};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status};

/// How long a test waits for something before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything that was said, and what to say next.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) registered: Vec<pb::RegisterRequest>,
    pub(crate) polls: Vec<pb::LeaseRunsRequest>,
    pub(crate) renewals: Vec<pb::RenewLeasesRequest>,
    pub(crate) checkpoints: Vec<pb::CheckpointItem>,
    pub(crate) finished: Vec<pb::FinishItem>,
    pub(crate) reservations: Vec<pb::ReserveRequestsRequest>,
    pub(crate) throttles: Vec<pb::ReportThrottleRequest>,
    pub(crate) goodbyes: Vec<pb::DeregisterRequest>,
    /// Handed out at the next polls.
    pub(crate) leases: VecDeque<pb::Lease>,
    /// By method: what its next calls fail with, after they were written down.
    pub(crate) failures: HashMap<&'static str, VecDeque<Code>>,
    /// By run: what renewals say.
    pub(crate) statuses: HashMap<String, pb::RunStatus>,
    /// Tokens end with each registration; one that is revoked is no good before that.
    pub(crate) revoked: bool,
    pub(crate) drain: bool,
    pub(crate) lease_ms: u64,
}

/// The control plane.
#[derive(Clone)]
pub(crate) struct Script {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
    pub(crate) url: String,
    _server: Arc<Server>,
}

struct Server(JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Script {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State {
            lease_ms: 15_000,
            ..State::default()
        }));
        let changed = Arc::new(Notify::new());
        let service = Service {
            state: Arc::clone(&state),
            changed: Arc::clone(&changed),
        };
        let serve = tonic::transport::Server::builder()
            .add_service(server::DispatchServiceServer::new(service))
            .serve_with_incoming(TcpListenerStream::new(listener));
        let server = tokio::spawn(async move { serve.await.expect("the server runs") });
        Self {
            state,
            changed,
            url,
            _server: Arc::new(Server(server)),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panicked with it")
    }

    /// Hands a lease out and wakes whoever waits for one.
    pub(crate) fn lease(&self, lease: pb::Lease) {
        self.state().leases.push_back(lease);
        self.changed.notify_waiters();
    }

    pub(crate) fn fail(&self, method: &'static str, code: Code) {
        self.state().failures.entry(method).or_default().push_back(code);
    }

    /// Waits until what was said looks like this.
    pub(crate) async fn until<T>(&self, mut look: impl FnMut(&State) -> Option<T>) -> T {
        let seen = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(seen) = look(&self.state()) {
                    return seen;
                }
                changed.await;
            }
        };
        timeout(PATIENCE, seen).await.expect("it was never said")
    }

    /// Waits for the end of a run.
    pub(crate) async fn finish_of(&self, run_id: &str) -> pb::FinishItem {
        self.until(|state| state.finished.iter().find(|f| f.run_id == run_id).cloned())
            .await
    }

    pub(crate) fn config(&self) -> AgentConfig {
        let allow_private = true;
        AgentConfig {
            allow_private,
            ..AgentConfig::new(&self.url, "skarv_pool_test".to_owned().into())
        }
    }

    pub(crate) async fn agent(&self, connector: impl Connector + 'static) -> Agent {
        self.agent_with(self.config(), connector).await
    }

    pub(crate) async fn agent_with(&self, config: AgentConfig, connector: impl Connector + 'static) -> Agent {
        skarv_agent::start(config, Registry::new(vec![Arc::new(connector)]))
            .await
            .expect("the agent starts")
    }
}

pub(crate) fn spec() -> StreamSpec {
    let start_at = DateTime::from_timestamp(1_770_000_000, 0).expect("a time");
    let orders = OrderSettings::swedish(start_at, vec![TriggerState::Id("2".to_owned())]);
    StreamSpec {
        settings: StreamSettings::Orders(orders),
    }
}

/// A lease of a run on an order stream between two connections of this connector.
pub(crate) fn lease(run_id: &str, kind: pb::RunKind, connector: &str) -> pb::Lease {
    let access = |side: &str| pb::ConnectionAccess {
        connection_ref: format!("{side}-of-{run_id}"),
        connector: connector.to_owned(),
        shop_ref: "abc123".to_owned(),
        ..pb::ConnectionAccess::default()
    };
    let mut lease = pb::Lease {
        run_id: run_id.to_owned(),
        epoch: 1,
        attempt: 1,
        spec_hash: spec().hash().as_bytes().to_vec(),
        source: Some(access("source")),
        target: Some(access("target")),
        ..pb::Lease::default()
    };
    lease.set_kind(kind);
    lease
}

struct Service {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
}

impl Service {
    fn write<T>(&self, write: impl FnOnce(&mut State) -> T) -> T {
        let written = write(&mut self.state.lock().expect("no test panicked with it"));
        self.changed.notify_waiters();
        written
    }

    /// Writes a call down, then fails it if that is its turn or its token is no good.
    fn take<T>(
        &self,
        method: &str,
        request: Request<T>,
        write: impl FnOnce(&mut State, T),
    ) -> Result<(), Status> {
        let given = request
            .metadata()
            .get("authorization")
            .map(|t| t.to_str().expect("a token is text").to_owned());
        self.write(|state| {
            let good = format!("Bearer token-{}", state.registered.len());
            if method != "register" && (state.revoked || given.as_deref() != Some(&good)) {
                return Err(status(Code::Unauthenticated));
            }
            write(state, request.into_inner());
            let failure = state.failures.get_mut(method).and_then(VecDeque::pop_front);
            failure.map_or(Ok(()), |code| Err(status(code)))
        })
    }
}

#[allow(clippy::disallowed_methods, reason = "the script says which status it wants")]
fn status(code: Code) -> Status {
    Status::new(code, "as the script says")
}

fn finished(item: pb::FinishItem) -> pb::FinishResult {
    pb::FinishResult {
        run_id: item.run_id,
        status: pb::RunStatus::Ok.into(),
    }
}

#[tonic::async_trait]
impl server::DispatchService for Service {
    async fn register(
        &self,
        request: Request<pb::RegisterRequest>,
    ) -> Result<Response<pb::RegisterResponse>, Status> {
        self.take("register", request, |state, said| state.registered.push(said))?;
        let (count, lease_ms) = self.write(|state| {
            state.revoked = false;
            (state.registered.len(), state.lease_ms)
        });
        Ok(Response::new(pb::RegisterResponse {
            agent_id: "agent-1".to_owned(),
            token: format!("token-{count}"),
            token_ms: 3_600_000,
            lease_ms,
            renew_ms: lease_ms / 4,
            rejected: Vec::new(),
        }))
    }

    async fn lease_runs(
        &self,
        request: Request<pb::LeaseRunsRequest>,
    ) -> Result<Response<pb::LeaseRunsResponse>, Status> {
        let most = request.get_ref().free_slots as usize;
        let wait = Duration::from_millis(request.get_ref().wait_ms);
        self.take("lease_runs", request, |state, said| state.polls.push(said))?;
        let handed_out = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                let (leases, drain) = {
                    let mut state = self.state.lock().expect("no test panicked with it");
                    let count = most.min(state.leases.len());
                    let leases: Vec<_> = state.leases.drain(..count).collect();
                    (leases, state.drain)
                };
                if drain || !leases.is_empty() {
                    return pb::LeaseRunsResponse { leases, drain };
                }
                changed.await;
            }
        };
        let mut reply = timeout(wait, handed_out).await.unwrap_or_default();
        let lease_ms = self.state.lock().expect("no test panicked with it").lease_ms;
        reply
            .leases
            .iter_mut()
            .for_each(|lease| lease.lease_ms = lease_ms);
        Ok(Response::new(reply))
    }

    async fn batch_get_specs(
        &self,
        request: Request<pb::BatchGetSpecsRequest>,
    ) -> Result<Response<pb::BatchGetSpecsResponse>, Status> {
        self.take("batch_get_specs", request, |_, _| ())?;
        let addressed = pb::AddressedSpec {
            hash: spec().hash().as_bytes().to_vec(),
            spec: Some(encode_stream_spec(&spec())),
        };
        Ok(Response::new(pb::BatchGetSpecsResponse {
            specs: vec![addressed],
        }))
    }

    async fn renew_leases(
        &self,
        request: Request<pb::RenewLeasesRequest>,
    ) -> Result<Response<pb::RenewLeasesResponse>, Status> {
        let held = request.get_ref().held.clone();
        self.take("renew_leases", request, |state, said| state.renewals.push(said))?;
        let results = self.write(|state| {
            let renewed = |run: pb::HeldRun| {
                let status = state
                    .statuses
                    .get(&run.run_id)
                    .copied()
                    .unwrap_or(pb::RunStatus::Ok);
                pb::RenewedRun {
                    run_id: run.run_id,
                    status: status.into(),
                    lease_ms: state.lease_ms,
                }
            };
            held.into_iter().map(renewed).collect()
        });
        Ok(Response::new(pb::RenewLeasesResponse {
            results,
            drain: false,
        }))
    }

    async fn prepare_writes(
        &self,
        request: Request<pb::PrepareWritesRequest>,
    ) -> Result<Response<pb::PrepareWritesResponse>, Status> {
        self.take("prepare_writes", request, |_, _| ())?;
        Err(status(Code::Unimplemented))
    }

    async fn checkpoint(
        &self,
        request: Request<pb::CheckpointRequest>,
    ) -> Result<Response<pb::CheckpointResponse>, Status> {
        let settled = |item: &pb::CheckpointItem| pb::CheckpointResult {
            run_id: item.run_id.clone(),
            status: pb::RunStatus::Ok.into(),
            conflicts: Vec::new(),
        };
        let results = request.get_ref().items.iter().map(settled).collect();
        self.take("checkpoint", request, |state, said| {
            state.checkpoints.extend(said.items)
        })?;
        Ok(Response::new(pb::CheckpointResponse { results }))
    }

    async fn finish_run(
        &self,
        request: Request<pb::FinishRunRequest>,
    ) -> Result<Response<pb::FinishRunResponse>, Status> {
        let results = request.get_ref().items.iter().cloned().map(finished).collect();
        self.take("finish_run", request, |state, said| {
            state.finished.extend(said.items)
        })?;
        Ok(Response::new(pb::FinishRunResponse { results }))
    }

    async fn reserve_requests(
        &self,
        request: Request<pb::ReserveRequestsRequest>,
    ) -> Result<Response<pb::ReserveRequestsResponse>, Status> {
        let count = request.get_ref().count.min(2);
        self.take("reserve_requests", request, |state, said| {
            state.reservations.push(said)
        })?;
        let grant = pb::RequestGrant {
            count,
            wait_ms: 0,
            interval_ms: 1,
            expires_ms: 10_000,
        };
        Ok(Response::new(pb::ReserveRequestsResponse {
            status: pb::RunStatus::Ok.into(),
            grant: Some(grant),
        }))
    }

    async fn report_throttle(
        &self,
        request: Request<pb::ReportThrottleRequest>,
    ) -> Result<Response<pb::ReportThrottleResponse>, Status> {
        self.take("report_throttle", request, |state, said| {
            state.throttles.push(said)
        })?;
        Ok(Response::new(pb::ReportThrottleResponse {
            status: pb::RunStatus::Ok.into(),
        }))
    }

    async fn begin_credential_refresh(
        &self,
        _: Request<pb::BeginCredentialRefreshRequest>,
    ) -> Result<Response<pb::BeginCredentialRefreshResponse>, Status> {
        Err(status(Code::Unimplemented))
    }

    async fn store_credential(
        &self,
        _: Request<pb::StoreCredentialRequest>,
    ) -> Result<Response<pb::StoreCredentialResponse>, Status> {
        Err(status(Code::Unimplemented))
    }

    async fn deregister(
        &self,
        request: Request<pb::DeregisterRequest>,
    ) -> Result<Response<pb::DeregisterResponse>, Status> {
        self.take("deregister", request, |state, said| state.goodbyes.push(said))?;
        Ok(Response::new(pb::DeregisterResponse {}))
    }
}
