//! What stops a stream before it has begun, and what stops it on the way.

use skarv_canonical::{Class, Country, Cursor, Reason, vat::VatScheme, write::Entity};

use super::world::{Fault, World, order};
use crate::flow::{
    SliceEnd, Work,
    control::Settled::{Parked, Written},
    run_slice,
};

fn account(number: u32) -> Reason {
    Reason::configuration("account_unknown")
        .with("account", number)
        .fix("check_account")
}

fn blocked(end: SliceEnd) -> Reason {
    match end {
        SliceEnd::Failed {
            reason, block: true, ..
        } => reason,
        other => panic!("the stream is not stopped: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_obstacle_stops_a_stream_before_anything_is_written() {
    let world = World::new(3);
    world.with(|books| books.obstacles = vec![account(3001)]);
    let reason = blocked(run_slice(&world.run(Work::Stream, 10)).await);
    assert_eq!(reason, account(3001), "one obstacle says itself what is wrong");
    {
        let books = world.books.lock().unwrap();
        assert!(books.sends.is_empty() && books.checkpoints.is_empty());
    }
    world.with(|books| books.obstacles.clear());
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn of_several_obstacles_a_person_sees_every_one() {
    let world = World::new(1);
    let closed = Reason::configuration("financial_year_closed").with("date", "2026-01-01");
    world.with(|books| books.obstacles = vec![account(3001), account(3002), closed]);
    let reason = blocked(run_slice(&world.run(Work::Stream, 10)).await);
    assert_eq!(
        (reason.code.as_str(), reason.fix.as_str()),
        ("not_ready", "check_account")
    );
    assert_eq!(reason.params["count"], "3");
    assert_eq!(
        reason.params["obstacles"],
        "account_unknown account=3001; account_unknown account=3002; financial_year_closed date=2026-01-01"
    );
}

#[tokio::test(start_paused = true)]
async fn obstacles_are_asked_for_with_patience_and_only_before_the_first_record() {
    let world = World::new(3);
    world.with(|books| {
        books.lost_look_ups.insert("obstacles".to_owned(), 3);
    });
    let run = world.run(Work::Stream, 10);
    assert_eq!(run_slice(&run).await, SliceEnd::Succeeded);
    assert_eq!(run.progress.totals().retries, 3);
    world.with(|books| books.obstacles = vec![account(3001)]);
    let mut run = world.run(Work::Stream, 10);
    run.cursor = Some(Cursor::new("3"));
    assert_eq!(run_slice(&run).await, SliceEnd::Succeeded);
    let replay = world.run(Work::Replay(vec!["1".to_owned()]), 10);
    assert_eq!(run_slice(&replay).await, SliceEnd::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_does_not_answer_at_first_is_tried_later_and_stops_nothing() {
    let world = World::new(1);
    world.with(|books| {
        books.lost_look_ups.insert("obstacles".to_owned(), 99);
    });
    let end = run_slice(&world.run(Work::Stream, 10)).await;
    assert!(matches!(end, SliceEnd::Failed { block: false, .. }), "{end:?}");
    assert!(world.books.lock().unwrap().sends.is_empty());
}

/// A shop whose orders 2 to 4 go to Norway, where no account is named for them.
fn with_norway(orders: usize) -> World {
    let mut world = World::new(orders);
    world.with(|books| {
        for order in &mut books.orders[1..4] {
            order.delivery.country = "NO".parse().unwrap();
            order.lines[0].rate = 0.into();
            order.lines[0].net = 100.into();
        }
    });
    world
        .settings
        .accounts
        .retain(|rule| rule.scheme != VatScheme::Export);
    world
}

#[tokio::test(start_paused = true)]
async fn an_account_that_one_country_lacks_does_not_hold_the_other_orders() {
    for orders in [4, 6] {
        let world = with_norway(orders);
        assert_eq!(
            world.books.lock().unwrap().orders[1].delivery.country,
            "NO".parse::<Country>().unwrap()
        );
        assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
        let books = world.books.lock().unwrap();
        for key in ["2", "3", "4"] {
            assert_eq!(
                (books.result_of(key), books.reason_of(key)),
                (Some(Parked), Some("account_missing"))
            );
        }
        assert_eq!(books.count(&Entity::Invoice).len(), orders - 3);
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_that_every_order_lacks_stops_the_stream_and_parks_none() {
    let mut world = World::new(20);
    world.settings.accounts.clear();
    let reason = blocked(run_slice(&world.run(Work::Stream, 10)).await);
    assert_eq!(reason.code, "account_missing");
    let books = world.books.lock().unwrap();
    assert!(
        books
            .checkpoints
            .iter()
            .all(|c| c.outcomes.is_empty() && c.cursor.is_none())
    );
}

#[tokio::test(start_paused = true)]
async fn refusals_that_end_within_a_page_park_alone() {
    let world = World::new(10);
    for n in 4..=8 {
        world.fault(&format!("abc123-{n}"), [Fault::Refused(Class::Configuration)]);
    }
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
    let books = world.books.lock().unwrap();
    assert_eq!(
        (books.result_of("8"), books.result_of("9")),
        (Some(Parked), Some(Written))
    );
}

#[tokio::test(start_paused = true)]
async fn a_stopped_stream_settles_what_has_another_trouble() {
    let world = World::new(0);
    world.with(|books| books.orders = (1..=6).map(|n| order(n, n)).collect());
    world.fault("abc123-1", [Fault::Refused(Class::Data)]);
    for n in 2..=6 {
        world.fault(&format!("abc123-{n}"), [Fault::Refused(Class::Configuration)]);
    }
    blocked(run_slice(&world.run(Work::Stream, 10)).await);
    let books = world.books.lock().unwrap();
    assert_eq!((books.result_of("1"), books.result_of("2")), (Some(Parked), None));
}
