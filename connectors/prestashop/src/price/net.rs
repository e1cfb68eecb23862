//! What the shop is to hold for a price: net, with the six decimals of its column, and of a combination the difference.
//!
//! A price with tax in it is kept only if the tax put to it again gives the same price to the öre.

use rust_decimal::{Decimal, RoundingStrategy};
use skarv_canonical::{money::to_ore, vat::VatRate};

/// Decimals of the shop's columns.
const DECIMALS: u32 = 6;
/// Digits before the point that the shop takes: ten.
const TOO_MUCH: Decimal = Decimal::from_parts(1_410_065_408, 2, 0, false, 0);

/// The net of a price, which has tax of this rate in it where one is given. `None` when the shop cannot hold it.
pub(super) fn net(price: Decimal, tax_in_it: Option<VatRate>) -> Option<Decimal> {
    let exact = tax_in_it.map_or(price, |rate| rate.net(price));
    let net = exact.round_dp_with_strategy(DECIMALS, RoundingStrategy::MidpointAwayFromZero);
    let shown = tax_in_it.map_or(net, |rate| rate.gross(net));
    let fits = net >= Decimal::ZERO && net < TOO_MUCH && to_ore(shown) == to_ore(price);
    fits.then_some(net)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_price_without_tax_is_kept_with_six_decimals() {
        assert_eq!(net(dec("79.1234567"), None), Some(dec("79.123457")));
        assert_eq!(net(dec("0"), None), Some(Decimal::ZERO));
    }

    #[test]
    fn a_price_that_the_shop_cannot_hold_is_none() {
        assert_eq!(TOO_MUCH, dec("10000000000"));
        assert_eq!(net(TOO_MUCH, None), None);
        assert_eq!(net(dec("-1"), None), None);
        // six decimals of it would show another öre than the price
        assert_eq!(net(dec("0.004999999"), Some(VatRate::from(6))), None);
    }

    proptest! {
        #[test]
        fn a_price_in_ore_comes_back_with_its_tax(ore in 0_i64..100_000_000, rate in prop::sample::select(vec![0_u32, 6, 12, 25])) {
            let price = Decimal::new(ore, 2);
            let rate = VatRate::from(rate);
            let net = net(price, Some(rate)).expect("any price in öre");
            prop_assert_eq!(to_ore(rate.gross(net)), price);
        }
    }
}
