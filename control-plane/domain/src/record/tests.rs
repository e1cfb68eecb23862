//! What outcomes make of records: what stands keeps standing, stories do not repeat themselves, tries are counted.

use super::*;
use crate::{clock::from_micros, retry::MAX_RECORD_ATTEMPTS};

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
        &outcome(RecordState::Parked, Some("changed_after_invoice")),
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
    let before = standing(RecordState::Parked, Some("erp_total_differs"));
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
    assert_eq!(after.standing, standing(RecordState::Written, None));
}
