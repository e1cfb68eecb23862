//! What runs found, on its way to the control plane. Comparisons are here, the rest is beside.

mod asked;
mod dry_run;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use skarv_canonical::{
    Currency,
    reconciliation::{Amounts, Compared, CurrencySums, DaySums, Difference, Sums, TaxDifference},
};
use skarv_connector::Period;
use skarv_proto::{agent::v1 as pb, convert::reason::encode_reason, v1};

use self::{
    asked::{encode_check, encode_discovery, encode_preflight},
    dry_run::encode_dry_run,
};
use crate::lease::Found;

/// Differences that are told one by one: whoever has more has one cause for most of them.
const MOST_TOLD: usize = 1_000;

pub(super) fn encode_found(found: &Found) -> pb::RunResult {
    let result = match found {
        Found::Check(report) => pb::run_result::Result::Check(encode_check(report)),
        Found::Discovery(discovery) => pb::run_result::Result::Discovery(encode_discovery(discovery)),
        Found::Preflight(findings) => pb::run_result::Result::Preflight(encode_preflight(findings)),
        Found::DryRun(foreseen) => pb::run_result::Result::DryRun(encode_dry_run(foreseen)),
        Found::Reconciliation(period, compared) => {
            pb::run_result::Result::Reconciliation(encode_compared(*period, compared))
        }
    };
    pb::RunResult { result: Some(result) }
}

fn encode_compared(period: Period, compared: &Compared) -> v1::Reconciliation {
    let told = compared.differences.iter().take(MOST_TOLD);
    v1::Reconciliation {
        from: period.from.to_string(),
        to: period.to.to_string(),
        currencies: compared.currencies.iter().map(encode_currency).collect(),
        days: compared.days.iter().map(encode_day).collect(),
        differences: told.map(encode_difference).collect(),
        differences_left_out: compared.differences.len().saturating_sub(MOST_TOLD) as u64,
    }
}

fn encode_currency(sums: &CurrencySums) -> v1::ReconciledCurrency {
    v1::ReconciledCurrency {
        currency_code: sums.currency.to_string(),
        source: Some(encode_sums(sums.source)),
        target: Some(encode_sums(sums.target)),
    }
}

fn encode_day(sums: &DaySums) -> v1::ReconciledDay {
    v1::ReconciledDay {
        date: sums.date.to_string(),
        currency_code: sums.currency.to_string(),
        rate: sums.rate.to_string(),
        source: Some(encode_sums(sums.source)),
        target: Some(encode_sums(sums.target)),
    }
}

fn encode_sums(sums: Sums) -> v1::ReconciledSums {
    v1::ReconciledSums {
        count: sums.count,
        gross: amount(sums.gross),
        tax: amount(sums.tax),
    }
}

fn encode_difference(difference: &Difference) -> v1::Difference {
    let day = |date: Option<NaiveDate>| date.map(|date| date.to_string()).unwrap_or_default();
    let gross = |amounts: Option<Amounts>| amounts.map(|amounts| amount(amounts.gross));
    let tax = |amounts: Option<Amounts>| amounts.and_then(|amounts| amounts.tax).map(amount);
    v1::Difference {
        code: difference.kind.code().to_owned(),
        order_number: difference.order_number.clone(),
        source_key: difference.source_key.clone(),
        reference: difference.reference.clone(),
        date: day(difference.date),
        currency_code: difference
            .currency
            .map(Currency::code)
            .unwrap_or_default()
            .to_owned(),
        source_gross: gross(difference.source),
        source_tax: tax(difference.source),
        target_gross: gross(difference.target),
        target_tax: tax(difference.target),
        taxes: difference.taxes.iter().map(encode_tax).collect(),
        documents: difference.documents.clone(),
        why: difference.why.as_ref().map(encode_reason),
        reason: None,
        target_date: day(difference.target_date),
    }
}

fn encode_tax(tax: &TaxDifference) -> v1::DifferenceTax {
    v1::DifferenceTax {
        rate: tax.rate.to_string(),
        source: amount(tax.source),
        target: amount(tax.target),
    }
}

/// Always with two decimals, and without a minus before a zero.
fn amount(amount: Decimal) -> String {
    let amount = if amount.is_zero() { Decimal::ZERO } else { amount };
    format!("{amount:.2}")
}

#[cfg(test)]
mod tests {
    use skarv_canonical::{Reason, reconciliation::DifferenceKind};

    use super::*;

    fn difference(number: usize) -> Difference {
        Difference {
            kind: DifferenceKind::Missing,
            order_number: format!("NR{number}"),
            source_key: number.to_string(),
            reference: format!("k3x9qa-{number}"),
            date: None,
            target_date: None,
            currency: Some(Currency::SEK),
            source: Some(Amounts {
                gross: Decimal::new(1_005, 1),
                tax: None,
            }),
            target: None,
            taxes: Vec::new(),
            documents: Vec::new(),
            why: Some(Reason::data("no_rows")),
        }
    }

    #[test]
    fn a_thousand_differences_are_told_and_the_rest_is_counted() {
        let period = Period {
            from: NaiveDate::from_ymd_opt(2026, 11, 1).unwrap(),
            to: NaiveDate::from_ymd_opt(2026, 11, 30).unwrap(),
        };
        let compared = Compared {
            differences: (0..1_003).map(difference).collect(),
            ..Compared::default()
        };
        let told = encode_compared(period, &compared);
        assert_eq!((told.differences.len(), told.differences_left_out), (1_000, 3));
        assert_eq!(
            (told.from.as_str(), told.to.as_str()),
            ("2026-11-01", "2026-11-30")
        );
        let first = &told.differences[0];
        assert_eq!(
            (first.source_gross.as_deref(), first.source_tax.as_deref()),
            (Some("100.50"), None)
        );
        assert_eq!(
            (
                first.target_gross.as_ref(),
                first.why.as_ref().unwrap().code.as_str()
            ),
            (None, "no_rows")
        );
    }

    #[test]
    fn nothing_has_no_sign() {
        assert_eq!(amount(Decimal::new(-1, 2) * Decimal::ZERO), "0.00");
        assert_eq!(amount(Decimal::new(-5, 1)), "-0.50");
    }
}
