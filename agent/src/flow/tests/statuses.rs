//! Order statuses on their way: each state is entered once for an event, by rank, and an order that has moved on is left alone.

use skarv_canonical::{
    status::OrderEvent::{self, Cancelled, Delivered, Invoiced, Paid},
    write::Entity,
};

use super::world::{Fault, World, invoice};
use crate::flow::{
    Signal, SliceEnd, Totals, Work,
    control::Settled::{Adopted, Dropped, Parked, Unchanged, Written},
    run_slice,
};

async fn carried(world: &World) -> Totals {
    let run = world.run(Work::Stream, 10);
    assert_eq!(run_slice(&run).await, SliceEnd::Succeeded);
    run.progress.totals()
}

fn states(world: &World, order: &str) -> Vec<String> {
    let books = world.books.lock().unwrap();
    books.states.get(order).cloned().unwrap_or_default()
}

fn happens(world: &World, events: &[OrderEvent]) {
    world.with(|books| books.wares = vec![invoice(1, events)]);
}

/// Books that tell of one invoice.
fn one(events: &[OrderEvent]) -> World {
    World::of_invoices(vec![invoice(1, events)])
}

#[tokio::test(start_paused = true)]
async fn a_state_is_entered_once_for_each_event_by_rank() {
    let world = one(&[Paid, Invoiced]);
    assert_eq!(carried(&world).await.written, 1);
    assert_eq!(states(&world, "1"), ["state of invoiced", "state of paid"]);
    assert_eq!(carried(&world).await.unchanged, 1);
    happens(&world, &[Invoiced, Paid, Delivered]);
    assert_eq!(carried(&world).await.written, 1);
    assert_eq!(states(&world, "1").len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_state_that_the_order_has_been_in_is_taken_over_and_never_entered_again() {
    let world = one(&[Invoiced]);
    world.with(|books| books.enter("1", "state of invoiced"));
    assert_eq!(carried(&world).await.adopted, 1);
    assert_eq!(states(&world, "1").len(), 1);
    let books = world.books.lock().unwrap();
    assert_eq!((books.sends.len(), books.result_of("1")), (0, Some(Adopted)));
}

#[tokio::test(start_paused = true)]
async fn an_order_that_moved_on_is_left_alone_and_nothing_after_it_is_tried() {
    let world = one(&[Invoiced, Paid]);
    world.fault("abc123-1/invoiced", [Fault::Says("order_moved_on")]);
    assert_eq!(carried(&world).await.dropped, 1);
    assert_eq!(states(&world, "1"), Vec::<String>::new());
    let books = world.books.lock().unwrap();
    assert_eq!(books.sends_of("abc123-1/paid"), 0);
    assert_eq!(
        (books.result_of("1"), books.reason_of("1")),
        (Some(Dropped), Some("order_moved_on"))
    );
}

#[tokio::test(start_paused = true)]
async fn an_order_that_moved_on_after_a_state_was_entered_counts_as_told() {
    let world = one(&[Invoiced, Paid]);
    world.fault("abc123-1/paid", [Fault::Says("order_moved_on")]);
    assert_eq!(carried(&world).await.written, 1);
    let books = world.books.lock().unwrap();
    assert_eq!(books.outcome_of("1").unwrap().writes.len(), 1);
    assert_eq!(books.result_of("1"), Some(Written));
}

#[tokio::test(start_paused = true)]
async fn a_state_that_would_pay_back_waits_for_a_person() {
    let world = one(&[Cancelled]);
    world.fault("abc123-1/cancelled", [Fault::Says("cancel_would_pay_back")]);
    assert_eq!(carried(&world).await.parked, 1);
    let books = world.books.lock().unwrap();
    assert_eq!(
        (books.result_of("1"), books.reason_of("1")),
        (Some(Parked), Some("cancel_would_pay_back"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_up_and_the_state_entered_once() {
    for (fault, result) in [
        (Fault::LostAnswer, Adopted),
        (Fault::LostRequest, Written),
        (Fault::Broken, Written),
        (Fault::BookedLate, Adopted),
    ] {
        let world = one(&[Invoiced]);
        world.fault("abc123-1/invoiced", [fault]);
        carried(&world).await;
        assert_eq!(states(&world, "1"), ["state of invoiced"], "{fault:?}");
        assert_eq!(
            world.books.lock().unwrap().result_of("1"),
            Some(result),
            "{fault:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_dies_between_put_and_checkpoint_leaves_one_state() {
    let mut world = one(&[Invoiced, Paid]);
    world.killed_after = Some(Entity::Status);
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Lost);
    assert_eq!(states(&world, "1"), ["state of invoiced"]);
    world.killed_after = None;
    world.signal.send_replace(Signal::Go);
    carried(&world).await;
    assert_eq!(states(&world, "1"), ["state of invoiced", "state of paid"]);
    carried(&world).await;
    assert_eq!(world.books.lock().unwrap().result_of("1"), Some(Unchanged));
}

#[tokio::test(start_paused = true)]
async fn a_record_of_the_stream_is_known_by_its_day_and_its_invoice() {
    let world = one(&[Invoiced]);
    carried(&world).await;
    let books = world.books.lock().unwrap();
    let outcome = books.outcome_of("1").unwrap();
    assert_eq!(
        (outcome.excerpt.as_str(), outcome.reference.as_str()),
        ("2026-11-20 · abc123-1", "ORDER1")
    );
}
