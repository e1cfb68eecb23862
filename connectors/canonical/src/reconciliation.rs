//! Both systems held against each other over a period: what the shop's orders and refunds should have become, and what stands in
//! the books.
//!
//! Holds that what the two sides' sums differ by is exactly what the differences name, and that nothing that agrees is named.
//! A side may be read in any order and a record or document may come twice. What seems to differ is worth a second look before
//! it is told (`days_to_look_again`, `keys_to_ask_for`): the books may be one day off at the edge of the period, and both systems
//! move while they are read. Reading is the caller's business; whether an invoice is paid is not asked.

mod deal;
mod expected;
mod figures;
mod judge;
mod sums;
mod tell;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

use crate::{Currency, Reason, ledger::BookedDocument, record::Pulled, spec::OrderSettings, vat::VatRate};
use expected::{Expected, When};

/// How far from its order's day a document is looked for.
const EDGE: Days = Days::new(7);

/// How long after the period a credit note may take back the invoice of an order that was cancelled.
const AFTERMATH: Days = Days::new(31);

/// A comparison while both sides are being read.
#[derive(Debug)]
pub struct Reconciliation {
    shop_ref: String,
    settings: OrderSettings,
    period: RangeInclusive<NaiveDate>,
    /// By source key.
    entries: BTreeMap<String, Entry>,
    /// Documents without our reference, by the order number on them.
    by_number: BTreeMap<String, Vec<BookedDocument>>,
    /// Source keys of orders whose documents count on other days too.
    looked_for: BTreeSet<String>,
    size: usize,
}

/// One record, and the documents that bear its reference.
#[derive(Debug, Default)]
struct Entry {
    expected: Option<Expected>,
    booked: Vec<BookedDocument>,
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Sums of the whole period.
    pub currencies: Vec<CurrencySums>,
    /// Sums by day, currency and rate. An order that cannot be invoiced is in the currency's sums only: nothing tells its rates.
    pub days: Vec<DaySums>,
    /// What differs, by order number.
    pub differences: Vec<Difference>,
}

/// Sums of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Documents.
    pub count: u64,
    /// What they come to, tax included.
    pub gross: Decimal,
    /// The tax in it.
    pub tax: Decimal,
}

/// Sums of one currency on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurrencySums {
    /// The currency.
    pub currency: Currency,
    /// What should stand in the books.
    pub source: Sums,
    /// What stands there.
    pub target: Sums,
}

/// Sums of one day, currency and rate on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaySums {
    /// The day.
    pub date: NaiveDate,
    /// The currency.
    pub currency: Currency,
    /// The rate.
    pub rate: VatRate,
    /// What should stand in the books. Counts documents with any amount under the rate.
    pub source: Sums,
    /// What stands there. The books tell tax per rate: of a document that differs, the gross amount is derived from it.
    pub target: Sums,
}

/// How the books differ from the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// It does not stand in the books, or only as a document without our reference.
    Missing,
    /// It stands there more than once.
    Doubled,
    /// It comes to another sum, or is in another currency.
    Amount,
    /// It has another tax.
    Vat,
    /// It stands on another day.
    Date,
    /// It stands there and is not to be invoiced.
    Unexpected,
    /// It was cancelled in the books.
    CancelledInBooks,
    /// It cannot be made as it is.
    NotInvoiced,
}

impl DifferenceKind {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Doubled => "doubled",
            Self::Amount => "amount",
            Self::Vat => "vat",
            Self::Date => "date",
            Self::Unexpected => "unexpected",
            Self::CancelledInBooks => "cancelled_in_books",
            Self::NotInvoiced => "not_invoiced",
        }
    }
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// How.
    pub kind: DifferenceKind,
    /// The order's number, or empty where neither side tells.
    pub order_number: String,
    /// The source's key.
    pub source_key: String,
    /// Our reference on the document.
    pub reference: String,
    /// The day of the order or refund, else of the document.
    pub date: Option<NaiveDate>,
    /// The document's day, where it is another.
    pub target_date: Option<NaiveDate>,
    /// The currency of the amounts.
    pub currency: Option<Currency>,
    /// What it should come to; `None` when nothing should stand there.
    pub source: Option<Amounts>,
    /// What the books say, all of its documents together; `None` when nothing stands there in that currency.
    pub target: Option<Amounts>,
    /// Tax by rate, where it differs.
    pub taxes: Vec<TaxDifference>,
    /// Numbers of its documents in the books.
    pub documents: Vec<String>,
    /// Why it is not invoiced, or not to be.
    pub why: Option<Reason>,
}

/// An amount and the tax in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amounts {
    /// Tax included.
    pub gross: Decimal,
    /// The tax; `None` where nothing tells.
    pub tax: Option<Decimal>,
}

/// Tax of one rate that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxDifference {
    /// The rate.
    pub rate: VatRate,
    /// What it should be.
    pub source: Decimal,
    /// What the books say.
    pub target: Decimal,
}

impl Reconciliation {
    /// A comparison of these days, of the shop with this reference under these settings. Nothing is read yet.
    pub fn new(shop_ref: &str, settings: OrderSettings, period: RangeInclusive<NaiveDate>) -> Self {
        Self {
            shop_ref: shop_ref.to_owned(),
            settings,
            period,
            entries: BTreeMap::new(),
            by_number: BTreeMap::new(),
            looked_for: BTreeSet::new(),
            size: 0,
        }
    }

    /// Takes a record in: one that was made in the period, or one that was asked for.
    pub fn expect(&mut self, pulled: &Pulled) {
        let expected = Expected::of(pulled, &self.shop_ref, &self.settings);
        let entry = self.entries.entry(pulled.source_key.clone()).or_default();
        self.size += usize::from(entry.expected.is_none());
        entry.expected = Some(expected);
    }

    /// Takes a document in. One of another day counts only where it was looked for.
    pub fn book(&mut self, document: BookedDocument) {
        match self.our_key(&document.reference) {
            Some((key, order)) => {
                let looked_for = || self.looked_for.contains(&key) || self.looked_for.contains(&order);
                if self.period.contains(&document.date) || looked_for() {
                    let booked = &mut self.entries.entry(key).or_default().booked;
                    self.size += usize::from(keep(booked, document));
                }
            }
            None if document.order_number.is_empty() || document.cancelled => {}
            None if self.period.contains(&document.date) => {
                let booked = self.by_number.entry(document.order_number.clone()).or_default();
                self.size += usize::from(keep(booked, document));
            }
            None => {}
        }
    }

    /// How many records and documents are held.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Days on which to read the books once more, after everything was read once: around those whose document did not show,
    /// and after the period where a credit note may still take back what stands. None when nothing calls for it.
    pub fn days_to_look_again(&mut self) -> Vec<RangeInclusive<NaiveDate>> {
        let (mut days, mut keys) = (Vec::new(), BTreeSet::new());
        for (key, entry) in &self.entries {
            let Some(expected) = &entry.expected else { continue };
            match (&expected.when, expected.date) {
                (When::Always, Some(date)) if entry.booked.is_empty() => {
                    keys.insert(key.clone());
                    days.push(around(date));
                }
                (When::Never(_), _) if entry.stands() => {
                    keys.insert(key.clone());
                    let end = *self.period.end();
                    days.push(end..=end.checked_add_days(AFTERMATH).unwrap_or(end));
                }
                _ => {}
            }
            if let (When::IfInvoiced(_), Some(order)) = (&expected.when, &expected.order) {
                let read = self.period.contains(&order.date);
                if !read && !entry.stands() {
                    keys.insert(order.key.clone());
                    days.push(around(order.date));
                }
            }
        }
        self.looked_for = keys;
        merged(days)
    }

    /// Source keys of records to ask the shop for, after the books were read for the last time: documents bear their references,
    /// and nothing was made in the period that would explain them.
    pub fn keys_to_ask_for(&self) -> Vec<String> {
        let unexplained = |(_, entry): &(&String, &Entry)| {
            let mut live = entry.live();
            entry.expected.is_none() && live.any(|document| self.period.contains(&document.date))
        };
        let entries = self.entries.iter().filter(unexplained);
        entries.map(|(key, _)| key.clone()).collect()
    }

    /// The source key of what bears a reference of ours, and that of its order. `None` when it is not ours.
    fn our_key(&self, reference: &str) -> Option<(String, String)> {
        let rest = reference.strip_prefix(&self.shop_ref)?.strip_prefix('-')?;
        match rest.rsplit_once("-R") {
            _ if rest.is_empty() => None,
            Some((order, slip)) => Some((format!("R{slip}"), order.to_owned())),
            None => Some((rest.to_owned(), rest.to_owned())),
        }
    }
}

impl Entry {
    /// The documents that count.
    fn live(&self) -> impl Iterator<Item = &BookedDocument> {
        self.booked.iter().filter(|document| !document.cancelled)
    }

    fn stands(&self) -> bool {
        self.live().next().is_some()
    }
}

/// Keeps a document unless it was kept already: pages shift while the books grow.
fn keep(booked: &mut Vec<BookedDocument>, document: BookedDocument) -> bool {
    let known = |kept: &BookedDocument| !document.number.is_empty() && kept.number == document.number;
    if booked.iter().any(known) {
        return false;
    }
    booked.push(document);
    true
}

fn around(date: NaiveDate) -> RangeInclusive<NaiveDate> {
    date.checked_sub_days(EDGE).unwrap_or(date)..=date.checked_add_days(EDGE).unwrap_or(date)
}

/// The same days, as few ranges as they make.
fn merged(mut days: Vec<RangeInclusive<NaiveDate>>) -> Vec<RangeInclusive<NaiveDate>> {
    days.sort_by_key(|range| *range.start());
    let mut merged: Vec<RangeInclusive<NaiveDate>> = Vec::new();
    for range in days {
        match merged.last_mut() {
            Some(last) if *range.start() <= *last.end() => {
                *last = *last.start()..=*last.end().max(range.end());
            }
            _ => merged.push(range),
        }
    }
    merged
}
