//! Refunds: a shop's credit slips with the orders that they take back from, and the slips of those orders that came before.
//!
//! A slip is told as the shop made it. What of it can be credited is decided in `canonical::mapping`, against the invoice.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use skarv_canonical::{
    Reason,
    money::to_ore,
    order::Order,
    refund::{Refund, Slip, SlipKind, SlipLine},
};
use skarv_connector::Error;

use crate::{
    api::Api,
    batch::Batch,
    row::{OrderRow, Row, SlipDetail, SlipRow, Unreadable},
    zone::Zone,
};

/// Half an öre, by which the shop's unrounded sums of rows may differ from the rows for each of them.
const HALF_ORE: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

/// What a slip's records are known by: orders and slips are numbered independently.
pub(crate) fn key(id: &str) -> String {
    format!("R{id}")
}

/// The id of a slip, from the key of its record.
pub(crate) fn slip_id(key: &str) -> Option<String> {
    let id = key.strip_prefix('R')?;
    id.parse::<u64>().is_ok().then(|| id.to_owned())
}

/// What slips are about: their orders, and every slip of those.
pub(crate) struct Refunded {
    orders: Batch<OrderRow>,
    slips: Batch<SlipRow>,
}

impl Refunded {
    pub(crate) async fn read(api: &Api, slips: &[SlipRow]) -> Result<Self, Error> {
        let ids: BTreeSet<String> = slips.iter().map(|slip| slip.order.to_string()).collect();
        let (orders, slips) = tokio::try_join!(Batch::read(api, ids.clone()), Batch::read(api, ids))?;
        Ok(Self { orders, slips })
    }

    pub(crate) fn orders(&self) -> impl Iterator<Item = &OrderRow> {
        self.orders.iter()
    }

    /// The order of a slip, and the slips of the order that are older. All must be known: what is left depends on them.
    pub(crate) fn of(&self, slip: &SlipRow) -> Result<(&OrderRow, &[SlipRow]), Reason> {
        let key = slip.order.to_string();
        let order = self.orders.one(&key).map_err(Unreadable::reason)?;
        let order = order.ok_or_else(|| {
            Reason::data("refund_order_missing")
                .with("slip", slip.id)
                .with("order", slip.order)
                .fix("credit_by_hand")
        })?;
        let slips = self.slips.all(&key).map_err(Unreadable::reason)?;
        let at = slips.iter().position(|other| other.id == slip.id);
        let at = at.ok_or_else(|| {
            let hidden = Unreadable::NotShown {
                resource: SlipRow::RESOURCE.path,
                field: SlipRow::KEY,
                value: key,
            };
            hidden.reason()
        })?;
        Ok((order, &slips[..at]))
    }
}

pub(crate) fn refund(row: &SlipRow, earlier: &[SlipRow], order: Order, zone: Zone) -> Refund {
    Refund {
        key: row.id.to_string(),
        order: Box::new(order),
        slip: slip(row, zone),
        earlier: earlier.iter().map(|row| slip(row, zone)).collect(),
    }
}

fn slip(row: &SlipRow, zone: Zone) -> Slip {
    Slip {
        key: row.id.to_string(),
        date: row.made.date(),
        created_at: zone.utc(row.made),
        kind: row.kind,
        lines: row.details.iter().map(line).collect(),
        shipping_gross: to_ore(row.shipping.gross),
        shipping_net: row.shipping.net.normalize(),
        amount: row.amount.normalize(),
    }
}

fn line(detail: &SlipDetail) -> SlipLine {
    SlipLine {
        order_line: detail.row.to_string(),
        quantity: detail.quantity,
        gross: to_ore(detail.total.gross),
        net: detail.total.net.normalize(),
    }
}

/// What the shop gave back by a slip, as far as its own figures tell: for people to know it by, and never booked.
pub(crate) fn given(slip: &SlipRow, order: &OrderRow) -> Decimal {
    let rows: Decimal = slip.details.iter().map(|detail| to_ore(detail.total.gross)).sum();
    let net: Decimal = slip.details.iter().map(|detail| detail.total.net).sum();
    let is = |sum: Decimal| (slip.amount - sum).abs() <= HALF_ORE * Decimal::from(slip.details.len() + 1);
    let goods = match slip.kind {
        _ if slip.details.is_empty() => to_ore(slip.amount),
        SlipKind::MinusVoucher => rows - to_ore(order.discounts.gross).min(rows),
        SlipKind::ChosenAmount if !is(rows) && !is(net) => to_ore(slip.amount),
        SlipKind::Plain | SlipKind::ChosenAmount => rows,
    };
    goods + to_ore(slip.shipping.gross)
}
