//! Reading pages, with patience for a source that stumbles.

use skarv_canonical::{Class, Cursor, record::Pulled};
use skarv_connector::{Error, Extent, Page, PullRequest};

use super::engine::{Run, Work};

/// How often a read is tried within a slice.
const TRIES: u32 = 5;

/// Reads the page after `cursor`. For a replay, the next of the wanted keys.
pub(super) async fn page(run: &Run, cursor: Option<Cursor>, done: usize) -> Result<Page, Error> {
    match &run.work {
        Work::Stream | Work::Everything => {
            let request = PullRequest {
                extent: match run.work {
                    Work::Everything => Extent::Everything,
                    Work::Stream | Work::Replay(_) => Extent::Changes,
                },
                cursor,
                start_at: run.spec.orders().map(|orders| orders.start_at),
                limit: run.page_size,
                now: run.wall.now(),
            };
            patiently(run, || run.source.pull(request.clone())).await
        }
        Work::Replay(keys) => {
            let end = keys.len().min(done + run.page_size);
            let wanted = &keys[done..end];
            let records: Vec<Pulled> = patiently(run, || run.source.fetch(wanted, run.wall.now())).await?;
            let cursor = cursor.unwrap_or_else(|| Cursor::new(""));
            Ok(Page {
                records,
                cursor,
                done: end == keys.len(),
            })
        }
    }
}

/// Tries a read again while trouble may pass.
pub(super) async fn patiently<T, F: Future<Output = Result<T, Error>>>(
    run: &Run,
    mut read: impl FnMut() -> F,
) -> Result<T, Error> {
    for attempt in 0.. {
        match read().await {
            Err(error) if passing(&error) && attempt + 1 < TRIES => {
                let wait = error.retry_after.unwrap_or_else(|| run.backoff(attempt));
                if wait > run.patience() {
                    return Err(error.retry_after(wait));
                }
                run.progress.retried();
                tracing::info!(code = %error.reason.code, ?wait, attempt, "a read stumbled; reading again");
                tokio::time::sleep(wait).await;
            }
            other => return other,
        }
    }
    Err(Error::transient("read_failed"))
}

fn passing(error: &Error) -> bool {
    matches!(error.class(), Class::Transient | Class::RateLimited)
}
