//! How a row with a known gross is said in the contract's terms, which know only net prices of six decimals.
//!
//! Invariant: a price is used only after the contract's own formula has given exactly the row's gross with it
//! (`CONTRACT.md`, arithmetic). Which rate the other side applies is settled in `account`.

use std::borrow::Cow;

use rust_decimal::{Decimal, RoundingStrategy};
use skarv_canonical::invoice::InvoiceRow;
use skarv_canonical::money::to_ore;
use skarv_canonical::vat::VatRate;

const PRICE_DECIMALS: u32 = 6;
const PRICE_BELOW: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);
/// Of one line.
pub(crate) const MOST_PIECES: u32 = 1_000_000;

/// A row as the contract takes it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Priced<'a> {
    pub(crate) description: Cow<'a, str>,
    pub(crate) unit_price: Decimal,
    pub(crate) quantity: u32,
}

/// The row's pieces where a price fits them, else the whole row as one piece that says how many it stands for.
/// `None` when no price gives `gross`: the row's own, or its opposite on a credit, whose pieces are negative.
pub(crate) fn priced(row: &InvoiceRow, gross: Decimal) -> Option<Priced<'_>> {
    let text = described(row);
    let piecewise = unit_price(gross, row.quantity, row.rate).map(|unit_price| Priced {
        description: text.clone(),
        unit_price,
        quantity: row.quantity,
    });
    let whole = || {
        unit_price(gross, 1, row.rate).map(|unit_price| Priced {
            description: Cow::Owned(format!("{} × {text}", row.quantity)),
            unit_price,
            quantity: 1,
        })
    };
    piecewise.or_else(whole)
}

/// The article number stands in the text: articles are the books' own, so a row never names one of theirs.
fn described(row: &InvoiceRow) -> Cow<'_, str> {
    match (row.sku.trim(), row.text.trim()) {
        (sku, text) if text.contains(sku) => Cow::Borrowed(text),
        (sku, "") => Cow::Borrowed(sku),
        (sku, text) => Cow::Owned(format!("{sku} {text}")),
    }
}

fn unit_price(gross: Decimal, quantity: u32, rate: VatRate) -> Option<Decimal> {
    let computable =
        gross.abs() < PRICE_BELOW && rate >= VatRate::ZERO && (1..=MOST_PIECES).contains(&quantity);
    if !computable {
        return None;
    }
    let exact = rate.net(gross) / Decimal::from(quantity);
    let price = exact.round_dp_with_strategy(PRICE_DECIMALS, RoundingStrategy::MidpointAwayFromZero);
    (line_gross(price, quantity, rate) == gross).then_some(price)
}

/// The contract's gross of a line.
fn line_gross(unit_price: Decimal, quantity: u32, rate: VatRate) -> Decimal {
    to_ore(rate.gross(unit_price * Decimal::from(quantity)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use skarv_canonical::invoice::RowKind;

    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn row(gross: &str, quantity: u32, rate: &str) -> InvoiceRow {
        InvoiceRow {
            kind: RowKind::Goods,
            sku: "RM-1".to_owned(),
            text: "Räksmörgås".to_owned(),
            quantity,
            gross: d(gross),
            rate: rate.parse().unwrap(),
            account: 3001,
        }
    }

    fn said(row: &InvoiceRow) -> Option<(String, String, u32)> {
        let priced = priced(row, row.gross)?;
        let price = priced.unit_price.normalize().to_string();
        Some((priced.description.into_owned(), price, priced.quantity))
    }

    #[test]
    fn a_row_is_sent_by_the_piece_when_a_price_of_six_decimals_gives_its_gross() {
        assert_eq!(
            said(&row("99.00", 1, "25")),
            Some(("RM-1 Räksmörgås".into(), "79.2".into(), 1))
        );
        assert_eq!(
            said(&row("100.00", 3, "12")),
            Some(("RM-1 Räksmörgås".into(), "29.761905".into(), 3))
        );
        assert_eq!(
            said(&row("-50.00", 1, "6")),
            Some(("RM-1 Räksmörgås".into(), "-47.169811".into(), 1))
        );
    }

    #[test]
    fn pieces_too_many_for_six_decimals_are_sent_as_one() {
        assert_eq!(
            said(&row("0.01", 30_000, "25")),
            Some(("30000 × RM-1 Räksmörgås".into(), "0.008".into(), 1))
        );
        assert_eq!(
            said(&row("500.00", 1_000_001, "0")),
            Some(("1000001 × RM-1 Räksmörgås".into(), "500".into(), 1))
        );
    }

    #[test]
    fn a_row_of_no_pieces_still_carries_its_gross() {
        assert_eq!(
            said(&row("12.00", 0, "0")),
            Some(("0 × RM-1 Räksmörgås".into(), "12".into(), 1))
        );
    }

    #[test]
    fn a_row_says_its_article_number_once() {
        let described = |sku: &str, text: &str| {
            let row = InvoiceRow {
                sku: sku.to_owned(),
                text: text.to_owned(),
                ..row("10.00", 1, "0")
            };
            said(&row).unwrap().0
        };
        assert_eq!(described("RM-1", "  "), "RM-1");
        assert_eq!(described("RM-1", "Räksmörgås RM-1"), "Räksmörgås RM-1");
        assert_eq!(described("RM-1", " Räksmörgås "), "RM-1 Räksmörgås");
        assert_eq!(described(" ", "Frakt"), "Frakt");
    }

    #[test]
    fn a_gross_that_is_no_whole_öre_or_beyond_all_prices_cannot_be_said() {
        for gross in ["1.005", "1000000000", "-79228162514264337593543950335"] {
            assert_eq!(said(&row(gross, 1, "25")), None, "{gross}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sent_comes_to_exactly_the_rows_gross(
            öre in -9_000_000_000_i64..=9_000_000_000,
            quantity in prop_oneof![1_u32..20, 1_u32..5_000, 0_u32..=u32::MAX],
            rate in prop_oneof![
                prop::sample::select(vec![0_i64, 60, 70, 120, 190, 250, 255]),
                0_i64..=500,
            ].prop_map(|tenths| VatRate::percent(Decimal::new(tenths, 1))),
        ) {
            let row = InvoiceRow { gross: Decimal::new(öre, 2), quantity, rate, ..row("0", 1, "0") };
            let sent = priced(&row, row.gross).expect("every whole öre can be said");
            let with_vat = sent.unit_price
                * Decimal::from(sent.quantity)
                * (Decimal::ONE + rate.as_percent() / Decimal::ONE_HUNDRED);
            let booked = with_vat.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
            prop_assert_eq!(booked, row.gross);
            prop_assert!(sent.unit_price.normalize().scale() <= 6);
            let says_how_many = sent.description.starts_with(&format!("{quantity} × "));
            prop_assert!(sent.quantity == quantity || says_how_many);
        }

        #[test]
        fn below_a_thousand_pieces_none_has_to_be_sent_as_one(
            öre in -10_000_000_i64..=10_000_000,
            quantity in 1_u32..1000,
            rate in prop::sample::select(vec!["0", "6", "7", "12", "19", "25", "25.5"]),
        ) {
            let row = InvoiceRow { gross: Decimal::new(öre, 2), quantity, ..row("0", 1, rate) };
            prop_assert_eq!(priced(&row, row.gross).map(|sent| sent.quantity), Some(quantity));
        }
    }
}
