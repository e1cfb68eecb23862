//! Generated shops and books: whatever is in them, a dry run tells what the run that follows does.

use proptest::prelude::*;
use skarv_canonical::{
    Class,
    spec::{CardUpkeep, PriceSettings, ProductMode, StockSettings, StreamSettings},
    status::OrderEvent,
};

use super::is_what_follows;
use crate::flow::{
    Work, run_slice,
    tests::world::{Fault, World, article, invoice, order, price, stock},
};

/// What is drawn for an order: its customer, what is the matter with it, how its card or invoice is refused, whether a run
/// has carried it before, and what is refunded of it.
type Drawn = (usize, u8, u8, bool, bool);

fn orders() -> impl Strategy<Value = Vec<Drawn>> {
    prop::collection::vec(
        (0..4_usize, 0..8_u8, 0..8_u8, any::<bool>(), any::<bool>()),
        1..12,
    )
}

/// Settings of a story: whether refunds come first, cards are brought up to date, payments registered, the target searched.
type Ways = (bool, bool, bool, bool);

fn drawn(world: &World, n: usize, draw: Drawn) {
    let (customer, matter, ..) = draw;
    let mut made = order(n, customer);
    made.customer.email = format!("gast{}@example.se", customer % 3);
    match matter {
        0 => made.totals.gross = 90.into(),
        1 => made.states_passed.clear(),
        2 => made.cancelled = true,
        3 => made.refunded_without_slip = true,
        _ => {}
    }
    world.with(|books| books.orders.push(made));
}

/// What a target says however often it is asked.
fn always(fault: Fault) -> [Fault; 30] {
    [fault; 30]
}

fn refused(world: &World, n: usize, customer: usize, refusal: u8) {
    let class = |class| always(Fault::Refused(class));
    match refusal {
        0 => world.fault(&format!("abc123-{n}"), class(Class::Data)),
        1 => world.fault(&format!("abc123-{n}"), class(Class::Configuration)),
        2 => world.fault(&format!("abc123-K{customer}"), class(Class::Data)),
        3 => world.fault(&format!("abc123-{n}-R{n}"), class(Class::Data)),
        _ => {}
    }
}

async fn orders_go_as_foreseen(draws: Vec<Drawn>, ways: Ways, page_size: usize) {
    let (refunds_first, upkeep, payments, searchable) = ways;
    let mut world = World::new(0);
    world.searchable = searchable;
    world.settings.payments.otherwise = payments.then_some(1580);
    world.settings.customers.cards = if upkeep {
        CardUpkeep::Update
    } else {
        CardUpkeep::default()
    };
    world.with(|books| books.refunds_first = refunds_first);
    for (at, draw) in draws.iter().enumerate().filter(|(_, draw)| draw.3) {
        drawn(&world, at + 1, *draw);
    }
    run_slice(&world.run(Work::Stream, 50)).await;
    world.with(|books| books.orders.clear());
    for (at, draw) in draws.iter().enumerate() {
        // what was carried before may have changed since
        let matter = if draw.3 && draw.2 > 5 { 0 } else { draw.1 };
        drawn(&world, at + 1, (draw.0, matter, draw.2, draw.3, draw.4));
    }
    for (at, draw) in draws.iter().enumerate() {
        refused(&world, at + 1, draw.0, draw.2);
        if draw.4 {
            world.refund(at + 1, at + 1);
        }
    }
    is_what_follows(&world, page_size).await;
}

async fn wares_go_as_foreseen(kind: u8, carried: usize, changes: Vec<(usize, u8)>, page_size: usize) {
    let tell = |n: usize, value: i64| match kind {
        0..3 => article(n, &format!("Kåsa {value}")),
        3 => price(n, (value != 5).then_some(value)),
        _ => stock(n, (value != 5).then_some(value)),
    };
    let settings = |mode| World::of_articles(0, mode).run(Work::Stream, 1).spec.settings;
    let settings = match kind {
        0 => settings(ProductMode::Create),
        1 => settings(ProductMode::Update),
        2 => settings(ProductMode::CreateAndUpdate),
        3 => StreamSettings::Prices(PriceSettings::swedish()),
        _ => StreamSettings::Stock(StockSettings::default()),
    };
    let world = World::of_wares(settings, (1..=carried).map(|n| tell(n, 1)).collect());
    world.with(|books| {
        (1..=4).for_each(|n| books.shelf.stands(&format!("x{n}"), &format!("A{n}"), "För hand"))
    });
    run_slice(&world.run(Work::Stream, 50)).await;
    let wares = changes
        .iter()
        .map(|(n, value)| tell(*n, i64::from(*value)))
        .collect();
    world.with(|books| books.wares = wares);
    for (n, value) in &changes {
        if *value == 7 {
            world.fault(&format!("A{n}"), always(Fault::Refused(Class::Data)));
        }
        if *value == 6 {
            let number = format!("A{n}");
            world.with(|books| books.shelf.cards.retain(|_, card| card.sku != number));
        }
    }
    is_what_follows(&world, page_size).await;
}

async fn statuses_go_as_foreseen(told: Vec<(usize, u8, u8)>, page_size: usize) {
    let events = |told: u8| {
        OrderEvent::ALL
            .into_iter()
            .take(usize::from(told))
            .collect::<Vec<_>>()
    };
    let invoices = told
        .iter()
        .map(|(n, told, _)| invoice(*n, &events(*told % 4)))
        .collect();
    let world = World::of_invoices(invoices);
    for (n, _, matter) in &told {
        match matter {
            0 => world.fault(
                &format!("abc123-{n}/invoiced"),
                always(Fault::Says("order_moved_on")),
            ),
            1 => world.fault(
                &format!("abc123-{n}/delivered"),
                always(Fault::Says("order_moved_on")),
            ),
            2 => world.fault(
                &format!("abc123-{n}/paid"),
                always(Fault::Says("cancel_would_pay_back")),
            ),
            3 => world.with(|books| books.enter(&n.to_string(), "state of invoiced")),
            _ => {}
        }
    }
    is_what_follows(&world, page_size).await;
}

fn on_paused_time(story: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap().block_on(story);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn dry_run_equals_the_run_of_orders_and_refunds(
        draws in orders(), ways in any::<Ways>(), page_size in 1..9_usize,
    ) {
        on_paused_time(orders_go_as_foreseen(draws, ways, page_size));
    }

    #[test]
    fn dry_run_equals_the_run_of_articles_prices_and_stock(
        kind in 0..5_u8, carried in 0..6_usize, page_size in 1..9_usize,
        changes in prop::collection::vec((1..7_usize, 1..9_u8), 1..10),
    ) {
        on_paused_time(wares_go_as_foreseen(kind, carried, changes, page_size));
    }

    #[test]
    fn dry_run_equals_the_run_of_order_statuses(
        told in prop::collection::vec((1..9_usize, 0..8_u8, 0..8_u8), 1..10), page_size in 1..9_usize,
    ) {
        on_paused_time(statuses_go_as_foreseen(told, page_size));
    }
}
