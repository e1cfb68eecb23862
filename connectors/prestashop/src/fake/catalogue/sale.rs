//! What a buyer does to the stock: takes from it, below zero where the shop lets him, now or just before somebody else's write.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{Assortment, What, journal::By};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sale {
    pub(crate) product: u32,
    /// 0 for a product that has none.
    #[serde(default)]
    pub(crate) combination: u32,
    pub(crate) quantity: u32,
}

impl Assortment {
    /// False where there is no such stock.
    pub(crate) fn sell(&mut self, sale: &Sale, at: DateTime<Utc>) -> bool {
        let row = self.stock_row(sale.product, sale.combination);
        let row = row.and_then(|id| self.get(What::StockAvailables, id).cloned());
        let Some(mut row) = row else { return false };
        let left = row.count("quantity") - i64::from(sale.quantity);
        row.set("quantity", left.to_string());
        self.change(By::Sale, row, at);
        true
    }

    /// The sale happens when this stock is next written: after it was read and before it is overwritten.
    pub(super) fn sell_before_next_write(&mut self, sale: Sale) {
        self.waiting.push(sale);
    }

    pub(super) fn sell_what_waits(&mut self, stock_row: u32, at: DateTime<Utc>) {
        let waiting = std::mem::take(&mut self.waiting);
        for sale in waiting {
            if self.stock_row(sale.product, sale.combination) == Some(stock_row) {
                self.sell(&sale, at);
            } else {
                self.waiting.push(sale);
            }
        }
    }
}
