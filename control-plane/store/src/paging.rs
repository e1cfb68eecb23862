//! Pages of lists: one row more than asked for tells whether there is a next one.

use serde::{Serialize, de::DeserializeOwned};
use skarv_domain::{
    Error, Result,
    paging::{Listed, Page},
};

use crate::json;

/// The position where the previous page ended.
pub(crate) fn position<P: DeserializeOwned>(page: &Page) -> Result<Option<P>> {
    let read = |after: &String| {
        serde_json::from_str(after).map_err(|_| Error::invalid("page_token", "is not from this list"))
    };
    page.after.as_ref().map(read).transpose()
}

/// How many rows to fetch for a page.
pub(crate) fn fetch(page: &Page) -> u64 {
    u64::from(page.size) + 1
}

/// The page out of the rows that were fetched for it.
pub(crate) fn listed<R, T, P: Serialize>(
    page: &Page,
    mut rows: Vec<R>,
    position: impl Fn(&R) -> P,
    read: impl Fn(R) -> Result<T>,
) -> Result<Listed<T>> {
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    let next = match rows.last() {
        Some(last) if more => Some(json::text(&position(last))?),
        _ => None,
    };
    Ok(Listed {
        items: rows.into_iter().map(read).collect::<Result<_>>()?,
        next,
    })
}
