//! An order state of a shop: what it is called, what it means, and whether it cancels or gives back.
//!
//! A deleted state sends no order by itself any more, but it says what the orders that have been in it have been through.

use skarv_canonical::trigger::{ShopState, StateFlag};

use crate::xml::Node;

/// The mail that a shop sends when it cancels an order.
const CANCELLED_MAIL: &str = "order_canceled";

/// The mail that a shop sends when it calls an order refunded.
const REFUNDED_MAIL: &str = "refund";

const FLAGS: [(&str, StateFlag); 5] = [
    ("paid", StateFlag::Paid),
    ("shipped", StateFlag::Shipped),
    ("delivery", StateFlag::Delivered),
    ("invoice", StateFlag::Invoiced),
    ("logable", StateFlag::Logable),
];

/// A state.
pub(crate) struct State {
    pub(crate) shown: ShopState,
    /// Whether it mails that an order is cancelled.
    pub(crate) cancels: bool,
    /// Whether it mails that the money was given back.
    pub(crate) refunds: bool,
    pub(crate) deleted: bool,
}

impl State {
    pub(crate) fn of(row: &Node) -> Self {
        let mails = in_every_language(row, "template");
        let mails = |name: &str| mails.iter().any(|mail| mail == name);
        let flags = FLAGS.iter().filter(|(field, _)| row.text(field) == "1");
        Self {
            shown: ShopState {
                id: row.text("id").to_owned(),
                names: in_every_language(row, "name"),
                flags: flags.map(|(_, flag)| *flag).collect(),
            },
            cancels: mails(CANCELLED_MAIL),
            refunds: mails(REFUNDED_MAIL),
            deleted: row.text("deleted") == "1",
        }
    }

    /// One that the shop cannot show.
    pub(crate) fn of_id(id: &str) -> Self {
        Self {
            shown: ShopState::of_id(id),
            cancels: false,
            refunds: false,
            deleted: false,
        }
    }
}

/// The texts of a field, each once.
fn in_every_language(row: &Node, field: &str) -> Vec<String> {
    let Some(field) = row.child(field) else {
        return Vec::new();
    };
    let languages = field.children().iter().map(Node::own_text);
    let mut texts: Vec<String> = Vec::new();
    for text in languages.chain([field.own_text()]) {
        if !text.is_empty() && !texts.iter().any(|known| known == text) {
            texts.push(text.to_owned());
        }
    }
    texts
}
