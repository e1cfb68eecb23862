//! How an invoice adds up (`CONTRACT.md`, arithmetic; all of it assumed). Lines are rounded to the öre
//! with their VAT inside, so the gross amount is a plain sum and VAT is taken out of it once per rate.
//! Pure: no rule of who may post what is here.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

/// Gross of one line. `rate` is in percent.
pub(super) fn line_gross(unit_price: Decimal, quantity: i64, rate: Decimal) -> Decimal {
    cents(line_net(unit_price, quantity) * (Decimal::ONE + rate / Decimal::ONE_HUNDRED))
}

/// Net of one line, not rounded.
pub(super) fn line_net(unit_price: Decimal, quantity: i64) -> Decimal {
    unit_price * Decimal::from(quantity)
}

/// VAT at one rate.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct VatShare {
    pub(super) rate: Decimal,
    pub(super) amount: Decimal,
}

/// The amounts of one document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Amounts {
    pub(super) gross: Decimal,
    pub(super) net: Decimal,
    /// One share per rate that occurs, 0 % too, lowest first.
    pub(super) vat: Vec<VatShare>,
    pub(super) rounding: Decimal,
    pub(super) to_pay: Decimal,
}

impl Amounts {
    /// Of lines given as rate and gross.
    pub(super) fn of(lines: impl Iterator<Item = (Decimal, Decimal)>, whole_kronor: bool) -> Self {
        let mut by_rate: BTreeMap<Decimal, Decimal> = BTreeMap::new();
        for (rate, gross) in lines {
            *by_rate.entry(rate).or_default() += gross;
        }
        let gross = by_rate.values().copied().sum::<Decimal>();
        let vat: Vec<_> = by_rate
            .into_iter()
            .map(|(rate, gross)| share(rate, gross))
            .collect();
        let rounding = if whole_kronor {
            rounded(gross, 0) - gross
        } else {
            Decimal::ZERO
        };
        let net = gross - vat.iter().map(|share| share.amount).sum::<Decimal>();
        Self {
            gross,
            net,
            vat,
            rounding,
            to_pay: gross + rounding,
        }
    }

    pub(super) fn vat_total(&self) -> Decimal {
        self.gross - self.net
    }
}

fn share(rate: Decimal, gross: Decimal) -> VatShare {
    VatShare {
        rate,
        amount: cents(gross * rate / (Decimal::ONE_HUNDRED + rate)),
    }
}

fn cents(amount: Decimal) -> Decimal {
    rounded(amount, 2)
}

/// Half away from zero: a credit is the mirror of its invoice.
fn rounded(amount: Decimal, places: u32) -> Decimal {
    amount.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn amounts(lines: &[(&str, &str)], whole_kronor: bool) -> Amounts {
        Amounts::of(
            lines.iter().map(|(rate, gross)| (d(rate), d(gross))),
            whole_kronor,
        )
    }

    #[test]
    fn a_line_is_rounded_half_away_from_zero_with_its_vat_inside() {
        assert_eq!(line_gross(d("79.20"), 1, d("25")), d("99.00"));
        assert_eq!(line_gross(d("0.02"), 1, d("25")), d("0.03"));
        assert_eq!(line_gross(d("0.02"), -1, d("25")), d("-0.03"));
        assert_eq!(line_gross(d("14.196428"), 38, d("0")), d("539.46"));
    }

    #[test]
    fn a_lines_net_keeps_every_decimal() {
        assert_eq!(line_net(d("14.196428"), 38), d("539.464264"));
    }

    #[test]
    fn vat_is_taken_out_of_the_gross_once_per_rate() {
        let amounts = amounts(
            &[("25", "458.29"), ("25", "0.63"), ("25", "89.00"), ("0", "-0.01")],
            false,
        );
        assert_eq!(amounts.gross, d("547.91"));
        assert_eq!(
            amounts.vat[0],
            VatShare {
                rate: d("0"),
                amount: d("0")
            }
        );
        assert_eq!(
            amounts.vat[1],
            VatShare {
                rate: d("25"),
                amount: d("109.58")
            }
        );
        assert_eq!(amounts.net, d("438.33"));
        assert_eq!(amounts.vat_total(), d("109.58"));
    }

    #[test]
    fn öresavrundning_moves_the_amount_to_pay_and_nothing_else() {
        let up = amounts(&[("25", "99.50")], true);
        assert_eq!(
            (up.gross, up.rounding, up.to_pay),
            (d("99.50"), d("0.50"), d("100"))
        );
        let down = amounts(&[("25", "-99.49")], true);
        assert_eq!(
            (down.gross, down.rounding, down.to_pay),
            (d("-99.49"), d("0.49"), d("-99"))
        );
    }

    proptest! {
        #[test]
        fn a_gross_sent_as_a_unit_price_of_six_decimals_comes_back_to_the_öre(
            öre in -10_000_000_i64..=10_000_000,
            quantity in prop_oneof![1_i64..1000, -999_i64..0],
            rate in prop::sample::select(vec!["0", "6", "7", "12", "19", "25", "25.5"]),
        ) {
            let (gross, rate) = (Decimal::new(öre, 2), d(rate));
            let with_vat = Decimal::from(quantity) * (Decimal::ONE + rate / Decimal::ONE_HUNDRED);
            let unit_price = (gross / with_vat).round_dp(6);
            prop_assert_eq!(line_gross(unit_price, quantity, rate), gross);
        }

        #[test]
        fn a_credit_of_every_line_is_the_invoice_mirrored(
            lines in prop::collection::vec((0_i64..10_000_000, 1_i64..1000), 1..8),
            rate in prop::sample::select(vec!["0", "6", "12", "25"]),
            whole_kronor in any::<bool>(),
        ) {
            let rate = d(rate);
            let of = |sign: i64| {
                let gross = |(price, quantity): &(i64, i64)| {
                    (rate, line_gross(Decimal::new(*price, 6), sign * quantity, rate))
                };
                Amounts::of(lines.iter().map(gross), whole_kronor)
            };
            let (invoice, credit) = (of(1), of(-1));
            prop_assert_eq!(credit.gross, -invoice.gross);
            prop_assert_eq!(credit.net, -invoice.net);
            prop_assert_eq!(credit.to_pay, -invoice.to_pay);
        }
    }
}
