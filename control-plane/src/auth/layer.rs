//! The one layer that turns a bearer token into who is calling, and asks the policy table before anything else runs.
//!
//! What it finds travels with the request as a `Call`; the services open it. A refusal is answered here.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::Response,
};
use secrecy::SecretString;
use skarv_domain::{auth::AuthContext, clock::Clock, error::Error};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{
    policy::{self, Who},
    token::{Audience, Tokens},
};
use crate::grpc::status;

/// One call: its id, for logs and error details, and who makes it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Told to the caller with every error.
    pub(crate) id: String,
    /// Who calls.
    pub(crate) caller: Caller,
}

/// Who calls, as far as the RPC's policy asks.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// The RPC needs no token.
    Anyone,
    /// An agent that enrols, with the token it says is a pool's. Not yet checked.
    Enrolling(SecretString),
    /// A caller with a token of ours, in a role that may call this RPC.
    Known(AuthContext),
}

/// Calls that may be under way at a time, those that wait for work included.
const MOST_CALLS: usize = 16_384;

/// What the layer needs.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    tokens: Arc<Tokens>,
    clock: Arc<dyn Clock>,
    room: Arc<Semaphore>,
}

/// Lets a call through, or answers why not.
pub(crate) async fn admit(State(admission): State<Admission>, mut request: Request, next: Next) -> Response {
    let id = Uuid::new_v4().to_string();
    let Ok(_place) = admission.room.try_acquire() else {
        return status::status(&too_many(), &id).into_http();
    };
    let method = request.uri().path().trim_start_matches('/');
    match admission.caller(method, request.headers()) {
        Ok(caller) => {
            request.extensions_mut().insert(Call { id, caller });
            next.run(request).await
        }
        Err(error) => status::status(&error, &id).into_http(),
    }
}

impl Admission {
    /// Admission by these tokens, and by the clock that they end by.
    pub(crate) fn new(tokens: Arc<Tokens>, clock: Arc<dyn Clock>) -> Self {
        Self {
            tokens,
            clock,
            room: Arc::new(Semaphore::new(MOST_CALLS)),
        }
    }

    fn caller(&self, method: &str, headers: &HeaderMap) -> Result<Caller, Error> {
        match policy::line(method)? {
            Who::Anyone => Ok(Caller::Anyone),
            Who::Enrolling => Ok(Caller::Enrolling(bearer(headers)?)),
            Who::Roles(roles) => {
                let audience = roles.first().copied().map_or(Audience::People, Audience::of);
                let caller = self
                    .tokens
                    .verify(&bearer(headers)?, audience, self.clock.now())?;
                policy::permit(&caller, method)?;
                Ok(Caller::Known(caller))
            }
        }
    }
}

fn too_many() -> Error {
    let problem = "too many calls are under way here: try again in a moment".to_owned();
    Error::ResourceExhausted {
        problem,
        retry: Duration::from_secs(1),
    }
}

/// The bearer token of a call. Two of them are none: whoever stands in between may have read the other one.
fn bearer(headers: &HeaderMap) -> Result<SecretString, Error> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or_else(|| {
        missing(
            "TOKEN_MISSING",
            "the call has no token: send `authorization: Bearer <token>`",
        )
    })?;
    if values.next().is_some() {
        return Err(missing("TOKEN_MALFORMED", "`authorization` must be there once"));
    }
    let token = value.to_str().ok().and_then(|text| text.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
            Ok(token.trim().into())
        }
        Some(_) | None => Err(missing(
            "TOKEN_MALFORMED",
            "`authorization` must read `Bearer <token>`",
        )),
    }
}

fn missing(reason: &'static str, problem: &str) -> Error {
    Error::Unauthenticated {
        reason,
        problem: problem.to_owned(),
    }
}
