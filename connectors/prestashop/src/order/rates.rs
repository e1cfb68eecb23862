//! Which VAT rate amounts were taxed with: by the taxes a row is linked to, held against its own net and gross.
//!
//! A rate is never guessed. Amounts and link agree in a sound row, and then there is nothing to decide. Where they do not:
//!
//! * The link names a rate of the delivery country, and the amounts say another one of them. This is what a shop leaves
//!   behind when an order is edited after its goods changed rate: the row is priced anew and keeps its old link. The law goes
//!   by the day of delivery, which the order does not tell, so a person decides (`vat_rate_contradicts`).
//! * There is no link, or it names no rate that the country has: the amounts alone decide, if exactly one of the country's
//!   rates on the order's day fits them.
//! * Nothing fits: `vat_rate_unclear`.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use skarv_canonical::{
    Country, Reason,
    vat::{VatRate, statutory},
};

use crate::{
    row::{Amount, DetailRow, Rounding},
    shop::Table,
};

/// Net prices below this are rounded so coarsely that their amounts say little about the rate.
const CHEAP: Decimal = Decimal::from_parts(30, 0, 0, false, 2);
const HALF_ORE: Decimal = Decimal::from_parts(5, 0, 0, false, 3);
const ORE: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// Where and when something was sold, which decides the rates there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sale {
    pub(super) country: Country,
    pub(super) on: NaiveDate,
}

impl Sale {
    pub(super) fn rates(self) -> Vec<VatRate> {
        statutory(self.country, self.on)
    }
}

/// What a row's link to taxes comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Linked {
    Nothing,
    Rate(VatRate),
    /// To a tax that is no longer there.
    Gone,
}

/// The rate of a row of goods.
pub(super) fn of_row(
    row: &DetailRow,
    taxes: &Table<VatRate>,
    rounding: Rounding,
    sale: Sale,
) -> Result<VatRate, Reason> {
    decide(row, linked(row, taxes), rounding, sale)
}

fn decide(row: &DetailRow, linked: Linked, rounding: Rounding, sale: Sale) -> Result<VatRate, Reason> {
    let fits = |rate: &VatRate| rate.fits(row.total.net, row.total.gross, tolerance(row, rounding, *rate));
    match linked {
        Linked::Rate(rate) if fits(&rate) || row.unit.net.abs() < CHEAP => return Ok(rate),
        Linked::Nothing if fits(&VatRate::ZERO) => return Ok(VatRate::ZERO),
        Linked::Rate(_) | Linked::Nothing | Linked::Gone => {}
    }
    let known = sale.rates();
    match (linked, only(known.iter().copied().filter(fits))) {
        (Linked::Rate(rate), Some(amounts)) if known.contains(&rate) => {
            Err(trouble("vat_rate_contradicts", &row.name, row.total, sale)
                .with("linked", rate)
                .with("amounts", amounts))
        }
        (_, Some(amounts)) => Ok(amounts),
        (Linked::Rate(rate), None) => {
            Err(trouble("vat_rate_unclear", &row.name, row.total, sale).with("linked", rate))
        }
        (Linked::Nothing | Linked::Gone, None) => {
            Err(trouble("vat_rate_unclear", &row.name, row.total, sale).with("linked", "-"))
        }
    }
}

fn linked(row: &DetailRow, taxes: &Table<VatRate>) -> Linked {
    if row.taxes.is_empty() {
        return Linked::Nothing;
    }
    let rates = row
        .taxes
        .iter()
        .map(|tax| taxes.get(*tax).map(|rate| rate.as_percent()));
    rates
        .sum::<Option<Decimal>>()
        .map_or(Linked::Gone, |sum| Linked::Rate(VatRate::percent(sum)))
}

/// What rounding net and gross apart can take them from each other: half an öre each, the net's grown by the tax, for
/// everything that was rounded by itself. Never less than an öre.
fn tolerance(row: &DetailRow, rounding: Rounding, rate: VatRate) -> Decimal {
    let once = HALF_ORE + rate.gross(HALF_ORE);
    let times = match rounding {
        Rounding::Item => Decimal::from(row.quantity),
        Rounding::Row => Decimal::ONE,
    };
    (once * times).max(ORE)
}

/// The one element of an iterator that has exactly one.
pub(super) fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next();
    if items.next().is_none() { first } else { None }
}

pub(super) fn trouble(code: &str, row: &str, amount: Amount, sale: Sale) -> Reason {
    Reason::data(code)
        .with("row", row)
        .with("net", amount.net.normalize())
        .with("gross", amount.gross.normalize())
        .with("country", sale.country)
        .fix("check_tax_of_row")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn row(unit_net: &str, quantity: u32, net: &str, gross: &str) -> DetailRow {
        DetailRow {
            id: 1,
            product: 1,
            sku: String::new(),
            name: "Honung, 350 g".to_owned(),
            quantity,
            unit: Amount {
                net: dec(unit_net),
                gross: Decimal::ZERO,
            },
            total: Amount {
                net: dec(net),
                gross: dec(gross),
            },
            taxes: Vec::new(),
        }
    }

    fn rate(percent: u32) -> Linked {
        Linked::Rate(percent.into())
    }

    fn sale(country: &str, on: &str) -> Sale {
        Sale {
            country: country.parse().unwrap(),
            on: on.parse().unwrap(),
        }
    }

    fn in_sweden() -> Sale {
        sale("SE", "2026-02-25")
    }

    fn code(found: Result<VatRate, Reason>) -> String {
        found.unwrap_err().code
    }

    #[test]
    fn a_link_that_fits_the_amounts_is_the_rate() {
        let row = row("17.97", 3, "53.91", "67.39");
        assert_eq!(
            decide(&row, rate(25), Rounding::Row, in_sweden()),
            Ok(VatRate::from(25))
        );
    }

    #[test]
    fn rounding_each_piece_is_allowed_for() {
        // 27 pieces of 13.397321 net, each rounded to 13.40, and to 15.01 gross
        let row = row("13.397321", 27, "361.80", "405.27");
        assert_eq!(
            decide(&row, rate(12), Rounding::Item, in_sweden()),
            Ok(VatRate::from(12))
        );
        assert_eq!(
            code(decide(&row, rate(12), Rounding::Row, in_sweden())),
            "vat_rate_unclear"
        );
    }

    #[test]
    fn an_edited_row_whose_amounts_say_another_rate_is_for_a_person() {
        let row = row("91.20", 3, "273.60", "290.02");
        let reason = decide(&row, rate(12), Rounding::Item, in_sweden()).unwrap_err();
        assert_eq!(reason.code, "vat_rate_contradicts");
        assert_eq!(
            (
                reason.params["linked"].as_str(),
                reason.params["amounts"].as_str()
            ),
            ("12", "6")
        );
    }

    #[test]
    fn a_linked_rate_that_the_country_does_not_have_gives_way_to_one_that_fits() {
        let row = row("100", 1, "100.00", "125.50");
        let finland = sale("FI", "2026-02-25");
        assert_eq!(
            decide(&row, rate(24), Rounding::Row, finland)
                .unwrap()
                .to_string(),
            "25.5"
        );
    }

    #[test]
    fn without_a_link_the_amounts_decide() {
        let untaxed = row("100", 1, "100.00", "100.00");
        assert_eq!(
            decide(&untaxed, Linked::Nothing, Rounding::Row, in_sweden()),
            Ok(VatRate::ZERO)
        );
        let taxed = row("100", 1, "100.00", "106.00");
        for link in [Linked::Nothing, Linked::Gone] {
            assert_eq!(
                decide(&taxed, link, Rounding::Row, in_sweden()),
                Ok(VatRate::from(6))
            );
        }
    }

    #[test]
    fn a_rate_that_nobody_has_is_unclear() {
        let row = row("100", 1, "100.00", "117.30");
        let reason = decide(&row, rate(25), Rounding::Row, in_sweden()).unwrap_err();
        assert_eq!(
            (reason.code.as_str(), reason.fix.as_str()),
            ("vat_rate_unclear", "check_tax_of_row")
        );
        assert_eq!(reason.params["row"], "Honung, 350 g");
    }

    #[test]
    fn a_screw_of_five_ore_is_taxed_as_its_link_says() {
        let row = row("0.05", 7, "0.35", "0.35");
        assert_eq!(
            decide(&row, rate(25), Rounding::Item, in_sweden()),
            Ok(VatRate::from(25))
        );
    }

    #[test]
    fn amounts_that_fit_two_rates_decide_nothing() {
        let row = row("0.40", 60, "24.00", "26.20");
        assert_eq!(
            code(decide(&row, Linked::Nothing, Rounding::Item, in_sweden())),
            "vat_rate_unclear"
        );
    }
}
