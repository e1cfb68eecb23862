//! The wire forms of a page: what is asked about its writes, what is answered, what became of its records.

use std::{collections::HashMap, time::Duration};

use skarv_canonical::write::Effect;
use skarv_proto::{agent::v1 as pb, convert::reason::encode_reason};

use super::to_ms;
use crate::flow::control::{Grant, OrderDemand, Outcome, Question, Settled, SettledWrite, Verdict, Waiting};

/// A run that is told to ask again waits at least this long.
const LEAST_BUSY: Duration = Duration::from_millis(50);

pub(super) fn encode_question(question: &Question, write_no: u32) -> pb::WriteQuestion {
    pb::WriteQuestion {
        write_no,
        entity: question.entity.to_string(),
        our_key: question.our_key.clone(),
        fingerprint: question.fingerprint.as_bytes().to_vec(),
        effect: encode_effect(question.effect).into(),
        needs_intent: question.needs_intent,
        visible_after_ms: to_ms(question.visible_after),
        searchable: question.searchable,
    }
}

fn encode_effect(effect: Effect) -> pb::WriteEffect {
    match effect {
        Effect::Create => pb::WriteEffect::Create,
        Effect::Update => pb::WriteEffect::Update,
        Effect::Set => pb::WriteEffect::Set,
    }
}

/// Verdicts in the order asked. `None` when they are not one for each of `asked` writes, each of a known kind.
pub(super) fn decode_verdicts(verdicts: &[pb::WriteVerdict], asked: usize) -> Option<Vec<Verdict>> {
    if verdicts.len() != asked {
        return None;
    }
    verdicts
        .iter()
        .zip(0..)
        .map(|(verdict, no)| decode_verdict(verdict).filter(|_| verdict.write_no == no))
        .collect()
}

fn decode_verdict(verdict: &pb::WriteVerdict) -> Option<Verdict> {
    let grant = Grant {
        length: Duration::from_millis(verdict.write_ms),
    };
    let wait = Duration::from_millis(verdict.wait_ms);
    let foreign_id = || verdict.foreign_id.clone();
    Some(match verdict.verdict() {
        pb::Verdict::New => Verdict::New(grant),
        // asked again after an answer that was lost on its way: someone else's grant may still be running
        pb::Verdict::Held if !wait.is_zero() => Verdict::Pending { wait, grant },
        pb::Verdict::Held => Verdict::Held(grant),
        pb::Verdict::Unchanged => Verdict::Unchanged {
            foreign_id: foreign_id(),
        },
        pb::Verdict::Linked => Verdict::Linked {
            foreign_id: foreign_id(),
            grant,
        },
        pb::Verdict::Pending => Verdict::Pending { wait, grant },
        pb::Verdict::Busy => Verdict::Busy {
            wait: wait.max(LEAST_BUSY),
        },
        pb::Verdict::Unknown => Verdict::Unknown,
        pb::Verdict::Unspecified => return None,
    })
}

/// Open demand by article number. `None` when it does not answer for every number that was asked about.
pub(super) fn decode_demand(demand: Vec<pb::OpenDemand>, asked: &[String]) -> Option<HashMap<String, i64>> {
    let demand: HashMap<String, i64> = demand.into_iter().map(|one| (one.sku, one.quantity)).collect();
    asked
        .iter()
        .all(|number| demand.contains_key(number))
        .then_some(demand)
}

/// Open demand whatever the article. An older control plane does not say that it is complete, and then it is not taken for it.
pub(super) fn decode_waiting(page: pb::PreparedPage) -> Waiting {
    Waiting {
        demand: page
            .demand
            .into_iter()
            .map(|one| (one.sku, one.quantity))
            .collect(),
        complete: page.demand_complete,
        unread: page.unread.into_iter().collect(),
    }
}

pub(super) fn encode_demand(demand: OrderDemand) -> pb::OrderDemand {
    pb::OrderDemand {
        order_key: demand.order_key,
        sku: demand.sku,
        quantity: demand.quantity,
    }
}

pub(super) fn encode_outcome(outcome: Outcome) -> pb::Outcome {
    let writes = outcome.writes.iter().map(encode_write).collect();
    pb::Outcome {
        amount_minor: outcome.amount.and_then(|money| money.minor()),
        currency_code: outcome
            .amount
            .map(|money| money.currency.to_string())
            .unwrap_or_default(),
        result: encode_result(outcome.result).into(),
        writes,
        reason: outcome.reason.as_ref().map(encode_reason),
        retry_ms: outcome.retry.map(to_ms),
        rule_ids: Vec::new(),
        source_key: outcome.source_key,
        reference: outcome.reference,
        excerpt: outcome.excerpt,
    }
}

fn encode_result(result: Settled) -> pb::RecordResult {
    match result {
        Settled::Written => pb::RecordResult::Written,
        Settled::Adopted => pb::RecordResult::Adopted,
        Settled::Unchanged => pb::RecordResult::Unchanged,
        Settled::Dropped => pb::RecordResult::Dropped,
        Settled::Parked => pb::RecordResult::Parked,
        Settled::Unknown => pb::RecordResult::Unknown,
    }
}

fn encode_write(write: &SettledWrite) -> pb::SettledWrite {
    pb::SettledWrite {
        entity: write.entity.to_string(),
        our_key: write.our_key.clone(),
        foreign_id: write.foreign_id.clone(),
        fingerprint: write.fingerprint.as_bytes().to_vec(),
        unknown: write.unknown,
        adopted: write.adopted,
        links: encode_link(write).into_iter().collect(),
    }
}

/// An order's invoice is remembered under the order, a refund's credit note under the refund.
fn encode_link(write: &SettledWrite) -> Option<pb::Link> {
    let source_key = write.stands_for.clone().filter(|_| !write.unknown)?;
    Some(pb::Link {
        entity: write.entity.to_string(),
        source_key,
        target_key: write.foreign_id.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(no: u32, verdict: pb::Verdict, write_ms: u64, wait_ms: u64) -> pb::WriteVerdict {
        let foreign_id = "f".to_owned();
        pb::WriteVerdict {
            write_no: no,
            verdict: verdict.into(),
            foreign_id,
            write_ms,
            wait_ms,
        }
    }

    #[test]
    fn a_held_write_with_a_wait_is_treated_as_someone_elses() {
        let grant = Grant {
            length: Duration::from_secs(60),
        };
        let decoded = decode_verdicts(
            &[
                verdict(0, pb::Verdict::Held, 60_000, 0),
                verdict(1, pb::Verdict::Held, 60_000, 65_000),
            ],
            2,
        );
        let wait = Duration::from_secs(65);
        assert_eq!(
            decoded,
            Some(vec![Verdict::Held(grant), Verdict::Pending { wait, grant }])
        );
    }

    #[test]
    fn verdicts_that_are_not_about_what_was_asked_are_not_guessed_at() {
        let (new, unknown_kind) = (
            verdict(0, pb::Verdict::New, 1, 0),
            verdict(0, pb::Verdict::Unspecified, 1, 0),
        );
        assert!(decode_verdicts(std::slice::from_ref(&new), 1).is_some());
        assert!(
            decode_verdicts(std::slice::from_ref(&new), 2).is_none(),
            "one is missing"
        );
        assert!(decode_verdicts(&[unknown_kind], 1).is_none());
        assert!(
            decode_verdicts(&[verdict(1, pb::Verdict::New, 1, 0), new], 2).is_none(),
            "in another order"
        );
    }

    #[test]
    fn what_stands_with_another_content_says_how_long_it_may_be_brought_up_to_date() {
        let decoded = decode_verdicts(&[verdict(0, pb::Verdict::Linked, 60_000, 0)], 1);
        let grant = Grant {
            length: Duration::from_secs(60),
        };
        let foreign_id = "f".to_owned();
        assert_eq!(decoded, Some(vec![Verdict::Linked { foreign_id, grant }]));
    }

    #[test]
    fn demand_that_is_not_told_is_not_taken_for_none() {
        let told = |sku: &str, quantity| pb::OpenDemand {
            sku: sku.to_owned(),
            quantity,
        };
        let asked = ["A1".to_owned(), "B2".to_owned()];
        let demand = decode_demand(vec![told("A1", 3), told("B2", 0)], &asked);
        assert_eq!(demand.map(|demand| demand["A1"]), Some(3));
        assert!(decode_demand(vec![told("A1", 3)], &asked).is_none());
    }

    #[test]
    fn a_document_is_remembered_under_the_record_that_it_is_and_not_in_doubt() {
        let mut write = SettledWrite {
            entity: skarv_canonical::write::Entity::Invoice,
            our_key: "abc123-1".to_owned(),
            foreign_id: "f".to_owned(),
            fingerprint: skarv_canonical::Fingerprint::of(&()),
            unknown: false,
            adopted: false,
            stands_for: Some("1".to_owned()),
        };
        let link = |write: &SettledWrite| encode_write(write).links.pop();
        let told = link(&write).unwrap();
        assert_eq!((told.source_key.as_str(), told.target_key.as_str()), ("1", "f"));
        write.unknown = true;
        assert_eq!(link(&write), None);
        (write.unknown, write.stands_for) = (false, None);
        assert_eq!(link(&write), None);
    }
}
