//! How a request can fail, by what the caller can do about it. One function at the edge turns it into a status, one into a page.
//!
//! Nothing here is a sentence for merchants: those are made from reason codes. These texts are for whoever writes the caller.

use std::time::Duration;

/// A result of the control plane.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A class of outcome, with what the caller needs to know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It does not exist, or it is not the caller's: the two look alike on purpose.
    #[error("{kind} `{name}` does not exist")]
    NotFound {
        /// What was looked for, such as "tenant".
        kind: &'static str,
        /// What it was looked for by.
        name: String,
    },
    /// It exists already.
    #[error("{kind} `{name}` exists already")]
    AlreadyExists {
        /// What was to be made, such as "tenant".
        kind: &'static str,
        /// The name that is taken.
        name: String,
    },
    /// It was done before under the same request id, and its answer bore a secret, which is told once and kept nowhere.
    #[error("{problem}")]
    ToldOnce {
        /// The caller's id of the request.
        request: String,
        /// What was made, and what to do without its secret.
        problem: String,
    },
    /// The request says something that cannot be.
    #[error("{field}: {problem}")]
    InvalidArgument {
        /// Path of the field, such as `flow.order_settings.home_country`.
        field: String,
        /// What is wrong with it and what to send instead.
        problem: String,
    },
    /// The request is fine, but not now.
    #[error("{problem}")]
    FailedPrecondition {
        /// Stable code, such as `CONNECTION_NOT_TESTED`. Callers match on it.
        reason: &'static str,
        /// What it is about, by name.
        subject: String,
        /// What is in the way and what to do first.
        problem: String,
    },
    /// The caller is not known.
    #[error("{problem}")]
    Unauthenticated {
        /// Stable code, such as `TOKEN_EXPIRED`.
        reason: &'static str,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The caller is known and may not.
    #[error("{problem}")]
    PermissionDenied {
        /// Stable code, such as `NO_POLICY`.
        reason: &'static str,
        /// What may not be done, and who may.
        problem: String,
    },
    /// Someone else changed it in between.
    #[error("it was changed by someone else: read it again (its etag is {etag})")]
    Conflict {
        /// The etag that it has now.
        etag: u64,
    },
    /// Too much at once.
    #[error("{problem}")]
    ResourceExhausted {
        /// What there is too much of.
        problem: String,
        /// When to try again.
        retry: Duration,
    },
    /// It cannot be done just now; the same request may succeed later.
    #[error("{problem}")]
    Unavailable {
        /// What is out of order.
        problem: String,
        /// When to try again.
        retry: Duration,
    },
    /// A fault of ours. The text is for our log, never for callers.
    #[error("internal: {0}")]
    Internal(String),
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "callers hand over ids, slugs and texts alike"
)]
impl Error {
    /// It does not exist, or is not the caller's.
    pub fn not_found(kind: &'static str, name: impl ToString) -> Self {
        Self::NotFound {
            kind,
            name: name.to_string(),
        }
    }

    /// It exists already.
    pub fn already_exists(kind: &'static str, name: impl ToString) -> Self {
        Self::AlreadyExists {
            kind,
            name: name.to_string(),
        }
    }

    /// The field says something that cannot be.
    pub fn invalid(field: impl Into<String>, problem: impl ToString) -> Self {
        Self::InvalidArgument {
            field: field.into(),
            problem: problem.to_string(),
        }
    }

    /// Not now.
    pub fn precondition(reason: &'static str, subject: impl ToString, problem: impl Into<String>) -> Self {
        Self::FailedPrecondition {
            reason,
            subject: subject.to_string(),
            problem: problem.into(),
        }
    }

    /// A fault of ours.
    pub fn internal(what: impl ToString) -> Self {
        Self::Internal(what.to_string())
    }
}
