//! Whatever breaks, and wherever an agent dies: each document stands once, and every record is settled in the end.

use std::collections::BTreeSet;

use proptest::prelude::*;
use skarv_canonical::{spec::ProductMode, write::Entity};

use super::world::{Fault, World};
use crate::flow::{Signal, SliceEnd, Work, run_slice};

const ORDERS: usize = 8;

/// A shop with payments, three buyers who come again as guests, and a refund of every other order.
fn busy(refunds_first: bool) -> World {
    let mut world = World::new(ORDERS);
    world.settings.payments.otherwise = Some(1580);
    world.with(|books| {
        for (n, order) in books.orders.iter_mut().enumerate() {
            order.customer.email = format!("gast{}@example.se", n % 3);
        }
        books.refunds_first = refunds_first;
    });
    (1..=ORDERS).step_by(2).for_each(|n| world.refund(n, n));
    world
}

/// Our keys of everything that is to stand, cards apart.
fn wanted() -> BTreeSet<(Entity, String)> {
    let of_order = |n| {
        [
            (Entity::Invoice, format!("abc123-{n}")),
            (Entity::Payment, format!("abc123-{n}-P")),
        ]
    };
    let of_refund = |n| {
        [
            (Entity::Credit, format!("abc123-{n}-R{n}")),
            (Entity::Payment, format!("abc123-{n}-R{n}-P")),
        ]
    };
    let orders = (1..=ORDERS).flat_map(of_order);
    orders
        .chain((1..=ORDERS).step_by(2).flat_map(of_refund))
        .collect()
}

fn fault(kind: u8) -> Fault {
    match kind {
        0 => Fault::LostAnswer,
        1 => Fault::LostRequest,
        2 => Fault::BookedLate,
        3 => Fault::WindowClosed,
        _ => Fault::Broken,
    }
}

fn entity(kind: u8) -> Option<Entity> {
    match kind {
        0 => Some(Entity::Customer),
        1 => Some(Entity::Invoice),
        2 => Some(Entity::Payment),
        3 => Some(Entity::Credit),
        _ => None,
    }
}

fn keys() -> impl Strategy<Value = String> {
    (
        1..=ORDERS,
        prop::sample::select(vec![
            "abc123-K{n}",
            "abc123-{n}",
            "abc123-{n}-P",
            "abc123-{n}-R{n}",
        ]),
    )
        .prop_map(|(n, form)| form.replace("{n}", &n.to_string()))
}

/// What a story goes through: the shop's order, records a page, faults by key, where each of the first agents dies.
type Story = (bool, usize, Vec<(String, Vec<u8>)>, Vec<u8>);

fn stories() -> impl Strategy<Value = Story> {
    let faults = prop::collection::vec((keys(), prop::collection::vec(0..5_u8, 1..5)), 0..10);
    (
        any::<bool>(),
        1..14_usize,
        faults,
        prop::collection::vec(0..5_u8, 0..4),
    )
}

async fn everything_stands_once((refunds_first, page, faults, deaths): Story) {
    let mut world = busy(refunds_first);
    for (key, kinds) in faults {
        world.fault(&key, kinds.into_iter().map(fault));
    }
    for death in deaths {
        world.killed_after = entity(death);
        run_slice(&world.run(Work::Stream, page)).await;
        world.signal.send_replace(Signal::Go);
    }
    world.killed_after = None;
    world.with(|books| books.faults.clear());
    let mut end = SliceEnd::Lost;
    for _ in 0..5 {
        end = run_slice(&world.run(Work::Stream, page)).await;
    }
    assert_eq!(end, SliceEnd::Succeeded);
    let books = world.books.lock().unwrap();
    let cards = books.count(&Entity::Customer);
    assert!(
        cards.len() == 3 && cards.values().all(|n| *n == 1),
        "a buyer has two cards: {cards:?}"
    );
    let mut stands: Vec<_> = books
        .documents
        .iter()
        .filter(|(e, _)| *e != Entity::Customer)
        .cloned()
        .collect();
    stands.sort();
    assert_eq!(stands, wanted().into_iter().collect::<Vec<_>>());
}

/// What articles go through in one slice: faults by article, whether the agent dies, and one that somebody takes away or
/// puts there.
type Turmoil = (Vec<(usize, Vec<u8>)>, bool, Option<(usize, bool)>);

const ARTICLES: usize = 5;

fn turmoils() -> impl Strategy<Value = (usize, Vec<Turmoil>)> {
    let faults = prop::collection::vec(
        (
            1..=ARTICLES,
            prop::collection::vec(
                prop::sample::select(vec![0..2_u8, 3..5]).prop_flat_map(|kind| kind),
                1..4,
            ),
        ),
        0..4,
    );
    let by_hand = prop::option::of((1..=ARTICLES, any::<bool>()));
    (
        1..7_usize,
        prop::collection::vec((faults, any::<bool>(), by_hand), 0..5),
    )
}

async fn every_article_stands_once(page: usize, turmoils: Vec<Turmoil>) {
    let mut world = World::of_articles(ARTICLES, ProductMode::CreateAndUpdate);
    for (slice, (faults, dies, by_hand)) in turmoils.into_iter().enumerate() {
        for (n, kinds) in faults {
            world.fault(&format!("A{n}"), kinds.into_iter().map(fault));
        }
        if let Some((n, is_taken)) = by_hand {
            by_hand_in(&world, &format!("A{n}"), is_taken);
            world.renames(n, &format!("Namn {slice}"));
        }
        world.killed_after = dies.then_some(Entity::Article);
        run_slice(&world.run(Work::Stream, page)).await;
        world.signal.send_replace(Signal::Go);
    }
    world.killed_after = None;
    world.with(|books| books.faults.clear());
    (1..=ARTICLES).for_each(|n| world.renames(n, "Sist"));
    let mut end = SliceEnd::Lost;
    for _ in 0..3 {
        end = run_slice(&world.run(Work::Stream, page)).await;
    }
    assert_eq!(end, SliceEnd::Succeeded);
    let books = world.books.lock().unwrap();
    let wanted: Vec<_> = (1..=ARTICLES).map(|n| format!("A{n}")).collect();
    let wanted: Vec<_> = wanted.iter().map(|number| (number.as_str(), "Sist")).collect();
    assert_eq!(books.shelf.names(), wanted);
}

/// Somebody takes an article away in the target, or puts one there that was missing.
fn by_hand_in(world: &World, number: &str, is_taken: bool) {
    world.with(|books| {
        let is_there = books.shelf.cards.values().any(|card| card.sku == number);
        if is_taken {
            books.shelf.cards.retain(|_, card| card.sku != number);
        } else if !is_there {
            books.shelf.stands(&format!("hand-{number}"), number, "För hand");
        }
    });
}

fn on_paused_time(story: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap().block_on(story);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn each_document_stands_once_whatever_breaks(story in stories()) {
        on_paused_time(everything_stands_once(story));
    }

    #[test]
    fn each_article_stands_once_whatever_breaks((page, turmoils) in turmoils()) {
        on_paused_time(every_article_stands_once(page, turmoils));
    }
}
