//! A list in the order of its row versions, from any place in it.
//!
//! Every change gives a row a version above all others, so whatever changes while the list is read comes again further
//! on. Versions are read from the last one on and what was read of it is left out: nothing is missed where several rows
//! bear one version, or where another comes to bear it later.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use skarv_connector::Error;

use crate::api::{Api, without_end};
use crate::error::{Purpose, unreadable};

/// The largest page that the system gives.
const LARGEST: usize = 500;
/// So many pages of one row version, and the system ignores what it is asked.
const MOST_PAGES: usize = 20;

/// The last row version that was read, and what bore it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    version: u64,
    ids: Vec<String>,
}

/// What a list is made of.
pub(crate) trait Versioned: DeserializeOwned + Send {
    fn id(&self) -> &str;
    fn row_version(&self) -> Option<u64>;
}

/// What is listed by what changed.
#[derive(Clone, Copy)]
pub(crate) struct Feed<'a> {
    pub(crate) resource: &'a str,
    /// What its rows must fit besides.
    pub(crate) filter: &'a [(&'a str, &'a str)],
}

/// Rows after a position.
pub(crate) struct Part<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) position: Position,
    pub(crate) done: bool,
    pub(crate) heard: bool,
}

impl Feed<'_> {
    pub(crate) async fn after<T: Versioned>(
        self,
        api: &Api,
        position: &Position,
        limit: usize,
    ) -> Result<Part<T>, Error> {
        let size = (limit + position.ids.len() + 1).min(LARGEST);
        let from = position.version.saturating_sub(1);
        let mut last = from;
        let mut heard = false;
        for number in 1..=MOST_PAGES {
            let page: Vec<T> = self.page(api, from, number, size).await?;
            last = self.in_order(&page, from, last)?;
            heard |= !page.is_empty();
            let full = page.len() == size;
            let mut rows: Vec<T> = page.into_iter().filter(|row| position.is_before(row)).collect();
            if rows.is_empty() && full {
                continue;
            }
            let done = !full && rows.len() <= limit;
            rows.truncate(limit);
            return Ok(Part {
                position: position.moved_past(&rows),
                rows,
                done,
                heard,
            });
        }
        Err(without_end(self.resource))
    }

    async fn page<T: Versioned>(
        self,
        api: &Api,
        from: u64,
        number: usize,
        size: usize,
    ) -> Result<Vec<T>, Error> {
        let (from, number, most) = (from.to_string(), number.to_string(), size.to_string());
        let place = [
            ("rowVersionFrom", from.as_str()),
            ("page", &number),
            ("pageSize", &most),
        ];
        let rows: Vec<T> = api.get(&[self.resource], &[self.filter, &place].concat()).await?;
        if rows.len() > size {
            return Err(without_end(self.resource));
        }
        Ok(rows)
    }

    /// The last row version of a page that goes on after another. A system that does not list by what changed would be read
    /// in part or for ever.
    fn in_order<T: Versioned>(self, page: &[T], from: u64, mut last: u64) -> Result<u64, Error> {
        for row in page {
            let version = row
                .row_version()
                .ok_or_else(|| unreadable(Purpose::reading(self.resource)))?;
            if version <= from || version < last {
                return Err(Error::configuration("changes_not_listed").with("resource", self.resource));
            }
            last = version;
        }
        Ok(last)
    }
}

impl Position {
    fn is_before(&self, row: &impl Versioned) -> bool {
        row.row_version() != Some(self.version) || !self.ids.iter().any(|id| id == row.id())
    }

    fn moved_past<T: Versioned>(&self, rows: &[T]) -> Self {
        let Some(version) = rows.last().and_then(T::row_version) else {
            return self.clone();
        };
        let bear = rows.iter().filter(|row| row.row_version() == Some(version));
        let mut ids: Vec<String> = bear.map(|row| row.id().to_owned()).collect();
        if version == self.version {
            ids.extend(self.ids.iter().cloned());
        }
        Self { version, ids }
    }
}
