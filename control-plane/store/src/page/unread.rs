//! Which orders of a shop have not been read yet. Their goods are sold, and nothing else here knows of it.
//!
//! An order is read once its stream has a record of it, whatever became of it: from then on the record and its demand speak. They are
//! stored in one transaction, so an order is in one of the two at any time. Of a stream that is off nothing is to be read.

use std::collections::{BTreeSet, HashSet};

use sea_orm::{FromQueryResult, prelude::Uuid};
use skarv_domain::Result;

use super::PreparePage;
use crate::{
    run::rows::Held,
    turn::{Turn, set},
};

#[derive(FromQueryResult)]
struct Row {
    stream_id: Uuid,
    order_key: String,
}

/// Orders that have not been read, by the stream that asked.
pub(crate) type Unread = HashSet<(Uuid, String)>;

pub(crate) async fn of(turn: Turn<'_>, live: &[(&PreparePage, &Held)]) -> Result<Unread> {
    let asked = live.iter().flat_map(|(page, held)| {
        let keys = page.want_unread.iter();
        held.run
            .stream_id
            .into_iter()
            .flat_map(move |stream| keys.clone().map(move |key| (stream, key)))
    });
    let asked: BTreeSet<_> = asked.collect();
    if asked.is_empty() {
        return Ok(Unread::new());
    }
    let asked = set(&asked.into_iter().collect::<Vec<_>>())?;
    let rows = turn.rows::<Row>(turn.sql.orders_unread, [asked]).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.stream_id, row.order_key))
        .collect())
}

/// Those that one page asked about.
pub(crate) fn of_page(page: &PreparePage, held: &Held, unread: &Unread) -> Vec<String> {
    let Some(stream) = held.run.stream_id else {
        return Vec::new();
    };
    let is_unread = |key: &&String| unread.contains(&(stream, (*key).clone()));
    page.want_unread.iter().filter(is_unread).cloned().collect()
}
