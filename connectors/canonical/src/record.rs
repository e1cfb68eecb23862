//! A record on its way: what a source hands over, one at a time, with the key it is known by.

use serde::{Deserialize, Serialize};

use crate::{
    Money, Reason, article::Article, order::Order, price::ArticlePrice, refund::Refund, status::OrderStatus,
    stock::StockLevel,
};

/// One record in canonical form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// An order.
    Order(Box<Order>),
    /// A refund of an order.
    Refund(Box<Refund>),
    /// An article.
    Article(Box<Article>),
    /// The prices of an article.
    Price(Box<ArticlePrice>),
    /// How many there are of an article.
    Stock(StockLevel),
    /// How far an order has come.
    Status(Box<OrderStatus>),
}

/// A record as a source found it. One that the source cannot make sense of is parked with its reason, so the page goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// The source's own key of the record. Never changes.
    pub source_key: String,
    /// What people call it, such as the order number. Empty when the source could not read so far.
    pub reference: String,
    /// What it comes to, where it has an amount.
    pub amount: Option<Money>,
    /// The record, or why it parks.
    pub content: Result<Record, Reason>,
}
