//! Which rates the discounts of an order reduce.
//!
//! The shop stores what each discount came to, with and without tax, but not which rows it was taken from. The net tells:
//! taken from everything alike it has the goods' own mix of rates, taken from some rows another one. With two rates it pins
//! the split exactly; with three the rule itself must name the row. What cannot be derived is for a person.
//!
//! The header's total is the truth: stored values have six decimals, the total two, and the shares sum to the total.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use skarv_canonical::{
    Reason,
    money::split,
    order::{Discount, DiscountShare, Fee},
    vat::VatRate,
};

use super::{goods::Goods, rates::only};
use crate::{
    related::Around,
    row::{Amount, CartRuleRow, DetailRow, OrderRow, RuleRow},
};

const HALF_ORE: Decimal = Decimal::from_parts(5, 0, 0, false, 3);
const ORE: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
const UNNAMED: &str = "Rabatt";
const CHEAPEST: i64 = -1;

/// A discount with the exact amount, unrounded, that it takes from each rate.
struct Derived {
    name: String,
    parts: BTreeMap<VatRate, Decimal>,
}

/// The discounts of an order, split over the rates they reduce.
pub(super) fn discounts(
    order: &OrderRow,
    around: &Around<'_>,
    goods: &Goods<'_>,
    shipping: &[Fee],
) -> Result<Vec<Discount>, Reason> {
    let total = order.discounts.gross;
    if total.is_zero() {
        return Ok(Vec::new());
    }
    let derived = derive(order, around, goods, shipping)?;
    let exact: Decimal = derived.iter().flat_map(|d| d.parts.values()).sum();
    if (exact - total).abs() > ORE {
        return Err(not_derivable(UNNAMED, order.discounts).with("rows", exact.normalize()));
    }
    Ok(rounded(derived, total))
}

fn derive(
    order: &OrderRow,
    around: &Around<'_>,
    goods: &Goods<'_>,
    shipping: &[Fee],
) -> Result<Vec<Derived>, Reason> {
    if around.rules.is_empty() {
        // a module took it off without a rule of its own: all that is known is the header
        let parts = of_goods(order.discounts, goods, None);
        let parts = parts.ok_or_else(|| not_derivable(UNNAMED, order.discounts))?;
        return Ok(vec![Derived {
            name: UNNAMED.to_owned(),
            parts,
        }]);
    }
    let mut free = Some(order.shipping).filter(|amount| !amount.gross.is_zero());
    let each = around.rules.iter().map(|(rule, source)| {
        // shipping is given away once, by the first rule that does so
        let gift = free.take_if(|_| rule.free_shipping);
        let parts = of_rule(rule, *source, gift.map(|amount| (amount, shipping)), goods);
        let parts = parts.ok_or_else(|| not_derivable(&rule.name, rule.value))?;
        let name = if rule.name.is_empty() { UNNAMED } else { &rule.name };
        Ok(Derived {
            name: name.to_owned(),
            parts,
        })
    });
    each.collect()
}

fn of_rule(
    rule: &RuleRow,
    source: Option<&CartRuleRow>,
    free_shipping: Option<(Amount, &[Fee])>,
    goods: &Goods<'_>,
) -> Option<BTreeMap<VatRate, Decimal>> {
    let Some((amount, fees)) = free_shipping else {
        return of_goods(rule.value, goods, source);
    };
    let rest = Amount {
        net: rule.value.net - amount.net,
        gross: rule.value.gross - amount.gross,
    };
    let mut parts = of_goods(rest, goods, source)?;
    for fee in fees {
        *parts.entry(fee.rate).or_default() += fee.gross;
    }
    Some(parts)
}

/// What a discount takes from the goods, by rate.
fn of_goods(
    value: Amount,
    goods: &Goods<'_>,
    source: Option<&CartRuleRow>,
) -> Option<BTreeMap<VatRate, Decimal>> {
    if value.gross.abs() <= HALF_ORE {
        return Some(BTreeMap::new());
    }
    if value.gross.is_sign_negative() {
        return None;
    }
    let rates: Vec<VatRate> = goods.rates().collect();
    let parts = match rates[..] {
        [] => return None,
        [rate] => vec![(rate, value.gross)],
        _ if is_proportional(value, goods) => goods.spread(value.gross)?,
        [low, high] => match only(rates.iter().filter(|rate| is_under(value, **rate))) {
            Some(rate) => vec![(*rate, value.gross)],
            None => solve(value, low, high)?,
        },
        _ => {
            let rate = source.and_then(|rule| named(rule, goods))?;
            is_under(value, rate).then(|| vec![(rate, value.gross)])?
        }
    };
    Some(parts.into_iter().collect())
}

/// Whether it was taken from all rows alike: its net is to its gross as the goods' is.
fn is_proportional(value: Amount, goods: &Goods<'_>) -> bool {
    let net = (value.gross * goods.total.net).checked_div(goods.total.gross);
    net.is_some_and(|net| (net - value.net).abs() <= HALF_ORE)
}

/// Whether it was taken from rows of this rate alone.
fn is_under(value: Amount, rate: VatRate) -> bool {
    (rate.net(value.gross) - value.net).abs() <= HALF_ORE
}

/// The one split over two rates that has this net.
fn solve(value: Amount, low: VatRate, high: VatRate) -> Option<Vec<(VatRate, Decimal)>> {
    let (of_low, of_high) = (low.net(Decimal::ONE), high.net(Decimal::ONE));
    let step = of_low - of_high;
    let part = (value.net - value.gross * of_high).checked_div(step)?;
    // the net is rounded, which moves the split by this much
    let slack = ORE.checked_div(step)?;
    if part < -slack || part > value.gross + slack {
        return None;
    }
    let part = part.clamp(Decimal::ZERO, value.gross);
    Some(vec![(low, part), (high, value.gross - part)])
}

/// The rate of the row that a rule names: its gift, its product, or the cheapest one.
fn named(rule: &CartRuleRow, goods: &Goods<'_>) -> Option<VatRate> {
    let of_product = |product: u64| only(goods.rows.iter().filter(|(row, _)| row.product == product));
    let row: Option<&(&DetailRow, VatRate)> = match (rule.gift, rule.reduces) {
        (gift, _) if gift != 0 => of_product(gift),
        (_, CHEAPEST) => goods.rows.iter().min_by_key(|(row, _)| row.unit.gross),
        (_, product) => of_product(product.try_into().ok().filter(|id| *id != 0)?),
    };
    row.map(|(_, rate)| *rate)
}

/// Whole öre that sum to the total, over all discounts at once.
fn rounded(derived: Vec<Derived>, total: Decimal) -> Vec<Discount> {
    let weights: Vec<Decimal> = derived.iter().flat_map(|d| d.parts.values().copied()).collect();
    let mut shares = split(total, &weights).into_iter();
    let discount = |derived: Derived| Discount {
        name: derived.name,
        shares: derived
            .parts
            .into_keys()
            .zip(shares.by_ref())
            .map(|(rate, gross)| DiscountShare { rate, gross })
            .filter(|share| !share.gross.is_zero())
            .collect(),
    };
    let discounts = derived.into_iter().map(discount).collect::<Vec<_>>();
    discounts.into_iter().filter(|d| !d.shares.is_empty()).collect()
}

fn not_derivable(rule: &str, value: Amount) -> Reason {
    Reason::data("discount_not_derivable")
        .with("discount", rule)
        .with("net", value.net.normalize())
        .with("gross", value.gross.normalize())
        .fix("check_discount_of_order")
}
