//! A dry run: it tells what the run that follows does, record by record, and does nothing itself.

mod generated;

use skarv_canonical::{
    Reason,
    spec::{ProductMode, StockSettings, StreamSettings},
    write::Entity,
};
use skarv_connector::RecentOrder;

use super::world::{World, order, stock};
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
