//! Reading: everything once in pages, on from any cursor, the same by key, without a trace, and never more at once than is declared.

use anyhow::{Context, Result, ensure};
use skarv_canonical::descriptor::Descriptor;
use skarv_connector::{BoxedSource, Extent, PullRequest};

use super::{Trial, asks_without_writing, trouble};
use crate::source::{self, Beginning};

pub(super) async fn passes(descriptor: &Descriptor, open: &impl AsyncFn() -> Result<Trial>) -> Result<()> {
    promises(&open().await?).await?;
    at_most_in_parallel(descriptor, &open().await?).await?;
    asks_without_writing(&open().await?).await?;
    trouble::while_reading(&open().await?).await
}

async fn source(trial: &Trial) -> Result<BoxedSource> {
    let access = trial.bench.access(&trial.tap.url());
    let opened = trial
        .bench
        .connector()
        .source(&access, &trial.bench.stream())
        .await;
    opened.context("opening it")
}

fn beginning(trial: &Trial) -> Beginning {
    Beginning {
        start_at: trial.bench.start_at(),
        now: trial.bench.now(),
    }
}

async fn promises(trial: &Trial) -> Result<()> {
    let (open, from) = (async || source(trial).await, beginning(trial));
    let holds = trial.bench.holds().await?;
    source::reads_everything_once_through_pages(open, from, &holds)
        .await
        .context("everything once, in pages")?;
    source::resumes_from_any_cursor(open, from)
        .await
        .context("on from any cursor")?;
    source::reading_changes_nothing(open, from, async || trial.bench.books().await)
        .await
        .context("without a trace")?;
    source::fetch_returns_what_pull_did(open, from, &trial.bench.absent())
        .await
        .context("the same by key")
}

async fn at_most_in_parallel(descriptor: &Descriptor, trial: &Trial) -> Result<()> {
    trial.tap.forget();
    pull(trial).await?;
    let most = trial.tap.most_at_once();
    let declared = descriptor.max_parallel as usize;
    ensure!(
        most <= declared,
        "{most} calls were out at once, and {declared} are declared"
    );
    Ok(())
}

/// The first page, as large as they come.
pub(super) async fn pull(trial: &Trial) -> Result<()> {
    let request = PullRequest {
        cursor: None,
        start_at: trial.bench.start_at(),
        extent: Extent::Changes,
        limit: 50,
        now: trial.bench.now(),
    };
    Ok(source(trial).await?.pull(request).await.map(drop)?)
}
