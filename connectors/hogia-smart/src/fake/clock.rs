//! The fake's own time. A foreign system lives by its own clock, so tests hand one in and the demo
//! takes the host's; nothing else in the fake reads the time of day.

use std::sync::Arc;

use chrono::{DateTime, Utc};

/// Where the fake's `now` comes from.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    pub fn new(read: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// A clock that stands still.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self::new(move || at)
    }

    /// The clock of the host.
    #[allow(
        clippy::disallowed_methods,
        reason = "a foreign system has a clock of its own"
    )]
    pub fn system() -> Self {
        Self::new(Utc::now)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}
