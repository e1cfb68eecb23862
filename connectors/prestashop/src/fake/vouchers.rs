//! Cart rules: what a voucher takes off, as `order_cart_rules` says it with six decimals.
//!
//! A reduction on the order is spread over the rows in proportion, so its net follows the rows' own relation of net to gross;
//! the header's discount is the rounded sum and is made elsewhere.

use rust_decimal::Decimal;

use super::rounding::{Amount, micro, ore};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Voucher {
    Percent(u32),
    AmountWithTax(u32),
    AmountWithoutTax(u32),
    FreeShipping,
    PercentAndFreeShipping(u32),
}

impl Voucher {
    /// Every kind once, the order of their cart rule ids from 1.
    pub(crate) const ALL: [Self; 5] = [
        Self::Percent(10),
        Self::AmountWithTax(50),
        Self::FreeShipping,
        Self::PercentAndFreeShipping(20),
        Self::AmountWithoutTax(100),
    ];

    pub(crate) fn cart_rule_id(self) -> u32 {
        let place = Self::ALL.iter().position(|&voucher| voucher == self).unwrap_or(0);
        place as u32 + 1
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Percent(_) => "Höstkampanj tio procent",
            Self::AmountWithTax(_) => "Välkomstrabatt å ä ö",
            Self::AmountWithoutTax(_) => "Företagsrabatt & tack",
            Self::FreeShipping => "Fri frakt",
            Self::PercentAndFreeShipping(_) => "Trogen kund: tjugo procent och fri frakt",
        }
    }

    pub(crate) fn frees_shipping(self) -> bool {
        matches!(self, Self::FreeShipping | Self::PercentAndFreeShipping(_))
    }

    /// `value` and `value_tax_excl` in the order's currency, of which `conversion` make one of the shop's.
    pub(crate) fn value(self, lines: Amount, shipping: Amount, conversion: Decimal) -> Amount {
        let in_currency = |amount: u32| ore(Decimal::from(amount) * conversion);
        let value = match self {
            Self::Percent(percent) => part(lines, percent),
            Self::AmountWithTax(amount) => scaled(lines, in_currency(amount), lines.gross),
            Self::AmountWithoutTax(amount) => scaled(lines, in_currency(amount), lines.net),
            Self::FreeShipping => shipping,
            Self::PercentAndFreeShipping(percent) => part(lines, percent) + shipping,
        };
        value.map(micro)
    }
}

fn part(lines: Amount, percent: u32) -> Amount {
    lines * Decimal::from(percent) * Decimal::new(1, 2)
}

/// `lines` shrunk so that the side that is now `whole` becomes `amount`; never more than everything.
fn scaled(lines: Amount, amount: Decimal, whole: Decimal) -> Amount {
    if amount >= whole {
        return lines;
    }
    Amount {
        net: amount * lines.net / whole,
        gross: amount * lines.gross / whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(net: &str, gross: &str) -> Amount {
        Amount {
            net: net.parse().unwrap(),
            gross: gross.parse().unwrap(),
        }
    }

    #[test]
    fn an_amount_without_tax_grows_by_the_tax_of_the_rows() {
        let value =
            Voucher::AmountWithoutTax(50).value(amount("146.66", "170.24"), Amount::default(), Decimal::ONE);
        assert_eq!(value, amount("50", "58.039002"));
    }

    #[test]
    fn an_amount_with_tax_shrinks_by_the_tax_of_the_rows() {
        let value =
            Voucher::AmountWithTax(25).value(amount("610.98", "702.69"), Amount::default(), Decimal::ONE);
        assert_eq!(value, amount("21.737181", "25"));
    }

    #[test]
    fn a_percentage_with_free_shipping_is_both_in_one_value() {
        let shipping = amount("44.33", "55.41");
        let value =
            Voucher::PercentAndFreeShipping(20).value(amount("1244.57", "1381.73"), shipping, Decimal::ONE);
        assert_eq!(value, amount("293.244", "331.756"));
    }

    #[test]
    fn a_voucher_larger_than_the_rows_takes_off_the_rows_and_no_more() {
        let lines = amount("8", "10");
        assert_eq!(
            Voucher::AmountWithTax(50).value(lines, Amount::default(), Decimal::ONE),
            lines
        );
    }
}
