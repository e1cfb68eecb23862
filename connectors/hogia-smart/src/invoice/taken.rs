//! Which articles of an invoice the books can take from their stock, and how many of each.
//!
//! Invariant: an article that they do not have or cannot sell stops no order; it is told. A number is asked for once per
//! run, and what was true then is taken to hold: where it does not, the books refuse the line and `invoice` goes on without.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use skarv_canonical::invoice::{Invoice, InvoiceRow, RowKind};
use skarv_canonical::{Currency, Reason};
use skarv_connector::Error;
use tokio::sync::{Mutex, OnceCell};

use crate::api::Api;
use crate::error::{items_not_there, stock_not_taken};
use crate::item;
use crate::row::MOST_PIECES;

/// So many of an article leave the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Taken<'a> {
    item_number: &'a str,
    quantity: u32,
    /// The whole price: it stands on the row already, and the item's own may be another.
    discount_percent: u32,
}

impl<'a> Taken<'a> {
    pub(crate) fn of(item_number: &'a str, quantity: u32) -> Self {
        Self {
            item_number,
            quantity,
            discount_percent: 100,
        }
    }
}

/// What an invoice takes from stock.
#[derive(Default)]
pub(crate) struct Taking<'a> {
    pub(crate) taken: Vec<Taken<'a>>,
    /// Numbers of what the books cannot take.
    left: Vec<&'a str>,
}

/// The currency that an article is sold in, where the books sell it.
type SoldIn = Option<String>;

/// The articles of the books, as far as they have been asked for.
#[derive(Default)]
pub(crate) struct Catalogue {
    asked: Mutex<HashMap<String, Arc<OnceCell<SoldIn>>>>,
}

impl Catalogue {
    pub(crate) async fn taking<'a>(&self, api: &Api, invoice: &'a Invoice) -> Result<Taking<'a>, Error> {
        let mut taking = Taking::default();
        if !invoice.takes_stock {
            return Ok(taking);
        }
        for row in invoice.rows.iter().filter(|row| is_counted(row)) {
            let number = row.sku.trim();
            if row.quantity <= MOST_PIECES && self.are_sold(api, number, invoice.currency).await? {
                taking.taken.push(Taken::of(number, row.quantity));
            } else if !taking.left.contains(&number) {
                taking.left.push(number);
            }
        }
        Ok(taking)
    }

    async fn are_sold(&self, api: &Api, number: &str, currency: Currency) -> Result<bool, Error> {
        let known = Arc::clone(self.asked.lock().await.entry(number.to_owned()).or_default());
        let sold_in = known.get_or_try_init(|| sold_in(api, number)).await?;
        let same = |sold_in: &str| sold_in.eq_ignore_ascii_case(currency.code());
        Ok(sold_in.as_deref().is_some_and(same))
    }
}

/// Goods of which the article and how many are known.
fn is_counted(row: &InvoiceRow) -> bool {
    row.kind == RowKind::Goods && row.quantity > 0 && !row.sku.trim().is_empty()
}

/// A line of an item that is not active, or that has no price, is refused by contract. Which of two is meant nobody knows.
async fn sold_in(api: &Api, number: &str) -> Result<SoldIn, Error> {
    let items = item::by_number(api, number).await.map_err(items_not_there)?;
    let [item] = items.as_slice() else {
        return Ok(None);
    };
    let sold = item.is_active() && item.regular().is_some();
    Ok(sold.then(|| item.currency().to_owned()))
}

impl<'a> Taking<'a> {
    /// The same, when the books take nothing of it.
    pub(crate) fn nothing(mut self) -> Self {
        for taken in std::mem::take(&mut self.taken) {
            if !self.left.contains(&taken.item_number) {
                self.left.push(taken.item_number);
            }
        }
        self
    }

    /// What a reader of the order is told of the stock that did not move.
    pub(crate) fn remark(&self) -> Option<Reason> {
        (!self.left.is_empty()).then(|| stock_not_taken(&self.left))
    }
}
