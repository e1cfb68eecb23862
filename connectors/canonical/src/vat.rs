//! Swedish and EU value added tax: rates with the dates they apply from, and whether a rate fits a pair of amounts.
//!
//! Rates come from the order's own rows; the statutory table only settles what the rows leave open, at the order's own date.
//! Where nothing fits, the caller parks the order: a rate is never guessed.

use std::{fmt, str::FromStr};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Country, money::to_ore};

/// A rate in percent, such as 25 or 25.5.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VatRate(Decimal);

impl VatRate {
    /// No tax.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// A rate of this many percent. Trailing zeros do not matter: 25.000 equals 25.
    pub fn percent(percent: Decimal) -> Self {
        Self(percent.normalize())
    }

    /// The rate in percent.
    pub fn as_percent(self) -> Decimal {
        self.0
    }

    /// Whether no tax is due.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The exact gross of a net amount.
    pub fn gross(self, net: Decimal) -> Decimal {
        net + net * self.0 / Decimal::ONE_HUNDRED
    }

    /// The exact net of a gross amount.
    pub fn net(self, gross: Decimal) -> Decimal {
        gross * Decimal::ONE_HUNDRED / (Decimal::ONE_HUNDRED + self.0)
    }

    /// The tax inside a gross amount, in whole öre, rounded once.
    pub fn tax_in(self, gross: Decimal) -> Decimal {
        to_ore(gross - self.net(gross))
    }

    /// Whether `gross` is `net` plus this rate, give or take `tolerance`.
    pub fn fits(self, net: Decimal, gross: Decimal, tolerance: Decimal) -> bool {
        (self.gross(net) - gross).abs() <= tolerance
    }
}

impl From<u32> for VatRate {
    fn from(percent: u32) -> Self {
        Self(Decimal::from(percent))
    }
}

impl FromStr for VatRate {
    type Err = rust_decimal::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::percent)
    }
}

impl fmt::Display for VatRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.normalize())
    }
}

impl fmt::Debug for VatRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} %")
    }
}

/// Which rules a sale falls under. It decides the account, and whether the buyer owes the tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VatScheme {
    /// Sold and taxed in the seller's own country.
    Domestic,
    /// Sold to a consumer in another EU country, taxed there.
    Oss,
    /// Sold to a company with a VAT number in another EU country: the buyer owes the tax.
    ReverseCharge,
    /// Sold to a country outside the EU.
    Export,
}

impl VatScheme {
    /// The stable name, as stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Domestic => "domestic",
            Self::Oss => "oss",
            Self::ReverseCharge => "reverse_charge",
            Self::Export => "export",
        }
    }
}

/// A rate and the days on which it applies: `from` inclusive, `until` exclusive, both open when `None`.
struct Statutory {
    country: &'static str,
    percent: (i64, u32),
    from: Option<(i32, u32, u32)>,
    until: Option<(i32, u32, u32)>,
}

const fn rate(country: &'static str, percent: i64) -> Statutory {
    Statutory {
        country,
        percent: (percent, 0),
        from: None,
        until: None,
    }
}

/// Statutory rates of the countries that Swedish shops sell most to. Sweden: prop. 2025/26:55 lowers food to 6 % from
/// 2026-04-01 to 2027-12-31; 12 % stays for hotels, restaurants and the rest, so both are in force in that span.
const STATUTORY: &[Statutory] = &[
    rate("SE", 25),
    rate("SE", 12),
    rate("SE", 6),
    rate("SE", 0),
    rate("DK", 25),
    rate("DE", 19),
    rate("DE", 7),
    Statutory {
        country: "FI",
        percent: (255, 1),
        from: Some((2024, 9, 1)),
        until: None,
    },
    Statutory {
        country: "FI",
        percent: (24, 0),
        from: None,
        until: Some((2024, 9, 1)),
    },
    Statutory {
        country: "FI",
        percent: (14, 0),
        from: None,
        until: Some((2026, 1, 1)),
    },
    Statutory {
        country: "FI",
        percent: (135, 1),
        from: Some((2026, 1, 1)),
        until: None,
    },
    rate("FI", 10),
];

fn day((year, month, day): (i32, u32, u32)) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

/// The statutory rates of a country on a day, highest first. Empty for countries that are not in the table.
pub fn statutory(country: Country, on: NaiveDate) -> Vec<VatRate> {
    let mut rates: Vec<VatRate> = STATUTORY
        .iter()
        .filter(|s| s.country == country.code())
        .filter(|s| s.from.and_then(day).is_none_or(|from| on >= from))
        .filter(|s| s.until.and_then(day).is_none_or(|until| on < until))
        .map(|s| VatRate::percent(Decimal::new(s.percent.0, s.percent.1)))
        .collect();
    rates.sort_by(|a, b| b.cmp(a));
    rates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn finnish_rates_follow_the_date() {
        let fi = "FI".parse().unwrap();
        assert_eq!(statutory(fi, on("2024-08-31"))[0], VatRate::from(24));
        assert_eq!(statutory(fi, on("2024-09-01"))[0].to_string(), "25.5");
    }

    #[test]
    fn tax_in_a_gross_amount_is_rounded_once() {
        assert_eq!(
            VatRate::from(25).tax_in("547.92".parse().unwrap()),
            "109.58".parse().unwrap()
        );
    }

    #[test]
    fn trailing_zeros_do_not_make_another_rate() {
        assert_eq!("25.000".parse::<VatRate>().unwrap(), VatRate::from(25));
    }
}
