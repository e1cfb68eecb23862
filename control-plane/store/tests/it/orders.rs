//! What becomes of orders once they are in the books: cancelled, refunded, or no longer to be sent.

use skarv_canonical::{Reason, write::Entity};
use skarv_domain::record::{Outcome, RecordState, SettledWrite};
use skarv_store::CheckpointItem;

use crate::world::{STAFF, World, actor, fingerprint, invoiced, outcome, settled};

/// An order that is not to be sent.
fn dropped(key: &str, code: &str) -> Outcome {
    Outcome {
        amount: None,
        reason: Some(Reason::data(code)),
        ..outcome(key, RecordState::Dropped)
    }
}

/// A refund of order 1042 whose credit note stands, beside the order's invoice.
fn refunded(slip: &str, minor: i64) -> Outcome {
    let credit = SettledWrite {
        entity: Entity::Credit,
        our_key: format!("k3x9qa-1042-{slip}"),
        foreign_id: format!("K-{slip}"),
        fingerprint: fingerprint(slip),
        unknown: false,
        adopted: false,
        links: Vec::new(),
    };
    let mut refund = outcome(slip, RecordState::Written);
    if let Some(amount) = &mut refund.amount {
        amount.minor = minor;
    }
    refund.writes = [invoiced("k3x9qa-1042", "F-1").writes, vec![credit]].concat();
    refund
}

/// The order 1042 with its invoice.
fn sold() -> Outcome {
    Outcome {
        writes: invoiced("k3x9qa-1042", "F-1").writes,
        ..outcome("1042", RecordState::Written)
    }
}

impl World {
    /// Has a run settle these, one after the other.
    async fn settles(&self, poll: u64, outcomes: Vec<Outcome>) {
        let lease = self.leased(poll).await;
        for (seq, outcome) in (1..).zip(outcomes) {
            let item = CheckpointItem {
                outcomes: vec![outcome],
                ..settled(&lease, seq)
            };
            self.checkpoint(item).await;
        }
        self.finish(crate::world::done(&lease)).await;
    }

    async fn standing(&self, key: &str) -> (RecordState, Option<String>) {
        let record = self.store.record_get(&STAFF, self.stream, key).await.unwrap();
        (record.state, record.reason.map(|reason| reason.code))
    }

    async fn told(&self, key: &str) -> Vec<String> {
        let (_, events) = self.store.record_story(&STAFF, self.stream, key).await.unwrap();
        events.into_iter().map(|event| event.what).collect()
    }
}

fn waits() -> (RecordState, Option<String>) {
    (RecordState::Parked, Some("cancelled_after_invoicing".to_owned()))
}

#[tokio::test]
async fn an_order_cancelled_after_it_was_invoiced_is_parked_with_its_amount() {
    let world = World::new().await;
    let cancelled = || dropped("1042", "cancelled");
    world.settles(1, vec![sold(), cancelled(), cancelled()]).await;
    assert_eq!(world.standing("1042").await, waits());
    let record = world
        .store
        .record_get(&STAFF, world.stream, "1042")
        .await
        .unwrap();
    assert_eq!(record.amount.unwrap().minor, 124_900);
    assert_eq!(world.told("1042").await, ["written", "parked"]);
}

#[tokio::test]
async fn a_cancelled_order_that_was_set_aside_is_not_brought_back_by_being_read_again() {
    let world = World::new().await;
    world.settles(1, vec![sold(), dropped("1042", "cancelled")]).await;
    let keys = vec!["1042".to_owned()];
    world
        .store
        .record_ignore(
            &STAFF,
            &actor(),
            world.stream,
            keys,
            "credited by hand".to_owned(),
        )
        .await
        .unwrap();
    world.settles(2, vec![dropped("1042", "cancelled")]).await;
    assert_eq!(world.standing("1042").await.0, RecordState::Ignored);
}

#[tokio::test]
async fn refunds_that_take_all_of_a_cancelled_order_back_leave_nothing_to_do() {
    let world = World::new().await;
    world
        .settles(
            1,
            vec![sold(), dropped("1042", "cancelled"), refunded("R7", 100_000)],
        )
        .await;
    assert_eq!(world.standing("1042").await, waits());
    world.settles(2, vec![refunded("R8", 24_900)]).await;
    assert_eq!(
        world.standing("1042").await,
        (RecordState::Dropped, Some("cancelled".to_owned()))
    );
    assert_eq!(world.told("1042").await, ["written", "parked", "dropped"]);
}

#[tokio::test]
async fn a_cancelled_order_of_which_no_refund_is_known_waits_whatever_it_comes_to() {
    let world = World::new().await;
    let mut unreadable = sold();
    if let Some(amount) = &mut unreadable.amount {
        amount.minor = 0;
    }
    world
        .settles(1, vec![unreadable, dropped("1042", "cancelled")])
        .await;
    assert_eq!(world.standing("1042").await, waits());
}

#[tokio::test]
async fn refunds_may_lack_the_rounding_of_the_invoice_and_no_more() {
    for (given, waits_still) in [(124_896, false), (124_890, true)] {
        let world = World::new().await;
        world
            .settles(
                1,
                vec![sold(), refunded("R7", given), dropped("1042", "cancelled")],
            )
            .await;
        assert_eq!(world.standing("1042").await == waits(), waits_still, "{given}");
    }
}

#[tokio::test]
async fn an_order_that_is_called_refunded_waits_until_a_credit_note_of_some_of_it_stands() {
    let world = World::new().await;
    let called = Outcome {
        reason: Some(Reason::data("refunded_without_slip")),
        ..Outcome {
            result: RecordState::Parked,
            ..sold()
        }
    };
    world.settles(1, vec![called.clone(), called]).await;
    assert_eq!(world.standing("1042").await.0, RecordState::Parked);
    world.settles(2, vec![refunded("R7", 100)]).await;
    assert_eq!(world.standing("1042").await, (RecordState::Unchanged, None));
    assert_eq!(world.told("1042").await, ["parked", "unchanged"]);
}

#[tokio::test]
async fn an_order_that_was_refunded_before_it_is_cancelled_goes_on_standing_as_written() {
    let world = World::new().await;
    world
        .settles(
            1,
            vec![sold(), refunded("R7", 124_900), dropped("1042", "cancelled")],
        )
        .await;
    assert_eq!(world.standing("1042").await, (RecordState::Written, None));
    assert_eq!(world.told("1042").await, ["written"]);
}

#[tokio::test]
async fn an_invoiced_order_is_not_forgotten_for_what_would_have_kept_it_from_being_sent() {
    let world = World::new().await;
    for (poll, code) in [(1, "not_paid"), (2, "test_order"), (3, "before_start_date")] {
        world.settles(poll, vec![sold(), dropped("1042", code)]).await;
        assert_eq!(
            world.standing("1042").await,
            (RecordState::Written, None),
            "{code}"
        );
    }
}

#[tokio::test]
async fn an_order_whose_payment_was_refused_is_not_lost_when_it_is_cancelled() {
    let world = World::new().await;
    let refused = Outcome {
        reason: Some(Reason::data("payment_exceeds_left")),
        ..Outcome {
            result: RecordState::Parked,
            ..sold()
        }
    };
    world
        .settles(1, vec![refused, dropped("1042", "cancelled")])
        .await;
    assert_eq!(world.standing("1042").await, waits());
}

#[tokio::test]
async fn a_refund_tells_its_invoice_and_its_credit_note() {
    let world = World::new().await;
    world.settles(1, vec![sold(), refunded("R7", 100)]).await;
    let (_, events) = world
        .store
        .record_story(&STAFF, world.stream, "R7")
        .await
        .unwrap();
    assert_eq!(
        (
            events[0].facts["credit"].as_str(),
            events[0].facts["invoice"].as_str()
        ),
        ("K-R7", "F-1")
    );
}
