//! What is sold and not off the books, whoever knows of it and whenever that changes: nothing of it goes on sale again.

use skarv_canonical::{
    Class, Reason,
    spec::{StockSettings, StreamSettings},
};
use skarv_connector::RecentOrder;

use super::world::{Meanwhile, World, stock};
use crate::flow::{SliceEnd, Work, run_slice};

/// A target that has ten of articles 1 and 2, as the source says.
fn shop() -> World {
    let levels = vec![stock(1, Some(10)), stock(2, Some(10))];
    let world = World::of_wares(StreamSettings::Stock(StockSettings::default()), levels);
    world.with(|books| {
        books.shelf.stands("x1", "A1", "Kåsa");
        books.shelf.stands("x2", "A2", "Mugg");
    });
    world
}

/// An order of three of the first and two of the second.
fn order() -> RecentOrder {
    let rows = [("A1", 3), ("A2", 2)].map(|(sku, quantity)| (sku.to_owned(), quantity));
    RecentOrder {
        key: "7".to_owned(),
        rows: rows.into(),
    }
}

/// A shop in which somebody has just ordered.
fn busy() -> World {
    let world = shop();
    world.with(|books| books.recent.push(order()));
    world
}

async fn run(world: &World, page_size: usize) -> [i64; 2] {
    let run = world.run(Work::Stream, page_size);
    assert_eq!(run_slice(&run).await, SliceEnd::Succeeded);
    stands(world)
}

fn stands(world: &World) -> [i64; 2] {
    let books = world.books.lock().unwrap();
    ["A1", "A2"].map(|number| {
        let value = books.shelf.values.get(number);
        value.map_or(-1, |value| i64::try_from(*value).unwrap())
    })
}

#[tokio::test(start_paused = true)]
async fn an_order_that_nobody_has_read_is_not_sold_again() {
    assert_eq!(run(&busy(), 10).await, [7, 8]);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_was_read_counts_by_what_it_waits_for() {
    let world = busy();
    world.with(|books| {
        books.read.insert("7".to_owned());
        books.demand.insert(("7".to_owned(), "A1".to_owned()), 1);
    });
    assert_eq!(run(&world, 10).await, [9, 10]);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_is_invoiced_while_the_levels_are_read_is_in_neither_and_counts_all_the_same() {
    for unread in [true, false] {
        let world = busy();
        world.with(|books| {
            if !unread {
                books.meanwhile.push(Meanwhile::Reads(order()));
                books.pass_time();
            }
            books.meanwhile.push(Meanwhile::Invoices("7".to_owned()));
        });
        assert_eq!(run(&world, 10).await, [7, 8], "unread {unread}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_that_is_read_between_two_pages_counts_once() {
    let world = busy();
    world.with(|books| books.meanwhile.push(Meanwhile::Reads(order())));
    assert_eq!(run(&world, 1).await, [7, 8]);
}

/// Sold after the first look and before orders are listed: it is taken off twice, until the books tell the same quantity.
#[tokio::test(start_paused = true)]
async fn what_was_taken_off_twice_is_put_right_once_the_order_is_read() {
    let world = busy();
    assert_eq!(run(&world, 10).await, [7, 8]);
    world.with(|books| {
        books.shelf.values.insert("A1".to_owned(), 4.into());
        books.read.insert("7".to_owned());
        books.wares = vec![stock(1, Some(7)), stock(2, Some(8))];
    });
    assert_eq!(run(&world, 10).await, [7, 8]);
}

#[tokio::test(start_paused = true)]
async fn a_shop_that_shows_no_orders_to_this_key_gets_its_stock() {
    for class in [Class::Configuration, Class::Credentials] {
        let world = busy();
        world.with(|books| books.recent_refused = Some(Reason::new(class, "permission_missing")));
        assert_eq!(run(&world, 10).await, [10, 10]);
    }
}

#[tokio::test(start_paused = true)]
async fn in_a_shop_that_stumbles_over_its_orders_nothing_is_written() {
    let world = busy();
    world.with(|books| books.recent_refused = Some(Reason::new(Class::Transient, "shop_error")));
    let end = run_slice(&world.run(Work::Stream, 10)).await;
    assert!(matches!(end, SliceEnd::Failed { block: false, .. }), "{end:?}");
    assert_eq!(stands(&world), [-1, -1]);
}

#[tokio::test(start_paused = true)]
async fn what_is_too_much_for_one_answer_is_asked_by_article() {
    let world = shop();
    world.with(|books| {
        books.tells_by_article = true;
        books.demand.insert(("9".to_owned(), "A1".to_owned()), 4);
    });
    assert_eq!(run(&world, 10).await, [6, 10]);
    let calls = world.books.lock().unwrap().calls.clone();
    assert!(calls.contains(&"demand of A1, A2".to_owned()), "{calls:?}");
}
