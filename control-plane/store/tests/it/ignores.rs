//! Records that people set aside, and choosing records by what is wrong with them.

use std::time::Duration;

use skarv_domain::{
    Error,
    record::{Filter, RecordState, Selection},
};
use skarv_store::CheckpointItem;

use crate::world::*;

fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

fn parked_for(code: &str) -> Selection {
    Selection::Matching(Filter {
        state: RecordState::Parked,
        reason_code: Some(code.to_owned()),
    })
}

impl World {
    async fn ignore(&self, selection: impl Into<Selection>) -> Result<usize, Error> {
        self.store
            .record_ignore(
                &STAFF,
                &actor(),
                self.stream,
                selection,
                "invoiced by hand".to_owned(),
            )
            .await
    }

    async fn state(&self, key: &str) -> RecordState {
        self.store
            .record_get(&STAFF, self.stream, key)
            .await
            .unwrap()
            .state
    }

    /// Two orders whose sums differ and one without rows.
    async fn three_parked(&self) {
        let lease = self.leased(700).await;
        let outcomes = [("1", "sum_mismatch"), ("2", "sum_mismatch"), ("3", "no_rows")];
        let item = CheckpointItem {
            outcomes: outcomes.iter().map(|(key, code)| parked(key, code)).collect(),
            ..settled(&lease, 1)
        };
        self.checkpoint(item).await;
        self.finish(done(&lease)).await;
    }
}

#[tokio::test]
async fn an_ignored_record_keeps_its_reason_and_says_who_set_it_aside_and_why() {
    let world = World::new().await;
    world.park(&["1"], Some(Duration::from_secs(60))).await;
    assert_eq!(world.ignore(keys(&["1"])).await, Ok(1));
    let (record, story) = world.store.record_story(&STAFF, world.stream, "1").await.unwrap();
    assert_eq!((record.state, record.retry_at), (RecordState::Ignored, None));
    assert_eq!(record.reason.unwrap().code, "sum_mismatch");
    let told = story.last().unwrap();
    assert_eq!(
        (told.what.as_str(), told.facts["why"].as_str()),
        ("ignored", "invoiced by hand")
    );
    assert_eq!(told.facts["by"], "system");
    world.pass(Duration::from_secs(3_600));
    assert_eq!(
        world.store.record_retry(10).await,
        Ok(0),
        "nothing tries it by itself"
    );
}

#[tokio::test]
async fn an_ignored_record_that_would_park_again_stays_aside_until_it_is_asked_for() {
    let world = World::new().await;
    world.park(&["1"], None).await;
    world.ignore(keys(&["1"])).await.unwrap();
    world.park(&["1"], None).await;
    assert_eq!(world.state("1").await, RecordState::Ignored);
    world
        .store
        .record_replay(&STAFF, &actor(), world.stream, keys(&["1"]))
        .await
        .unwrap();
    let replay = world.lease(1).await.remove(0);
    let item = CheckpointItem {
        outcomes: vec![parked("1", "sum_mismatch")],
        ..settled(&replay, 1)
    };
    world.checkpoint(item).await;
    assert_eq!(world.state("1").await, RecordState::Parked);
}

#[tokio::test]
async fn records_are_set_aside_by_their_reason() {
    let world = World::new().await;
    world.three_parked().await;
    assert_eq!(world.ignore(parked_for("sum_mismatch")).await, Ok(2));
    assert_eq!(world.state("2").await, RecordState::Ignored);
    assert_eq!(world.state("3").await, RecordState::Parked);
    let none = world.ignore(parked_for("sum_mismatch")).await;
    assert!(
        matches!(
            none,
            Err(Error::FailedPrecondition {
                reason: "NO_RECORD_MATCHES",
                ..
            })
        ),
        "{none:?}"
    );
}

#[tokio::test]
async fn only_parked_records_are_set_aside() {
    let world = World::new().await;
    world.three_parked().await;
    world.ignore(keys(&["1"])).await.unwrap();
    let refused = world.ignore(keys(&["1", "2"])).await;
    assert!(
        matches!(&refused, Err(Error::InvalidArgument { problem, .. }) if problem.ends_with(": 1")),
        "{refused:?}"
    );
    assert_eq!(world.state("2").await, RecordState::Parked);
}

#[tokio::test]
async fn a_preview_counts_what_a_replay_of_the_same_would_send() {
    let world = World::new().await;
    world.three_parked().await;
    let all = Selection::Matching(Filter {
        state: RecordState::Parked,
        reason_code: None,
    });
    let preview = world
        .store
        .record_preview(&STAFF, world.stream, &all)
        .await
        .unwrap();
    assert_eq!((preview.count, preview.first.len()), (3, 3));
    assert_eq!(
        preview.by_reason,
        [("sum_mismatch".to_owned(), 2), ("no_rows".to_owned(), 1)]
    );
    assert!(world.lease(1).await.is_empty(), "a preview sends nothing");
    let (runs, count) = world
        .store
        .record_replay(&STAFF, &actor(), world.stream, parked_for("sum_mismatch"))
        .await
        .unwrap();
    assert_eq!((runs.len(), count), (1, 2));
    assert_eq!(world.lease(2).await.remove(0).keys, ["1", "2"]);
}

#[tokio::test]
async fn more_than_one_run_holds_are_sent_by_several() {
    let world = World::new().await;
    let many: Vec<_> = (0..501).map(|n| format!("{n:03}")).collect();
    world
        .park(&many.iter().map(String::as_str).collect::<Vec<_>>(), None)
        .await;
    let (runs, count) = world
        .store
        .record_replay(&STAFF, &actor(), world.stream, parked_for("sum_mismatch"))
        .await
        .unwrap();
    assert_eq!((runs.len(), count), (2, 501));
    let first = world.lease(1).await.remove(0);
    world.finish(done(&first)).await;
    let second = world.lease(2).await.remove(0);
    let mut sent: Vec<_> = first.keys.iter().chain(&second.keys).cloned().collect();
    sent.sort_unstable();
    assert_eq!(sent, many);
}

#[tokio::test]
async fn what_is_in_doubt_is_not_chosen_by_filter() {
    let world = World::new().await;
    let unknown = Selection::Matching(Filter {
        state: RecordState::Unknown,
        reason_code: None,
    });
    let refused = world.store.record_preview(&STAFF, world.stream, &unknown).await;
    assert!(
        matches!(&refused, Err(Error::InvalidArgument { field, .. }) if field == "filter.state"),
        "{refused:?}"
    );
}
