//! The figures of one document: its total, and what of it is under which rate.
//!
//! A total is compared to the öre. Tax is compared per rate with room for rounding, and no more: an accounting system that rounds
//! row by row is off by up to half an öre a row, and we who take the tax out of a rate's whole sum by half an öre once, so with
//! at least one row they are at most an öre a row apart.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{DifferenceKind, TaxDifference};
use crate::{Currency, invoice::InvoiceRow, ledger::BookedDocument, money::to_ore, vat::VatRate};

/// The figures of one document.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    pub(super) date: NaiveDate,
    pub(super) currency: Currency,
    pub(super) total: Decimal,
    /// One for each rate, lowest first.
    pub(super) shares: Vec<Share>,
}

/// What of a document is under one rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub(super) rate: VatRate,
    pub(super) gross: Decimal,
    pub(super) tax: Decimal,
    /// Rows under the rate; none where the books do not tell.
    rows: u32,
}

impl Figures {
    pub(super) fn of_rows(date: NaiveDate, currency: Currency, total: Decimal, rows: &[InvoiceRow]) -> Self {
        let mut shares: Vec<Share> = Vec::new();
        for row in rows {
            let share = share_of(&mut shares, row.rate);
            share.gross += row.gross;
            share.rows += 1;
        }
        for share in &mut shares {
            share.tax = share.rate.tax_in(share.gross);
        }
        Self {
            date,
            currency,
            total,
            shares: in_order(shares),
        }
    }

    /// Of a document. The books tell tax per rate but not what is under a rate: where a document agrees with what was expected,
    /// that is known; else it is what the tax comes from, and what is left is without tax.
    pub(super) fn of_booked(document: &BookedDocument, agreed: Option<&Self>) -> Self {
        let mut shares: Vec<Share> = agreed.map_or_else(Vec::new, |agreed| agreed.shares.clone());
        for share in &mut shares {
            share.tax = booked_tax(document, share.rate);
        }
        if agreed.is_none() {
            shares = derived(document);
        }
        Self {
            date: document.date,
            currency: document.currency,
            total: document.total,
            shares: in_order(shares),
        }
    }

    pub(super) fn tax(&self) -> Decimal {
        self.shares.iter().map(|share| share.tax).sum()
    }

    /// How a document differs, the gravest first.
    pub(super) fn differs(&self, document: &BookedDocument) -> Option<DifferenceKind> {
        if (self.total, self.currency) != (document.total, document.currency) {
            Some(DifferenceKind::Amount)
        } else if !self.tax_differences(document).is_empty() {
            Some(DifferenceKind::Vat)
        } else {
            (self.date != document.date).then_some(DifferenceKind::Date)
        }
    }

    /// Rates whose tax rounding does not explain.
    pub(super) fn tax_differences(&self, document: &BookedDocument) -> Vec<TaxDifference> {
        let booked = document.taxes.iter().map(|tax| tax.rate);
        let mut rates: Vec<VatRate> = self.shares.iter().map(|share| share.rate).chain(booked).collect();
        rates.sort_unstable();
        rates.dedup();
        let tax = |rate: VatRate| {
            let share = self.shares.iter().find(|share| share.rate == rate);
            let (source, rows) = share.map_or((Decimal::ZERO, 0), |share| (share.tax, share.rows));
            let target = booked_tax(document, rate);
            let most = Decimal::new(1, 2) * Decimal::from(rows);
            ((source - target).abs() > most).then_some(TaxDifference { rate, source, target })
        };
        rates.into_iter().filter_map(tax).collect()
    }
}

fn booked_tax(document: &BookedDocument, rate: VatRate) -> Decimal {
    let taxes = document.taxes.iter().filter(|tax| tax.rate == rate);
    taxes.map(|tax| tax.tax).sum()
}

fn share_of(shares: &mut Vec<Share>, rate: VatRate) -> &mut Share {
    let at = shares.iter().position(|share| share.rate == rate);
    let at = at.unwrap_or_else(|| {
        shares.push(Share {
            rate,
            gross: Decimal::ZERO,
            tax: Decimal::ZERO,
            rows: 0,
        });
        shares.len() - 1
    });
    &mut shares[at]
}

fn in_order(mut shares: Vec<Share>) -> Vec<Share> {
    shares.sort_unstable_by_key(|share| share.rate);
    shares
}

fn derived(document: &BookedDocument) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    for tax in document
        .taxes
        .iter()
        .filter(|tax| !tax.tax.is_zero() && !tax.rate.is_zero())
    {
        share_of(&mut shares, tax.rate).tax += tax.tax;
    }
    // an öre of tax is this much of what it was taken from
    let per_ore = |rate: VatRate| (Decimal::ONE_HUNDRED + rate.as_percent()) / rate.as_percent();
    for share in &mut shares {
        share.gross = to_ore(share.tax * per_ore(share.rate));
    }
    let left = document.total - shares.iter().map(|share| share.gross).sum::<Decimal>();
    let explained: Decimal = shares.iter().map(|share| per_ore(share.rate)).sum();
    match shares.iter_mut().max_by_key(|share| share.gross.abs()) {
        Some(largest) if left.abs() <= explained * Decimal::new(1, 2) => largest.gross += left,
        _ if left.is_zero() => {}
        _ => share_of(&mut shares, VatRate::ZERO).gross += left,
    }
    shares
}
