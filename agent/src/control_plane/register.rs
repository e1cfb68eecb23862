//! Being known to the control plane: registering with the pool's token, again before the agent's own token ends, and
//! saying goodbye.
//!
//! A token that is renewed in good time never fails a call; when renewing fails, the old one is used while it lasts.

use std::{fmt, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use skarv_canonical::{catalog::Catalog, descriptor::Descriptor};
use skarv_proto::agent::v1 as pb;
use tokio::time::{Instant, timeout};
use tonic::{
    Request,
    metadata::{Ascii, MetadataValue, errors::InvalidMetadataValue},
};

use super::{
    client::{Client, Patience},
    error::CallError,
    renew::encode_held,
};
use crate::{holding::Holding, lease::RunKey};

const ATTEMPT: Duration = Duration::from_secs(10);

/// Nobody waits for a goodbye: what it would have said, the control plane finds out by itself.
const GOODBYE: Patience = Patience {
    attempt: Duration::from_secs(3),
    all: Duration::from_secs(5),
};

/// Renewal no more often than this, whatever the control plane says.
const LEAST_RENEW: Duration = Duration::from_millis(10);

/// A bearer token in the form that goes along with a call. Never printed.
#[derive(Clone)]
pub(super) struct Bearer(MetadataValue<Ascii>);

impl Bearer {
    pub(super) fn new(token: &SecretString) -> Result<Self, InvalidMetadataValue> {
        let mut value = MetadataValue::try_from(format!("Bearer {}", token.expose_secret()))?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    pub(super) fn authorize<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.0.clone());
        request
    }
}

/// What an agent offers.
pub(super) struct Offer {
    pub(super) name: String,
    pub(super) slots: u32,
    pub(super) catalog: Catalog,
}

/// What is agreed between agent and control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// How long a lease lasts without renewal.
    pub(crate) lease: Duration,
    /// How often to renew.
    pub(crate) renew: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(15),
            renew: Duration::from_secs(5),
        }
    }
}

/// A registration.
pub(super) struct Session {
    pub(super) agent_id: String,
    pub(super) bearer: Bearer,
    pub(super) terms: Terms,
    renew_at: Instant,
    ends_at: Instant,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("agent_id", &self.agent_id)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// The registration to call with, renewed when its end comes near.
    pub(super) async fn current_session(&self) -> Result<Arc<Session>, CallError> {
        let current = self.session.borrow().clone();
        let Some(current) = current else {
            return self.register(None).await;
        };
        if Instant::now() < current.renew_at {
            return Ok(current);
        }
        match self.register(Some(&current)).await {
            Err(error) if Instant::now() < current.ends_at => {
                tracing::warn!(%error, "the agent's token could not be renewed yet");
                Ok(current)
            }
            other => other,
        }
    }

    /// Registers in place of a registration that is used up. Whoever comes second takes what the first brought.
    pub(super) async fn register(&self, used_up: Option<&Arc<Session>>) -> Result<Arc<Session>, CallError> {
        let _turn = self.registering.lock().await;
        let current = self.session.borrow().clone();
        match (&current, used_up) {
            (Some(current), None) => return Ok(Arc::clone(current)),
            (Some(current), Some(used_up)) if !Arc::ptr_eq(current, used_up) => {
                return Ok(Arc::clone(current));
            }
            _ => {}
        }
        let agent_id = used_up
            .map(|session| session.agent_id.clone())
            .unwrap_or_default();
        let session = Arc::new(self.register_once(agent_id).await?);
        self.session.send_replace(Some(Arc::clone(&session)));
        Ok(session)
    }

    async fn register_once(&self, agent_id: String) -> Result<Session, CallError> {
        let request = self.pool_token.authorize(self.offer.encode(agent_id));
        let asked = Instant::now();
        let mut stub = self.stub.clone();
        let reply = match timeout(ATTEMPT, stub.register(request)).await {
            Ok(Ok(response)) => response.into_inner(),
            Ok(Err(status)) => {
                return Err(match CallError::from(&status) {
                    // there is no further token to try
                    CallError::SignedOut(why) => CallError::Refused(why),
                    other => other,
                });
            }
            Err(_elapsed) => return Err(CallError::timeout()),
        };
        self.has_answered();
        decode_session(reply, asked)
    }

    /// Says goodbye, handing back what is still held.
    pub(crate) async fn deregister(&self, left: &[Arc<Holding>]) {
        let request = pb::DeregisterRequest {
            agent_id: String::new(),
            handed_back: left.iter().map(|h| encode_held(h)).collect(),
        };
        let goodbye = self.call(
            GOODBYE,
            request,
            |mut stub, q| async move { stub.deregister(q).await },
        );
        if let Err(error) = goodbye.await {
            let runs: Vec<&RunKey> = left.iter().map(|h| &h.key).collect();
            tracing::warn!(%error, ?runs, "left without a goodbye");
        }
    }
}

impl Offer {
    fn encode(&self, agent_id: String) -> pb::RegisterRequest {
        pb::RegisterRequest {
            display_name: self.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            slots: self.slots,
            connectors: self.catalog.connectors.iter().map(encode_offer).collect(),
            agent_id,
        }
    }
}

fn encode_offer(descriptor: &Descriptor) -> pb::ConnectorOffer {
    pb::ConnectorOffer {
        connector: descriptor.id.clone(),
        version: descriptor.version.clone(),
        descriptor_hash: descriptor.hash().as_bytes().to_vec(),
    }
}

fn decode_session(reply: pb::RegisterResponse, asked: Instant) -> Result<Session, CallError> {
    for rejected in &reply.rejected {
        let code = rejected.reason.as_ref().map_or("", |reason| reason.code.as_str());
        tracing::error!(
            connector = rejected.connector,
            code,
            "a connector will get no work: update this agent"
        );
    }
    let bearer = Bearer::new(&reply.token.into())
        .map_err(|_| CallError::Refused("the token it gave has characters that no token has".to_owned()))?;
    let token = Duration::from_millis(reply.token_ms);
    let terms = Terms {
        lease: Duration::from_millis(reply.lease_ms),
        renew: Duration::from_millis(reply.renew_ms).max(LEAST_RENEW),
    };
    tracing::info!(
        agent = reply.agent_id,
        ?terms,
        "registered with the control plane"
    );
    Ok(Session {
        agent_id: reply.agent_id,
        bearer,
        terms,
        renew_at: asked + token * 2 / 3,
        ends_at: asked + token,
    })
}
