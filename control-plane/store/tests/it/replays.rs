//! Sending parked records again, by people and by the clock.

use std::time::Duration;

use skarv_domain::{
    Error,
    record::{Outcome, RecordState},
    run::{FinishOutcome, Phase, RunKind},
};
use skarv_store::CheckpointItem;

use crate::world::*;

#[tokio::test]
async fn a_replay_carries_the_parked_keys_and_its_run_can_be_waited_for() {
    let world = World::new().await;
    world.park(&["1", "2"], None).await;
    let keys = vec!["2".to_owned(), "1".to_owned()];
    let (mut runs, _) = world
        .store
        .record_replay(&STAFF, &actor(), world.stream, keys)
        .await
        .unwrap();
    let run = runs.remove(0);
    assert_eq!((run.kind, run.phase), (RunKind::Replay, Phase::Queued));
    let lease = world.lease(1).await.remove(0);
    assert_eq!(
        (lease.run, lease.keys.as_slice()),
        (run.id, ["1".to_owned(), "2".to_owned()].as_slice())
    );
    let before = world.stream().await.cursor;
    let item = CheckpointItem {
        outcomes: vec![invoiced("1", "F-1")],
        ..settled(&lease, 9)
    };
    world.checkpoint(item).await;
    world.finish(done(&lease)).await;
    assert_eq!(
        run_of(&world.store, run.id).await.unwrap().phase,
        Phase::Succeeded
    );
    assert_eq!(world.stream().await.cursor, before, "a replay moves no cursor");
    let (record, story) = world.store.record_story(&STAFF, world.stream, "1").await.unwrap();
    assert_eq!((record.state, record.reason), (RecordState::Written, None));
    let told: Vec<_> = story.iter().map(|event| event.what.as_str()).collect();
    assert_eq!(told, ["parked", "replayed", "written"]);
}

#[tokio::test]
async fn a_replay_waits_for_a_sync_that_is_under_way_and_a_sync_for_a_replay() {
    let world = World::new().await;
    world.park(&["1"], None).await;
    let sync = world.leased(1).await;
    let keys = vec!["1".to_owned()];
    let (mut runs, _) = world
        .store
        .record_replay(&STAFF, &actor(), world.stream, keys)
        .await
        .unwrap();
    let replay = runs.remove(0);
    world.request().await;
    assert!(world.lease(2).await.is_empty());
    world.pass(Duration::from_secs(1));
    world.finish(ended(&sync, FinishOutcome::Yielded)).await;
    let first = world.lease(3).await.remove(0);
    assert_eq!(
        first.run, replay.id,
        "a slice of the sync gives way to the person"
    );
    world.finish(done(&first)).await;
    let then = world.lease(4).await.remove(0);
    assert_eq!(then.run, sync.run);
}

#[tokio::test]
async fn only_parked_records_are_sent_again_and_others_are_named() {
    let world = World::new().await;
    world.park(&["1"], None).await;
    let keys = vec!["1".to_owned(), "nope".to_owned()];
    let refused = world
        .store
        .record_replay(&STAFF, &actor(), world.stream, keys)
        .await;
    let Err(Error::InvalidArgument { field, problem }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        (field.as_str(), problem.as_str()),
        ("source_keys", "not parked: nope")
    );
    assert!(world.lease(1).await.is_empty());
}

#[tokio::test]
async fn a_record_that_asks_for_another_try_gets_eight_in_all() {
    let world = World::new().await;
    let minute = Duration::from_secs(60);
    world.park(&["1"], Some(minute)).await;
    assert_eq!(world.store.record_retry(10).await.unwrap(), 0);
    let mut tries = 0;
    for poll in 1..20 {
        world.pass(Duration::from_secs(6 * 3600));
        if world.store.record_retry(10).await.unwrap() == 0 {
            break;
        }
        assert_eq!(
            world.store.record_retry(10).await.unwrap(),
            0,
            "one try at a time"
        );
        let lease = world.lease(poll).await.remove(0);
        assert_eq!(
            (lease.kind, lease.keys.as_slice()),
            (RunKind::Replay, ["1".to_owned()].as_slice())
        );
        tries += 1;
        let again = Outcome {
            retry: Some(minute),
            ..parked("1", "sum_mismatch")
        };
        world
            .checkpoint(CheckpointItem {
                outcomes: vec![again],
                ..settled(&lease, 1)
            })
            .await;
        world.finish(done(&lease)).await;
    }
    assert_eq!(tries, 7);
    let record = world.store.record_get(&STAFF, world.stream, "1").await.unwrap();
    assert_eq!((record.state, record.retry_at), (RecordState::Parked, None));
}

#[tokio::test]
async fn a_try_that_came_to_nothing_is_made_again() {
    let world = World::new().await;
    world.park(&["1"], Some(Duration::from_secs(1))).await;
    world.pass(Duration::from_secs(2));
    assert_eq!(world.store.record_retry(10).await.unwrap(), 1);
    let lease = world.lease(1).await.remove(0);
    world.finish(ended(&lease, FinishOutcome::Cancelled)).await;
    world.pass(Duration::from_secs(15 * 60));
    assert_eq!(world.store.record_retry(10).await.unwrap(), 1);
}
