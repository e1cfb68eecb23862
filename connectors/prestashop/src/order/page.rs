//! A page of rows into records: orders as their shop made them, refunds with their orders, and what cannot be read as such.
//!
//! A page takes at most as many requests as there are kinds of rows around an order, however many orders it has.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use skarv_canonical::{
    Money, Reason,
    gift_card::redeem,
    money::to_ore,
    order::Order,
    record::{Pulled, Record},
    spec::OrderSettings,
};
use skarv_connector::Error;

use super::assemble;
use crate::{
    api::Api,
    batch::{Batch, Nodes},
    refund::{self, Refunded},
    related::Related,
    row::{OrderRow, Row, SlipRow, Unreadable},
    shop::Shop,
};

/// Everything that is known when the records of a page are made.
struct Desk<'a> {
    settings: &'a OrderSettings,
    shop: &'a Shop,
    related: Related,
    /// Slips of orders that the shop calls refunded.
    slips_of_called: Batch<SlipRow>,
}

/// The records of these orders and slips.
pub(super) async fn records(
    api: &Api,
    settings: &OrderSettings,
    shop: &mut Shop,
    (orders, slips): (Nodes, Nodes),
) -> Result<Vec<Pulled>, Error> {
    let (orders, mut records) = rows::<OrderRow>(&orders, &|id| id.to_owned());
    let (slips, parked_slips) = rows::<SlipRow>(&slips, &refund::key);
    let refunded = Refunded::read(api, &slips).await?;
    let every: Vec<&OrderRow> = each_once(orders.iter().chain(refunded.orders()));
    let related = Box::pin(Related::read(api, &every)).await?;
    Box::pin(shop.cover(api, &related.wanted(&every))).await?;
    let called_refunded = orders.iter().filter(|row| shop.is_refunded(row.state));
    let slips_of_called = Batch::read(api, called_refunded.map(OrderRow::key).collect()).await?;
    let desk = Desk {
        settings,
        shop,
        related,
        slips_of_called,
    };
    records.extend(orders.iter().map(|row| desk.order(row)));
    records.sort_by_key(|record| number(&record.source_key));
    let mut refunds = parked_slips;
    refunds.extend(slips.iter().map(|slip| desk.refund(slip, &refunded)));
    refunds.sort_by_key(|record| refund::slip_id(&record.source_key).map(|id| number(&id)));
    records.extend(refunds);
    Ok(records)
}

impl Desk<'_> {
    fn order(&self, row: &OrderRow) -> Pulled {
        let content = self.understood(row).map(|order| Order {
            refunded_without_slip: self.is_refunded_without_slip(row),
            ..order
        });
        let sold = content
            .as_ref()
            .map_or(row.total.gross, |order| self.sold_for(order));
        Pulled {
            source_key: row.key(),
            reference: row.reference.clone(),
            amount: self.money(row, to_ore(sold)),
            content: content.map(|order| Record::Order(Box::new(order))),
        }
    }

    fn is_refunded_without_slip(&self, row: &OrderRow) -> bool {
        let none = |slips: &[SlipRow]| slips.is_empty();
        self.shop.is_refunded(row.state) && self.slips_of_called.all(&row.key()).is_ok_and(none)
    }

    /// What its invoice comes to: gift cards pay for an order and make it no cheaper.
    fn sold_for(&self, order: &Order) -> Decimal {
        redeem(order, &self.settings.gift_cards).0.totals.gross
    }

    fn refund(&self, slip: &SlipRow, refunded: &Refunded) -> Pulled {
        let key = refund::key(&slip.id.to_string());
        let (row, slips) = match refunded.of(slip) {
            Ok(known) => known,
            Err(reason) => return parked(&key, "", reason),
        };
        let zone = self.shop.settings.zone;
        let refund = self
            .understood(row)
            .map(|order| refund::refund(slip, slips, order, zone));
        Pulled {
            source_key: key,
            reference: row.reference.clone(),
            amount: self.money(row, refund::given(slip, row)),
            content: refund.map(|refund| Record::Refund(Box::new(refund))),
        }
    }

    fn understood(&self, row: &OrderRow) -> Result<Order, Reason> {
        match self.related.around(row) {
            Ok(around) => assemble::assemble(row, &around, self.shop, self.settings),
            Err(reason) => {
                let readable = self.related.readable(row);
                assemble::not_sent(row, &readable, self.shop, self.settings).ok_or(reason)
            }
        }
    }

    fn money(&self, row: &OrderRow, amount: Decimal) -> Option<Money> {
        let currency = self.shop.currencies.get(row.currency).copied();
        currency.map(|currency| Money::new(amount, currency))
    }
}

/// The rows that can be read, and the others parked.
fn rows<T: Row>(nodes: &Nodes, key: &dyn Fn(&str) -> String) -> (Vec<T>, Vec<Pulled>) {
    let stuck = |id: &String| {
        let unreadable = Unreadable::NotShown {
            resource: T::RESOURCE.path,
            field: "id",
            value: id.clone(),
        };
        parked(&key(id), "", unreadable.reason())
    };
    let mut records: Vec<Pulled> = nodes.unreadable.iter().map(stuck).collect();
    let mut rows = Vec::new();
    for node in &nodes.rows {
        match T::of(node) {
            Ok(row) => rows.push(row),
            Err(unreadable) => {
                let record = parked(&key(node.text("id")), node.text("reference"), unreadable.reason());
                records.push(record);
            }
        }
    }
    (rows, records)
}

fn each_once<'a>(rows: impl Iterator<Item = &'a OrderRow>) -> Vec<&'a OrderRow> {
    let mut ids = BTreeSet::new();
    rows.filter(|row| ids.insert(row.id)).collect()
}

fn number(key: &str) -> u64 {
    key.parse().unwrap_or_default()
}

pub(super) fn parked(key: &str, reference: &str, reason: Reason) -> Pulled {
    Pulled {
        source_key: key.to_owned(),
        reference: reference.to_owned(),
        amount: None,
        content: Err(reason),
    }
}
