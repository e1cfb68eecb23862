//! The pace of a client that has a connection to itself: calls leave spaced alike, and no budget is asked for.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use skarv_http::{Pacer, PacerClosed};
use tokio::time::Instant;

/// Lets a call through each time an interval has passed.
pub(crate) struct Pace {
    interval: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn new(a_second: u32) -> Self {
        Self {
            interval: Duration::from_secs(1) / a_second,
            next: Mutex::new(Instant::now()),
        }
    }

    fn take(&self) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let at = (*next).max(Instant::now());
        *next = at + self.interval;
        at
    }
}

#[async_trait]
impl Pacer for Pace {
    async fn permit(&self) -> Result<(), PacerClosed> {
        tokio::time::sleep_until(self.take()).await;
        Ok(())
    }

    fn throttled(&self, _: Duration) {}
}
