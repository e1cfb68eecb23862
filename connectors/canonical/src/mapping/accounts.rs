//! Which account a row is booked on. An account that nobody chose is never guessed.

use crate::{
    Country, Reason,
    invoice::RowKind,
    spec::AccountRule,
    vat::{VatRate, VatScheme},
};

/// The account of a row, by the first rule that fits.
pub(super) fn account(
    rules: &[AccountRule],
    kind: RowKind,
    scheme: VatScheme,
    country: Country,
    rate: VatRate,
) -> Result<u32, Reason> {
    let row = match kind {
        // a discount takes back a sale, so it is booked where the sale was
        RowKind::Discount => RowKind::Goods,
        RowKind::Goods | RowKind::Shipping | RowKind::Wrapping | RowKind::Fee | RowKind::Rounding => kind,
    };
    rules
        .iter()
        .find(|r| {
            r.row == row
                && r.scheme == scheme
                && r.country.is_none_or(|c| c == country)
                && r.rate.is_none_or(|fits| fits == rate)
        })
        .map(|r| r.account)
        .ok_or_else(|| missing(row, scheme, country, rate))
}

fn missing(row: RowKind, scheme: VatScheme, country: Country, rate: VatRate) -> Reason {
    Reason::configuration("account_missing")
        .with("row", row.as_str())
        .with("scheme", scheme.as_str())
        .with("country", country)
        .with("rate", rate)
        .fix("add_account_rule")
}
