//! A refund as a shop made it: one credit slip, the order it takes back from, and the slips that came before.
//!
//! A slip says what the shop gave back, in the shop's own way; it is not what is credited. `mapping::credit` holds it against
//! the invoiced rows, because a slip may repeat a discount, be rounded in another way, or be taxed by today's rules.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::order::Order;

/// One refund of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The shop's id of the slip. Never changes.
    pub key: String,
    /// The order, as it is invoiced.
    pub order: Box<Order>,
    /// What is given back now.
    pub slip: Slip,
    /// Every older slip of the order, oldest first: what is left to credit depends on them.
    pub earlier: Vec<Slip>,
}

/// One credit slip. No amount in it is negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// The shop's id of the slip.
    pub key: String,
    /// The day it was made, by the shop's own calendar: the credit note is dated so.
    pub date: NaiveDate,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// How it was made.
    pub kind: SlipKind,
    /// Rows of the order that it is about. None when only shipping or a bare amount is given back.
    pub lines: Vec<SlipLine>,
    /// Shipping given back, tax included.
    pub shipping_gross: Decimal,
    /// The same without tax.
    pub shipping_net: Decimal,
    /// What the shop states as the slip's amount: goods with tax, or *without* for buyers who see prices without tax, or what
    /// a person chose. Shipping is never in it, and it is not a total.
    pub amount: Decimal,
}

/// How a slip was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlipKind {
    /// The rows at their price.
    Plain,
    /// The rows at their price, less the order's vouchers.
    MinusVoucher,
    /// An amount that a person chose, or any slip with shipping: the shop does not tell the two apart.
    ChosenAmount,
}

/// A row of an order on a slip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipLine {
    /// The `key` of the order's row.
    pub order_line: String,
    /// How many are taken back.
    pub quantity: u32,
    /// Gross, in whole öre.
    pub gross: Decimal,
    /// Net, as the shop stored it.
    pub net: Decimal,
}
