//! Reading from a system that stumbles: once more while the trouble may pass, and not for longer than whoever waits can spare.

use std::time::Duration;

use skarv_canonical::Class;
use skarv_connector::Error;
use skarv_http::Backoff;

use crate::flow::Progress;

/// How patiently something is read.
pub(crate) struct Reading<'a> {
    /// How often it is tried.
    pub(crate) tries: u32,
    /// Waits between tries, where the system names none.
    pub(crate) backoff: Backoff,
    /// Counts the tries.
    pub(crate) progress: &'a Progress,
}

impl Reading<'_> {
    /// Reads, again while trouble may pass. `spare` is how long may still be waited; a longer wait is told with the error.
    pub(crate) async fn patiently<T, F: Future<Output = Result<T, Error>>>(
        &self,
        spare: impl Fn() -> Duration,
        mut read: impl FnMut() -> F,
    ) -> Result<T, Error> {
        for attempt in 0.. {
            match read().await {
                Err(error) if passing(&error) && attempt + 1 < self.tries => {
                    let own = || self.backoff.delay(attempt, rand::random());
                    let wait = error.retry_after.unwrap_or_else(own);
                    if wait > spare() {
                        return Err(error.retry_after(wait));
                    }
                    self.progress.retried();
                    tracing::info!(code = %error.reason.code, ?wait, attempt, "a read stumbled; reading again");
                    tokio::time::sleep(wait).await;
                }
                other => return other,
            }
        }
        Err(Error::transient("read_failed"))
    }
}

fn passing(error: &Error) -> bool {
    matches!(error.class(), Class::Transient | Class::RateLimited)
}
