//! The goods of an order by VAT rate: what fees and discounts are spread over.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use skarv_canonical::vat::VatRate;

use crate::row::{Amount, DetailRow};

/// Rows with their rates, and their sums as the shop stored them.
pub(super) struct Goods<'a> {
    pub(super) rows: Vec<(&'a DetailRow, VatRate)>,
    by_rate: BTreeMap<VatRate, Decimal>,
    pub(super) total: Amount,
}

impl<'a> Goods<'a> {
    pub(super) fn of(rows: Vec<(&'a DetailRow, VatRate)>) -> Self {
        let mut by_rate = BTreeMap::new();
        let mut total = Amount::default();
        for (row, rate) in &rows {
            *by_rate.entry(*rate).or_default() += row.total.gross;
            total.net += row.total.net;
            total.gross += row.total.gross;
        }
        // what costs nothing bears no part of anything
        by_rate.retain(|_, gross: &mut Decimal| !gross.is_zero());
        Self { rows, by_rate, total }
    }

    pub(super) fn rates(&self) -> impl Iterator<Item = VatRate> {
        self.by_rate.keys().copied()
    }

    /// A gross amount, unrounded, spread over the rates as the goods are. None where there are no goods with a price.
    pub(super) fn spread(&self, gross: Decimal) -> Option<Vec<(VatRate, Decimal)>> {
        let spread =
            |(rate, part): (&VatRate, &Decimal)| Some((*rate, (gross * part).checked_div(self.total.gross)?));
        let parts: Vec<_> = self.by_rate.iter().map(spread).collect::<Option<_>>()?;
        (!parts.is_empty()).then_some(parts)
    }
}
