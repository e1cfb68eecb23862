//! Which tax a row bears: by what is sold, where it is delivered and when.
//!
//! Swedish food was 12 % until the end of March 2026 and is 6 % since. The shop did what shops do: a new tax with a new id, the old
//! one marked deleted and still served, so that older orders keep pointing at it.

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Europe::Stockholm;
use rust_decimal::Decimal;

use super::products::VatClass;

/// A row of `taxes`; the rate is in percent.
pub(crate) struct Tax {
    pub(crate) id: u32,
    pub(crate) rate: Decimal,
    pub(crate) name: &'static str,
    pub(crate) deleted: bool,
}

/// Whose tax applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Market {
    Sweden,
    GermanConsumer,
    /// A company in Finland with a VAT number: it accounts for the tax itself.
    FinnishCompany,
}

const STANDARD: u32 = 1;
const REDUCED: u32 = 2;
const BOOKS: u32 = 3;
const FOOD_BEFORE: u32 = 4;
const FOOD_NOW: u32 = 5;
const GERMANY: u32 = 6;
const GERMANY_REDUCED: u32 = 7;

fn food_is_six_percent(at: DateTime<Utc>) -> bool {
    let change = Stockholm.with_ymd_and_hms(2026, 4, 1, 0, 0, 0).single();
    change.is_some_and(|change| at >= change)
}

/// All taxes as they look in the back office at `now`.
pub(crate) fn all(now: DateTime<Utc>) -> Vec<Tax> {
    let tax = |id, rate: u32, name| Tax {
        id,
        rate: rate.into(),
        name,
        deleted: false,
    };
    vec![
        tax(STANDARD, 25, "Moms SE 25 %"),
        tax(REDUCED, 12, "Moms SE 12 %"),
        tax(BOOKS, 6, "Moms SE 6 % böcker"),
        Tax {
            deleted: food_is_six_percent(now),
            ..tax(FOOD_BEFORE, 12, "Moms SE livsmedel")
        },
        tax(FOOD_NOW, 6, "Moms SE livsmedel från april 2026"),
        tax(GERMANY, 19, "MwSt DE 19 %"),
        tax(GERMANY_REDUCED, 7, "MwSt DE 7 %"),
    ]
}

/// The tax id and the rate in percent; none where no tax is charged.
pub(crate) fn due(market: Market, class: VatClass, at: DateTime<Utc>) -> Option<(u32, Decimal)> {
    let (id, rate) = match (market, class) {
        (Market::FinnishCompany, _) => return None,
        (Market::GermanConsumer, VatClass::Food | VatClass::Book) => (GERMANY_REDUCED, 7),
        (Market::GermanConsumer, VatClass::Standard | VatClass::Repair) => (GERMANY, 19),
        (Market::Sweden, VatClass::Standard) => (STANDARD, 25),
        (Market::Sweden, VatClass::Repair) => (REDUCED, 12),
        (Market::Sweden, VatClass::Book) => (BOOKS, 6),
        (Market::Sweden, VatClass::Food) if food_is_six_percent(at) => (FOOD_NOW, 6),
        (Market::Sweden, VatClass::Food) => (FOOD_BEFORE, 12),
    };
    Some((id, Decimal::from(rate)))
}

/// The rate in percent of what is charged beside the goods: shipping and wrapping.
pub(crate) fn service_rate(market: Market, at: DateTime<Utc>) -> Decimal {
    due(market, VatClass::Standard, at).map_or(Decimal::ZERO, |(_, rate)| rate)
}
