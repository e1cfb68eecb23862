//! Which account a row is booked on.

use skarv_canonical::{country::UnknownCountry, invoice::RowKind, spec::AccountRule, vat::VatScheme};

use crate::{convert::Malformed, v1 as pb};

pub(super) fn encode_account_rule(rule: &AccountRule) -> pb::AccountRule {
    pb::AccountRule {
        row: encode_row_kind(rule.row).into(),
        scheme: encode_scheme(rule.scheme).into(),
        country: rule.country.map(|country| country.to_string()),
        rate: rule.rate.map(|rate| rate.to_string()),
        account: rule.account,
    }
}

pub(super) fn decode_account_rule(rule: pb::AccountRule, at: &str) -> Result<AccountRule, Malformed> {
    let row =
        decode_row_kind(rule.row()).ok_or_else(|| Malformed::new(format!("{at}.row"), "is required"))?;
    let scheme =
        decode_scheme(rule.scheme()).ok_or_else(|| Malformed::new(format!("{at}.scheme"), "is required"))?;
    let account = account_number(rule.account, || format!("{at}.account"))?;
    let country = rule
        .country
        .map(|code| code.parse())
        .transpose()
        .map_err(|e: UnknownCountry| Malformed::new(format!("{at}.country"), e.to_string()))?;
    let rate = rule.rate.map(|rate| rate.parse()).transpose().map_err(|_| {
        Malformed::new(
            format!("{at}.rate"),
            "must be a decimal number of percent such as \"25\"",
        )
    })?;
    Ok(AccountRule {
        row,
        scheme,
        country,
        rate,
        account,
    })
}

/// An account number, if it is one.
pub(super) fn account_number(number: u32, field: impl FnOnce() -> String) -> Result<u32, Malformed> {
    if (1000..=9999).contains(&number) {
        Ok(number)
    } else {
        Err(Malformed::new(
            field(),
            "must be an account number of four digits, 1000 to 9999",
        ))
    }
}

fn encode_row_kind(kind: RowKind) -> pb::RowKind {
    match kind {
        RowKind::Goods | RowKind::Discount => pb::RowKind::Goods,
        RowKind::Shipping => pb::RowKind::Shipping,
        RowKind::Wrapping => pb::RowKind::Wrapping,
        RowKind::Fee => pb::RowKind::Fee,
        RowKind::Rounding => pb::RowKind::Rounding,
    }
}

fn decode_row_kind(kind: pb::RowKind) -> Option<RowKind> {
    match kind {
        pb::RowKind::Unspecified => None,
        pb::RowKind::Goods => Some(RowKind::Goods),
        pb::RowKind::Shipping => Some(RowKind::Shipping),
        pb::RowKind::Wrapping => Some(RowKind::Wrapping),
        pb::RowKind::Fee => Some(RowKind::Fee),
        pb::RowKind::Rounding => Some(RowKind::Rounding),
    }
}

fn encode_scheme(scheme: VatScheme) -> pb::VatScheme {
    match scheme {
        VatScheme::Domestic => pb::VatScheme::Domestic,
        VatScheme::Oss => pb::VatScheme::Oss,
        VatScheme::ReverseCharge => pb::VatScheme::ReverseCharge,
        VatScheme::Export => pb::VatScheme::Export,
    }
}

fn decode_scheme(scheme: pb::VatScheme) -> Option<VatScheme> {
    match scheme {
        pb::VatScheme::Unspecified => None,
        pb::VatScheme::Domestic => Some(VatScheme::Domestic),
        pb::VatScheme::Oss => Some(VatScheme::Oss),
        pb::VatScheme::ReverseCharge => Some(VatScheme::ReverseCharge),
        pb::VatScheme::Export => Some(VatScheme::Export),
    }
}
