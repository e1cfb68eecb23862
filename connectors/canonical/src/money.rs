//! Money: a `Decimal` amount and its currency. A float never holds an amount.
//!
//! Amounts are rounded half away from zero, as shops and Swedish ledgers do; each rounding is written out where it happens.

use std::{fmt, str::FromStr};

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

/// An ISO 4217 currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Swedish kronor.
    pub const SEK: Self = Self(iso_currency::Currency::SEK);
    /// Euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);

    /// The three-letter code, such as `SEK`.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimals of the smallest unit: 2 for öre and cent, 0 for yen.
    pub fn decimals(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The text is no ISO 4217 code.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no ISO 4217 currency code: use three letters such as SEK")]
pub struct UnknownCurrency(pub String);

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        iso_currency::Currency::from_code(&code.to_ascii_uppercase())
            .map(Self)
            .ok_or_else(|| UnknownCurrency(code.to_owned()))
    }
}

/// An amount in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// The amount in major units (kronor, not öre).
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
}

impl Money {
    /// An amount in a currency.
    pub fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// The amount in the smallest unit (öre). `None` when it is not a whole number of them or does not fit.
    pub fn minor(self) -> Option<i64> {
        let scaled = self
            .amount
            .checked_mul(Decimal::from(10_i64.pow(self.currency.decimals())))?;
        if scaled.fract().is_zero() {
            scaled.to_i64()
        } else {
            None
        }
    }

    /// An amount from a number of the smallest unit (öre).
    pub fn from_minor(minor: i64, currency: Currency) -> Self {
        Self::new(Decimal::new(minor, currency.decimals()), currency)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals() as usize;
        write!(f, "{:.decimals$} {}", self.amount, self.currency)
    }
}

/// Rounds to two decimals, half away from zero: how an amount becomes öre.
pub fn to_ore(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// Splits `total` over `weights` so that the parts are whole öre and sum to `total` exactly (largest remainder).
///
/// Returns zeros when all weights are zero and `total` is zero, and puts all of `total` on the first part when only the weights are zero.
pub fn split(total: Decimal, weights: &[Decimal]) -> Vec<Decimal> {
    let sum: Decimal = weights.iter().copied().sum();
    if weights.is_empty() {
        return Vec::new();
    }
    if sum.is_zero() {
        let mut parts = vec![Decimal::ZERO; weights.len()];
        parts[0] = total;
        return parts;
    }
    let exact: Vec<Decimal> = weights.iter().map(|w| total * w / sum).collect();
    let mut parts: Vec<Decimal> = exact
        .iter()
        .map(|e| e.round_dp_with_strategy(2, RoundingStrategy::ToZero))
        .collect();
    let ore = Decimal::new(if total.is_sign_negative() { -1 } else { 1 }, 2);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse((exact[i] - parts[i]).abs()));
    for &i in order.iter().cycle() {
        let rest = total - parts.iter().copied().sum::<Decimal>();
        if rest.abs() < Decimal::new(1, 2) {
            // a total finer than an öre leaves its fraction on the largest part
            parts[order[0]] += rest;
            break;
        }
        parts[i] += ore;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_amount_finer_than_an_ore_has_no_minor_form() {
        assert_eq!(
            Money::new(Decimal::new(12345, 2), Currency::SEK).minor(),
            Some(12345)
        );
        assert_eq!(Money::new(Decimal::new(12345, 3), Currency::SEK).minor(), None);
    }

    #[test]
    fn half_an_ore_goes_away_from_zero() {
        assert_eq!(to_ore(Decimal::new(125, 3)), Decimal::new(13, 2));
        assert_eq!(to_ore(Decimal::new(-125, 3)), Decimal::new(-13, 2));
    }

    proptest! {
        #[test]
        fn parts_of_a_split_sum_to_the_total(total in -1_000_000_i64..1_000_000, weights in prop::collection::vec(0_i64..100_000, 1..6)) {
            let total = Decimal::new(total, 2);
            let weights: Vec<_> = weights.into_iter().map(|w| Decimal::new(w, 2)).collect();
            prop_assert_eq!(split(total, &weights).into_iter().sum::<Decimal>(), total);
        }
    }
}
