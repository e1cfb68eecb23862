//! What a source promises: everything once, from any position, the same by key, and without a trace.
//!
//! The set of records must stand still while a function runs.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, Utc};
use skarv_canonical::{Cursor, record::Pulled};
use skarv_connector::{BoxedSource, Extent, Page, PullRequest, Source};

/// Page sizes that make pages end inside, at and beyond the set.
const PAGE_SIZES: [usize; 3] = [1, 7, 50];
/// No test system holds more pages than this.
const MOST_PAGES: usize = 2_000;
/// Positions to resume from.
const RESUMPTIONS: usize = 8;

/// Where reading begins.
#[derive(Clone, Copy, Debug)]
pub struct Beginning {
    pub start_at: Option<DateTime<Utc>>,
    pub now: DateTime<Utc>,
}

impl Beginning {
    async fn page(&self, source: &dyn Source, cursor: Option<Cursor>, limit: usize) -> Result<Page> {
        let request = PullRequest {
            extent: Extent::Changes,
            cursor,
            start_at: self.start_at,
            limit,
            now: self.now,
        };
        let page = source.pull(request).await.context("pulling a page")?;
        ensure!(
            page.records.len() <= limit,
            "a page of {} records where {limit} were asked for",
            page.records.len()
        );
        Ok(page)
    }

    /// Every page from a position until the source says that there is nothing more.
    async fn pages(&self, source: &dyn Source, from: Option<Cursor>, limit: usize) -> Result<Vec<Page>> {
        let mut pages = Vec::new();
        let mut cursor = from;
        for _ in 0..MOST_PAGES {
            let page = self.page(source, cursor, limit).await?;
            let done = page.done;
            cursor = Some(page.cursor.clone());
            pages.push(page);
            if done {
                return Ok(pages);
            }
        }
        bail!("still not done after {MOST_PAGES} pages of {limit}")
    }
}

/// Whatever the page size, every record comes, and comes once.
pub async fn reads_everything_once_through_pages(
    open: impl AsyncFn() -> Result<BoxedSource>,
    beginning: Beginning,
    expected: &BTreeSet<String>,
) -> Result<()> {
    for limit in PAGE_SIZES {
        let source = open().await?;
        let pages = beginning.pages(source.as_ref(), None, limit).await?;
        let keys = keys(&pages);
        let found = unique(&keys).with_context(|| format!("with pages of {limit}"))?;
        let missing: Vec<_> = expected.difference(&found).collect();
        let unexpected: Vec<_> = found.difference(expected).collect();
        ensure!(
            missing.is_empty() && unexpected.is_empty(),
            "with pages of {limit}: {missing:?} missing, {unexpected:?} not expected"
        );
    }
    Ok(())
}

/// Another process that takes over at any cursor reads exactly the rest.
pub async fn resumes_from_any_cursor(
    open: impl AsyncFn() -> Result<BoxedSource>,
    beginning: Beginning,
) -> Result<()> {
    let limit = PAGE_SIZES[1];
    let pages = beginning.pages(open().await?.as_ref(), None, limit).await?;
    let between = pages.len() - 1;
    ensure!(
        between > 0,
        "one page of {limit} holds everything: nothing to resume"
    );
    for read in (1..=between).step_by(between.div_ceil(RESUMPTIONS)) {
        let cursor = pages[read - 1].cursor.clone();
        let rest = beginning
            .pages(open().await?.as_ref(), Some(cursor.clone()), limit)
            .await?;
        ensure!(
            keys(&rest) == keys(&pages[read..]),
            "resumed at {}: read {:?}, left were {:?}",
            cursor.as_str(),
            keys(&rest),
            keys(&pages[read..])
        );
    }
    Ok(())
}

/// What the system holds is the same before and after reading. `books` is read past the connector.
pub async fn reading_changes_nothing(
    open: impl AsyncFn() -> Result<BoxedSource>,
    beginning: Beginning,
    books: impl AsyncFn() -> Result<String>,
) -> Result<()> {
    let before = books().await?;
    let source = open().await?;
    let pages = beginning.pages(source.as_ref(), None, PAGE_SIZES[2]).await?;
    source
        .fetch(&keys(&pages), beginning.now)
        .await
        .context("fetching")?;
    ensure!(
        before == books().await?,
        "the system's own books changed while they were read"
    );
    Ok(())
}

/// A record fetched by its key is the one that was pulled, in the order of the keys; a key of nothing comes back parked.
pub async fn fetch_returns_what_pull_did(
    open: impl AsyncFn() -> Result<BoxedSource>,
    beginning: Beginning,
    absent: &str,
) -> Result<()> {
    let source = open().await?;
    let pages = beginning.pages(source.as_ref(), None, PAGE_SIZES[2]).await?;
    let pulled: Vec<Pulled> = pages.into_iter().flat_map(|page| page.records).collect();
    let mut asked: Vec<String> = pulled
        .iter()
        .rev()
        .map(|record| record.source_key.clone())
        .collect();
    asked.push(absent.to_owned());
    let fetched = source.fetch(&asked, beginning.now).await.context("fetching")?;
    ensure!(
        fetched.len() == asked.len(),
        "{} records for {} keys",
        fetched.len(),
        asked.len()
    );
    for (pulled, fetched) in pulled.iter().rev().zip(&fetched) {
        ensure!(pulled == fetched, "pulled {pulled:?}, fetched {fetched:?}");
    }
    let nothing = &fetched[pulled.len()];
    ensure!(
        nothing.source_key == absent && nothing.content.is_err(),
        "a key of nothing gave {nothing:?}"
    );
    Ok(())
}

fn keys(pages: &[Page]) -> Vec<String> {
    let records = pages.iter().flat_map(|page| &page.records);
    records.map(|record| record.source_key.clone()).collect()
}

fn unique(keys: &[String]) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for key in keys {
        ensure!(found.insert(key.clone()), "{key} came twice");
    }
    Ok(found)
}
