//! A dry run: it tells what the run that follows does, record by record, and does nothing itself.

use proptest::prelude::*;
use skarv_canonical::{
    Class, Reason,
    spec::{CardUpkeep, PriceSettings, ProductMode, StockSettings, StreamSettings},
    status::OrderEvent,
    write::Entity,
};
use skarv_connector::RecentOrder;

use super::world::{Fault, World, article, invoice, order, price, stock};
use crate::flow::{
    Action, DryRun, Run, Signal, SliceEnd, Totals, Work,
    control::{Outcome, Settled},
    foresee, run_slice,
};

/// What a run says of a record.
type Said = (String, Settled, Option<Reason>);

async fn foreseen_of(run: Run) -> (SliceEnd, DryRun, Totals) {
    let progress = std::sync::Arc::clone(&run.progress);
    let (end, foreseen) = foresee(run).await;
    (end, foreseen.expect("something is told"), progress.totals())
}

/// What a dry run tells, once it has changed nothing.
async fn foreseen(world: &World, page_size: usize) -> (SliceEnd, DryRun, Totals) {
    let before = left_behind(world);
    let told = foreseen_of(world.run(Work::Stream, page_size)).await;
    assert_eq!(left_behind(world), before, "a dry run left something behind");
    told
}

/// Everything that a run would leave behind.
fn left_behind(world: &World) -> (usize, usize, usize, usize, usize, usize, usize) {
    let books = world.books.lock().unwrap();
    let states = books.states.values().map(Vec::len).sum();
    (
        books.sends.len(),
        books.checkpoints.len(),
        books.rows(),
        books.documents.len() + books.updates.len(),
        books.shelf.cards.len() + books.shelf.values.len() + books.shelf.bodies.len(),
        states,
        books.demand.len(),
    )
}

fn said(outcome: &Outcome) -> Said {
    (outcome.source_key.clone(), outcome.result, outcome.reason.clone())
}

/// Holds what is foreseen against the run that follows.
async fn is_what_follows(world: &World, page_size: usize) -> DryRun {
    let (end, foreseen, totals) = foreseen(world, page_size).await;
    let checkpoints = world.books.lock().unwrap().checkpoints.len();
    let run = world.run(Work::Stream, page_size);
    let followed = run_slice(&run).await;
    let books = world.books.lock().unwrap();
    let came: Vec<Said> = books.checkpoints[checkpoints..]
        .iter()
        .flat_map(|checkpoint| checkpoint.outcomes.iter().map(said))
        .collect();
    let told: Vec<Said> = foreseen
        .records
        .iter()
        .map(|record| (record.source_key.clone(), record.result, record.reason.clone()))
        .collect();
    assert_eq!(told, came);
    assert_eq!(totals, run.progress.totals());
    assert_eq!(stopping(end), stopping(followed));
    drop(books);
    foreseen
}

/// How it ended, whether or not it stops the stream: a dry run never does.
fn stopping(end: SliceEnd) -> SliceEnd {
    match end {
        SliceEnd::Failed { reason, retry, .. } => SliceEnd::Failed {
            reason,
            retry,
            block: false,
        },
        end => end,
    }
}

fn actions(foreseen: &DryRun) -> Vec<(&str, Action, Vec<Action>)> {
    let of_writes =
        |record: &crate::flow::DryRecord| record.writes.iter().map(|write| write.action).collect();
    let of_record = |record| (of_writes)(record);
    foreseen
        .records
        .iter()
        .map(|record| (record.source_key.as_str(), record.action, of_record(record)))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn of_each_order_its_writes_are_foreseen_and_what_it_shares_is_made_once() {
    let world = World::new(3);
    world.with(|books| {
        books.orders[1] = order(2, 1);
        books.orders[2].totals.gross = 90.into();
    });
    for page_size in [10, 1] {
        let (end, foreseen, totals) = foreseen(&world, page_size).await;
        assert_eq!(end, SliceEnd::Succeeded);
        use Action::{Create, Park, Unchanged};
        let second = if page_size == 1 { Unchanged } else { Create };
        assert_eq!(
            actions(&foreseen),
            [
                ("1", Create, vec![Create, Create]),
                ("2", Create, vec![second, Create]),
                ("3", Park, vec![])
            ]
        );
        assert_eq!((totals.read, totals.written, totals.parked), (3, 2, 1));
        let reason = foreseen.records[2].reason.as_ref().unwrap();
        assert_eq!(reason.code, "sum_mismatch");
    }
    is_what_follows(&world, 10).await;
}

#[tokio::test(start_paused = true)]
async fn what_would_be_made_is_told_field_by_field_without_naming_the_buyer() {
    let world = World::new(1);
    let (_, foreseen, _) = foreseen(&world, 10).await;
    let [card, invoice] = &foreseen.records[0].writes[..] else {
        panic!("{foreseen:?}")
    };
    assert_eq!(
        (&card.entity, &invoice.entity),
        (&Entity::Customer, &Entity::Invoice)
    );
    let after = |changes: &[skarv_canonical::shown::Change], path: &str| {
        let change = changes.iter().find(|change| change.path == path);
        change.map(|change| change.after.clone()).unwrap_or_default()
    };
    assert_eq!(after(&card.changes, "customer.email"), "a…");
    assert_eq!(after(&invoice.changes, "total"), "100");
    let all = format!("{foreseen:?}");
    for secret in ["Öberg", "Storgatan", "example.se", "11122", "Malmö"] {
        assert!(!all.contains(secret), "{secret} is told");
    }
}

#[tokio::test(start_paused = true)]
async fn a_guest_who_comes_again_would_be_found_by_the_card_of_the_first_order() {
    let world = World::new(2);
    world.with(|books| {
        for order in &mut books.orders {
            order.customer.email = "gast@example.se".to_owned();
        }
    });
    let foreseen = is_what_follows(&world, 1).await;
    assert_eq!(foreseen.records[1].writes[0].action, Action::Adopt);
}

#[tokio::test(start_paused = true)]
async fn an_article_that_changed_is_told_by_what_changes() {
    let world = World::of_articles(3, ProductMode::CreateAndUpdate);
    run_slice(&world.run(Work::Stream, 10)).await;
    world.renames(2, "Kåsa av björk");
    let foreseen = is_what_follows(&world, 10).await;
    let record = &foreseen.records[1];
    assert_eq!(
        (record.action, record.writes[0].foreign_id.as_str()),
        (Action::Update, "a2")
    );
    let change = &record.writes[0].changes[..];
    assert_eq!(change.len(), 1, "{change:?}");
    assert_eq!(
        (
            change[0].path.as_str(),
            change[0].before.as_str(),
            change[0].after.as_str()
        ),
        ("name.sv", "Kåsa 2", "Kåsa av björk")
    );
    assert_eq!(foreseen.records[0].action, Action::Unchanged);
}

#[tokio::test(start_paused = true)]
async fn an_article_that_somebody_else_made_is_foreseen_as_changed() {
    let world = World::of_articles(1, ProductMode::CreateAndUpdate);
    world.with(|books| books.shelf.stands("x1", "A1", "För hand"));
    let foreseen = is_what_follows(&world, 10).await;
    assert_eq!(actions(&foreseen), [("1", Action::Update, vec![Action::Update])]);
}

#[tokio::test(start_paused = true)]
async fn no_more_records_are_looked_at_than_asked_for_and_that_there_are_more_is_said() {
    let world = World::new(7);
    let mut run = world.run(Work::Stream, 3);
    run.max_records = 5;
    let (end, foreseen, totals) = foreseen_of(run).await;
    assert_eq!(
        (end, foreseen.records.len(), foreseen.has_more, totals.read),
        (SliceEnd::Succeeded, 5, true, 5)
    );
}

#[tokio::test(start_paused = true)]
async fn somebody_elses_grant_is_looked_up_at_once_and_waited_for_by_nobody() {
    let mut world = World::new(1);
    world.killed_after = Some(Entity::Invoice);
    run_slice(&world.run(Work::Stream, 10)).await;
    world.killed_after = None;
    world.signal.send_replace(Signal::Go);
    let began = tokio::time::Instant::now();
    let (_, foreseen, _) = foreseen(&world, 10).await;
    assert!(began.elapsed().as_secs() < 1, "it waited");
    assert_eq!(foreseen.records[0].action, Action::Adopt);
    is_what_follows(&world, 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_not_ready_is_told_and_stops_nothing() {
    let world = World::new(1);
    world.with(|books| books.obstacles.push(Reason::configuration("account_missing")));
    let (end, foreseen, _) = foreseen(&world, 10).await;
    assert!(
        matches!(&end, SliceEnd::Failed { reason, block: false, .. } if reason.code == "account_missing"),
        "{end:?}"
    );
    assert!(foreseen.records.is_empty() && foreseen.has_more);
}

#[tokio::test(start_paused = true)]
async fn whoever_stops_a_dry_run_ends_it_at_once() {
    for (told, expected) in [
        (Signal::Cancel, SliceEnd::Cancelled),
        (Signal::Drain, SliceEnd::HandedBack),
        (Signal::Pause, SliceEnd::Yielded { retry: None }),
    ] {
        let world = World::new(3);
        world.signal.send_replace(told);
        assert_eq!(foresee(world.run(Work::Stream, 1)).await, (expected, None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_of_everything_reads_everything() {
    let world = World::of_articles(2, ProductMode::Create);
    let (_, foreseen, _) = foreseen_of(world.run(Work::Everything, 10)).await;
    assert_eq!(foreseen.records.len(), 2);
    let calls = world.books.lock().unwrap().calls.clone();
    assert!(calls.contains(&"pull Everything".to_owned()), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_level_is_foreseen_less_what_is_sold_whether_or_not_anybody_has_read_it() {
    let levels = vec![stock(1, Some(10)), stock(2, Some(10))];
    let world = World::of_wares(StreamSettings::Stock(StockSettings::default()), levels);
    world.with(|books| {
        books.shelf.stands("x1", "A1", "Kåsa");
        books.shelf.stands("x2", "A2", "Mugg");
        books.demand.insert(("9".to_owned(), "A1".to_owned()), 4);
        books.recent.push(RecentOrder {
            key: "7".to_owned(),
            rows: [("A2".to_owned(), 3)].into(),
        });
    });
    let foreseen = is_what_follows(&world, 10).await;
    let quantity = |at: usize| {
        let changes = &foreseen.records[at].writes[0].changes;
        let change = changes.iter().find(|change| change.path == "quantity");
        change.map(|change| change.after.as_str())
    };
    assert_eq!([quantity(0), quantity(1)], [Some("6"), Some("7")]);
}

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
