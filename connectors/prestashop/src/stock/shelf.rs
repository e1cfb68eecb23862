//! What the shop had of everything when the slice began, and what has become of it since.
//!
//! The books are read after that look, so whatever leaves the shop from then on is not in them: it is taken off what they say.
//! A row that was sent and not answered may have been written; whether it was is read off what stands next. A sale only ever
//! lowers a quantity, so what stands is what there was before or what was sent, less what was sold.

use std::collections::{HashMap, HashSet};

use skarv_connector::Error;

use crate::{
    api::{Api, Query, Resource},
    xml::Node,
};

/// The fields of a row that a comparison needs.
pub(super) const LEVELS: Resource = Resource::fields(
    "stock_availables",
    "stock_available",
    "[id,id_product,id_product_attribute,quantity,out_of_stock]",
);
/// Rows in one page of the first look: about a megabyte.
const PAGE: usize = 2_000;
/// Rows that are kept in memory, at about 50 bytes each.
const MOST_ROWS: usize = 2_000_000;

/// A product, and the combination of it or 0.
pub(super) type Thing = (u64, u64);

/// A stock row as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) row: u64,
    pub(super) quantity: i64,
    /// What becomes of an order when there is none: 0 refused, 1 taken, 2 as the shop says.
    pub(super) when_empty: u8,
}

impl Level {
    pub(super) fn of(node: &Node) -> Option<(Thing, Self)> {
        let product = node.text("id_product").parse().ok()?;
        let combination = node.text("id_product_attribute").parse().ok()?;
        let level = Self {
            row: node.text("id").parse().ok()?,
            quantity: node.text("quantity").parse().ok()?,
            when_empty: node.text("out_of_stock").parse().ok()?,
        };
        Some(((product, combination), level))
    }
}

/// What is to stand in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Want {
    pub(super) quantity: i64,
    /// `None` is not ours.
    pub(super) when_empty: Option<u8>,
}

impl Want {
    fn stands(self, level: Level) -> bool {
        self.quantity == level.quantity && self.when_empty.is_none_or(|own| own == level.when_empty)
    }
}

/// A row that was sent: what it held before, what was sent, and what the books wanted.
#[derive(Clone, Copy)]
struct Sent {
    before: i64,
    quantity: i64,
    want: i64,
}

impl Sent {
    /// Whether it is what was written, less what was sold, rather than what there was before.
    fn was_written(self, now: i64) -> bool {
        let bases = [self.before, self.quantity];
        let base = bases.into_iter().filter(|base| *base >= now).min();
        base == Some(self.quantity) && self.before != self.quantity
    }
}

/// The stock of the shop.
#[derive(Default)]
pub(super) struct Shelf {
    levels: HashMap<Thing, Level>,
    /// Things with more than one row: which of them counts cannot be told.
    doubled: HashSet<Thing>,
    sent: HashMap<u64, Sent>,
}

impl Shelf {
    /// Everything, by the ids of the rows.
    pub(super) async fn read(api: &Api) -> Result<Self, Error> {
        let mut shelf = Self::default();
        let mut last = 0;
        loop {
            let query = Query::of(LEVELS).after(last).limit(PAGE);
            let rows = api.list(query).await?.rows;
            let ids = rows.iter().filter_map(|row| row.text("id").parse::<u64>().ok());
            let highest = ids.max().unwrap_or(0);
            if !rows.is_empty() && (highest <= last || shelf.levels.len() >= MOST_ROWS) {
                return Err(Error::configuration("list_without_end")
                    .with("resource", LEVELS.path)
                    .fix("let_questions_through"));
            }
            rows.iter().for_each(|row| shelf.learn(row));
            if rows.len() < PAGE {
                shelf.levels.shrink_to_fit();
                return Ok(shelf);
            }
            last = highest;
        }
    }

    /// Adds a row that was not known. What is known stays as it was when the slice began.
    pub(super) fn learn(&mut self, node: &Node) {
        let Some((thing, level)) = Level::of(node) else {
            return;
        };
        let known = self.levels.entry(thing).or_insert(level);
        if known.row != level.row {
            self.doubled.insert(thing);
        }
    }

    pub(super) fn knows(&self, thing: Thing) -> bool {
        self.levels.contains_key(&thing)
    }

    /// The one row of a thing. Otherwise how many there are: none, or more.
    pub(super) fn row(&self, thing: Thing) -> Result<u64, usize> {
        match self.levels.get(&thing) {
            _ if self.doubled.contains(&thing) => Err(2),
            Some(level) => Ok(level.row),
            None => Err(0),
        }
    }

    /// Whether there was nothing to write when the slice began: what was sold since then has left the shop as it should.
    pub(super) fn stood(&self, thing: Thing, want: Want) -> bool {
        let level = self.levels.get(&thing);
        level.is_some_and(|level| want.stands(*level) && !self.sent.contains_key(&level.row))
    }

    /// What is to be sent for a row that holds this now, if anything.
    pub(super) fn due(&mut self, thing: Thing, now: Level, want: Want) -> Option<Want> {
        let began = self.levels.entry(thing).or_insert(now);
        if let Some(sent) = self.sent.remove(&now.row)
            && sent.was_written(now.quantity)
        {
            began.quantity = sent.want;
        }
        let sold = began.quantity.saturating_sub(now.quantity).max(0);
        let due = Want {
            quantity: want.quantity.saturating_sub(sold),
            ..want
        };
        if due.stands(now) {
            self.written(thing, want);
            return None;
        }
        Some(due)
    }

    /// A row is about to be sent.
    pub(super) fn sending(&mut self, now: Level, due: Want, want: Want) {
        let sent = Sent {
            before: now.quantity,
            quantity: due.quantity,
            want: want.quantity,
        };
        self.sent.insert(now.row, sent);
    }

    /// A row stands as it was wanted, less what was sold: what is missing from the want stays counted as sold.
    pub(super) fn written(&mut self, thing: Thing, want: Want) {
        if let Some(level) = self.levels.get_mut(&thing) {
            level.quantity = want.quantity;
            level.when_empty = want.when_empty.unwrap_or(level.when_empty);
            self.sent.remove(&level.row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THING: Thing = (7, 0);

    fn level(quantity: i64) -> Level {
        Level {
            row: 9,
            quantity,
            when_empty: 2,
        }
    }

    fn want(quantity: i64) -> Want {
        Want {
            quantity,
            when_empty: None,
        }
    }

    fn shelf(quantity: i64) -> Shelf {
        Shelf {
            levels: HashMap::from([(THING, level(quantity))]),
            ..Shelf::default()
        }
    }

    #[test]
    fn what_was_sold_since_the_first_look_is_taken_off() {
        let mut shelf = shelf(10);
        assert_eq!(shelf.due(THING, level(8), want(20)), Some(want(18)));
        assert_eq!(
            shelf.due(THING, level(25), want(20)),
            Some(want(20)),
            "what came in is the books' to say"
        );
        assert_eq!(shelf.due(THING, level(8), want(10)), None);
    }

    #[test]
    fn a_sale_counts_for_the_whole_slice() {
        let mut shelf = shelf(10);
        shelf.sending(level(9), want(19), want(20));
        shelf.written(THING, want(20));
        assert!(shelf.stood(THING, want(20)));
        assert_eq!(shelf.due(THING, level(19), want(21)), Some(want(20)));
    }

    #[test]
    fn a_row_that_was_sent_and_not_answered_is_read_off_what_stands() {
        for (before, sent, now, written) in [
            (10, 20, 20, true),
            (10, 20, 19, true),
            (10, 20, 10, false),
            (10, 20, 8, false),
            (20, 10, 10, true),
            (20, 10, 9, true),
            (20, 10, 15, false),
            (20, 10, 20, false),
            (20, 10, 30, false),
        ] {
            let sent = Sent {
                before,
                quantity: sent,
                want: sent,
            };
            assert_eq!(sent.was_written(now), written, "{before} {} {now}", sent.quantity);
        }
    }

    #[test]
    fn a_sale_after_a_write_that_nobody_answered_is_not_sold_again() {
        let mut shelf = shelf(10);
        shelf.sending(level(10), want(20), want(20));
        assert!(!shelf.stood(THING, want(10)), "who knows what stands");
        assert_eq!(shelf.due(THING, level(19), want(20)), None);
        assert_eq!(shelf.due(THING, level(17), want(20)), None);
    }

    #[test]
    fn a_thing_with_two_rows_has_none_that_counts() {
        let node = |id: u32| {
            Node::new("stock_available")
                .with("id", id)
                .with("id_product", 7)
                .with("id_product_attribute", 0)
                .with("quantity", 3)
                .with("out_of_stock", 2)
        };
        let mut shelf = Shelf::default();
        shelf.learn(&node(4));
        assert_eq!(shelf.row(THING), Ok(4));
        shelf.learn(&node(4));
        assert_eq!(shelf.row(THING), Ok(4));
        shelf.learn(&node(5));
        assert_eq!(shelf.row(THING), Err(2));
        assert_eq!(shelf.row((8, 0)), Err(0));
    }
}
