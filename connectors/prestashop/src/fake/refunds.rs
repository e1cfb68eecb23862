//! Credit slips, as the back office makes them: with all the ways in which their heads do not say what was given back.
//!
//! Rows are rounded one by one, however the order was; the head's goods are not rounded; `amount` is without tax for those who
//! see prices so; a voucher is taken off the one sum that `amount` is not. Neither the order nor its state changes.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{
    books::Books,
    rounding::{Amount, ore},
    rows::{Order, OrderSlip, SlipRow},
};

/// Customers who see prices without tax.
const COMPANIES: u32 = 4;

/// What somebody gives back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Places of rows in the order, from 1, and how many pieces.
    pub(crate) rows: Vec<(usize, u32)>,
    /// With tax.
    pub(crate) shipping: Decimal,
    /// Instead of what the rows come to.
    pub(crate) amount: Option<Decimal>,
    pub(crate) minus_voucher: bool,
}

impl Books {
    /// Everything that is left of an order's rows; its shipping too, unless a voucher makes the two slips of it.
    pub(crate) fn what_is_left(&self, order_id: u32) -> Option<Wanted> {
        let order = self.orders.get(order_id)?;
        let mut slips: Vec<&OrderSlip> = self.order_slips.of_order(order_id).collect();
        slips.retain(|slip| !slip.rows.is_empty() || !slip.shipping.gross.is_zero());
        let given = |detail: u32| {
            let rows = slips.iter().flat_map(|slip| &slip.rows);
            rows.filter(|row| row.detail == detail)
                .map(|row| row.quantity)
                .sum::<u32>()
        };
        let rows = self.details.of_order(order_id).enumerate();
        let rows = rows.map(|(place, row)| (place + 1, row.quantity.saturating_sub(given(row.id))));
        let shipped: Decimal = slips.iter().map(|slip| slip.shipping.gross).sum();
        let minus_voucher = !order.totals.discounts.gross.is_zero();
        Some(Wanted {
            rows: rows.filter(|(_, quantity)| *quantity > 0).collect(),
            shipping: if minus_voucher {
                Decimal::ZERO
            } else {
                order.totals.shipping.gross - shipped
            },
            amount: None,
            minus_voucher,
        })
    }

    /// Makes a slip. None where the order or one of the rows is not there.
    pub(crate) fn refund(&mut self, order_id: u32, wanted: &Wanted, at: DateTime<Utc>) -> Option<u32> {
        let order = self.orders.get(order_id)?;
        let lines: Vec<_> = self.details.of_order(order_id).collect();
        let mut rows = Vec::new();
        let mut exact = Amount::default();
        for (place, quantity) in &wanted.rows {
            let line = lines.get(place.checked_sub(1)?)?;
            let whole = line.unit * Decimal::from(*quantity);
            exact = exact + whole;
            rows.push(SlipRow {
                detail: line.id,
                quantity: *quantity,
                total: whole.map(ore),
            });
        }
        let customer = self.customers.get(order.customer);
        let without_tax = customer.is_some_and(|customer| customer.group == COMPANIES);
        let head = Head::of(wanted, exact, order, without_tax);
        let given: Decimal = rows.iter().map(|row: &SlipRow| row.total.gross).sum();
        let given = wanted.amount.unwrap_or(given) - head.voucher + wanted.shipping;
        let (customer, currency) = (order.customer, order.currency);
        Some(self.order_slips.add(|id| OrderSlip {
            id,
            order: order_id,
            customer,
            currency,
            products: head.products,
            shipping: head.shipping,
            amount: head.amount,
            kind: head.kind,
            given,
            rows,
            date_add: at,
        }))
    }
}

/// The sums of a slip.
struct Head {
    products: Amount,
    shipping: Amount,
    amount: Decimal,
    kind: u32,
    voucher: Decimal,
}

impl Head {
    fn of(wanted: &Wanted, exact: Amount, order: &Order, without_tax: bool) -> Self {
        let voucher = match wanted.minus_voucher {
            true => order.totals.discounts.gross,
            false => Decimal::ZERO,
        };
        let rounded_net = Amount {
            net: ore(exact.net),
            ..exact
        };
        let (goods, products) = if without_tax {
            let gross = ore(exact.gross) - voucher;
            (exact.net, Amount { gross, ..exact })
        } else {
            let net = rounded_net.net - voucher;
            (exact.gross, Amount { net, ..exact })
        };
        let rate = Decimal::ONE + order.carrier_tax_rate / Decimal::ONE_HUNDRED;
        Self {
            products,
            shipping: Amount {
                net: ore(wanted.shipping / rate),
                gross: wanted.shipping,
            },
            amount: wanted.amount.unwrap_or(goods),
            kind: match (wanted.amount, wanted.minus_voucher) {
                (Some(_), _) => 2,
                _ if !wanted.shipping.is_zero() => 2,
                (None, true) => 1,
                (None, false) => 0,
            },
            voucher,
        }
    }
}
