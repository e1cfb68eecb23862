//! Refunds: each becomes one credit note beside its order's invoice, and none is made out of nothing.

use skarv_canonical::{Class, trigger::ShopState, write::Entity};

use super::world::{Fault, World, order, times};
use crate::flow::{
    Signal, SliceEnd, Work,
    control::Settled::{self, Adopted, Dropped, Parked, Unchanged, Written},
    run_slice,
};

async fn carried(world: &World) {
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
}

fn stand(world: &World) -> (usize, usize) {
    (
        times(world, &Entity::Invoice, "abc123-1"),
        times(world, &Entity::Credit, "abc123-1-R7"),
    )
}

fn became(world: &World, key: &str) -> (Option<Settled>, Option<String>) {
    let books = world.books.lock().unwrap();
    (books.result_of(key), books.reason_of(key).map(str::to_owned))
}

fn dropped(code: &str) -> (Option<Settled>, Option<String>) {
    (Some(Dropped), Some(code.to_owned()))
}

/// An order that is invoiced, then given back.
async fn given_back() -> World {
    let world = World::new(1);
    carried(&world).await;
    world.refund(7, 1);
    world
}

#[tokio::test(start_paused = true)]
async fn a_refund_after_its_order_becomes_a_credit_note_beside_the_invoice() {
    let world = given_back().await;
    carried(&world).await;
    assert_eq!(stand(&world), (1, 1));
    assert_eq!(became(&world, "R7"), (Some(Written), None));
    let books = world.books.lock().unwrap();
    assert_eq!(books.result_of("1"), Some(Unchanged));
    assert_eq!(books.earlier["abc123-1-R7"], ["f-abc123-K1", "f-abc123-1"]);
    assert_eq!(books.peeks, 0, "an order that is sent needs no look");
}

#[tokio::test(start_paused = true)]
async fn a_refund_before_its_order_in_one_page_makes_the_invoice_that_the_order_finds() {
    let world = World::new(1);
    world.refund(7, 1);
    world.with(|books| books.refunds_first = true);
    carried(&world).await;
    assert_eq!(stand(&world), (1, 1));
    let books = world.books.lock().unwrap();
    assert_eq!(
        (books.result_of("R7"), books.result_of("1")),
        (Some(Written), Some(Written))
    );
    assert_eq!(books.sends_of("abc123-1"), 1);
    let links = |key| -> Vec<(Entity, Option<String>)> {
        let outcome = books.outcome_of(key).unwrap();
        outcome
            .writes
            .iter()
            .map(|w| (w.entity.clone(), w.stands_for.clone()))
            .collect()
    };
    let invoice = (Entity::Invoice, Some("1".to_owned()));
    let card = (Entity::Customer, None);
    assert_eq!(links("1"), [card.clone(), invoice.clone()]);
    assert_eq!(
        links("R7"),
        [card, invoice, (Entity::Credit, Some("R7".to_owned()))]
    );
}

#[tokio::test(start_paused = true)]
async fn a_refund_before_its_order_in_an_earlier_page_leaves_the_order_unchanged() {
    let world = World::new(1);
    world.refund(7, 1);
    world.with(|books| books.refunds_first = true);
    assert_eq!(run_slice(&world.run(Work::Stream, 1)).await, SliceEnd::Succeeded);
    assert_eq!(stand(&world), (1, 1));
    assert_eq!(became(&world, "1"), (Some(Unchanged), None));
}

#[tokio::test(start_paused = true)]
async fn an_order_that_is_only_called_refunded_is_invoiced_and_waits_for_a_person() {
    let world = World::new(2);
    world.with(|books| books.orders[0].refunded_without_slip = true);
    carried(&world).await;
    assert_eq!(times(&world, &Entity::Invoice, "abc123-1"), 1);
    let waits = (Some(Parked), Some("refunded_without_slip".to_owned()));
    assert_eq!(became(&world, "1"), waits);
    assert_eq!(became(&world, "2"), (Some(Written), None));
    let told =
        |writes: &[crate::flow::control::SettledWrite]| writes.iter().any(|w| w.entity == Entity::Invoice);
    assert!(told(&world.books.lock().unwrap().outcome_of("1").unwrap().writes));
}

#[tokio::test(start_paused = true)]
async fn what_an_order_itself_stumbles_over_is_told_before_that_it_is_called_refunded() {
    let world = World::new(1);
    world.with(|books| {
        books.orders[0].refunded_without_slip = true;
        books.orders[0].lines[0].gross = 90.into();
    });
    carried(&world).await;
    assert_eq!(
        became(&world, "1"),
        (Some(Parked), Some("sum_mismatch".to_owned()))
    );
}

#[tokio::test(start_paused = true)]
async fn a_refund_of_an_order_cancelled_after_invoicing_is_credited() {
    let world = given_back().await;
    world.with(|books| books.orders[0].cancelled = true);
    carried(&world).await;
    assert_eq!(stand(&world), (1, 1));
    assert_eq!(became(&world, "R7"), (Some(Written), None));
    let books = world.books.lock().unwrap();
    assert_eq!(
        books.earlier["abc123-1-R7"],
        ["f-abc123-1"],
        "the card is left alone"
    );
    assert_eq!(books.peeks, 1);
}

#[tokio::test(start_paused = true)]
async fn a_refund_of_an_order_cancelled_before_invoicing_makes_nothing() {
    let world = World::new(1);
    world.refund(7, 1);
    world.refund(8, 1);
    world.with(|books| books.orders[0].cancelled = true);
    carried(&world).await;
    assert_eq!(became(&world, "R7"), dropped("order_not_invoiced"));
    assert_eq!(became(&world, "R8"), dropped("order_not_invoiced"));
    let books = world.books.lock().unwrap();
    assert!(books.documents.is_empty());
    assert_eq!(books.peeks, 1, "two refunds of one order ask once");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_orders_invoice_that_nobody_remembers_is_found_before_it_is_credited() {
    let mut world = World::new(1);
    world.verify = true;
    world.refund(7, 1);
    world.with(|books| {
        books.orders[0].cancelled = true;
        books.documents.push((Entity::Invoice, "abc123-1".to_owned()));
    });
    carried(&world).await;
    assert_eq!(stand(&world), (1, 1));
    let books = world.books.lock().unwrap();
    let told = &books.outcome_of("R7").unwrap().writes;
    assert_eq!(told[0].entity, Entity::Invoice);
    assert!(told[0].adopted);
}

#[tokio::test(start_paused = true)]
async fn an_invoice_in_doubt_is_waited_for_before_its_cancelled_orders_refund_is_dropped() {
    let mut world = World::new(1);
    world.killed_after = Some(Entity::Customer);
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Lost);
    world.killed_after = None;
    world.signal.send_replace(Signal::Go);
    world.refund(7, 1);
    world.with(|books| books.orders[0].cancelled = true);
    carried(&world).await;
    assert_eq!(became(&world, "R7"), dropped("order_not_invoiced"));
    assert_eq!(stand(&world), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_refund_of_an_order_that_is_not_sent_yet_waits_for_its_invoice() {
    let world = World::new(1);
    world.refund(7, 1);
    world.with(|books| books.orders[0].states_passed.clear());
    carried(&world).await;
    {
        let books = world.books.lock().unwrap();
        let waits = books.outcome_of("R7").unwrap();
        assert_eq!(
            (waits.result, books.reason_of("R7")),
            (Parked, Some("order_not_invoiced_yet"))
        );
        assert!(waits.retry.is_some(), "it is tried by itself later");
        assert!(books.documents.is_empty());
    }
    world.with(|books| books.orders[0].states_passed.push(ShopState::of_id("2")));
    let replay = Work::Replay(vec!["R7".to_owned()]);
    assert_eq!(run_slice(&world.run(replay, 10)).await, SliceEnd::Succeeded);
    assert_eq!(stand(&world), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_refund_of_an_order_changed_after_invoicing_is_for_a_person_sent_or_cancelled() {
    let world = given_back().await;
    world.with(|books| {
        books.orders[0].lines[0].gross = 150.into();
        books.orders[0].lines[0].net = 120.into();
        books.orders[0].totals.gross = 150.into();
    });
    for cancelled in [false, true] {
        world.with(|books| books.orders[0].cancelled = cancelled);
        carried(&world).await;
        assert_eq!(
            became(&world, "R7"),
            (Some(Parked), Some("changed_after_invoicing".to_owned()))
        );
        assert_eq!(stand(&world), (1, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refund_parks_with_the_reason_of_its_order() {
    let world = World::new(1);
    world.refund(7, 1);
    world.with(|books| books.orders[0].totals.gross = 140.into());
    carried(&world).await;
    let order = became(&world, "1");
    assert_eq!(order, (Some(Parked), Some("sum_mismatch".to_owned())));
    assert_eq!(became(&world, "R7"), order);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_order_that_cannot_be_invoiced_parks_no_refund_unless_an_invoice_stands() {
    let mend = |world: &World, gross: u32| world.with(|books| books.orders[0].totals.gross = gross.into());
    let world = World::new(1);
    world.refund(7, 1);
    world.with(|books| books.orders[0].cancelled = true);
    mend(&world, 140);
    carried(&world).await;
    assert_eq!(became(&world, "R7"), dropped("order_not_invoiced"));

    let world = given_back().await;
    world.with(|books| books.orders[0].cancelled = true);
    mend(&world, 140);
    carried(&world).await;
    assert_eq!(
        became(&world, "R7"),
        (Some(Parked), Some("sum_mismatch".to_owned()))
    );
}

#[tokio::test(start_paused = true)]
async fn a_slip_that_gives_nothing_back_is_dropped() {
    let world = given_back().await;
    world.with(|books| {
        books.refunds[0].slip.lines.clear();
        books.refunds[0].slip.amount = 0.into();
    });
    carried(&world).await;
    assert_eq!(became(&world, "R7"), dropped("refund_empty"));
    assert_eq!(stand(&world), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_dies_between_invoice_and_credit_note_makes_each_once() {
    for last in [Entity::Customer, Entity::Invoice, Entity::Credit] {
        let mut world = World::new(1);
        world.refund(7, 1);
        world.with(|books| books.refunds_first = true);
        world.killed_after = Some(last.clone());
        assert_eq!(run_slice(&world.run(Work::Stream, 1)).await, SliceEnd::Lost);
        world.killed_after = None;
        world.signal.send_replace(Signal::Go);
        carried(&world).await;
        assert_eq!(stand(&world), (1, 1), "killed after the {last}");
        let how = if last == Entity::Credit { Adopted } else { Written };
        assert_eq!(became(&world, "R7"), (Some(how), None), "killed after the {last}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_credit_note_whose_answer_is_lost_is_looked_up_and_adopted() {
    let world = given_back().await;
    world.fault("abc123-1-R7", [Fault::LostAnswer]);
    carried(&world).await;
    assert_eq!(stand(&world), (1, 1));
    assert_eq!(became(&world, "R7"), (Some(Adopted), None));
}

#[tokio::test(start_paused = true)]
async fn a_refund_never_reaches_books_that_refuse_its_invoice() {
    let world = World::new(1);
    world.refund(7, 1);
    world.fault("abc123-1", [Fault::Refused(Class::Data)]);
    carried(&world).await;
    assert_eq!(
        (became(&world, "1"), stand(&world)),
        (became(&world, "R7"), (0, 0))
    );
    assert_eq!(became(&world, "R7"), (Some(Parked), Some("refused".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn two_orders_and_their_refunds_in_one_page_meet_only_their_own() {
    let world = World::new(0);
    world.with(|books| books.orders = vec![order(1, 5), order(2, 5)]);
    world.refund(7, 1);
    world.refund(8, 2);
    carried(&world).await;
    let books = world.books.lock().unwrap();
    assert_eq!(books.count(&Entity::Customer).len(), 1);
    assert_eq!(books.earlier["abc123-1-R7"][1], "f-abc123-1");
    assert_eq!(books.earlier["abc123-2-R8"][1], "f-abc123-2");
}
