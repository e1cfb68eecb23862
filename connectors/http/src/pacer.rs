//! The seam to rate limits, which belong to a connection and are shared by every agent that uses it.
//!
//! The client asks for a permit before each call and passes on what the foreign system says about its own
//! limits. Where permits come from is the agent's matter.

use std::time::Duration;

use async_trait::async_trait;

/// How long a connection rests after a 429 that does not say: the longest rate window of the systems we know.
pub(crate) const UNSAID_PAUSE: Duration = Duration::from_secs(5);

/// Lets calls through at the pace of one connection.
#[async_trait]
pub trait Pacer: Send + Sync {
    /// Waits for the right to make one call. Nothing has been checked or sent yet when this returns.
    async fn permit(&self) -> Result<(), PacerClosed>;

    /// The foreign system asked for a pause: no call should start before `retry_after` has passed.
    fn throttled(&self, retry_after: Duration);
}

/// No more permits: the run is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no more calls are let through")]
pub struct PacerClosed;

/// Lets everything through at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unpaced;

#[async_trait]
impl Pacer for Unpaced {
    async fn permit(&self) -> Result<(), PacerClosed> {
        Ok(())
    }

    fn throttled(&self, _: Duration) {}
}
