//! Turns: what goes first, and that nothing starves.

use proptest::prelude::*;

use super::*;

#[test]
fn orders_go_before_stock_and_stock_before_a_backfill() {
    let tags: Vec<_> = Class::ALL.into_iter().map(|class| tag(7_000, 0, class)).collect();
    assert!(tags.is_sorted());
    assert!(tags[0] < tag(0, 0, Class::Orders));
}

#[test]
fn a_stream_has_one_lane_for_all_that_writes() {
    let subject = RunSubject::Stream(crate::id::StreamId::from_uuid(uuid::Uuid::from_u128(1)));
    assert_eq!(lane(RunKind::Sync, subject), lane(RunKind::Replay, subject));
    assert_ne!(lane(RunKind::Sync, subject), lane(RunKind::DryRun, subject));
}

#[test]
fn what_waits_for_a_lane_gets_it_in_order_and_backfill_last() {
    let mut waiting = [
        turn(Class::Backfill, 1),
        turn(Class::Orders, 3),
        turn(Class::Orders, 2),
    ];
    waiting.sort_unstable();
    assert_eq!(
        waiting,
        [
            turn(Class::Orders, 2),
            turn(Class::Orders, 3),
            turn(Class::Backfill, 1)
        ]
    );
}

proptest! {
    #[test]
    fn a_tenant_with_one_run_never_waits_for_all_runs_of_a_flood(flood in 1..400_usize, clock in 0..1_000_000_i64) {
        let mut finish = 0;
        let tags: Vec<_> = (0..flood)
            .map(|_| {
                let tag = tag(clock, finish, Class::Orders);
                finish = finish_after(clock, finish, Class::Orders, DEFAULT_WEIGHT);
                tag
            })
            .collect();
        let single = tag(clock, 0, Class::Orders);
        prop_assert!(tags.iter().filter(|tag| **tag < single).count() <= 1);
    }

    #[test]
    fn a_waiting_run_is_overtaken_by_at_most_its_delay(class in 0..7_usize, later in proptest::collection::vec(0..5_i64, 0..200)) {
        let class = Class::ALL[class];
        let mine = tag(0, 0, class);
        let (mut clock, mut overtaken) = (0, 0_i64);
        let mut finish = 0;
        for _ in &later {
            let other = tag(clock, finish, Class::Orders);
            if other < mine {
                overtaken += 1;
                finish = finish_after(clock, finish, Class::Orders, DEFAULT_WEIGHT);
                clock = clock_after(clock, other, Class::Orders);
            }
        }
        prop_assert!(overtaken <= class.delay() / 1_000 + 1);
    }
}
