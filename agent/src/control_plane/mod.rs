//! The control plane, as an agent sees it: the only place that knows `skarv_proto`. Outside it there are plain types.
//!
//! Every call is idempotent, so every call may be repeated: `client` does that with full-jitter backoff, and signs in
//! again when the token ends. How long a call is worth repeating is for its caller to say.

mod client;
mod error;
mod finish;
mod found;
mod lease;
mod pacer;
mod page;
mod probe;
mod register;
mod renew;
mod run_control;
mod specs;
mod status;

pub(crate) use client::Client;
pub(crate) use error::CallError;
pub(crate) use lease::Leased;
pub(crate) use pacer::ConnectionPacer;
pub(crate) use probe::probe;
pub(crate) use renew::Renewed;
pub(crate) use run_control::RunControl;

use std::time::Duration;

/// A duration in the wire's milliseconds.
fn to_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
