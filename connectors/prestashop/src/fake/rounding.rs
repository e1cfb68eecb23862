//! How a shop's amounts come about, for its three rounding types.
//!
//! The trap held here: in the default type (per line) the rows and `total_products_wt` are rounded per line, but the total is made
//! of the unrounded rows, so that the header does not add up by an öre now and then. All rounding is half up.

use std::{
    iter::Sum,
    ops::{Add, Mul, Sub},
};

use rust_decimal::{Decimal, RoundingStrategy::MidpointAwayFromZero};

/// One amount with and without tax.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Amount {
    pub(crate) net: Decimal,
    pub(crate) gross: Decimal,
}

impl Amount {
    /// `net` and the exact gross at `rate` percent.
    pub(crate) fn taxed(net: Decimal, rate: Decimal) -> Self {
        Self {
            net,
            gross: net * (Decimal::ONE + rate / Decimal::ONE_HUNDRED),
        }
    }

    pub(crate) fn map(self, f: impl Fn(Decimal) -> Decimal) -> Self {
        Self {
            net: f(self.net),
            gross: f(self.gross),
        }
    }
}

impl Add for Amount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            net: self.net + other.net,
            gross: self.gross + other.gross,
        }
    }
}

impl Sub for Amount {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self {
            net: self.net - other.net,
            gross: self.gross - other.gross,
        }
    }
}

impl Mul<Decimal> for Amount {
    type Output = Self;
    fn mul(self, factor: Decimal) -> Self {
        self.map(|part| part * factor)
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

/// Two decimals, half up: an öre or a cent.
pub(crate) fn ore(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(2, MidpointAwayFromZero)
}

/// Six decimals, what a price column holds.
pub(crate) fn micro(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(6, MidpointAwayFromZero)
}

/// `PS_ROUND_TYPE` as an order keeps it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RoundType {
    Item = 1,
    Line = 2,
    Total = 3,
}

impl RoundType {
    /// `order_details.total_price_tax_*` of one row.
    pub(crate) fn line(self, unit: Amount, quantity: u32) -> Amount {
        let quantity = Decimal::from(quantity);
        match self {
            Self::Item => unit.map(ore) * quantity,
            Self::Line => (unit * quantity).map(ore),
            Self::Total => (unit * quantity).map(micro),
        }
    }

    /// What one row adds to the total before that is rounded.
    fn share_of_total(self, unit: Amount, quantity: u32) -> Amount {
        let unit = if self == Self::Item { unit.map(ore) } else { unit };
        unit * Decimal::from(quantity)
    }
}

/// The header of an order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) products: Amount,
    pub(crate) shipping: Amount,
    pub(crate) wrapping: Amount,
    pub(crate) discounts: Amount,
    pub(crate) paid: Amount,
}

/// What is charged beside the rows, and what is taken off.
#[derive(Clone, Copy, Default)]
pub(crate) struct Extras {
    pub(crate) shipping: Amount,
    pub(crate) wrapping: Amount,
    pub(crate) discounts: Amount,
}

/// Adds up rows of (unit price, quantity) and what goes with them.
pub(crate) fn totals(round_type: RoundType, rows: &[(Amount, u32)], extras: Extras) -> Totals {
    let lines: Amount = rows
        .iter()
        .map(|&(unit, quantity)| round_type.line(unit, quantity))
        .sum();
    let goods: Amount = rows
        .iter()
        .map(|&(unit, quantity)| round_type.share_of_total(unit, quantity))
        .sum();
    let Extras {
        shipping,
        wrapping,
        discounts,
    } = extras;
    Totals {
        products: lines.map(ore),
        shipping,
        wrapping,
        discounts,
        paid: goods.map(ore) + shipping + wrapping - discounts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(net: &str, rate: u32) -> Amount {
        Amount::taxed(net.parse().unwrap(), Decimal::from(rate)).map(micro)
    }

    #[test]
    fn rounding_per_line_leaves_an_ore_between_the_rows_and_the_total() {
        let rows = [(unit("366.63", 25), 1), (unit("0.50", 25), 1)];
        let totals = totals(RoundType::Line, &rows, Extras::default());
        assert_eq!(totals.products.gross.to_string(), "458.92");
        assert_eq!(totals.paid.gross.to_string(), "458.91");
    }

    #[test]
    fn rounding_per_item_multiplies_the_rounded_unit_price() {
        let line = RoundType::Item.line(unit("13.392857", 6), 38);
        assert_eq!(line.gross.to_string(), "539.60");
    }

    #[test]
    fn rounding_on_the_total_leaves_the_rows_unrounded() {
        let line = RoundType::Total.line(unit("187.74", 6), 4);
        assert_eq!(line.gross.to_string(), "796.0176");
    }
}
