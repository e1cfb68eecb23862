//! Checkpoints: what counts, what does not, and what is remembered.

use std::time::Duration;

use skarv_canonical::Cursor;
use skarv_domain::{
    lease::Answer,
    paging::Page,
    record::{Outcome, RecordState},
    run::FinishOutcome,
    write::Verdict,
};
use skarv_store::CheckpointItem;

use crate::world::*;

#[tokio::test]
async fn stale_epoch_writes_nothing() {
    let world = World::new().await;
    let old = world.leased(1).await;
    world.pass(Duration::from_secs(16));
    world.store.run_reap(10).await.unwrap();
    let item = CheckpointItem {
        outcomes: vec![invoiced("k1", "F-1")],
        ..settled(&old, 1)
    };
    assert_eq!(world.checkpoint(item.clone()).await.answer, Answer::Lost);
    let new = world.lease(2).await.remove(0);
    assert_eq!(world.checkpoint(item).await.answer, Answer::Lost);
    assert_eq!(world.stream().await.cursor, None);
    assert!(world.store.record_get(&STAFF, world.stream, "k1").await.is_err());
    assert!(matches!(
        verdict(world.prepare(&new, &["k1"]).await),
        Verdict::New { .. }
    ));
}

#[tokio::test]
async fn late_checkpoint_with_its_epoch_counts() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    verdict(world.prepare(&lease, &["k1"]).await);
    world.pass(Duration::from_secs(3600));
    let item = CheckpointItem {
        outcomes: vec![invoiced("k1", "F-1")],
        ..settled(&lease, 1)
    };
    assert_eq!(world.checkpoint(item).await.answer, Answer::Ok);
    assert_eq!(world.stream().await.cursor, Some(Cursor::new("after-1")));
    assert_eq!(
        world
            .store
            .record_get(&STAFF, world.stream, "k1")
            .await
            .unwrap()
            .state,
        RecordState::Written
    );
}

#[tokio::test]
async fn a_repeated_checkpoint_changes_nothing() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    let first = CheckpointItem {
        outcomes: vec![invoiced("k1", "F-1")],
        ..settled(&lease, 1)
    };
    let second = CheckpointItem {
        outcomes: vec![invoiced("k1", "F-2")],
        ..settled(&lease, 2)
    };
    assert_eq!(world.checkpoint(first.clone()).await.conflicts, [""; 0]);
    let told = world.checkpoint(second.clone()).await;
    assert_eq!(told.conflicts, ["k1"]);
    let before = world
        .store
        .record_story(&STAFF, world.stream, "k1")
        .await
        .unwrap();
    world.pass(Duration::from_secs(1));
    assert_eq!(world.checkpoint(second).await, told);
    assert_eq!(world.checkpoint(first).await.answer, Answer::Ok);
    assert_eq!(
        world
            .store
            .record_story(&STAFF, world.stream, "k1")
            .await
            .unwrap(),
        before
    );
    assert_eq!(world.stream().await.cursor, Some(Cursor::new("after-2")));
}

#[tokio::test]
async fn a_checkpoint_after_a_missing_one_does_not_count() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    world.checkpoint(settled(&lease, 1)).await;
    assert_eq!(world.checkpoint(settled(&lease, 3)).await.answer, Answer::Lost);
    assert_eq!(world.stream().await.cursor, Some(Cursor::new("after-1")));
}

#[tokio::test]
async fn several_checkpoints_of_one_run_in_one_call_count_in_their_order() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    let items = (1..4).map(|seq| settled(&lease, seq)).collect();
    let answers = world.store.page_checkpoint(world.agent, items).await.unwrap();
    assert!(answers.iter().all(|told| told.answer == Answer::Ok));
    assert_eq!(world.stream().await.cursor, Some(Cursor::new("after-3")));
}

#[tokio::test]
async fn a_done_write_is_never_pointed_elsewhere_and_the_story_says_so() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    world
        .checkpoint(CheckpointItem {
            outcomes: vec![invoiced("k1", "F-1")],
            ..settled(&lease, 1)
        })
        .await;
    let again = CheckpointItem {
        outcomes: vec![invoiced("k1", "F-2")],
        ..settled(&lease, 2)
    };
    assert_eq!(world.checkpoint(again).await.conflicts, ["k1"]);
    let stands = verdict(world.prepare(&lease, &["k1"]).await);
    assert_eq!(
        stands,
        Verdict::Unchanged {
            foreign_id: "F-1".to_owned()
        }
    );
    let (_, story) = world
        .store
        .record_story(&STAFF, world.stream, "k1")
        .await
        .unwrap();
    let doubled = story.iter().find(|event| event.what == "doubled").unwrap();
    assert_eq!(
        (doubled.facts["stands"].as_str(), doubled.facts["found"].as_str()),
        ("F-1", "F-2")
    );
}

#[tokio::test]
async fn a_late_answer_of_the_run_before_settles_what_its_heir_waits_for() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    verdict(world.prepare(&lease, &["k1"]).await);
    world.finish(ended(&lease, FinishOutcome::Yielded)).await;
    let heir = world.lease(2).await.remove(0);
    assert!(matches!(
        verdict(world.prepare(&heir, &["k1"]).await),
        Verdict::Pending { .. }
    ));
    // found by the heir's own look-up
    let adopted = Outcome {
        result: RecordState::Adopted,
        ..invoiced("k1", "F-1")
    };
    world
        .checkpoint(CheckpointItem {
            outcomes: vec![adopted],
            ..settled(&heir, 1)
        })
        .await;
    let record = world.store.record_get(&STAFF, world.stream, "k1").await.unwrap();
    assert_eq!(
        (record.state, record.amount.unwrap().minor),
        (RecordState::Adopted, 124_900)
    );
}

#[tokio::test]
async fn an_order_read_again_and_unchanged_adds_nothing_to_its_story() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    world
        .checkpoint(CheckpointItem {
            outcomes: vec![invoiced("k1", "F-1")],
            ..settled(&lease, 1)
        })
        .await;
    let before = world
        .store
        .record_story(&STAFF, world.stream, "k1")
        .await
        .unwrap();
    world.pass(Duration::from_secs(60));
    let outcomes = vec![outcome("k1", RecordState::Unchanged)];
    world
        .checkpoint(CheckpointItem {
            outcomes,
            ..settled(&lease, 2)
        })
        .await;
    assert_eq!(
        world
            .store
            .record_story(&STAFF, world.stream, "k1")
            .await
            .unwrap(),
        before
    );
    assert_eq!(before.1.len(), 1);
    assert_eq!(before.1[0].facts["invoice"], "F-1");
}

#[tokio::test]
async fn records_are_listed_latest_change_first_page_by_page_and_by_state() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    for (seq, key) in (1..).zip(["a", "b", "c"]) {
        world.pass(Duration::from_secs(1));
        let result = if key == "b" {
            parked(key, "no_account")
        } else {
            invoiced(key, key)
        };
        world
            .checkpoint(CheckpointItem {
                outcomes: vec![result],
                ..settled(&lease, seq)
            })
            .await;
    }
    let mut page = Page::first(2);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let listed = world
            .store
            .record_list(&STAFF, world.stream, None, &page)
            .await
            .unwrap();
        seen.extend(listed.items.into_iter().map(|record| record.source_key));
        page.after = listed.next;
    }
    assert_eq!(seen, ["c", "b", "a"]);
    assert_eq!(page.after, None);
    let parked = world
        .store
        .record_list(&STAFF, world.stream, Some(RecordState::Parked), &Page::first(9))
        .await;
    assert_eq!(
        parked.unwrap().items[0].reason.as_ref().unwrap().code,
        "no_account"
    );
}
