//! From two sides that are read to what differs: a verdict on each record, documents without our reference dealt to those that
//! lack one (`deal`), then sums and differences (`tell`) from the verdicts alone, so that the two cannot contradict each other.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{
    Compared, Difference, DifferenceKind, Entry, Reconciliation,
    deal::deal,
    expected::{Expected, When},
    figures::Figures,
    sums::{Side, Totals},
};
use crate::{Money, Reason, ledger::BookedDocument};

/// The reason for which a refund of an invoice that was cancelled by hand is not credited.
const INVOICE_CANCELLED: &str = "invoice_cancelled_in_books";

/// What is to be said of one record.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Nothing: it is none of this period's, or neither side has anything.
    Nothing,
    /// It stands as it should.
    Agreed,
    /// What stands there is right, though it is not what we would make: counted on both sides as it stands.
    Accepted,
    /// It should stand there and does not.
    Absent,
    /// It stands there otherwise.
    Differs(DifferenceKind),
    /// All that stood there is cancelled.
    CancelledInBooks,
    /// It stands there more than once.
    Doubled,
    /// It should not stand there.
    Unexpected(Option<Reason>),
}

/// One record with its verdict.
pub(super) struct Judged<'a> {
    pub(super) key: &'a str,
    pub(super) entry: &'a Entry,
    pub(super) verdict: Verdict,
    /// A document without our reference that is about the same.
    pub(super) by_hand: Option<BookedDocument>,
}

/// Credit notes by the source key of their order.
#[derive(Default)]
pub(super) struct Credits {
    /// What stands in the books.
    pub(super) booked: BTreeMap<String, Decimal>,
    /// What the shop's refunds come to.
    expected: BTreeMap<String, Decimal>,
}

impl Reconciliation {
    /// What differs, and the sums of both sides.
    pub fn compare(mut self) -> Compared {
        let by_number = std::mem::take(&mut self.by_number);
        let credits = self.credits();
        let judge = |(key, entry)| Judged {
            key,
            entry,
            verdict: self.verdict(key, entry, &credits),
            by_hand: None,
        };
        let entries = self.entries.iter().map(|(key, entry)| (key.as_str(), entry));
        let mut judged: Vec<Judged<'_>> = entries.map(judge).collect();
        deal(&mut judged, by_number, &credits);

        let mut totals = Totals::of(self.period.clone());
        judged.iter().for_each(|judged| judged.sum(&mut totals));
        let (currencies, days) = totals.into_parts();
        let mut differences: Vec<Difference> = judged.iter().filter_map(Judged::difference).collect();
        differences.sort_by(|a, b| {
            let place = |d: &Difference| (d.order_number.clone(), d.date, d.reference.clone());
            place(a).cmp(&place(b))
        });
        Compared {
            currencies,
            days,
            differences,
        }
    }

    fn credits(&self) -> Credits {
        let mut credits = Credits::default();
        for (key, entry) in &self.entries {
            for document in entry.live() {
                if let Some((_, order)) = self
                    .our_key(&document.reference)
                    .filter(|(_, order)| order != key)
                {
                    *credits.booked.entry(order).or_default() += document.total;
                }
            }
            if let Some(Expected {
                order: Some(order),
                what: Ok(figures),
                ..
            }) = &entry.expected
            {
                *credits.expected.entry(order.key.clone()).or_default() += figures.total;
            }
        }
        credits
    }

    fn verdict(&self, key: &str, entry: &Entry, credits: &Credits) -> Verdict {
        let live: Vec<&BookedDocument> = entry.live().collect();
        let stands_now = live.iter().any(|document| self.period.contains(&document.date));
        let Some(expected) = &entry.expected else {
            return if stands_now {
                Verdict::Unexpected(None)
            } else {
                Verdict::Nothing
            };
        };
        let made_now = expected.date.is_none_or(|date| self.period.contains(&date));
        if !made_now && !stands_now {
            return Verdict::Nothing;
        }
        match (self.not_due(expected, !live.is_empty()), live.as_slice()) {
            (Some(_), []) => Verdict::Nothing,
            (Some(_), live) if taken_back(key, live, credits) => Verdict::Accepted,
            (Some(why), _) => Verdict::Unexpected(Some(why)),
            (None, []) if entry.booked.is_empty() => Verdict::Absent,
            (None, []) if taken_back_in_shop(key, expected, credits) => Verdict::Nothing,
            (None, []) => Verdict::CancelledInBooks,
            (None, [document]) => of_one(expected, document),
            (None, _) => Verdict::Doubled,
        }
    }

    /// Why nothing is to stand there, if so.
    fn not_due(&self, expected: &Expected, stands: bool) -> Option<Reason> {
        let invoice = expected
            .order
            .as_ref()
            .and_then(|order| self.entries.get(&order.key));
        match (&expected.when, &expected.order) {
            (When::Never(why), _) => Some(Reason::data(*why)),
            (When::IfInvoiced(why), Some(order)) => {
                let invoiced = invoice.is_some_and(Entry::stands);
                let read = self.period.contains(&order.date) || self.looked_for.contains(&order.key);
                // a credit note whose invoice was not read is taken to have one
                (!invoiced && (read || !stands)).then(|| Reason::data(*why))
            }
            (When::IfInvoiced(_) | When::Always, _) => {
                let cancelled = |invoice: &&Entry| !invoice.booked.is_empty() && !invoice.stands();
                let invoice = invoice.filter(cancelled)?.booked.first()?;
                Some(Reason::data(INVOICE_CANCELLED).with("reference", &invoice.reference))
            }
        }
    }
}

/// Whether credit notes take back all that stands there.
fn taken_back(key: &str, live: &[&BookedDocument], credits: &Credits) -> bool {
    standing(live) + credits.booked.get(key).copied().unwrap_or_default() == Decimal::ZERO
}

pub(super) fn standing(live: &[&BookedDocument]) -> Decimal {
    live.iter().map(|document| document.total).sum()
}

/// Whether the shop gave all of it back, so that cancelling its invoice by hand was right.
fn taken_back_in_shop(key: &str, expected: &Expected, credits: &Credits) -> bool {
    let given = credits.expected.get(key).copied();
    let amount = expected.amount().map(|amount| Decimal::ZERO - amount.amount);
    given.is_some() && given == amount
}

fn of_one(expected: &Expected, document: &BookedDocument) -> Verdict {
    match (&expected.what, expected.amount()) {
        (Ok(figures), _) => figures
            .differs(document)
            .map_or(Verdict::Agreed, Verdict::Differs),
        (Err(_), Some(amount)) if amount != money(document) => Verdict::Differs(DifferenceKind::Amount),
        (Err(_), _) => Verdict::Accepted,
    }
}

pub(super) fn money(document: &BookedDocument) -> Money {
    Money::new(document.total, document.currency)
}

impl Judged<'_> {
    pub(super) fn expected(&self) -> Option<&Expected> {
        self.entry.expected.as_ref()
    }

    /// Documents that count, ours first.
    pub(super) fn documents(&self) -> impl Iterator<Item = &BookedDocument> {
        self.entry.live().chain(&self.by_hand)
    }

    fn figures_of(&self, document: &BookedDocument) -> Figures {
        let wanted = self.expected().and_then(|expected| expected.what.as_ref().ok());
        let agrees =
            |wanted: &&Figures| matches!(wanted.differs(document), None | Some(DifferenceKind::Date));
        Figures::of_booked(document, wanted.filter(agrees))
    }

    fn sum(&self, totals: &mut Totals) {
        for document in self.documents() {
            let figures = self.figures_of(document);
            totals.add(Side::Target, &figures);
            if self.verdict == Verdict::Accepted {
                totals.add(Side::Source, &figures);
            }
        }
        let Some(expected) = self.expected().filter(|_| self.is_due()) else {
            return;
        };
        match (&expected.what, expected.amount()) {
            (Ok(figures), _) => totals.add(Side::Source, figures),
            (Err(_), Some(amount)) => totals.add_unmade(amount, expected.date),
            (Err(_), None) => {}
        }
    }

    /// Whether it should stand there as it is expected.
    pub(super) fn is_due(&self) -> bool {
        match self.verdict {
            Verdict::Agreed
            | Verdict::Absent
            | Verdict::Differs(_)
            | Verdict::CancelledInBooks
            | Verdict::Doubled => true,
            Verdict::Nothing | Verdict::Accepted | Verdict::Unexpected(_) => false,
        }
    }
}
