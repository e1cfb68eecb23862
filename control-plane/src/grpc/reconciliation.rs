//! What a comparison of both systems found: kept as its agent told it, and told to people with what each difference means and
//! what to do about it.

use prost::Message;
use skarv_canonical::Reason;
use skarv_proto::{convert::reason::decode_reason, v1 as pb};

use super::Grpc;

/// Differences that are told. The rest are counted.
const MOST: usize = 1_000;

/// The form in which a comparison is kept, bounded whatever the agent says.
pub(super) fn kept(mut compared: pb::Reconciliation) -> Vec<u8> {
    let beyond = compared.differences.len().saturating_sub(MOST);
    compared.differences.truncate(MOST);
    compared.differences_left_out += u64::try_from(beyond).unwrap_or(u64::MAX);
    compared.encode_to_vec()
}

impl Grpc {
    /// A kept comparison, with its sentences. One that a newer version kept in another form is not told.
    pub(super) fn encode_reconciliation(&self, kept: &[u8]) -> Option<pb::Reconciliation> {
        let mut told = pb::Reconciliation::decode(kept)
            .inspect_err(|error| tracing::error!(%error, "a kept comparison cannot be read"))
            .ok()?;
        for difference in &mut told.differences {
            let meaning = meaning(difference);
            difference.reason = Some(self.encode_reason(&meaning));
            let why = difference.why.take().map(decode_reason);
            difference.why = why.map(|why| self.encode_reason(&why));
        }
        Some(told)
    }
}

/// What a difference means.
fn meaning(difference: &pb::Difference) -> Reason {
    let reason = match difference.code.as_str() {
        "missing" if difference.documents.is_empty() => {
            Reason::data("books_missing").fix("send_again_or_make_by_hand")
        }
        "missing" => Reason::data("books_made_by_hand").fix("check_hand_made_document"),
        "doubled" => Reason::data("books_doubled").fix("credit_all_but_one"),
        "amount" if difference.target_gross.is_none() => {
            Reason::data("books_currency").fix("correct_in_books")
        }
        "amount" => Reason::data("books_amount").fix("correct_in_books"),
        "vat" => Reason::data("books_vat").fix("correct_in_books"),
        "date" => Reason::data("books_date").fix("correct_in_books"),
        "unexpected" => Reason::data("books_unexpected").fix("credit_or_restore_order"),
        "cancelled_in_books" => Reason::data("books_cancelled").fix("send_again_or_make_by_hand"),
        "not_invoiced" => Reason::data("books_not_invoiced").fix("mend_and_send_again"),
        other => Reason::data(format!("books_{other}")),
    };
    let amounts = [
        ("source", &difference.source_gross),
        ("target", &difference.target_gross),
        ("source_tax", &difference.source_tax),
        ("target_tax", &difference.target_tax),
    ];
    let said = |reason: Reason, (name, amount): (&str, &Option<String>)| match amount {
        Some(amount) => reason.with(name, amount),
        None => reason,
    };
    amounts
        .into_iter()
        .fold(reason, said)
        .with("order", &difference.order_number)
        .with("documents", difference.documents.join(", "))
        .with("currency", &difference.currency_code)
        .with("date", &difference.date)
        .with("target_date", &difference.target_date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Messages;

    fn difference(code: &str) -> pb::Difference {
        pb::Difference {
            code: code.to_owned(),
            order_number: "XKBKNABJK".to_owned(),
            currency_code: "SEK".to_owned(),
            date: "2026-11-01".to_owned(),
            target_date: "2026-11-02".to_owned(),
            source_gross: Some("125.00".to_owned()),
            source_tax: Some("25.00".to_owned()),
            target_gross: Some("112.00".to_owned()),
            target_tax: Some("12.00".to_owned()),
            documents: vec!["1001".to_owned(), "1002".to_owned()],
            ..pb::Difference::default()
        }
    }

    #[test]
    fn every_difference_has_a_sentence_without_gaps_and_something_to_do() {
        let messages = Messages::embedded().unwrap();
        for code in [
            "missing",
            "doubled",
            "amount",
            "vat",
            "date",
            "unexpected",
            "cancelled_in_books",
            "not_invoiced",
        ] {
            for documents in [vec!["1001".to_owned()], Vec::new()] {
                let told = messages.explain(&meaning(&pb::Difference {
                    documents,
                    ..difference(code)
                }));
                for sentence in [&told.message_sv, &told.message_en] {
                    assert!(sentence.contains("XKBKNABJK"), "{code}: {sentence}");
                    assert!(!sentence.contains('–'), "{code}: {sentence}");
                }
                assert!(!told.fix_sv.is_empty() && !told.fix_en.is_empty(), "{code}");
            }
        }
    }

    #[test]
    fn more_differences_than_are_told_are_counted() {
        let compared = pb::Reconciliation {
            differences: vec![difference("missing"); MOST + 3],
            differences_left_out: 4,
            ..pb::Reconciliation::default()
        };
        let back = pb::Reconciliation::decode(kept(compared).as_slice()).unwrap();
        assert_eq!((back.differences.len(), back.differences_left_out), (MOST, 7));
    }
}
