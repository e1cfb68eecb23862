//! How a call can fail, in the terms its caller acts on.

use std::error::Error;

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
    /// There is no sure way to it: whoever answers cannot prove to be the control plane, or does not speak TLS.
    #[error("{0}")]
    Unsure(String),
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
            Self::Passing(_) | Self::SignedOut(_) | Self::Unsure(_) => true,
            Self::Refused(_) => false,
        }
    }
}

impl CallError {
    /// What may pass in an agent at work, such as a certificate that is being renewed, is for a person while one watches.
    pub(super) fn at_the_start(self) -> Self {
        match self {
            Self::Unsure(why) => Self::Refused(why),
            other => other,
        }
    }
}

/// What an error says, and what the errors below it add.
pub(super) fn story(error: &(dyn Error + 'static)) -> String {
    let mut told = error.to_string();
    for below in below(error).skip(1) {
        let text = below.to_string();
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
    }
    told
}

/// What TLS has against the connection, with what to do.
pub(super) fn distrust(error: &(dyn Error + 'static)) -> Option<String> {
    let tls = below(error).find_map(of_tls)?;
    Some(match tls {
        rustls::Error::InvalidCertificate(_) => format!(
            "the control plane's certificate is not accepted ({tls}): the CA that signed it is given with \
             --control-plane-ca-file, and its names must have the one in the address"
        ),
        rustls::Error::InvalidMessage(_) => {
            format!("no TLS is spoken at the control plane's address ({tls}): write http:// if that is meant")
        }
        other => format!("TLS with the control plane failed: {other}"),
    })
}

/// An error, and those that caused it.
fn below<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    let cause = |above: &&'e (dyn Error + 'static)| (*above).source();
    std::iter::successors(Some(error), cause).take(16)
}

/// An error of TLS. Mostly an I/O error is made of it, which is not what counts as its cause.
fn of_tls<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let inside = error
        .downcast_ref::<std::io::Error>()
        .and_then(|io| io.get_ref())
        .and_then(|inside| inside.downcast_ref());
    inside.or_else(|| error.downcast_ref())
}

impl From<&Status> for CallError {
    fn from(status: &Status) -> Self {
        if let Some(why) = distrust(status) {
            return Self::Unsure(why);
        }
        let below = status
            .source()
            .map(story)
            .filter(|below| below != status.message());
        let more = below.map(|below| format!(" ({below})")).unwrap_or_default();
        let text = format!("{:?}: {}{more}", status.code(), status.message());
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
