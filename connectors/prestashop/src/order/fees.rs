//! Shipping and gift wrapping: what they are called, and under which rates they fall.
//!
//! A shop taxes them with a rate of their own, or (a setting that German shops use) with the average of the goods. Amounts
//! tell which, and the setting does not: it may have changed since. An average is several fees, one for each rate.

use rust_decimal::Decimal;
use skarv_canonical::{
    Reason,
    money::{split, to_ore},
    order::{Fee, FeeKind},
    vat::VatRate,
};

use super::{
    goods::Goods,
    rates::{Sale, only, trouble},
};
use crate::row::{Amount, OrderRow};

const ORE: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
const TWO_ORE: Decimal = Decimal::from_parts(2, 0, 0, false, 2);

/// Shipping, named after its carrier. None where it is free.
pub(super) fn shipping(
    order: &OrderRow,
    goods: &Goods<'_>,
    carrier: &str,
    sale: Sale,
) -> Result<Vec<Fee>, Reason> {
    let charge = Charge {
        kind: FeeKind::Shipping,
        name: match carrier {
            "" => "Frakt".to_owned(),
            carrier => format!("Frakt: {carrier}"),
        },
        amount: order.shipping,
        tolerance: tolerance(order),
    };
    let carrier_rate = VatRate::percent(order.carrier_rate);
    let of_carrier = || charge.fits(carrier_rate).then(|| charge.under(carrier_rate));
    // a carrier without a rate for the country says nothing; one with a rate that does not fit is a contradiction
    let by_amounts = || {
        carrier_rate
            .is_zero()
            .then(|| charge.only_of(sale.rates()))
            .flatten()
    };
    charge.fees(
        of_carrier().or_else(|| charge.average(goods)).or_else(by_amounts),
        sale,
    )
}

/// Gift wrapping. No rate is linked to it, so its amounts decide among those that are known.
pub(super) fn wrapping(order: &OrderRow, goods: &Goods<'_>, sale: Sale) -> Result<Vec<Fee>, Reason> {
    let charge = Charge {
        kind: FeeKind::Wrapping,
        name: "Presentinslagning".to_owned(),
        amount: order.wrapping,
        tolerance: tolerance(order),
    };
    let mut known = sale.rates();
    known.extend(goods.rates().chain([VatRate::percent(order.carrier_rate)]));
    known.sort();
    known.dedup();
    charge.fees(charge.only_of(known).or_else(|| charge.average(goods)), sale)
}

/// In a foreign currency an amount has been rounded once more.
fn tolerance(order: &OrderRow) -> Decimal {
    if order.conversion_rate == Decimal::ONE {
        ORE
    } else {
        TWO_ORE
    }
}

struct Charge {
    kind: FeeKind,
    name: String,
    amount: Amount,
    tolerance: Decimal,
}

type Parts = Vec<(VatRate, Decimal)>;

impl Charge {
    fn fits(&self, rate: VatRate) -> bool {
        (to_ore(rate.gross(self.amount.net)) - self.amount.gross).abs() <= self.tolerance
    }

    fn under(&self, rate: VatRate) -> Parts {
        vec![(rate, self.amount.gross)]
    }

    fn only_of(&self, rates: Vec<VatRate>) -> Option<Parts> {
        let fitting = only(rates.into_iter().filter(|rate| self.fits(*rate)));
        fitting.map(|rate| self.under(rate))
    }

    /// The charge spread over the rates of the goods, if that comes to its net.
    fn average(&self, goods: &Goods<'_>) -> Option<Parts> {
        let exact = goods.spread(self.amount.gross)?;
        let net: Decimal = exact.iter().map(|(rate, part)| rate.net(*part)).sum();
        if (net - self.amount.net).abs() > TWO_ORE {
            return None;
        }
        let weights: Vec<Decimal> = exact.iter().map(|(_, part)| *part).collect();
        let parts = split(self.amount.gross, &weights);
        Some(exact.into_iter().map(|(rate, _)| rate).zip(parts).collect())
    }

    fn fees(&self, parts: Option<Parts>, sale: Sale) -> Result<Vec<Fee>, Reason> {
        if self.amount.gross.is_zero() {
            return Ok(Vec::new());
        }
        let parts = parts.ok_or_else(|| trouble("vat_rate_unclear", &self.name, self.amount, sale))?;
        let fee = |(rate, gross)| Fee {
            kind: self.kind,
            name: self.name.clone(),
            gross: to_ore(gross),
            rate,
        };
        Ok(parts
            .into_iter()
            .filter(|(_, gross)| !gross.is_zero())
            .map(fee)
            .collect())
    }
}
