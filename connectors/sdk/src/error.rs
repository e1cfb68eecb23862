//! What went wrong with a foreign system, decided once, in the connector that knows it.

use std::{fmt, time::Duration};

use skarv_canonical::{Class, Reason};

/// Whether a write may have happened, which decides what must be done before it may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It did not: the request never left, or the answer says that nothing was stored.
    NotDelivered,
    /// It may have, and the request is over: an answer came, but it does not say. A look-up settles it.
    Answered,
    /// It may have, and the foreign system may still be working on it. A look-up that finds nothing settles nothing
    /// until the send window is over.
    InFlight,
}

/// Trouble with a foreign system: the reason a person sees, and what the engine needs to go on.
#[derive(Clone, Debug, thiserror::Error)]
pub struct Error {
    /// What a person sees.
    pub reason: Reason,
    /// Whether a write may have happened. Always `NotDelivered` for reads.
    pub delivery: Delivery,
    /// How long the foreign system asked us to wait.
    pub retry_after: Option<Duration>,
    /// The foreign system's own words, shortened, without secrets. For `Detalj`, never parsed.
    pub detail: String,
}

impl Error {
    /// An error for this reason; nothing was written.
    pub fn new(reason: Reason) -> Self {
        Self {
            reason,
            delivery: Delivery::NotDelivered,
            retry_after: None,
            detail: String::new(),
        }
    }

    /// May well work in a moment.
    pub fn transient(code: &str) -> Self {
        Self::new(Reason::new(Class::Transient, code))
    }

    /// Sign-in refused.
    pub fn credentials(code: &str) -> Self {
        Self::new(Reason::new(Class::Credentials, code))
    }

    /// Settings on either side are wrong.
    pub fn configuration(code: &str) -> Self {
        Self::new(Reason::configuration(code))
    }

    /// This record cannot be delivered as it is.
    pub fn data(code: &str) -> Self {
        Self::new(Reason::data(code))
    }

    /// Adds a parameter for the sentence.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.reason = self.reason.with(name, value);
        self
    }

    /// Sets the advice to show.
    #[must_use]
    pub fn fix(mut self, fix: &str) -> Self {
        self.reason = self.reason.fix(fix);
        self
    }

    /// Sets the foreign system's own words, cut to 500 characters.
    #[must_use]
    pub fn detail(mut self, detail: &str) -> Self {
        self.detail = detail.chars().take(500).collect();
        self
    }

    /// Says whether a write may have happened.
    #[must_use]
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Says how long to wait.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// What kind of trouble it is.
    pub fn class(&self) -> Class {
        self.reason.class
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reason)?;
        if self.detail.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.detail)
        }
    }
}

/// What the client says, before a connector knows better: whether it left, and whether to try again.
impl From<skarv_http::Error> for Error {
    fn from(error: skarv_http::Error) -> Self {
        use skarv_http::{Error as Http, Retry};
        let base = match (&error, error.class()) {
            (Http::WindowClosed, _) => Self::transient("send_window_closed"),
            (Http::PacerClosed, _) => Self::transient("run_ended"),
            (Http::Redirect { .. }, _) => Self::configuration("redirected").fix("check_address"),
            (Http::Blocked { host }, _) => Self::configuration("address_not_public")
                .with("host", host)
                .fix("check_address"),
            (Http::TooLarge { limit }, _) => Self::transient("answer_too_large").with("limit", limit),
            (_, Retry::Later) => Self::transient("unreachable"),
            (_, Retry::Configuration) => Self::configuration("address_refused").fix("check_address"),
            (_, Retry::Never) => Self::transient("bad_answer"),
        };
        let delivery = if error.may_have_been_sent() {
            Delivery::InFlight
        } else {
            Delivery::NotDelivered
        };
        base.delivery(delivery).detail(&error.to_string())
    }
}
