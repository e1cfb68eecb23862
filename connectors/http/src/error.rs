//! How a call can fail, in the terms a caller acts on: did it leave, and is trying again any use.
//!
//! Invariant: [`Error::may_have_been_sent`] is false only where it is certain that no byte of the request left;
//! every doubt counts as sent. No message holds a query string, a header value or a body.

use std::error::Error as StdError;
use std::{fmt, io, iter};

use http::StatusCode;

use crate::guard::Refused;
use crate::pacer::PacerClosed;

/// Causes come from other systems' libraries: enough to understand, not enough to flood a log.
const LONGEST_DETAIL: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the client could not be made: {reason}")]
    Setup { reason: String },
    #[error("the url cannot be used: {reason}")]
    BadUrl { reason: &'static str },
    #[error("the request cannot be built: {reason}")]
    BadRequest { reason: String },
    #[error("{host} leads to an address that is not public: use the address the system has on the internet")]
    Blocked { host: String },
    #[error("the run ended before the call was let through")]
    PacerClosed,
    #[error("the call no longer fits in the time granted for it: ask for a new grant")]
    WindowClosed,
    #[error("{host} was not reached: {stage} failed: {detail}")]
    NotSent {
        host: String,
        stage: Stage,
        detail: String,
    },
    #[error("no complete answer within the time limit")]
    Timeout,
    #[error("the connection to {host} broke before the answer was complete: {detail}")]
    Broken { host: String, detail: String },
    #[error("{status} redirect{}: use the final address in the settings", to(location.as_deref()))]
    Redirect {
        status: StatusCode,
        location: Option<String>,
    },
    #[error("the answer is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the answer has more headers than allowed ({max_headers})")]
    HeadTooLarge { max_headers: usize },
}

/// Where reaching the other system failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Lookup,
    Connection,
    Tls,
}

/// Whether the same call can succeed another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// By itself, after a while.
    Later,
    /// Not with this request.
    Never,
    /// When someone has changed a setting, here or at the other system.
    Configuration,
}

impl Error {
    /// False only when it is certain that nothing left.
    #[must_use]
    pub fn may_have_been_sent(&self) -> bool {
        match self {
            Self::Setup { .. }
            | Self::BadUrl { .. }
            | Self::BadRequest { .. }
            | Self::Blocked { .. }
            | Self::PacerClosed
            | Self::WindowClosed
            | Self::NotSent { .. } => false,
            Self::Timeout
            | Self::Broken { .. }
            | Self::Redirect { .. }
            | Self::TooLarge { .. }
            | Self::HeadTooLarge { .. } => true,
        }
    }

    #[must_use]
    pub fn class(&self) -> Retry {
        match self {
            Self::NotSent {
                stage: Stage::Tls, ..
            }
            | Self::Setup { .. }
            | Self::BadUrl { .. }
            | Self::Blocked { .. }
            | Self::Redirect { .. } => Retry::Configuration,
            Self::PacerClosed
            | Self::WindowClosed
            | Self::NotSent { .. }
            | Self::Timeout
            | Self::Broken { .. } => Retry::Later,
            Self::BadRequest { .. } | Self::TooLarge { .. } | Self::HeadTooLarge { .. } => Retry::Never,
        }
    }

    /// Reads what the transport reports; its own text is not used, since it names the whole URL.
    pub(crate) fn from_transport(host: &str, max_headers: usize, error: &reqwest::Error) -> Self {
        let host = host.to_owned();
        if let Some(Refused { host }) = cause(error) {
            return Self::Blocked { host: host.clone() };
        }
        if error.is_builder() {
            return Self::BadRequest {
                reason: root_text(error),
            };
        }
        if error.is_connect() {
            return Self::NotSent {
                host,
                stage: stage(error),
                detail: root_text(error),
            };
        }
        if cause(error).is_some_and(hyper::Error::is_parse_too_large) {
            return Self::HeadTooLarge { max_headers };
        }
        if error.is_timeout() {
            Self::Timeout
        } else {
            Self::Broken {
                host,
                detail: root_text(error),
            }
        }
    }
}

impl From<PacerClosed> for Error {
    fn from(PacerClosed: PacerClosed) -> Self {
        Self::PacerClosed
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lookup => "looking up the name",
            Self::Connection => "connecting",
            Self::Tls => "the TLS handshake",
        })
    }
}

fn stage(error: &reqwest::Error) -> Stage {
    if error.is_dns() {
        Stage::Lookup
    } else if cause::<rustls::Error>(error).is_some() {
        Stage::Tls
    } else {
        Stage::Connection
    }
}

fn to(location: Option<&str>) -> String {
    location.map(|l| format!(" to {l}")).unwrap_or_default()
}

fn cause<E: StdError + 'static>(error: &reqwest::Error) -> Option<&E> {
    causes(error).find_map(<dyn StdError>::downcast_ref)
}

pub(crate) fn root_text(error: &reqwest::Error) -> String {
    let root = causes(error)
        .last()
        .map_or_else(|| "no cause given".to_owned(), ToString::to_string);
    root.chars().take(LONGEST_DETAIL).collect()
}

type Cause<'a> = &'a (dyn StdError + 'static);

fn causes(error: &reqwest::Error) -> impl Iterator<Item = Cause<'_>> {
    iter::successors(error.source(), |cause| next_cause(*cause))
}

/// An `io::Error` skips the error it wraps when asked for its source.
fn next_cause(cause: Cause<'_>) -> Option<Cause<'_>> {
    match cause.downcast_ref::<io::Error>() {
        Some(wrapper) => wrapper.get_ref().map(|inner| inner as Cause<'_>),
        None => cause.source(),
    }
}
