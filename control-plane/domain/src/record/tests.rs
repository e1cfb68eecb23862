//! What outcomes make of records: what stands keeps standing, stories do not repeat themselves, tries are counted.

use skarv_canonical::Class;

use super::*;
use crate::{
    clock::{after, from_micros},
    retry::MAX_RECORD_ATTEMPTS,
    write::Finding,
};

fn now() -> DateTime<Utc> {
    from_micros(1_770_000_000_000_000)
}

fn outcome(result: RecordState, code: Option<&str>) -> Outcome {
    Outcome {
        source_key: "1042".to_owned(),
        reference: "XKBKNABJK".to_owned(),
        amount: None,
        result,
        writes: Vec::new(),
        reason: code.map(Reason::data),
        retry: None,
        rules: Vec::new(),
        excerpt: String::new(),
    }
}

fn standing(state: RecordState, code: Option<&str>) -> Standing {
    Standing {
        state,
        reason: code.map(Reason::data),
        attempt: 0,
        retry_at: None,
        doubts: Vec::new(),
        booked: false,
    }
}

fn settle(before: Option<&Standing>, outcome: &Outcome, again: bool, now: DateTime<Utc>) -> Settlement {
    let known = Known {
        again,
        ..Known::default()
    };
    super::settle(before, outcome, known, now)
}

fn doubt(entity: Entity) -> Doubt {
    Doubt {
        entity,
        our_key: "abc123-1042".to_owned(),
    }
}

fn in_doubt(doubts: &[Doubt]) -> Standing {
    Standing {
        doubts: doubts.to_vec(),
        ..standing(RecordState::Unknown, Some("unknown_outcome"))
    }
}

fn of_these(doubts: Vec<Doubt>) -> Known {
    Known {
        doubts,
        ..Known::default()
    }
}

fn said_unknown() -> Outcome {
    let write = SettledWrite {
        entity: Entity::Invoice,
        our_key: "abc123-1042".to_owned(),
        foreign_id: String::new(),
        fingerprint: Fingerprint::of(&"a"),
        unknown: true,
        adopted: false,
        links: Vec::new(),
    };
    Outcome {
        writes: vec![write],
        ..outcome(RecordState::Unknown, Some("unknown_outcome"))
    }
}

#[test]
fn an_invoiced_order_that_is_read_again_stays_written() {
    let before = standing(RecordState::Written, None);
    for quiet in [RecordState::Unchanged, RecordState::Dropped] {
        let after = settle(Some(&before), &outcome(quiet, None), false, now());
        assert_eq!(after.standing.state, RecordState::Written, "{quiet:?}");
        assert!(!after.tell);
    }
}

#[test]
fn an_invoiced_order_that_cannot_be_brought_up_to_date_is_parked() {
    let before = standing(RecordState::Written, None);
    let after = settle(
        Some(&before),
        &outcome(RecordState::Parked, Some("changed_after_invoicing")),
        false,
        now(),
    );
    assert_eq!(after.standing.state, RecordState::Parked);
    assert!(after.tell);
}

#[test]
fn a_parked_record_met_again_with_the_same_reason_adds_nothing_to_its_story() {
    let before = standing(RecordState::Parked, Some("sum_mismatch"));
    let same = outcome(RecordState::Parked, Some("sum_mismatch"));
    assert!(!settle(Some(&before), &same, false, now()).tell);
    assert!(settle(Some(&before), &same, true, now()).tell);
    assert!(
        settle(
            Some(&before),
            &outcome(RecordState::Parked, Some("no_account")),
            false,
            now()
        )
        .tell
    );
}

#[test]
fn a_wrong_total_in_the_books_does_not_stop_being_reported_by_itself() {
    let before = Standing {
        booked: true,
        ..standing(RecordState::Parked, Some("erp_total_differs"))
    };
    let unchanged = outcome(RecordState::Unchanged, None);
    let met = settle(Some(&before), &unchanged, false, now());
    assert_eq!((&met.standing, met.tell), (&before, false));
    let sent_again = settle(Some(&before), &unchanged, true, now());
    assert_eq!(sent_again.standing.state, RecordState::Unchanged);
}

#[test]
fn only_tries_count_as_tries() {
    let mut parked = outcome(RecordState::Parked, Some("target_down"));
    parked.retry = Some(Duration::from_secs(60));
    let first = settle(None, &parked, false, now()).standing;
    assert_eq!(
        (first.attempt, first.retry_at),
        (1, Some(after(now(), Duration::from_secs(60))))
    );
    let met = settle(
        Some(&first),
        &parked,
        false,
        after(now(), Duration::from_secs(30)),
    )
    .standing;
    assert_eq!((met.attempt, met.retry_at), (1, first.retry_at));
    let tried = settle(Some(&first), &parked, true, now()).standing;
    assert_eq!(
        (tried.attempt, tried.retry_at),
        (2, Some(after(now(), Duration::from_secs(120))))
    );
}

#[test]
fn after_its_tries_a_record_waits_for_a_person() {
    let mut parked = outcome(RecordState::Parked, Some("target_down"));
    parked.retry = Some(Duration::from_millis(200));
    let last = (0..MAX_RECORD_ATTEMPTS).fold(None, |before, _| {
        Some(settle(before.as_ref(), &parked, true, now()).standing)
    });
    assert_eq!(last.and_then(|standing| standing.retry_at), None);
}

#[test]
fn a_delivered_record_has_no_reason_and_no_next_try() {
    let before = Standing {
        attempt: 3,
        retry_at: Some(now()),
        ..standing(RecordState::Parked, Some("sum_mismatch"))
    };
    let after = settle(Some(&before), &outcome(RecordState::Written, None), true, now());
    assert_eq!(after.standing, booked(RecordState::Written));
}

#[test]
fn an_ignored_record_comes_back_only_by_being_delivered_or_asked_for() {
    let before = standing(RecordState::Ignored, Some("sum_mismatch"));
    let after = |result, again| settle(Some(&before), &outcome(result, Some("no_rows")), again, now());
    for result in [RecordState::Parked, RecordState::Dropped, RecordState::Unchanged] {
        let met = after(result, false);
        assert_eq!(
            (met.standing.state, met.tell),
            (RecordState::Ignored, false),
            "{result:?}"
        );
        assert_eq!(after(result, true).standing.state, result);
    }
    assert_eq!(
        after(RecordState::Written, false).standing.state,
        RecordState::Written
    );
}

#[test]
fn an_order_in_doubt_stays_so_whatever_the_shop_says_of_it_meanwhile() {
    let before = in_doubt(&[doubt(Entity::Invoice)]);
    for result in [RecordState::Dropped, RecordState::Parked] {
        let met = settle(Some(&before), &outcome(result, Some("cancelled")), true, now());
        assert_eq!(met.standing, before, "{result:?}");
    }
    let found = settle(Some(&before), &outcome(RecordState::Adopted, None), false, now());
    assert_eq!(found.standing.state, RecordState::Adopted);
}

#[test]
fn a_late_word_of_doubt_does_not_undo_what_a_person_told() {
    let before = standing(RecordState::Adopted, None);
    let late = settle(Some(&before), &said_unknown(), false, now());
    assert_eq!((late.standing, late.tell), (before.clone(), false));
    let doubts = vec![doubt(Entity::Invoice)];
    let fresh = super::settle(Some(&before), &said_unknown(), of_these(doubts.clone()), now());
    assert_eq!(
        (fresh.standing.state, fresh.standing.doubts),
        (RecordState::Unknown, doubts)
    );
}

#[test]
fn an_invoice_that_exists_is_taken_over_and_everything_else_leaves_something_to_send() {
    let exists = Finding::ExistsAs("F-1".to_owned());
    let state = |entity: Entity, finding: &Finding| {
        let after = resolved(
            &in_doubt(&[doubt(entity.clone())]),
            &doubt(entity),
            finding,
            now(),
        );
        (after.state, after.retry_at.is_some())
    };
    assert_eq!(state(Entity::Invoice, &exists), (RecordState::Adopted, false));
    assert_eq!(state(Entity::Customer, &exists), (RecordState::Parked, true));
    assert_eq!(state(Entity::Status, &exists), (RecordState::Parked, true));
    assert_eq!(
        state(Entity::Invoice, &Finding::DoesNotExist),
        (RecordState::Parked, true)
    );
}

#[test]
fn a_record_with_another_doubt_stays_unknown() {
    let before = in_doubt(&[doubt(Entity::Customer), doubt(Entity::Invoice)]);
    let after = resolved(&before, &doubt(Entity::Customer), &Finding::DoesNotExist, now());
    assert_eq!(
        (after.state, after.doubts),
        (RecordState::Unknown, vec![doubt(Entity::Invoice)])
    );
}

fn booked(state: RecordState) -> Standing {
    Standing {
        booked: true,
        ..standing(state, None)
    }
}

fn cancelled() -> Outcome {
    outcome(RecordState::Dropped, Some("cancelled"))
}

fn invoice(unknown: bool) -> SettledWrite {
    SettledWrite {
        unknown,
        ..said_unknown().writes.remove(0)
    }
}

#[test]
fn an_order_cancelled_after_it_was_invoiced_waits_for_a_person() {
    use RecordState::{Adopted, Parked, Unchanged, Written};
    for state in [Written, Adopted, Unchanged, Parked] {
        let after = settle(Some(&booked(state)), &cancelled(), false, now());
        let reason = after.standing.reason.clone().unwrap();
        assert_eq!((after.standing.state, after.tell), (Parked, true), "{state:?}");
        assert_eq!(
            (reason.code.as_str(), reason.class),
            ("cancelled_after_invoicing", Class::Data)
        );
        let again = settle(Some(&after.standing), &cancelled(), false, now());
        assert_eq!((again.standing, again.tell), (after.standing, false));
    }
}

#[test]
fn an_order_that_was_never_invoiced_is_dropped_when_it_is_cancelled() {
    for before in [None, Some(standing(RecordState::Parked, Some("sum_mismatch")))] {
        let after = settle(before.as_ref(), &cancelled(), false, now());
        assert_eq!(after.standing.state, RecordState::Dropped);
    }
}

#[test]
fn a_cancelled_order_that_a_person_set_aside_stays_so_until_it_is_sent_again() {
    let aside = Standing {
        reason: Some(cancelled_reason()),
        ..booked(RecordState::Ignored)
    };
    let met = settle(Some(&aside), &cancelled(), false, now());
    assert_eq!((met.standing, met.tell), (aside.clone(), false));
    let sent_again = settle(Some(&aside), &cancelled(), true, now());
    assert_eq!(sent_again.standing.state, RecordState::Parked);
}

fn cancelled_reason() -> Reason {
    let parked = settle(Some(&booked(RecordState::Written)), &cancelled(), false, now());
    parked.standing.reason.unwrap()
}

#[test]
fn a_cancelled_order_whose_refunds_take_all_of_it_back_needs_nobody() {
    let credited = || Known {
        credited: true,
        ..Known::default()
    };
    let written = booked(RecordState::Written);
    let after = super::settle(Some(&written), &cancelled(), credited(), now());
    assert_eq!((after.standing, after.tell), (written, false));
    let parked = settle(Some(&booked(RecordState::Written)), &cancelled(), false, now()).standing;
    assert_eq!(
        super::credited(&parked, true).unwrap().state,
        RecordState::Dropped
    );
    assert_eq!(super::credited(&parked, false), None);
    assert_eq!(super::credited(&booked(RecordState::Parked), true), None);
}

#[test]
fn an_order_that_is_no_longer_cancelled_is_no_longer_parked_for_it() {
    let parked = settle(Some(&booked(RecordState::Written)), &cancelled(), false, now()).standing;
    let after = settle(
        Some(&parked),
        &outcome(RecordState::Unchanged, None),
        false,
        now(),
    );
    assert_eq!(after.standing.state, RecordState::Unchanged);
    assert_eq!(after.standing.reason, None);
}

/// An order whose invoice stands, called refunded by a shop that has no refund of it.
fn called_refunded() -> Standing {
    let said = outcome(RecordState::Parked, Some("refunded_without_slip"));
    settle(Some(&booked(RecordState::Written)), &said, false, now()).standing
}

#[test]
fn an_order_that_is_called_refunded_waits_for_any_credit_note() {
    let waiting = called_refunded();
    assert_eq!((waiting.state, waiting.booked), (RecordState::Parked, true));
    let after = credited(&waiting, false).unwrap();
    assert_eq!((after.state, after.reason), (RecordState::Unchanged, None));
}

#[test]
fn an_order_whose_shop_says_at_last_what_was_given_back_waits_no_more_and_says_so() {
    let said = outcome(RecordState::Unchanged, None);
    let after = settle(Some(&called_refunded()), &said, false, now());
    assert_eq!(
        (after.standing.state, after.standing.reason, after.tell),
        (RecordState::Unchanged, None, true)
    );
}

#[test]
fn what_keeps_an_order_from_being_sent_comes_too_late_once_it_is_invoiced() {
    for code in [
        "not_paid",
        "payment_method_not_sent",
        "test_order",
        "before_start_date",
        "not_in_trigger_state",
    ] {
        for state in [RecordState::Written, RecordState::Adopted, RecordState::Unchanged] {
            let before = booked(state);
            let after = settle(
                Some(&before),
                &outcome(RecordState::Dropped, Some(code)),
                false,
                now(),
            );
            assert_eq!((after.standing, after.tell), (before, false), "{code} {state:?}");
        }
        let trouble = Standing {
            reason: Some(Reason::data("payment_refused")),
            ..booked(RecordState::Parked)
        };
        let after = settle(
            Some(&trouble),
            &outcome(RecordState::Dropped, Some(code)),
            false,
            now(),
        );
        assert_eq!((after.standing, after.tell), (trouble, false), "{code}");
    }
}

#[test]
fn only_an_invoice_that_is_known_to_stand_counts_as_one() {
    let parked = |write| Outcome {
        writes: vec![write],
        ..outcome(RecordState::Parked, Some("payment_refused"))
    };
    assert!(
        settle(None, &parked(invoice(false)), false, now())
            .standing
            .booked
    );
    assert!(!settle(None, &parked(invoice(true)), false, now()).standing.booked);
}

#[test]
fn a_refund_is_known_by_its_key_and_names_its_order() {
    let credit = SettledWrite {
        entity: Entity::Credit,
        our_key: "abc123-1042-R7".to_owned(),
        ..invoice(false)
    };
    let refund = |writes| Outcome {
        source_key: "R7".to_owned(),
        writes,
        ..outcome(RecordState::Parked, Some("payment_refused"))
    };
    let whole = refund(vec![invoice(false), credit]);
    assert_eq!((whole.books(), whole.refunded_order()), (true, Some("1042")));
    let invoice_only = refund(vec![invoice(false)]);
    assert_eq!(
        (invoice_only.books(), invoice_only.refunded_order()),
        (false, None)
    );
}

#[test]
fn a_doubt_outlives_a_cancellation() {
    let before = Standing {
        booked: true,
        ..in_doubt(&[doubt(Entity::Payment)])
    };
    let after = settle(Some(&before), &cancelled(), false, now());
    assert_eq!((after.standing, after.tell), (before, false));
}

/// An article, its prices or its stock, met on the way.
fn met(before: &Standing, result: RecordState, code: Option<&str>) -> Settlement {
    let known = Known {
        goods: true,
        ..Known::default()
    };
    super::settle(Some(before), &outcome(result, code), known, now())
}

#[test]
fn an_article_that_waited_and_is_as_it_should_be_waits_no_more_and_its_story_tells() {
    let parked = standing(RecordState::Parked, Some("article_number_doubled"));
    let since = met(&parked, RecordState::Unchanged, None);
    assert_eq!((since.standing.state, since.tell), (RecordState::Unchanged, true));
    // an order does not: what differs in the books is put right by nobody but a person
    let order = settle(
        Some(&parked),
        &outcome(RecordState::Unchanged, None),
        false,
        now(),
    );
    assert_eq!(order.standing.state, RecordState::Parked);
}

#[test]
fn an_article_is_what_it_is_now_and_not_what_it_was_once() {
    let written = standing(RecordState::Written, None);
    let gone = met(&written, RecordState::Dropped, Some("article_not_there"));
    assert_eq!((gone.standing.state, gone.tell), (RecordState::Dropped, true));
    assert_eq!(gone.standing.reason.unwrap().code, "article_not_there");
    assert!(!met(&written, RecordState::Written, None).standing.booked);
}

#[test]
fn what_was_put_right_stays_told_until_it_is_written_without() {
    let cut = standing(RecordState::Written, Some("text_cut"));
    assert_eq!(met(&cut, RecordState::Unchanged, None).standing, cut);
    assert_eq!(met(&cut, RecordState::Written, None).standing.reason, None);
}

#[test]
fn an_article_that_a_person_found_is_brought_up_to_date() {
    let doubtful = in_doubt(&[doubt(Entity::Article)]);
    let found = Finding::ExistsAs("A-1".to_owned());
    let since = resolved(&doubtful, &doubt(Entity::Article), &found, now());
    assert_eq!((since.state, since.retry_at), (RecordState::Parked, Some(now())));
}
