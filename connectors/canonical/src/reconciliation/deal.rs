//! Documents that stand in the books without our reference, dealt by the order number on them: a record that lacks its own document
//! may have been made by hand, one that has it may so stand twice, one that should not stand may have been credited by hand.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{
    expected::Expected,
    judge::{Credits, Judged, Verdict, money, standing},
};
use crate::ledger::BookedDocument;

/// Deals documents without our reference to records of the same order number: first those of the very amount to those that lack
/// one, then others to those that still do, then what is left to those that so stand twice or are so taken back.
pub(super) fn deal(
    judged: &mut [Judged<'_>],
    mut by_number: BTreeMap<String, Vec<BookedDocument>>,
    credits: &Credits,
) {
    for exactly in [true, false] {
        for judged in judged.iter_mut().filter(|judged| judged.lacks_one()) {
            judged.claim_missing(&mut by_number, exactly);
        }
    }
    for judged in judged {
        match &judged.verdict {
            Verdict::Agreed => judged.claim_double(&mut by_number),
            Verdict::Unexpected(_) => judged.claim_credit(&mut by_number, credits),
            Verdict::Nothing
            | Verdict::Accepted
            | Verdict::Absent
            | Verdict::Differs(_)
            | Verdict::CancelledInBooks
            | Verdict::Doubled => {}
        }
    }
}

impl Judged<'_> {
    fn lacks_one(&self) -> bool {
        matches!(self.verdict, Verdict::Absent | Verdict::CancelledInBooks) && self.by_hand.is_none()
    }

    fn claim(
        &self,
        by_number: &mut BTreeMap<String, Vec<BookedDocument>>,
        fits: impl Fn(&BookedDocument) -> bool,
    ) -> Option<BookedDocument> {
        let documents = by_number.get_mut(&self.expected()?.order_number)?;
        let at = documents.iter().position(fits)?;
        Some(documents.remove(at))
    }

    fn claim_missing(&mut self, by_number: &mut BTreeMap<String, Vec<BookedDocument>>, exactly: bool) {
        let amount = self.expected().and_then(Expected::amount);
        let is_credit = amount.map_or_else(
            || self.key.starts_with('R'),
            |amount| amount.amount < Decimal::ZERO,
        );
        self.by_hand = self.claim(by_number, |document| {
            if exactly {
                amount == Some(money(document))
            } else {
                (document.total < Decimal::ZERO) == is_credit
            }
        });
        // what we cannot make, or what was cancelled, a person has made anew
        let unmade = self.expected().is_some_and(|expected| expected.what.is_err());
        let settled = unmade || self.verdict == Verdict::CancelledInBooks;
        if exactly && settled && self.by_hand.is_some() {
            self.verdict = Verdict::Accepted;
        }
    }

    fn claim_double(&mut self, by_number: &mut BTreeMap<String, Vec<BookedDocument>>) {
        let amount = self.expected().and_then(Expected::amount);
        let amount = amount.filter(|amount| !amount.amount.is_zero());
        self.by_hand = self.claim(by_number, |document| amount == Some(money(document)));
        if self.by_hand.is_some() {
            self.verdict = Verdict::Doubled;
        }
    }

    /// An invoice that should not stand may have been credited by hand.
    fn claim_credit(&mut self, by_number: &mut BTreeMap<String, Vec<BookedDocument>>, credits: &Credits) {
        let live: Vec<&BookedDocument> = self.entry.live().collect();
        let open = standing(&live) + credits.booked.get(self.key).copied().unwrap_or_default();
        let currency = live.first().map(|document| document.currency);
        self.by_hand = self.claim(by_number, |document| {
            Some(document.currency) == currency && document.total == Decimal::ZERO - open
        });
        if self.by_hand.is_some() {
            self.verdict = Verdict::Accepted;
        }
    }
}
