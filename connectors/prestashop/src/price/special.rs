//! Rows of ours, written: what stands is read for a whole page, and changed one spot at a time.
//!
//! A row that was made and not answered for is found by its shape the next time, so no second one is made.

use std::collections::HashMap;

use skarv_connector::Error;

use super::{
    Prices, family,
    job::Job,
    ours::{self, SPECIFIC_PRICES},
    wanted::{Wanted, wanted},
};
use crate::{batch, xml::Node};

/// Specific prices by their products.
pub(super) type Standing = HashMap<u64, Vec<Node>>;

impl Prices {
    /// Every specific price of the products that are to have one of ours, or none, by product.
    pub(super) async fn standing(&self, jobs: &[Result<Job, Error>]) -> Result<Standing, Error> {
        let looked_at = jobs.iter().flatten().filter(|job| !wanted(job).is_empty());
        let products = family::keys(looked_at.map(|job| &job.place));
        let mut standing = Standing::new();
        for row in self.specific_prices(products).await? {
            standing
                .entry(row.text("id_product").parse().unwrap_or(0))
                .or_default()
                .push(row);
        }
        Ok(standing)
    }

    /// Makes one row stand at its spot, or none.
    pub(super) async fn stand(&self, standing: &Standing, wanted: Wanted) -> Result<(), Error> {
        let Wanted { spot, row } = wanted;
        let rows = standing.get(&spot.product).map(Vec::as_slice);
        let steps = ours::steps(rows.unwrap_or_default(), spot, row);
        for id in steps.delete {
            self.api.delete(SPECIFIC_PRICES, id).await?;
        }
        if let Some(row) = steps.replace {
            self.api.replace(SPECIFIC_PRICES, vec![row], None).await?;
        }
        match steps.create {
            Some(row) => self.create(spot.product, row).await,
            None => Ok(()),
        }
    }

    async fn create(&self, product: u64, row: Node) -> Result<(), Error> {
        let Err(error) = self.api.create(SPECIFIC_PRICES, vec![row.clone()], None).await else {
            return Ok(());
        };
        if error.reason.code != "record_exists" {
            return Err(error);
        }
        // somebody came first: the shop keeps one row for each case
        let rows = self.specific_prices(vec![product.to_string()]).await?;
        let row = ours::in_the_way(&rows, row).ok_or(error)?;
        self.api.replace(SPECIFIC_PRICES, vec![row], None).await.map(drop)
    }

    async fn specific_prices(&self, products: Vec<String>) -> Result<Vec<Node>, Error> {
        let mut nodes = batch::nodes(&self.api, SPECIFIC_PRICES, "id_product", products).await?;
        match nodes.unreadable.pop() {
            None => Ok(nodes.rows),
            Some(product) => Err(family::not_shown(SPECIFIC_PRICES, "id_product", product)),
        }
    }
}
