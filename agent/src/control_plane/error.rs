//! How a call can fail, in the terms its caller acts on.

use tonic::{Code, Status};

/// Why a call brought no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// It may work in a moment.
    #[error("the control plane cannot answer now: {0}")]
    Passing(String),
    /// The token is no longer good.
    #[error("the control plane asks for a new sign-in: {0}")]
    SignedOut(String),
    /// It will never work as it is: a defect, or an agent that is not wanted.
    #[error("the control plane refuses: {0}")]
    Refused(String),
}

impl CallError {
    pub(super) fn timeout() -> Self {
        Self::Passing("no answer in time".to_owned())
    }

    pub(super) fn passes(&self) -> bool {
        match self {
            Self::Passing(_) | Self::SignedOut(_) => true,
            Self::Refused(_) => false,
        }
    }
}

impl From<&Status> for CallError {
    fn from(status: &Status) -> Self {
        let text = format!("{:?}: {}", status.code(), status.message());
        match status.code() {
            // an agent that the control plane has forgotten registers anew
            Code::Unauthenticated | Code::NotFound => Self::SignedOut(text),
            Code::InvalidArgument
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::DataLoss => Self::Refused(text),
            // a call that was cut off, a replica that is going, a proxy's word: all may pass
            Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::Internal
            | Code::Unavailable => Self::Passing(text),
        }
    }
}
