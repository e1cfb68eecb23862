//! Items in the order of their row versions, from any place in it.
//!
//! Every change gives an item a row version above all others, so whatever changes while the list is read comes again further
//! on. Versions are read from the last one on and what was read of it is left out: nothing is missed where several items
//! bear one version, or where another comes to bear it later.

use serde::{Deserialize, Serialize};
use skarv_connector::Error;

use super::{ITEMS, Item};
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

/// Items after a position.
pub(super) struct Part {
    pub(super) items: Vec<Item>,
    pub(super) position: Position,
    pub(super) done: bool,
    pub(super) heard: bool,
}

pub(super) async fn after(api: &Api, position: &Position, limit: usize) -> Result<Part, Error> {
    let size = (limit + position.ids.len() + 1).min(LARGEST);
    let from = position.version.saturating_sub(1);
    let mut last = from;
    let mut heard = false;
    for number in 1..=MOST_PAGES {
        let page = page(api, from, number, size).await?;
        last = in_order(&page, from, last)?;
        heard |= !page.is_empty();
        let full = page.len() == size;
        let mut items: Vec<Item> = page.into_iter().filter(|item| position.is_before(item)).collect();
        if items.is_empty() && full {
            continue;
        }
        let done = !full && items.len() <= limit;
        items.truncate(limit);
        return Ok(Part {
            position: position.moved_past(&items),
            items,
            done,
            heard,
        });
    }
    Err(without_end(ITEMS))
}

async fn page(api: &Api, from: u64, number: usize, size: usize) -> Result<Vec<Item>, Error> {
    let (from, number, most) = (from.to_string(), number.to_string(), size.to_string());
    let query = [
        ("rowVersionFrom", from.as_str()),
        ("page", &number),
        ("pageSize", &most),
    ];
    let items: Vec<Item> = api.get(&[ITEMS], &query).await?;
    if items.len() > size {
        return Err(without_end(ITEMS));
    }
    Ok(items)
}

/// The last row version of a page that goes on after another. A system that does not list by what changed would be read in
/// part or for ever.
fn in_order(page: &[Item], from: u64, mut last: u64) -> Result<u64, Error> {
    for item in page {
        let version = item
            .row_version
            .ok_or_else(|| unreadable(Purpose::reading(ITEMS)))?;
        if version <= from || version < last {
            return Err(Error::configuration("changes_not_listed").with("resource", ITEMS));
        }
        last = version;
    }
    Ok(last)
}

impl Position {
    fn is_before(&self, item: &Item) -> bool {
        item.row_version != Some(self.version) || !self.ids.contains(&item.id)
    }

    fn moved_past(&self, items: &[Item]) -> Self {
        let Some(version) = items.last().and_then(|item| item.row_version) else {
            return self.clone();
        };
        let bear = items.iter().filter(|item| item.row_version == Some(version));
        let mut ids: Vec<String> = bear.map(|item| item.id.clone()).collect();
        if version == self.version {
            ids.extend(self.ids.iter().cloned());
        }
        Self { version, ids }
    }
}
