//! One kind of record between two stamps, a page of ids at a time, past rows and lists that the shop cannot show.
//!
//! An id is passed by only when its row came, or parks: a list that is short, shuffled or empty is asked for again by ids
//! before it counts.

use std::collections::BTreeSet;

use skarv_connector::Error;

use crate::{
    api::{Api, Query, Resource, Stamp},
    batch::{self, Nodes},
    error,
    row::{OrderRow, ProductRow, Row, SlipRow},
    xml::Node,
};

const ID: &str = "id";

/// A kind of record, and what to say of a shop that had some and shows none.
pub(crate) struct Feed {
    pub(crate) resource: Resource,
    vanished: &'static str,
}

pub(crate) const ORDERS: Feed = Feed {
    resource: OrderRow::RESOURCE,
    vanished: "orders_vanished",
};
/// Orders, with no more than the state that they are in.
pub(crate) const PLACED: Feed = Feed {
    resource: Resource::fields("orders", "order", "[id,current_state]"),
    vanished: "orders_vanished",
};
pub(crate) const SLIPS: Feed = Feed {
    resource: SlipRow::RESOURCE,
    vanished: "refunds_vanished",
};
pub(crate) const PRODUCTS: Feed = Feed {
    resource: ProductRow::RESOURCE,
    vanished: "products_vanished",
};

/// The records of a kind that bear a stamp between two local times, both included; without one, all of them.
pub(crate) struct Span<'a> {
    pub(crate) feed: &'a Feed,
    pub(crate) stamped: Option<(Stamp, &'a str, &'a str)>,
}

/// The records after a position, and their ids.
#[derive(Default)]
pub(crate) struct Part {
    pub(crate) nodes: Nodes,
    pub(crate) ids: Vec<u64>,
}

impl Part {
    /// The last id, if there may be more after it.
    pub(crate) fn full(&self, limit: usize) -> Option<u64> {
        self.ids.last().copied().filter(|_| self.ids.len() >= limit)
    }
}

impl Span<'_> {
    /// The next records after an id. One that the shop cannot show does not hide the others. `seen` says that the shop has
    /// shown some before.
    pub(crate) async fn after(&self, api: &Api, id: u64, limit: usize, seen: bool) -> Result<Part, Error> {
        let query = self.query().after(id);
        let part = match api.list(query.clone().limit(limit)).await {
            Ok(listing) => self.listed(api, &query, listing.rows, (id, limit)).await?,
            Err(error) if error::may_be_one_row(&error) => {
                self.by_ids(api, query.limit(limit), (id, limit)).await?
            }
            Err(error) => return Err(error),
        };
        match part.ids.is_empty() {
            true => self.look_again(api, (id, limit), seen).await,
            false => Ok(part),
        }
    }

    fn query(&self) -> Query {
        let query = Query::of(self.feed.resource);
        match self.stamped {
            Some((stamp, from, to)) => query.stamped(stamp, from, to),
            None => query,
        }
    }

    async fn listed(
        &self,
        api: &Api,
        query: &Query,
        rows: Vec<Node>,
        after: (u64, usize),
    ) -> Result<Part, Error> {
        let ids = ids(rows.iter().map(|row| row.text(ID)));
        if ids.len() < rows.len() || !goes_on(after.0, &ids) {
            // such a page says nothing of which ids are read: all of them tell
            let found = self.by_ids(api, query.clone(), after).await?;
            if found.ids.is_empty() {
                self.is_heard(api, query.clone()).await?;
            }
            return Ok(found);
        }
        let unreadable = Vec::new();
        Ok(Part {
            nodes: Nodes { rows, unreadable },
            ids,
        })
    }

    /// A list without rows may come from a shop in trouble. A window is over only when the shop says so twice, and shows that it
    /// has such records at all.
    async fn look_again(&self, api: &Api, after: (u64, usize), seen: bool) -> Result<Part, Error> {
        let query = self.query().after(after.0).limit(after.1);
        let found = self.by_ids(api, query, after).await?;
        if found.ids.is_empty() && seen {
            let any = Query::of(self.feed.resource).ids_only().limit(1);
            if api.list(any).await?.rows.is_empty() {
                return Err(Error::transient(self.feed.vanished));
            }
        }
        Ok(found)
    }

    /// Whether the shop answers what it is asked. One that gives the same page for ever gives more than the one row, too.
    async fn is_heard(&self, api: &Api, query: Query) -> Result<(), Error> {
        match api.list(query.ids_only().limit(1)).await?.rows.len() {
            0 | 1 => Ok(()),
            _ => Err(Error::configuration("list_without_end")
                .with("resource", self.feed.resource.path)
                .fix("let_questions_through")),
        }
    }

    /// The first records of a list that cannot be read as such, by their ids. One that is listed and not to be had parks.
    async fn by_ids(&self, api: &Api, query: Query, (after, limit): (u64, usize)) -> Result<Part, Error> {
        let listed = listed_ids(api, query).await?;
        let ids: Vec<u64> = listed.into_iter().filter(|id| *id > after).take(limit).collect();
        let nodes =
            batch::persistent(api, self.feed.resource, ids.iter().map(u64::to_string).collect()).await?;
        Ok(Part { nodes, ids })
    }
}

/// The ids of a list of bare ids.
pub(crate) async fn listed_ids(api: &Api, query: Query) -> Result<BTreeSet<u64>, Error> {
    let rows = api.list(query.ids_only()).await?.rows;
    Ok(ids(rows.iter().filter_map(|row| row.attribute(ID)))
        .into_iter()
        .collect())
}

fn ids<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<u64> {
    texts.filter_map(|text| text.parse().ok()).collect()
}

/// Whether a page was sorted and filtered as it was asked for. A firewall that cuts either off would make reading endless.
fn goes_on(after: u64, ids: &[u64]) -> bool {
    ids.is_sorted_by(|a, b| a < b) && ids.first().is_none_or(|first| *first > after)
}
