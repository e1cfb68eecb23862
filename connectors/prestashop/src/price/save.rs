//! Prices of products or combinations in one body, and one by one when the shop refuses the whole.
//!
//! Setting a price twice is setting it once, so nothing has to be read again before the second try.

use std::collections::HashMap;

use rust_decimal::Decimal;
use skarv_canonical::Class;
use skarv_connector::{Delivery, Error};

use super::{Prices, family::not_shown, job::gone};
use crate::{api::Resource, batch, system, xml::Node};

/// A kind of row that has a price.
#[derive(Clone, Copy)]
pub(super) enum Priced {
    Product,
    Combination,
}

impl Priced {
    fn resource(self) -> Resource {
        match self {
            Self::Product => Resource::full("products", "product"),
            Self::Combination => Resource::full("combinations", "combination"),
        }
    }

    /// What the shop shows and does not take back. Lists that are not sent are kept.
    fn not_taken_back(self) -> &'static [&'static str] {
        match self {
            Self::Product => &[
                "associations",
                "manufacturer_name",
                "position_in_category",
                "quantity",
            ],
            Self::Combination => &["associations"],
        }
    }
}

impl Prices {
    /// Writes these prices. The errors of those that were not written, by id.
    pub(super) async fn save(&self, kind: Priced, prices: &[(u64, Decimal)]) -> HashMap<u64, Error> {
        let mut failed = HashMap::new();
        let Err(error) = self.send(kind, prices).await else {
            return failed;
        };
        for price in prices {
            let end = match prices.len() > 1 && may_be_one_row(&error) {
                true => self.send(kind, std::slice::from_ref(price)).await,
                false => Err(error.clone()),
            };
            if let Err(error) = end {
                failed.insert(price.0, error);
            }
        }
        failed
    }

    async fn send(&self, kind: Priced, prices: &[(u64, Decimal)]) -> Result<(), Error> {
        if prices.is_empty() {
            return Ok(());
        }
        let resource = kind.resource();
        if self.by_patch(kind).await? {
            let row =
                |(id, price): &(u64, Decimal)| Node::new(resource.node).with("id", id).with("price", price);
            let rows = prices.iter().map(row).collect();
            return self.api.patch(resource, rows, None).await.map(drop);
        }
        let rows = self.whole(kind, prices).await?;
        self.api.replace(resource, rows, None).await.map(drop)
    }

    /// Whole rows as they stand, with these prices in them.
    async fn whole(&self, kind: Priced, prices: &[(u64, Decimal)]) -> Result<Vec<Node>, Error> {
        let resource = kind.resource();
        let ids = prices.iter().map(|(id, _)| id.to_string()).collect();
        let mut nodes = batch::nodes(&self.api, resource, "id", ids).await?;
        if let Some(id) = nodes.unreadable.pop() {
            return Err(not_shown(resource, "id", id));
        }
        let mut standing: HashMap<String, Node> = nodes
            .rows
            .into_iter()
            .map(|row| (row.text("id").to_owned(), row))
            .collect();
        let row = |(id, price): &(u64, Decimal)| {
            let mut row = standing.remove(&id.to_string()).ok_or_else(|| gone(resource))?;
            row.drop_all(kind.not_taken_back());
            Ok(row.with("price", price))
        };
        prices.iter().map(row).collect()
    }

    async fn by_patch(&self, kind: Priced) -> Result<bool, Error> {
        let known = match kind {
            Priced::Product => &self.products_by_patch,
            Priced::Combination => &self.combinations_by_patch,
        };
        let ask = || system::writes_by_patch(&self.api, kind.resource());
        known.get_or_try_init(ask).await.copied()
    }
}

fn may_be_one_row(error: &Error) -> bool {
    matches!(error.class(), Class::Data | Class::Transient) && error.delivery != Delivery::InFlight
}
