//! `order_slip`: a refund, with the rows of the order that it gives back.
//!
//! A row of a slip bears the *slip's* id: it is known by the order's row. The head's totals are left alone: unrounded, and
//! recomputed by today's taxes. What a slip gives is in its rows, its shipping and its amount.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use skarv_canonical::refund::SlipKind;

use super::{Amount, Fields, Row, Unreadable};
use crate::{api::Resource, xml::Node};

/// `order_slip`.
pub(crate) struct SlipRow {
    pub(crate) id: u64,
    pub(crate) order: u64,
    pub(crate) made: NaiveDateTime,
    pub(crate) kind: SlipKind,
    /// Goods with tax, or without for those who see prices so, or what somebody chose. Never a total.
    pub(crate) amount: Decimal,
    pub(crate) shipping: Amount,
    pub(crate) details: Vec<SlipDetail>,
}

/// A row of an order, given back.
pub(crate) struct SlipDetail {
    /// The order's row.
    pub(crate) row: u64,
    pub(crate) quantity: u32,
    pub(crate) total: Amount,
}

impl Row for SlipRow {
    const RESOURCE: Resource = Resource {
        path: "order_slip",
        list: "order_slips",
        node: "order_slip",
        display: "full",
    };
    const KEY: &'static str = "id_order";
    // asked for by the orders of slips that came
    const ALWAYS_THERE: bool = true;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            id: fields.number("id")?,
            order: fields.number("id_order")?,
            made: fields.time("date_add")?,
            kind: kind(fields)?,
            amount: fields.given("amount")?,
            shipping: Amount {
                net: fields.given("total_shipping_tax_excl")?,
                gross: fields.given("total_shipping_tax_incl")?,
            },
            details: details(fields)?,
        })
    }
}

fn kind(fields: &Fields<'_>) -> Result<SlipKind, Unreadable> {
    match fields.node.text("order_slip_type") {
        "" | "0" => Ok(SlipKind::Plain),
        "1" => Ok(SlipKind::MinusVoucher),
        "2" => Ok(SlipKind::ChosenAmount),
        _ => Err(fields.unreadable("order_slip_type")),
    }
}

fn details(fields: &Fields<'_>) -> Result<Vec<SlipDetail>, Unreadable> {
    let rows = fields.node.child("associations");
    let rows = rows.and_then(|associations| associations.child("order_slip_details"));
    let rows = rows.map(Node::children).unwrap_or_default();
    let detail = |node: &Node| {
        // what is wrong with a row is said of its slip: the row has no id of its own
        let row = Fields {
            node,
            resource: fields.resource,
        };
        Ok(SlipDetail {
            row: row.number("id_order_detail")?,
            quantity: row.number("product_quantity")?,
            total: Amount {
                net: row.given("amount_tax_excl")?,
                gross: row.given("amount_tax_incl")?,
            },
        })
    };
    rows.iter().map(detail).collect()
}
