//! Reading pages, with patience for a source that stumbles.

use skarv_canonical::{Cursor, record::Pulled};
use skarv_connector::{Error, Extent, Page, PullRequest};

use super::engine::{BACKOFF, Run, Work};
use crate::reading::Reading;

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
                limit: run.page_size.min(run.max_records.saturating_sub(done).max(1)),
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

/// Tries a read again while trouble may pass and the slice has time.
pub(super) async fn patiently<T, F: Future<Output = Result<T, Error>>>(
    run: &Run,
    read: impl FnMut() -> F,
) -> Result<T, Error> {
    let reading = Reading {
        tries: TRIES,
        backoff: BACKOFF,
        progress: &run.progress,
    };
    reading.patiently(|| run.patience(), read).await
}
