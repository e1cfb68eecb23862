//! The company's items in the order they came, and their numbers. A number is given once: an item that is deleted keeps
//! it, so that old invoices never point at something new.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::draft::Line;
use super::item::Item;

#[derive(Default)]
pub(super) struct ItemBook {
    items: Vec<Item>,
    ids: HashMap<Uuid, usize>,
    numbers: HashMap<String, usize>,
}

impl ItemBook {
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Item> {
        self.items.iter().filter(|item| !item.deleted)
    }

    pub(super) fn get(&self, id: Uuid) -> Option<&Item> {
        self.there(*self.ids.get(&id)?)
    }

    pub(super) fn get_mut(&mut self, id: Uuid) -> Option<&mut Item> {
        let item = &mut self.items[*self.ids.get(&id)?];
        (!item.deleted).then_some(item)
    }

    pub(super) fn numbered(&self, number: &str) -> Option<&Item> {
        self.there(*self.numbers.get(number)?)
    }

    pub(super) fn numbered_mut(&mut self, number: &str) -> Option<&mut Item> {
        let id = self.numbered(number)?.id;
        self.get_mut(id)
    }

    /// Whether an item has this number or had it.
    pub(super) fn taken(&self, number: &str) -> bool {
        self.numbers.contains_key(number)
    }

    pub(super) fn add(&mut self, item: Item) -> &Item {
        let at = self.items.len();
        self.ids.insert(item.id, at);
        self.numbers.insert(item.number().to_owned(), at);
        self.items.push(item);
        &self.items[at]
    }

    /// Takes what a document sells from the stock, and puts back what it credits. Below zero, if need be; what nobody counts
    /// stays uncounted.
    pub(super) fn hand_out(&mut self, lines: &[Line], now: DateTime<Utc>) {
        for (number, quantity) in lines.iter().filter_map(Line::items_sold) {
            if let Some(stock) = self.numbered_mut(number).and_then(Item::stock_mut) {
                stock.change(-quantity, now);
            }
        }
    }

    fn there(&self, at: usize) -> Option<&Item> {
        Some(&self.items[at]).filter(|item| !item.deleted)
    }
}
