//! Sums of both sides, by currency and by day, currency and rate.

use std::{collections::BTreeMap, ops::RangeInclusive};

use chrono::NaiveDate;

use super::{
    CurrencySums, DaySums, Sums,
    figures::{Figures, Share},
};
use crate::{Currency, Money, vat::VatRate};

/// Which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Target,
}

/// Sums of a period. What lies outside it is not summed.
#[derive(Debug)]
pub(super) struct Totals {
    period: RangeInclusive<NaiveDate>,
    currencies: BTreeMap<&'static str, CurrencySums>,
    days: BTreeMap<(NaiveDate, &'static str, VatRate), DaySums>,
}

impl Totals {
    pub(super) fn of(period: RangeInclusive<NaiveDate>) -> Self {
        Self {
            period,
            currencies: BTreeMap::new(),
            days: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, side: Side, figures: &Figures) {
        if !self.period.contains(&figures.date) {
            return;
        }
        let sums = self.currency(side, figures.currency);
        sums.count += 1;
        sums.gross += figures.total;
        sums.tax += figures.tax();
        let says_something = |share: &&Share| !share.gross.is_zero() || !share.tax.is_zero();
        for share in figures.shares.iter().filter(says_something) {
            let sums = self.day(side, figures.date, figures.currency, share.rate);
            // rows that come to nothing may leave an öre of tax on one side, and are still no amount
            sums.count += u64::from(!share.gross.is_zero());
            sums.gross += share.gross;
            sums.tax += share.tax;
        }
    }

    /// What cannot be made: nothing tells its tax. Without a day it was made in the period.
    pub(super) fn add_unmade(&mut self, amount: Money, date: Option<NaiveDate>) {
        if date.is_none_or(|date| self.period.contains(&date)) {
            let sums = self.currency(Side::Source, amount.currency);
            sums.count += 1;
            sums.gross += amount.amount;
        }
    }

    pub(super) fn into_parts(self) -> (Vec<CurrencySums>, Vec<DaySums>) {
        (
            self.currencies.into_values().collect(),
            self.days.into_values().collect(),
        )
    }

    fn currency(&mut self, side: Side, currency: Currency) -> &mut Sums {
        let both = self
            .currencies
            .entry(currency.code())
            .or_insert_with(|| CurrencySums {
                currency,
                source: Sums::default(),
                target: Sums::default(),
            });
        match side {
            Side::Source => &mut both.source,
            Side::Target => &mut both.target,
        }
    }

    fn day(&mut self, side: Side, date: NaiveDate, currency: Currency, rate: VatRate) -> &mut Sums {
        let both = self
            .days
            .entry((date, currency.code(), rate))
            .or_insert_with(|| DaySums {
                date,
                currency,
                rate,
                source: Sums::default(),
                target: Sums::default(),
            });
        match side {
            Side::Source => &mut both.source,
            Side::Target => &mut both.target,
        }
    }
}
