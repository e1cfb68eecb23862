//! What must hold whatever the target and the control plane do.

use std::time::Duration;

use proptest::prelude::*;
use skarv_canonical::{Class, write::Entity};

use super::world::{Fault, GRANT, World, order};
use crate::flow::{Signal, SliceEnd, Work, control::Settled, run_slice};

#[tokio::test(start_paused = true)]
async fn every_order_becomes_one_invoice() {
    let world = World::new(25);
    assert_eq!(run_slice(&world.run(Work::Stream, 7)).await, SliceEnd::Succeeded);
    let books = world.books.lock().unwrap();
    let invoices = books.count(&Entity::Invoice);
    assert_eq!(invoices.len(), 25);
    assert!(invoices.values().all(|n| *n == 1));
}

#[tokio::test(start_paused = true)]
async fn a_second_slice_over_the_same_orders_writes_nothing() {
    let world = World::new(10);
    run_slice(&world.run(Work::Stream, 4)).await;
    let sends = world.books.lock().unwrap().sends.len();
    let run = world.run(Work::Stream, 4);
    assert_eq!(run_slice(&run).await, SliceEnd::Succeeded);
    assert_eq!(run.progress.totals().unchanged, 10);
    assert_eq!(world.books.lock().unwrap().sends.len(), sends);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_looked_up_and_adopted() {
    let world = World::new(3);
    world.fault("abc123-2", [Fault::LostAnswer]);
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
    let books = world.books.lock().unwrap();
    assert_eq!(books.count(&Entity::Invoice)["abc123-2"], 1);
    assert_eq!(books.result_of("2"), Some(Settled::Adopted));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_broke_is_sent_again_only_after_its_window_and_aftermath() {
    let world = World::new(1);
    world.fault("abc123-1", [Fault::LostRequest]);
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
    let books = world.books.lock().unwrap();
    let sends: Vec<_> = books
        .sends
        .iter()
        .filter(|(key, _)| key == "abc123-1")
        .map(|(_, at)| *at)
        .collect();
    assert_eq!(sends.len(), 2);
    assert!(
        sends[1] - sends[0] >= GRANT,
        "sent again after {:?}",
        sends[1] - sends[0]
    );
    assert_eq!(books.count(&Entity::Invoice)["abc123-1"], 1);
}

#[tokio::test(start_paused = true)]
async fn an_answered_failure_is_looked_up_and_sent_again_soon() {
    let world = World::new(1);
    world.fault("abc123-1", [Fault::Broken, Fault::Broken]);
    let run = world.run(Work::Stream, 10);
    assert_eq!(run_slice(&run).await, SliceEnd::Succeeded);
    assert_eq!(run.progress.totals().retries, 2);
    assert_eq!(world.books.lock().unwrap().count(&Entity::Invoice)["abc123-1"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_window_closed_while_others_took_their_time_is_asked_for_again() {
    let world = World::new(3);
    world.fault("abc123-2", [Fault::WindowClosed; 12]);
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
    assert_eq!(world.books.lock().unwrap().count(&Entity::Invoice)["abc123-2"], 1);
}

#[tokio::test(start_paused = true)]
async fn an_outage_parks_nothing_though_older_orders_of_the_page_stand_already() {
    let world = World::new(3);
    run_slice(&world.run(Work::Stream, 10)).await;
    world.books.lock().unwrap().orders.push(order(4, 4));
    world.fault("abc123-K4", [Fault::Broken; 30]);
    let end = run_slice(&world.run(Work::Stream, 10)).await;
    assert!(matches!(end, SliceEnd::Failed { block: false, .. }), "{end:?}");
    assert_eq!(world.books.lock().unwrap().result_of("4"), None);
}

#[tokio::test(start_paused = true)]
async fn a_write_in_doubt_that_comes_again_in_the_same_slice_is_not_sent_blindly() {
    let world = World::new(2);
    {
        let mut books = world.books.lock().unwrap();
        let again = books.orders[0].clone();
        books.orders.push(again);
        // long enough that the first time gives up without knowing
        books.lost_look_ups.insert("abc123-1".to_owned(), 5);
    }
    world.fault("abc123-1", [Fault::BookedLate]);
    run_slice(&world.run(Work::Stream, 2)).await;
    let books = world.books.lock().unwrap();
    assert_eq!(books.count(&Entity::Invoice)["abc123-1"], 1);
    assert_eq!(books.result_of("1"), Some(Settled::Adopted));
    assert_eq!(books.sends.iter().filter(|(key, _)| key == "abc123-1").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn grants_of_writes_that_were_certainly_not_made_are_given_back() {
    let world = World::new(2);
    world.fault("abc123-K2", [Fault::Refused(Class::Data)]);
    run_slice(&world.run(Work::Stream, 10)).await;
    let books = world.books.lock().unwrap();
    let mut released: Vec<_> = books
        .checkpoints
        .iter()
        .flat_map(|c| c.released.clone())
        .collect();
    released.sort();
    let given_back = |entity, key: &str| (entity, key.to_owned());
    assert_eq!(
        released,
        [
            given_back(Entity::Customer, "abc123-K2"),
            given_back(Entity::Invoice, "abc123-2")
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_nothing_can_tell_is_left_to_a_person() {
    let mut world = World::new(1);
    world.searchable = false;
    world.fault("abc123-1", [Fault::LostAnswer]);
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
    let books = world.books.lock().unwrap();
    assert_eq!(books.result_of("1"), Some(Settled::Unknown));
    assert_eq!(books.sends.iter().filter(|(key, _)| key == "abc123-1").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_orders_of_one_new_customer_ask_for_one_card() {
    let world = World::new(0);
    world.books.lock().unwrap().orders = vec![order(1, 7), order(2, 7)];
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
    let books = world.books.lock().unwrap();
    assert_eq!(
        books.count(&Entity::Customer).into_iter().collect::<Vec<_>>(),
        [("abc123-K7".to_owned(), 1)]
    );
    assert_eq!(books.count(&Entity::Invoice).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn three_configuration_reasons_in_a_row_stop_the_stream() {
    let world = World::new(10);
    for n in 4..=10 {
        world.fault(&format!("abc123-{n}"), [Fault::Refused(Class::Configuration)]);
    }
    let end = run_slice(&world.run(Work::Stream, 10)).await;
    assert!(matches!(end, SliceEnd::Failed { block: true, .. }), "{end:?}");
    let books = world.books.lock().unwrap();
    assert_eq!(books.result_of("3"), Some(Settled::Written));
    assert_eq!(
        books.result_of("10"),
        None,
        "the rest is not parked: it goes once the cause is mended"
    );
    assert!(books.checkpoints.iter().all(|c| c.cursor.is_none()));
}

#[tokio::test(start_paused = true)]
async fn orders_that_cannot_be_delivered_as_they_are_do_not_stop_the_others() {
    let world = World::new(10);
    for n in 2..=7 {
        world.fault(&format!("abc123-{n}"), [Fault::Refused(Class::Data)]);
    }
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
    assert_eq!(world.books.lock().unwrap().count(&Entity::Invoice).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_fails_alone_again_and_again_steps_aside() {
    let world = World::new(4);
    world.fault("abc123-2", [Fault::Broken; 20]);
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
    let books = world.books.lock().unwrap();
    assert_eq!(books.result_of("2"), Some(Settled::Parked));
    let parked = books
        .checkpoints
        .iter()
        .flat_map(|c| &c.outcomes)
        .find(|o| o.source_key == "2")
        .unwrap();
    assert!(parked.retry.is_some(), "it is tried by itself later");
}

#[tokio::test(start_paused = true)]
async fn an_order_changed_after_invoicing_is_reported_not_rewritten() {
    let world = World::new(1);
    run_slice(&world.run(Work::Stream, 10)).await;
    {
        let mut books = world.books.lock().unwrap();
        books.orders[0].lines[0].gross = 150.into();
        books.orders[0].totals.gross = 150.into();
    }
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
    let books = world.books.lock().unwrap();
    assert_eq!(books.result_of("1"), Some(Settled::Parked));
    assert_eq!(books.count(&Entity::Invoice)["abc123-1"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_looks_everything_up_first_makes_what_it_does_not_find() {
    let mut world = World::new(5);
    world.verify = true;
    let known = (Entity::Invoice, "abc123-3".to_owned());
    world.books.lock().unwrap().documents.push(known);
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
    let books = world.books.lock().unwrap();
    assert_eq!(books.result_of("3"), Some(Settled::Adopted));
    assert_eq!(
        books
            .count(&Entity::Invoice)
            .values()
            .copied()
            .collect::<Vec<_>>(),
        [1; 5]
    );
}

#[tokio::test(start_paused = true)]
async fn a_replay_leaves_the_cursor_where_it_is() {
    let world = World::new(5);
    let keys = vec!["2".to_owned(), "4".to_owned()];
    assert_eq!(
        run_slice(&world.run(Work::Replay(keys), 1)).await,
        SliceEnd::Succeeded
    );
    let books = world.books.lock().unwrap();
    assert_eq!(books.count(&Entity::Invoice).len(), 2);
    assert!(books.checkpoints.iter().all(|c| c.cursor.is_none()));
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_stops_everything_at_once() {
    let world = World::new(50);
    let run = world.run(Work::Stream, 10);
    let keeper = world.signal.clone();
    let (end, ()) = tokio::join!(run_slice(&run), async {
        tokio::time::sleep(Duration::from_millis(12)).await;
        keeper.send_replace(Signal::Lost);
    });
    assert_eq!(end, SliceEnd::Lost);
    let sends = world.books.lock().unwrap().sends.len();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(world.books.lock().unwrap().sends.len(), sends);
}

#[tokio::test(start_paused = true)]
async fn a_drain_finishes_the_page_and_hands_back() {
    let world = World::new(30);
    let run = world.run(Work::Stream, 10);
    world.signal.send_replace(Signal::Drain);
    assert_eq!(run_slice(&run).await, SliceEnd::HandedBack);
    assert_eq!(world.books.lock().unwrap().count(&Entity::Invoice).len(), 10);
}

fn faults() -> impl Strategy<Value = Vec<(usize, Vec<u8>)>> {
    prop::collection::vec((1..20_usize, prop::collection::vec(0..6_u8, 1..8)), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cursor_never_passes_an_unsettled_record(faults in faults(), page in 1..8_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let world = World::new(20);
            for (n, kinds) in faults {
                world.fault(&format!("abc123-{n}"), kinds.into_iter().map(|kind| match kind {
                    0 => Fault::LostAnswer,
                    1 => Fault::LostRequest,
                    2 | 3 => Fault::Broken,
                    4 => Fault::Refused(Class::Configuration),
                    _ => Fault::Refused(Class::Data),
                }));
            }
            for _ in 0..3 {
                run_slice(&world.run(Work::Stream, page)).await;
            }
            let books = world.books.lock().unwrap();
            let mut settled = std::collections::HashSet::new();
            for checkpoint in &books.checkpoints {
                settled.extend(checkpoint.outcomes.iter().map(|o| o.source_key.clone()));
                let passed: usize = checkpoint.cursor.as_ref().map_or(0, |c| c.as_str().parse().unwrap());
                for order in &books.orders[..passed] {
                    assert!(settled.contains(&order.key), "the cursor passed order {}", order.key);
                }
            }
            assert!(books.count(&Entity::Invoice).values().all(|n| *n == 1), "an invoice was made twice");
        });
    }
}
