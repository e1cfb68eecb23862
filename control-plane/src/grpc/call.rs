//! What every handler begins and ends with: who calls, and an answer or a status that names the request.

use secrecy::SecretString;
use skarv_domain::{
    auth::AuthContext,
    error::{Error, Result},
};
use tonic::{Request, Response, Status};

use super::status;
use crate::auth::layer::{Call, Caller};

/// Takes a request apart.
pub(super) fn open<T>(mut request: Request<T>) -> (Call, T) {
    // a request that did not come through the layer has no caller, so whatever needs one is refused
    let call = request.extensions_mut().remove::<Call>().unwrap_or_else(|| Call {
        id: String::new(),
        caller: Caller::Anyone,
    });
    (call, request.into_inner())
}

impl Call {
    /// The caller, known by a token.
    pub(super) fn auth(&self) -> Result<&AuthContext> {
        match &self.caller {
            Caller::Known(auth) => Ok(auth),
            Caller::Anyone | Caller::Enrolling(_) => Err(unknown()),
        }
    }

    /// The enrolment token of an agent that makes itself known.
    pub(super) fn enrolment_token(&self) -> Result<&SecretString> {
        match &self.caller {
            Caller::Enrolling(token) => Ok(token),
            Caller::Anyone | Caller::Known(_) => Err(unknown()),
        }
    }

    /// The answer, or the status of what went wrong.
    pub(super) fn answer<T>(&self, result: Result<T>) -> Result<Response<T>, Status> {
        result
            .map(Response::new)
            .map_err(|error| status::status(&error, &self.id))
    }
}

fn unknown() -> Error {
    Error::Unauthenticated {
        reason: "TOKEN_MISSING",
        problem: "the call has no token".to_owned(),
    }
}
