//! A verdict as a difference that people are told.

use super::{
    Amounts, Difference, DifferenceKind, TaxDifference,
    expected::{Expected, When},
    figures::Figures,
    judge::{Judged, Verdict},
};
use crate::{Currency, Reason, ledger::BookedDocument};

impl Judged<'_> {
    fn kind(&self) -> Option<DifferenceKind> {
        let unmade = self.expected().is_some_and(|expected| expected.what.is_err());
        match self.verdict {
            Verdict::Nothing | Verdict::Agreed | Verdict::Accepted => None,
            Verdict::Absent if unmade => Some(DifferenceKind::NotInvoiced),
            Verdict::Absent => Some(DifferenceKind::Missing),
            Verdict::Differs(kind) => Some(kind),
            Verdict::CancelledInBooks => Some(DifferenceKind::CancelledInBooks),
            Verdict::Doubled => Some(DifferenceKind::Doubled),
            Verdict::Unexpected(_) => Some(DifferenceKind::Unexpected),
        }
    }

    pub(super) fn difference(&self) -> Option<Difference> {
        let kind = self.kind()?;
        let expected = self.expected();
        let first = self.documents().next().or_else(|| self.entry.booked.first());
        let due = expected.filter(|_| self.is_due());
        let source = due.and_then(Expected::amount);
        let currency = source
            .map(|money| money.currency)
            .or_else(|| first.map(|document| document.currency));
        let date = expected
            .and_then(|expected| expected.date)
            .or_else(|| first.map(|document| document.date));
        let said = |ours: Option<&String>, theirs: fn(&BookedDocument) -> &String| {
            let ours = ours.filter(|text| !text.is_empty());
            ours.or_else(|| first.map(theirs)).cloned().unwrap_or_default()
        };
        Some(Difference {
            kind,
            order_number: said(expected.map(|e| &e.order_number), |document| {
                &document.order_number
            }),
            source_key: self.key_in_source(),
            reference: said(expected.map(|e| &e.reference), |document| &document.reference),
            date,
            target_date: first
                .map(|document| document.date)
                .filter(|day| Some(*day) != date),
            currency,
            source: source.map(|money| Amounts {
                gross: money.amount,
                tax: due.and_then(|due| due.what.as_ref().ok()).map(Figures::tax),
            }),
            target: self.stands_for(currency),
            taxes: self.tax_differences(kind),
            documents: self.numbers(kind),
            why: self.why(kind),
        })
    }

    /// Empty for what the shop does not have.
    fn key_in_source(&self) -> String {
        let gone = |expected: &Expected| match expected.when {
            When::Never(why) => why == "record_gone",
            When::Always | When::IfInvoiced(_) => false,
        };
        let known = self.expected().is_some_and(|expected| !gone(expected));
        if known { self.key.to_owned() } else { String::new() }
    }

    /// What stands there in a currency.
    fn stands_for(&self, currency: Option<Currency>) -> Option<Amounts> {
        let of_currency = || {
            self.documents()
                .filter(|document| Some(document.currency) == currency)
        };
        of_currency().next()?;
        Some(Amounts {
            gross: of_currency().map(|document| document.total).sum(),
            tax: Some(
                of_currency()
                    .flat_map(|document| &document.taxes)
                    .map(|tax| tax.tax)
                    .sum(),
            ),
        })
    }

    fn tax_differences(&self, kind: DifferenceKind) -> Vec<TaxDifference> {
        let wanted = self.expected().and_then(|expected| expected.what.as_ref().ok());
        match (kind, wanted, self.entry.live().next()) {
            (DifferenceKind::Amount | DifferenceKind::Vat, Some(wanted), Some(document))
                if wanted.currency == document.currency =>
            {
                wanted.tax_differences(document)
            }
            _ => Vec::new(),
        }
    }

    fn numbers(&self, kind: DifferenceKind) -> Vec<String> {
        let cancelled = kind == DifferenceKind::CancelledInBooks;
        let of_record = self
            .entry
            .booked
            .iter()
            .filter(|document| cancelled || !document.cancelled);
        let documents = of_record.chain(&self.by_hand);
        documents.map(|document| document.number.clone()).collect()
    }

    fn why(&self, kind: DifferenceKind) -> Option<Reason> {
        if let Verdict::Unexpected(why) = &self.verdict {
            return why.clone();
        }
        let expected = self.expected()?;
        match (kind, &expected.what) {
            (DifferenceKind::NotInvoiced, Err(refused)) => Some(refused.reason.clone()),
            _ => None,
        }
    }
}
