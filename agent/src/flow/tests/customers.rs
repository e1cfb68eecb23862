//! Whose card an order goes to: found before it is made, made once for one buyer, brought up to date by new orders alone.

use std::time::Duration;

use skarv_canonical::{
    Class,
    customer::Identity,
    spec::CardUpkeep,
    write::{Document, Entity},
};
use tokio::time::Instant;

use super::world::{Card, Fault, World, order};
use crate::flow::{SliceEnd, Work, control::Settled, run_slice};

async fn carried(world: &World) {
    assert_eq!(run_slice(&world.run(Work::Stream, 10)).await, SliceEnd::Succeeded);
}

fn card(number: &str, email: &str) -> Card {
    Card {
        number: number.to_owned(),
        known_by: vec![Identity::Email(email.to_owned())],
        seen_at: Instant::now(),
    }
}

/// Two guests, each a customer of their own in the shop, with one e-mail address.
fn two_guests() -> World {
    let world = World::new(2);
    world.with(|books| {
        for order in &mut books.orders {
            order.customer.email = "Gast@example.se".to_owned();
            order.customer.guest = true;
        }
    });
    world
}

fn keeping_cards_up() -> World {
    let mut world = World::new(1);
    world.settings.customers.cards = CardUpkeep::Update;
    world
}

fn moves(world: &World, order: usize, street: &str) {
    world.with(|books| street.clone_into(&mut books.orders[order - 1].billing.line1));
}

fn streets(world: &World) -> Vec<String> {
    let books = world.books.lock().unwrap();
    let street = |document: &Document| match document {
        Document::Customer(card) => card.billing.line1.clone(),
        other => panic!("not a card: {other:?}"),
    };
    books
        .updates
        .iter()
        .map(|write| street(&write.document))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_card_that_stands_is_taken_over_instead_of_making_another() {
    let world = World::new(1);
    world.with(|books| books.cards.push(card("1042", "asa1@example.se")));
    carried(&world).await;
    let books = world.books.lock().unwrap();
    assert_eq!(books.count(&Entity::Customer).len(), 0);
    assert_eq!(books.earlier["abc123-1"], ["1042"]);
    let told = &books.outcome_of("1").unwrap().writes[0];
    assert_eq!((told.foreign_id.as_str(), told.adopted), ("1042", true));
    assert_eq!(books.result_of("1"), Some(Settled::Written), "its invoice is new");
}

#[tokio::test(start_paused = true)]
async fn a_card_is_looked_for_only_where_the_settings_say_so() {
    let mut world = World::new(1);
    world.settings.customers.match_existing = false;
    world.with(|books| books.cards.push(card("1042", "asa1@example.se")));
    carried(&world).await;
    assert_eq!(world.books.lock().unwrap().count(&Entity::Customer).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_card_is_also_looked_for_when_an_older_try_is_settled() {
    let mut world = World::new(1);
    world.verify = true;
    world.with(|books| books.cards.push(card("1042", "asa1@example.se")));
    carried(&world).await;
    assert_eq!(world.books.lock().unwrap().earlier["abc123-1"], ["1042"]);
}

#[tokio::test(start_paused = true)]
async fn an_ambiguous_buyer_parks_every_order_of_theirs_and_no_other() {
    let world = World::new(0);
    world.with(|books| {
        books.orders = vec![order(1, 7), order(2, 7), order(3, 8)];
        books.cards = vec![card("10", "asa7@example.se"), card("11", "asa7@example.se")];
    });
    carried(&world).await;
    let books = world.books.lock().unwrap();
    for key in ["1", "2"] {
        assert_eq!(books.reason_of(key), Some("customer_ambiguous"));
    }
    assert_eq!(books.result_of("3"), Some(Settled::Written));
    assert_eq!(books.sends_of("abc123-K7"), 0);
    let released = books.checkpoints.iter().flat_map(|c| &c.released);
    assert!(
        released.into_iter().any(|(_, key)| key == "abc123-K7"),
        "nothing of it is in doubt"
    );
}

#[tokio::test(start_paused = true)]
async fn looking_for_a_card_has_the_patience_of_other_look_ups() {
    let world = World::new(1);
    world.with(|books| {
        books.lost_look_ups.insert("abc123-K1".to_owned(), 4);
        books.cards.push(card("1042", "asa1@example.se"));
    });
    let run = world.run(Work::Stream, 10);
    assert_eq!(run_slice(&run).await, SliceEnd::Succeeded);
    assert_eq!(run.progress.totals().retries, 4);
    assert_eq!(world.books.lock().unwrap().earlier["abc123-1"], ["1042"]);
}

#[tokio::test(start_paused = true)]
async fn two_guests_with_one_address_become_one_card() {
    let world = two_guests();
    carried(&world).await;
    let books = world.books.lock().unwrap();
    assert_eq!(books.count(&Entity::Customer).len(), 1);
    assert_eq!(books.count(&Entity::Invoice).len(), 2);
    assert_eq!(books.earlier["abc123-1"], books.earlier["abc123-2"]);
}

#[tokio::test(start_paused = true)]
async fn the_second_of_two_guests_waits_until_the_first_ones_card_can_be_found() {
    for page_size in [10, 1] {
        let mut world = two_guests();
        world.visible_after = Duration::from_secs(3);
        let end = run_slice(&world.run(Work::Stream, page_size)).await;
        assert_eq!(end, SliceEnd::Succeeded);
        assert_eq!(
            world.books.lock().unwrap().count(&Entity::Customer).len(),
            1,
            "in pages of {page_size}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_guest_whose_card_is_refused_lets_the_next_one_try() {
    let world = two_guests();
    world.fault("abc123-K1", [Fault::Refused(Class::Data)]);
    world.fault("abc123-K2", [Fault::LostAnswer]);
    carried(&world).await;
    let books = world.books.lock().unwrap();
    assert_eq!(books.result_of("1"), Some(Settled::Parked));
    assert_eq!(books.result_of("2"), Some(Settled::Written));
    assert_eq!(books.count(&Entity::Customer).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_new_order_brings_its_buyers_card_up_to_date() {
    let world = keeping_cards_up();
    carried(&world).await;
    world.with(|books| books.orders.push(order(2, 1)));
    moves(&world, 2, "Nygatan 2");
    carried(&world).await;
    assert_eq!(streets(&world), ["Nygatan 2"]);
    {
        let books = world.books.lock().unwrap();
        assert_eq!(
            books.count(&Entity::Customer).into_values().collect::<Vec<_>>(),
            [1]
        );
        assert_eq!(books.earlier["abc123-2"], ["f-abc123-K1"]);
    }
    carried(&world).await;
    assert_eq!(
        streets(&world).len(),
        1,
        "an order that is read again writes nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn an_order_that_is_read_again_never_rewrites_a_card() {
    let world = keeping_cards_up();
    carried(&world).await;
    moves(&world, 1, "Nygatan 2");
    carried(&world).await;
    assert!(streets(&world).is_empty());
    world.refund(7, 1);
    carried(&world).await;
    assert!(streets(&world).is_empty(), "nor does its refund");
    assert_eq!(
        world.books.lock().unwrap().result_of("R7"),
        Some(Settled::Written)
    );
}

#[tokio::test(start_paused = true)]
async fn of_two_new_orders_in_one_page_the_newest_says_where_the_buyer_lives() {
    let world = keeping_cards_up();
    carried(&world).await;
    world.with(|books| books.orders.extend([order(2, 1), order(3, 1)]));
    moves(&world, 2, "Gamla gatan 2");
    moves(&world, 3, "Nygatan 3");
    carried(&world).await;
    assert_eq!(streets(&world), ["Nygatan 3"]);
    carried(&world).await;
    assert_eq!(streets(&world).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_order_changes_no_card_where_the_settings_leave_cards_alone() {
    let world = World::new(1);
    carried(&world).await;
    world.with(|books| books.orders.push(order(2, 1)));
    moves(&world, 2, "Nygatan 2");
    carried(&world).await;
    assert!(streets(&world).is_empty());
    assert_eq!(world.books.lock().unwrap().result_of("2"), Some(Settled::Written));
}

#[tokio::test(start_paused = true)]
async fn a_card_that_cannot_be_brought_up_to_date_parks_the_order_and_loses_neither() {
    let world = keeping_cards_up();
    carried(&world).await;
    world.with(|books| books.orders.push(order(2, 1)));
    moves(&world, 2, "Nygatan 2");
    world.fault("abc123-K1", [Fault::Refused(Class::Data)]);
    carried(&world).await;
    {
        let books = world.books.lock().unwrap();
        assert_eq!(
            (books.result_of("2"), books.reason_of("2")),
            (Some(Settled::Parked), Some("refused"))
        );
        assert_eq!(books.sends_of("abc123-2"), 0);
    }
    let replay = Work::Replay(vec!["2".to_owned()]);
    assert_eq!(run_slice(&world.run(replay, 10)).await, SliceEnd::Succeeded);
    assert_eq!(world.books.lock().unwrap().result_of("2"), Some(Settled::Written));
    assert_eq!(streets(&world), ["Nygatan 2"]);
}

#[tokio::test(start_paused = true)]
async fn bringing_a_card_up_to_date_is_tried_again_when_its_answer_is_lost() {
    let world = keeping_cards_up();
    carried(&world).await;
    world.with(|books| books.orders.push(order(2, 1)));
    moves(&world, 2, "Nygatan 2");
    world.fault(
        "abc123-K1",
        [Fault::LostRequest, Fault::WindowClosed, Fault::Broken],
    );
    carried(&world).await;
    assert_eq!(streets(&world), ["Nygatan 2"]);
    assert_eq!(world.books.lock().unwrap().result_of("2"), Some(Settled::Written));
}
