//! An order state of a shop: what it is called, what it means, and whether it cancels or gives back.
//!
//! `state/book.rs` holds all of them. A deleted state sends no order by itself any more, but it says what the orders that have been in it have been through.

mod book;

use skarv_canonical::trigger::{ShopState, StateFlag};

pub(crate) use book::{Ending, StateBook};

use crate::xml::Node;

/// The mail that a shop sends when it cancels an order.
const CANCELLED_MAIL: &str = "order_canceled";

/// The mail that a shop sends when it calls an order refunded.
const REFUNDED_MAIL: &str = "refund";

/// The mail that a shop sends when a payment failed.
const FAILED_MAIL: &str = "payment_error";

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
    /// Whether it mails that the payment failed.
    pub(crate) fails: bool,
    /// Whether it has a mail to its buyer.
    pub(crate) mails: bool,
    pub(crate) deleted: bool,
    /// Its name by the ids of the shop's languages.
    titles: Vec<(String, String)>,
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
            fails: mails(FAILED_MAIL),
            mails: row.text("send_email") == "1",
            deleted: row.text("deleted") == "1",
            titles: by_language(row, "name"),
        }
    }

    /// One that the shop cannot show.
    pub(crate) fn of_id(id: &str) -> Self {
        Self {
            shown: ShopState::of_id(id),
            cancels: false,
            refunds: false,
            fails: false,
            mails: false,
            deleted: false,
            titles: Vec::new(),
        }
    }

    pub(crate) fn means(&self, flag: StateFlag) -> bool {
        self.shown.flags.contains(&flag)
    }

    /// Its id and its name, as people know it.
    pub(crate) fn title(&self, language: &str) -> String {
        let named = format!("{} {}", self.shown.id, self.name(language));
        named.trim_end().to_owned()
    }

    /// Its name in a language of the shop, or in any.
    pub(crate) fn name(&self, language: &str) -> &str {
        let spoken = self.titles.iter().find(|(id, _)| id == language);
        let any = spoken.map(|(_, name)| name).or_else(|| self.shown.names.first());
        any.map_or("", String::as_str)
    }
}

/// The texts of a field by the ids of their languages.
pub(crate) fn by_language(row: &Node, field: &str) -> Vec<(String, String)> {
    let texts = row.child(field).map(Node::children).unwrap_or_default();
    let text = |text: &Node| Some((text.attribute("id")?.to_owned(), text.own_text().to_owned()));
    texts
        .iter()
        .filter_map(text)
        .filter(|(_, text)| !text.is_empty())
        .collect()
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
