//! Articles on their way: made, brought up to date, found by their number and never twice, left alone where they are not ours.

use skarv_canonical::{Class, Reason, spec::ProductMode, write::Entity};

use super::world::{Fault, World, article};
use crate::flow::{SliceEnd, Totals, Work, control::Settled, run_slice};

async fn carried(world: &World) -> Totals {
    let run = world.run(Work::Stream, 10);
    assert_eq!(run_slice(&run).await, SliceEnd::Succeeded);
    run.progress.totals()
}

fn both(articles: usize) -> World {
    World::of_articles(articles, ProductMode::CreateAndUpdate)
}

/// Numbers and names of all articles in the target.
fn shelf(world: &World) -> Vec<(String, String)> {
    let books = world.books.lock().unwrap();
    let owned = |(number, name): (&str, &str)| (number.to_owned(), name.to_owned());
    books.shelf.names().into_iter().map(owned).collect()
}

fn named(number: &str, name: &str) -> (String, String) {
    (number.to_owned(), name.to_owned())
}

#[tokio::test(start_paused = true)]
async fn articles_that_the_target_lacks_are_made() {
    let world = both(2);
    assert_eq!(carried(&world).await.written, 2);
    assert_eq!(shelf(&world), [named("A1", "Kåsa 1"), named("A2", "Kåsa 2")]);
    let books = world.books.lock().unwrap();
    let write = &books.outcome_of("1").unwrap().writes[0];
    assert_eq!(
        (write.our_key.as_str(), write.stands_for.as_deref()),
        ("A1", Some("1"))
    );
}

#[tokio::test(start_paused = true)]
async fn an_article_that_changed_is_brought_up_to_date() {
    let world = both(2);
    carried(&world).await;
    world.renames(2, "Kåsa av björk");
    let totals = carried(&world).await;
    assert_eq!((totals.written, totals.unchanged), (1, 1));
    assert_eq!(
        shelf(&world),
        [named("A1", "Kåsa 1"), named("A2", "Kåsa av björk")]
    );
}

#[tokio::test(start_paused = true)]
async fn an_echo_of_what_was_written_writes_nothing() {
    let world = both(3);
    carried(&world).await;
    let sends = world.books.lock().unwrap().sends.len();
    assert_eq!(carried(&world).await.unchanged, 3);
    assert_eq!(world.books.lock().unwrap().sends.len(), sends);
}

#[tokio::test(start_paused = true)]
async fn an_article_of_the_number_is_taken_over_and_brought_up_to_date() {
    let world = both(1);
    world.with(|books| books.shelf.stands("x7", "A1", "Gammalt namn"));
    let totals = carried(&world).await;
    assert_eq!((totals.adopted, totals.written), (1, 0));
    assert_eq!(shelf(&world), [named("A1", "Kåsa 1")]);
    {
        let books = world.books.lock().unwrap();
        let write = &books.outcome_of("1").unwrap().writes[0];
        assert_eq!((write.foreign_id.as_str(), write.adopted), ("x7", true));
    }
    assert_eq!(carried(&world).await.unchanged, 1);
}

#[tokio::test(start_paused = true)]
async fn an_article_that_is_found_and_refused_gives_its_grant_back() {
    let world = both(1);
    world.with(|books| books.shelf.stands("x7", "A1", "Gammalt namn"));
    world.fault("A1", [Fault::Refused(Class::Data)]);
    assert_eq!(carried(&world).await.parked, 1);
    let books = world.books.lock().unwrap();
    assert_eq!(
        books.checkpoints[0].released,
        [(Entity::Article, "A1".to_owned())]
    );
}

#[tokio::test(start_paused = true)]
async fn a_number_that_the_target_has_twice_is_for_a_person() {
    let world = both(1);
    world.with(|books| {
        books.shelf.stands("x7", "A1", "Den ena");
        books.shelf.stands("x8", "A1", "Den andra");
    });
    carried(&world).await;
    let books = world.books.lock().unwrap();
    assert_eq!(books.reason_of("1"), Some("article_number_doubled"));
    assert!(books.sends.is_empty());
}

#[tokio::test(start_paused = true)]
async fn where_articles_are_only_updated_missing_ones_are_left_out_and_others_are_not() {
    let world = World::of_articles(2, ProductMode::Update);
    world.with(|books| books.shelf.stands("x7", "A2", "Gammalt namn"));
    let totals = carried(&world).await;
    assert_eq!((totals.dropped, totals.adopted, totals.parked), (1, 1, 0));
    assert_eq!(shelf(&world), [named("A2", "Kåsa 2")]);
    let books = world.books.lock().unwrap();
    assert_eq!(books.reason_of("1"), Some("article_not_there"));
    assert_eq!(
        books.checkpoints[0].released,
        [(Entity::Article, "A1".to_owned())]
    );
}

#[tokio::test(start_paused = true)]
async fn where_articles_are_only_made_standing_ones_are_never_touched() {
    let world = World::of_articles(2, ProductMode::Create);
    world.with(|books| books.shelf.stands("x7", "A2", "Gammalt namn"));
    let totals = carried(&world).await;
    assert_eq!((totals.written, totals.unchanged), (1, 1));
    world.renames(1, "Nytt namn");
    world.renames(2, "Nytt namn");
    assert_eq!(carried(&world).await.unchanged, 2);
    assert_eq!(
        shelf(&world),
        [named("A1", "Kåsa 1"), named("A2", "Gammalt namn")]
    );
    assert_eq!(world.books.lock().unwrap().sends.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_articles_of_one_number_park_each_other_and_no_third() {
    let world = both(3);
    world.with(|books| {
        books.wares[2] = article(1, "Kopian");
        books.wares[2].source_key = "3".to_owned();
        books.wares[2].reference = "Kopian".to_owned();
    });
    carried(&world).await;
    let books = world.books.lock().unwrap();
    for key in ["1", "3"] {
        let reason = books.outcome_of(key).unwrap().reason.as_ref().unwrap();
        assert_eq!(reason.code, "article_number_doubled");
        assert_eq!(
            (
                reason.params["number"].as_str(),
                reason.params["articles"].as_str()
            ),
            ("A1", "1, Kopian (3)")
        );
    }
    assert_eq!(books.result_of("2"), Some(Settled::Written));
}

#[tokio::test(start_paused = true)]
async fn an_article_that_the_source_tells_of_twice_is_no_double() {
    let world = both(1);
    world.with(|books| books.wares.push(article(1, "Nyast")));
    carried(&world).await;
    assert_eq!(shelf(&world), [named("A1", "Nyast")]);
}

#[tokio::test(start_paused = true)]
async fn an_article_whose_answer_was_lost_is_found_by_its_number() {
    let world = both(1);
    world.fault("A1", [Fault::LostAnswer]);
    assert_eq!(carried(&world).await.adopted, 1);
    assert_eq!(shelf(&world), [named("A1", "Kåsa 1")]);
}

#[tokio::test(start_paused = true)]
async fn an_agent_killed_between_create_and_checkpoint_leaves_one_article() {
    let mut world = both(2);
    world.killed_after = Some(Entity::Article);
    assert_eq!(run_slice(&world.run(Work::Stream, 1)).await, SliceEnd::Lost);
    assert_eq!(shelf(&world).len(), 1);
    world.killed_after = None;
    world.signal.send_replace(crate::flow::Signal::Go);
    // renamed meanwhile: what is found is not what is to stand there
    world.renames(1, "Kåsa av björk");
    let totals = carried(&world).await;
    assert_eq!((totals.adopted, totals.written), (1, 1));
    assert_eq!(
        shelf(&world),
        [named("A1", "Kåsa av björk"), named("A2", "Kåsa 2")]
    );
}

#[tokio::test(start_paused = true)]
async fn a_linked_article_that_is_gone_is_looked_for_by_its_number_and_made_where_there_is_none() {
    let world = both(2);
    carried(&world).await;
    world.with(|books| {
        books.shelf.cards.clear();
        books.shelf.stands("x7", "A2", "Upplagd på nytt");
    });
    world.renames(1, "Nytt 1");
    world.renames(2, "Nytt 2");
    let totals = carried(&world).await;
    assert_eq!((totals.written, totals.adopted), (1, 1));
    assert_eq!(shelf(&world), [named("A1", "Nytt 1"), named("A2", "Nytt 2")]);
    assert!(world.books.lock().unwrap().shelf.cards.contains_key("x7"));
}

#[tokio::test(start_paused = true)]
async fn an_article_that_is_gone_stays_gone_while_making_it_anew_stumbles() {
    let world = both(1);
    carried(&world).await;
    world.with(|books| books.shelf.cards.clear());
    world.renames(1, "Nytt namn");
    // the first finds it gone, the others are tries to make it
    world.fault("A1", [Fault::Broken, Fault::Broken, Fault::LostAnswer]);
    carried(&world).await;
    assert_eq!(shelf(&world), [named("A1", "Nytt namn")]);
}

#[tokio::test(start_paused = true)]
async fn a_linked_article_that_is_gone_is_left_out_where_none_may_be_made() {
    let world = World::of_articles(1, ProductMode::Update);
    world.with(|books| books.shelf.stands("x7", "A1", "Gammalt namn"));
    carried(&world).await;
    world.with(|books| books.shelf.cards.clear());
    world.renames(1, "Nytt namn");
    assert_eq!(carried(&world).await.dropped, 1);
    assert!(shelf(&world).is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_was_put_right_for_the_target_is_told_of_a_record_that_counts_as_written() {
    let world = both(2);
    let remark = |code| Reason::data(code).with("field", "name");
    world.with(|books| books.shelf.remarks = vec![remark("text_cut"), remark("characters_left_out")]);
    assert_eq!(carried(&world).await.written, 2);
    let books = world.books.lock().unwrap();
    let told: Vec<_> = ["1", "2"]
        .iter()
        .filter_map(|key| books.outcome_of(key)?.reason.clone())
        .collect();
    assert_eq!(
        told,
        [remark("text_cut").with("also", "text_cut field=name; characters_left_out field=name")]
    );
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_changes_nothing() {
    let world = both(2);
    carried(&world).await;
    world.with(|books| books.wares.clear());
    assert_eq!(carried(&world).await, Totals::default());
    assert_eq!(shelf(&world).len(), 2);
}
