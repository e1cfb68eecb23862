//! An order changed after the fact, as the back office does it: everything is added up anew but what has been paid.

use chrono::{DateTime, Utc};

use super::{
    books::Books,
    rounding::{Amount, Extras, ore, totals},
};

impl Books {
    /// Gives a row, by its place from 1, another quantity. False where there is no such row.
    pub(crate) fn edit(&mut self, order_id: u32, place: usize, quantity: u32, at: DateTime<Utc>) -> bool {
        let line = self.details.of_order(order_id).nth(place.wrapping_sub(1));
        let Some((line, order)) = line.map(|row| row.id).zip(self.orders.get(order_id)) else {
            return false;
        };
        let (round_type, extras) = (order.round_type, order.totals);
        if let Some(row) = self.details.get_mut(line) {
            row.quantity = quantity;
            row.total = round_type.line(row.unit, quantity);
        }
        let rows: Vec<(Amount, u32)> = self
            .details
            .of_order(order_id)
            .map(|row| (row.unit, row.quantity))
            .collect();
        let goods = rows
            .iter()
            .map(|&(unit, quantity)| round_type.line(unit, quantity))
            .sum();
        let discounts = self.revalue_voucher(order_id, goods, extras.shipping);
        if let Some(order) = self.orders.get_mut(order_id) {
            let extras = Extras {
                shipping: extras.shipping,
                wrapping: extras.wrapping,
                discounts,
            };
            order.totals = totals(round_type, &rows, extras);
            order.date_upd = at;
        }
        true
    }

    /// What the order's voucher takes off now, in whole öre as an edit leaves it.
    fn revalue_voucher(&mut self, order_id: u32, goods: Amount, shipping: Amount) -> Amount {
        let conversion = self
            .orders
            .get(order_id)
            .map(|order| order.currency.conversion_rate());
        let rule = self
            .order_cart_rules
            .of_order(order_id)
            .next()
            .map(|rule| rule.id);
        let rule = rule.and_then(|id| self.order_cart_rules.get_mut(id));
        let (Some(conversion), Some(rule)) = (conversion, rule) else {
            return Amount::default();
        };
        rule.value = rule.voucher.value(goods, shipping, conversion).map(ore);
        rule.value
    }
}
