//! Rows of stock in one body: read again, compared, sent, and halved when the shop refuses the whole.
//!
//! A body is no transaction: what stands before the row that was refused is written. Each half is therefore read again before
//! it is sent, and finds what the whole has done. A request that nobody answered may still be at work, so nothing is sent after it.

use std::collections::HashMap;

use skarv_canonical::Class;
use skarv_connector::{Delivery, Error};

use super::{
    End, Item, Stock, receipt,
    shelf::{Level, Want},
};
use crate::{
    api::Resource,
    batch::{self, Nodes},
    row::Unreadable,
    xml::Node,
};

/// Whole rows: a shop that cannot be told the quantity alone is sent everything back as it was.
pub(super) const ROWS: Resource = Resource::full("stock_availables", "stock_available");
/// Bodies in a row that fail of themselves before the shop is taken to be in trouble.
const PATIENCE: u32 = 3;

/// A row that is to be sent.
struct Due {
    item: Item,
    due: Want,
    row: Node,
}

impl Stock {
    /// One end for each item.
    pub(super) async fn write(&self, items: Vec<Item>) -> Vec<End> {
        let mut ends: Vec<End> = items.iter().map(|item| Ok(receipt(*item))).collect();
        let mut waiting = vec![self.differing(&items).await];
        let mut failed_in_a_row = 0;
        while let Some(mut part) = waiting.pop() {
            let Err(error) = self.send(&items, &part, &mut ends).await else {
                failed_in_a_row = 0;
                continue;
            };
            failed_in_a_row += u32::from(error.class() == Class::Transient);
            if part.len() > 1 && may_be_one_row(&error) && failed_in_a_row < PATIENCE {
                let second = part.split_off(part.len() / 2);
                waiting.extend([second, part]);
                continue;
            }
            part.iter().for_each(|place| ends[*place] = Err(error.clone()));
            if !may_be_one_row(&error) || failed_in_a_row >= PATIENCE {
                waiting
                    .iter()
                    .flatten()
                    .for_each(|place| ends[*place] = Err(error.clone()));
                return ends;
            }
        }
        ends
    }

    /// The places of items that did not stand when the slice began.
    async fn differing(&self, items: &[Item]) -> Vec<usize> {
        let shelf = self.shelf.lock().await;
        let differs = |place: &usize| !shelf.stood(items[*place].thing, items[*place].want);
        (0..items.len()).filter(differs).collect()
    }

    /// Reads these again and sends what differs. An error is that of the whole body; a row's own goes to its end.
    async fn send(&self, items: &[Item], part: &[usize], ends: &mut [End]) -> Result<(), Error> {
        if part.is_empty() {
            return Ok(());
        }
        let by_patch = self.patches().await?;
        let ids = part.iter().map(|place| items[*place].row.to_string()).collect();
        let nodes = batch::nodes(&self.api, ROWS, "id", ids).await?;
        let dues = self.dues(items, part, nodes, ends).await;
        if dues.is_empty() {
            return Ok(());
        }
        let rows = dues.iter().map(|due| due.element(by_patch)).collect();
        match by_patch {
            true => self.api.patch(ROWS, rows, None).await?,
            false => self.api.replace(ROWS, rows, None).await?,
        };
        let mut shelf = self.shelf.lock().await;
        dues.iter()
            .for_each(|due| shelf.written(due.item.thing, due.item.want));
        Ok(())
    }

    async fn dues(&self, items: &[Item], part: &[usize], nodes: Nodes, ends: &mut [End]) -> Vec<Due> {
        let mut rows: HashMap<String, Node> = nodes
            .rows
            .into_iter()
            .map(|row| (row.text("id").to_owned(), row))
            .collect();
        let mut shelf = self.shelf.lock().await;
        let mut dues = Vec::new();
        for &place in part {
            let item = items[place];
            let id = item.row.to_string();
            let Some(row) = rows.remove(&id) else {
                ends[place] = Err(lost(id, &nodes.unreadable));
                continue;
            };
            let Some((_, now)) = Level::of(&row) else {
                ends[place] = Err(unreadable(id));
                continue;
            };
            if let Some(due) = shelf.due(item.thing, now, item.want) {
                shelf.sending(now, due, item.want);
                dues.push(Due { item, due, row });
            }
        }
        dues
    }
}

impl Due {
    fn element(&self, by_patch: bool) -> Node {
        let quantity = self.due.quantity.to_string();
        let row = match by_patch {
            // a quantity that stands is not sent along: it might be sold in between
            true if self.row.text("quantity") == quantity => self.bare(),
            true => self.bare().with("quantity", quantity),
            false => self.row.clone().with("quantity", quantity),
        };
        match self.due.when_empty {
            Some(own) => row.with("out_of_stock", own),
            None => row,
        }
    }

    fn bare(&self) -> Node {
        Node::new(ROWS.node).with("id", self.item.row)
    }
}

/// Whether a part of the body may go through where the whole did not. What a key may not do it may not do to a part.
fn may_be_one_row(error: &Error) -> bool {
    matches!(error.class(), Class::Data | Class::Transient) && error.delivery != Delivery::InFlight
}

fn lost(id: String, not_shown: &[String]) -> Error {
    if !not_shown.contains(&id) {
        return Error::data("record_gone")
            .with("resource", ROWS.path)
            .fix("check_in_source");
    }
    let stuck = Unreadable::NotShown {
        resource: ROWS.path,
        field: "id",
        value: id,
    };
    Error::new(stuck.reason())
}

fn unreadable(id: String) -> Error {
    let stuck = Unreadable::Field {
        resource: ROWS.path,
        id,
        field: "quantity",
    };
    Error::new(stuck.reason())
}
