//! Prices and stock levels on their way: many in a body, each with an end of its own, stock less what is ordered already.

use rust_decimal::Decimal;
use skarv_canonical::{
    Class, Cursor, Reason,
    record::Pulled,
    spec::{PriceSettings, StockSettings, StreamSettings},
    trigger::TriggerState,
};

use super::world::{Fault, World, order, price, stock};
use crate::flow::{SliceEnd, Totals, Work, control::Settled, run_slice};

/// A target that has every article of these levels.
fn shop(levels: Vec<Pulled>) -> World {
    let world = World::of_wares(StreamSettings::Stock(StockSettings::default()), levels);
    world.with(|books| {
        for n in 1..=books.wares.len() {
            books
                .shelf
                .stands(&format!("x{n}"), &format!("A{n}"), &format!("Kåsa {n}"));
        }
    });
    world
}

fn levels(articles: usize) -> Vec<Pulled> {
    (1..=articles).map(|n| stock(n, Some(10))).collect()
}

async fn carried(world: &World) -> Totals {
    let run = world.run(Work::Stream, 10);
    assert_eq!(run_slice(&run).await, SliceEnd::Succeeded);
    run.progress.totals()
}

fn level_of(world: &World, number: &str) -> Option<Decimal> {
    world.books.lock().unwrap().shelf.values.get(number).copied()
}

fn bodies(world: &World) -> Vec<usize> {
    let books = world.books.lock().unwrap();
    books.shelf.bodies.iter().map(Vec::len).collect()
}

#[tokio::test(start_paused = true)]
async fn levels_go_out_many_in_a_body_and_without_an_intent() {
    let world = shop(levels(10));
    assert_eq!(carried(&world).await.written, 10);
    assert_eq!(bodies(&world), [4, 4, 2]);
    assert_eq!(level_of(&world, "A10"), Some(10.into()));
    assert_eq!(carried(&world).await.unchanged, 10);
    assert_eq!(bodies(&world).len(), 3, "an echo sends nothing");
}

#[tokio::test(start_paused = true)]
async fn one_bad_row_among_ten_parks_alone() {
    let world = shop(levels(10));
    world.fault("A3", [Fault::Refused(Class::Data)]);
    let totals = carried(&world).await;
    assert_eq!((totals.written, totals.parked), (9, 1));
    let books = world.books.lock().unwrap();
    assert_eq!(books.reason_of("3"), Some("refused"));
    assert!(
        books.checkpoints[0].released.is_empty(),
        "nothing was granted that could be given back"
    );
    assert_eq!(books.checkpoints[0].cursor, Some(Cursor::new("10")));
}

#[tokio::test(start_paused = true)]
async fn what_stumbles_is_sent_again_without_the_others() {
    let world = shop(levels(10));
    world.fault("A3", [Fault::Broken, Fault::Broken, Fault::WindowClosed]);
    world.fault("A7", [Fault::Broken]);
    let totals = carried(&world).await;
    assert_eq!((totals.written, totals.retries), (10, 3));
    assert_eq!(bodies(&world), [4, 4, 2, 2, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_row_that_alone_keeps_failing_steps_aside_and_is_tried_again_by_itself() {
    let world = shop(levels(3));
    world.fault("A3", [Fault::Broken; 30]);
    assert_eq!(carried(&world).await.parked, 1);
    assert!(
        world
            .books
            .lock()
            .unwrap()
            .outcome_of("3")
            .unwrap()
            .retry
            .is_some()
    );
}

#[tokio::test(start_paused = true)]
async fn an_outage_parks_no_level_and_leaves_the_cursor() {
    let world = shop(levels(2));
    for number in ["A1", "A2"] {
        world.fault(number, [Fault::Broken; 30]);
    }
    let end = run_slice(&world.run(Work::Stream, 10)).await;
    assert!(matches!(end, SliceEnd::Failed { block: false, .. }), "{end:?}");
    let books = world.books.lock().unwrap();
    assert!(books.checkpoints.iter().all(|c| c.cursor.is_none()));
    assert_eq!(books.result_of("1"), None);
}

#[tokio::test(start_paused = true)]
async fn a_level_that_its_source_does_not_know_is_dropped_and_never_written_as_zero() {
    let world = shop(vec![stock(1, None), stock(2, Some(0))]);
    let totals = carried(&world).await;
    assert_eq!((totals.dropped, totals.written), (1, 1));
    assert_eq!(world.books.lock().unwrap().reason_of("1"), Some("stock_unknown"));
    assert_eq!(
        (level_of(&world, "A1"), level_of(&world, "A2")),
        (None, Some(0.into()))
    );
}

#[tokio::test(start_paused = true)]
async fn a_level_of_an_article_that_the_shop_lacks_is_dropped() {
    let world = shop(levels(2));
    world.with(|books| {
        books.shelf.cards.remove("x1");
    });
    let totals = carried(&world).await;
    assert_eq!((totals.dropped, totals.written, totals.parked), (1, 1, 0));
    assert_eq!(
        world.books.lock().unwrap().reason_of("1"),
        Some("article_not_there")
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_ordered_and_not_invoiced_is_taken_off_the_level() {
    let world = shop(levels(2));
    world.with(|books| {
        for (order, sku, quantity) in [("1", "A1", 3), ("2", "A1", 1), ("2", "B9", 5)] {
            books.demand.insert((order.to_owned(), sku.to_owned()), quantity);
        }
    });
    carried(&world).await;
    assert_eq!(
        (level_of(&world, "A1"), level_of(&world, "A2")),
        (Some(6.into()), Some(10.into()))
    );
    assert!(world.books.lock().unwrap().calls.contains(&"waiting".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_target_is_looked_at_before_the_source_is_read_in_every_slice() {
    let world = shop(levels(1));
    world.with(|books| {
        books.lost_look_ups.insert("begin".to_owned(), 2);
    });
    let run = world.run(Work::Stream, 10);
    assert_eq!(run_slice(&run).await, SliceEnd::Succeeded);
    assert_eq!(run.progress.totals().retries, 2);
    let order = ["begin", "begin", "begin", "orders", "waiting", "pull Changes"];
    assert_eq!(world.books.lock().unwrap().calls, order);
    let world = World::new(1);
    run_slice(&world.run(Work::Replay(vec!["1".to_owned()]), 10)).await;
    assert_eq!(world.books.lock().unwrap().calls, ["begin"]);
}

#[tokio::test(start_paused = true)]
async fn everything_is_read_by_its_own_extent_and_compared_whatever_was_written_last() {
    let world = shop(levels(2));
    carried(&world).await;
    world.with(|books| {
        // somebody has counted by hand in the shop
        books.shelf.values.insert("A2".to_owned(), 3.into());
        books.calls.clear();
    });
    assert_eq!(carried(&world).await.unchanged, 2);
    let run = world.run(Work::Everything, 10);
    assert_eq!(run_slice(&run).await, SliceEnd::Succeeded);
    let calls = world.books.lock().unwrap().calls.clone();
    assert!(calls.contains(&"pull Everything".to_owned()), "{calls:?}");
    assert_eq!(level_of(&world, "A2"), Some(10.into()));
    let books = world.books.lock().unwrap();
    assert_eq!(
        books.checkpoints.last().and_then(|c| c.cursor.clone()),
        Some(Cursor::new("2"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_slice_of_everything_ends_when_it_is_used_up() {
    let world = shop(levels(9));
    let mut run = world.run(Work::Everything, 3);
    run.max_records = 3;
    assert_eq!(run_slice(&run).await, SliceEnd::Yielded { retry: None });
    assert_eq!(world.books.lock().unwrap().shelf.values.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn prices_go_the_same_way_and_none_is_not_zero() {
    let prices = vec![price(1, Some(80)), price(2, None)];
    let world = World::of_wares(StreamSettings::Prices(PriceSettings::swedish()), prices);
    world.with(|books| books.shelf.stands("x1", "A1", "Kåsa"));
    let totals = carried(&world).await;
    assert_eq!((totals.written, totals.dropped), (1, 1));
    assert_eq!(world.books.lock().unwrap().reason_of("2"), Some("no_price"));
    assert_eq!(level_of(&world, "A1"), Some(80.into()));
}

fn waiting(world: &World) -> Vec<(String, i64)> {
    let books = world.books.lock().unwrap();
    let of_one = |((order, sku), quantity): (&(String, String), &i64)| (format!("{order} {sku}"), *quantity);
    books.demand.iter().map(of_one).collect()
}

#[tokio::test(start_paused = true)]
async fn a_parked_order_waits_for_its_articles_until_it_is_invoiced() {
    let world = World::new(2);
    world.with(|books| {
        let mut again = books.orders[0].lines[0].clone();
        again.key = "x".to_owned();
        books.orders[0].lines[0].quantity = 2;
        books.orders[0].lines.push(again.clone());
        again.sku = " ".to_owned();
        books.orders[0].lines.push(again);
    });
    // its rows add up to three times what it comes to
    carried(&world).await;
    assert_eq!(world.books.lock().unwrap().result_of("1"), Some(Settled::Parked));
    assert_eq!(waiting(&world), [("1 A1".to_owned(), 3)]);
    world.with(|books| books.orders[0] = order(1, 1));
    let replay = Work::Replay(vec!["1".to_owned()]);
    assert_eq!(run_slice(&world.run(replay, 10)).await, SliceEnd::Succeeded);
    assert_eq!(world.books.lock().unwrap().result_of("1"), Some(Settled::Written));
    assert_eq!(waiting(&world), []);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_may_be_sent_later_waits_and_one_that_never_will_does_not() {
    let mut world = World::new(2);
    world.settings.triggers = vec![TriggerState::Id("5".to_owned())];
    carried(&world).await;
    assert_eq!(waiting(&world), [("1 A1".to_owned(), 1), ("2 A1".to_owned(), 1)]);
    world.with(|books| books.orders[1].cancelled = true);
    carried(&world).await;
    assert_eq!(waiting(&world), [("1 A1".to_owned(), 1)]);
}

#[tokio::test(start_paused = true)]
async fn orders_that_an_outage_or_a_missing_account_holds_back_wait_for_their_articles() {
    for class in [Class::Credentials, Class::Configuration] {
        let world = World::new(3);
        for n in 1..=3 {
            world.fault(&format!("abc123-{n}"), [Fault::Refused(class); 3]);
        }
        run_slice(&world.run(Work::Stream, 10)).await;
        assert_eq!(world.books.lock().unwrap().result_of("1"), None, "{class:?}");
        assert_eq!(waiting(&world).len(), 3, "{class:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_whose_invoice_stands_waits_for_nothing_though_it_is_parked() {
    let world = World::new(1);
    world.fault("abc123-1", [Fault::Mismatch]);
    carried(&world).await;
    assert_eq!(world.books.lock().unwrap().result_of("1"), Some(Settled::Parked));
    assert_eq!(waiting(&world), []);
}

#[tokio::test(start_paused = true)]
async fn a_level_that_the_source_cannot_make_sense_of_parks_alone() {
    let world = shop(levels(2));
    world.with(|books| books.wares[0].content = Err(Reason::data("article_number_missing")));
    let totals = carried(&world).await;
    assert_eq!((totals.parked, totals.written), (1, 1));
}
