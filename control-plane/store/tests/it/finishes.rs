//! Ends of runs: what is remembered, what follows, what stops.

use std::time::Duration;

use skarv_canonical::{Class, Reason};
use skarv_domain::{
    lease::Answer,
    run::{FinishOutcome, Phase, RunKind, RunSubject, Totals},
    stream::StreamState,
};
use skarv_store::{FinishItem, NewRun, StoredResult};

use crate::world::*;

fn read(count: u64) -> Totals {
    Totals {
        read: count,
        ..Totals::default()
    }
}

#[tokio::test]
async fn an_empty_run_leaves_only_a_mark_on_its_stream() {
    let world = World::new().await;
    world.store.stream_schedule(10).await.unwrap();
    let before = world.runs().await.len();
    let lease = world.lease(1).await.remove(0);
    world.pass(Duration::from_secs(2));
    world.finish(done(&lease)).await;
    assert_eq!(world.runs().await.len(), before - 1);
    let stream = world.stream().await;
    assert_eq!((stream.empty_runs, stream.last_ok_at), (1, Some(world.now())));
}

#[tokio::test]
async fn a_run_that_read_something_is_remembered_with_the_counts_of_all_its_slices() {
    let world = World::new().await;
    world.store.stream_schedule(10).await.unwrap();
    let slice = world.lease(1).await.remove(0);
    world
        .finish(FinishItem {
            totals: read(500),
            ..ended(&slice, FinishOutcome::Yielded)
        })
        .await;
    let rest = world.lease(2).await.remove(0);
    assert_eq!(rest.run, slice.run);
    world
        .finish(FinishItem {
            totals: read(7),
            ..done(&rest)
        })
        .await;
    let run = run_of(&world.store, slice.run).await.unwrap();
    assert_eq!((run.phase, run.totals.read), (Phase::Succeeded, 507));
    assert_eq!(run.subject, RunSubject::Stream(world.stream));
}

#[tokio::test]
async fn a_run_that_a_person_asked_for_is_remembered_whatever_it_found() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    world.finish(done(&lease)).await;
    assert_eq!(
        run_of(&world.store, lease.run).await.unwrap().phase,
        Phase::Succeeded
    );
}

#[tokio::test]
async fn an_end_that_is_told_twice_is_answered_the_same() {
    let world = World::new().await;
    world.store.stream_schedule(10).await.unwrap();
    let lease = world.lease(1).await.remove(0);
    let yielded = ended(&lease, FinishOutcome::Yielded);
    assert_eq!(world.finish(yielded.clone()).await, Answer::Ok);
    assert_eq!(world.finish(yielded).await, Answer::Ok);
    let lease = world.lease(2).await.remove(0);
    assert_eq!(world.finish(done(&lease)).await, Answer::Ok);
    assert_eq!(world.finish(done(&lease)).await, Answer::Ok);
    assert_eq!(world.stream().await.empty_runs, 1);
    let stale = FinishItem {
        epoch: lease.epoch + 1,
        ..done(&lease)
    };
    assert_eq!(world.finish(stale).await, Answer::Lost);
}

#[tokio::test]
async fn a_stale_end_changes_nothing() {
    let world = World::new().await;
    let old = world.leased(1).await;
    world.pass(Duration::from_secs(15));
    world.store.run_reap(10).await.unwrap();
    let new = world.lease(2).await.remove(0);
    assert_eq!(world.finish(done(&old)).await, Answer::Lost);
    assert_eq!(run_of(&world.store, new.run).await.unwrap().phase, Phase::Running);
}

#[tokio::test]
async fn trouble_that_may_pass_is_tried_again_later_and_given_up_in_the_end() {
    let world = World::new().await;
    let mut lease = world.leased(1).await;
    let reason = Reason::new(Class::Transient, "target_down");
    for attempt in 1..=8 {
        assert_eq!(lease.attempt, attempt);
        let failed = FinishItem {
            error: Some(reason.clone()),
            ..ended(&lease, FinishOutcome::Failed)
        };
        world.finish(failed).await;
        let run = run_of(&world.store, lease.run).await.unwrap();
        assert_eq!(run.error.as_ref(), Some(&reason));
        if attempt == 8 {
            assert_eq!(run.phase, Phase::Failed);
            return;
        }
        assert_eq!(run.phase, Phase::Queued);
        assert!(world.lease(100 + u64::from(attempt)).await.is_empty());
        world.pass(Duration::from_secs(15 * 60));
        world.store.run_promote(10).await.unwrap();
        lease = world.lease(u64::from(attempt) + 1).await.remove(0);
    }
}

#[tokio::test]
async fn a_person_who_asks_does_not_wait_for_the_next_try() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    let retry = Some(Duration::from_secs(600));
    world
        .finish(FinishItem {
            retry,
            ..ended(&lease, FinishOutcome::Failed)
        })
        .await;
    assert!(world.lease(2).await.is_empty());
    assert_eq!(world.request().await.id, lease.run);
    assert_eq!(world.lease(3).await.len(), 1);
}

#[tokio::test]
async fn trouble_that_a_person_must_see_to_stops_the_stream_until_then() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    world.request().await;
    let reason = Reason::new(Class::Credentials, "sign_in_refused");
    let item = FinishItem {
        error: Some(reason.clone()),
        block: true,
        ..ended(&lease, FinishOutcome::Failed)
    };
    world.finish(item).await;
    let stream = world.stream().await;
    assert_eq!(
        (stream.state, stream.block_reason),
        (StreamState::Blocked, Some(reason))
    );
    assert!(world.lease(2).await.is_empty());
    world.pass(Duration::from_secs(600));
    assert_eq!(world.store.stream_schedule(10).await.unwrap(), 0);
    let renewed = secrets("a-new-key");
    world
        .store
        .connection_set_secrets(&STAFF, &actor(), world.shop.id, renewed)
        .await
        .unwrap();
    assert_eq!(world.stream().await.state, StreamState::On);
    assert_eq!(world.store.stream_schedule(10).await.unwrap(), 1);
    assert_eq!(world.lease(3).await.len(), 1);
}

#[tokio::test]
async fn a_run_whose_flow_was_paused_ends_with_its_slice() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    world
        .store
        .flow_pause(&STAFF, &actor(), world.flow.id)
        .await
        .unwrap();
    world
        .finish(FinishItem {
            totals: read(3),
            ..ended(&lease, FinishOutcome::Yielded)
        })
        .await;
    let run = run_of(&world.store, lease.run).await.unwrap();
    assert_eq!(
        (run.phase, run.error.unwrap().code.as_str()),
        (Phase::Cancelled, "stream_off")
    );
}

#[tokio::test]
async fn what_a_draining_agent_hands_back_goes_on_at_once_and_untried() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    world.pass(Duration::from_secs(1));
    let backfill = NewRun {
        kind: RunKind::Backfill,
        subject: RunSubject::Stream(world.stream),
    };
    world.store.run_enqueue(&STAFF, &actor(), backfill).await.unwrap();
    world.pass(Duration::from_secs(1));
    world.finish(ended(&lease, FinishOutcome::HandedBack)).await;
    let again = world.lease(2).await.remove(0);
    assert_eq!(
        (again.run, again.epoch, again.attempt),
        (lease.run, lease.epoch + 1, 1)
    );
}

#[tokio::test]
async fn a_test_that_no_agent_takes_fails_and_says_why() {
    let world = World::new().await;
    let new = NewRun {
        kind: RunKind::Check,
        subject: RunSubject::Connection(world.shop.id),
    };
    let run = world.store.run_enqueue(&STAFF, &actor(), new).await.unwrap();
    world.pass(Duration::from_secs(30));
    world.store.run_reap(10).await.unwrap();
    let run = run_of(&world.store, run.id).await.unwrap();
    assert_eq!(
        (run.phase, run.error.unwrap().code.as_str()),
        (Phase::Failed, "no_agent_free")
    );
}

#[tokio::test]
async fn what_a_run_found_is_kept_for_a_while() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    let result = StoredResult {
        kind: "dry_run".to_owned(),
        bytes: vec![0, 1, 255],
    };
    world
        .finish(FinishItem {
            result: Some(result.clone()),
            ..done(&lease)
        })
        .await;
    assert_eq!(
        world.store.run_result(&STAFF, lease.run).await.unwrap(),
        Some(result)
    );
    world.pass(Duration::from_secs(24 * 3600));
    assert!(world.store.tidy().await.unwrap() > 0);
    assert_eq!(world.store.run_result(&STAFF, lease.run).await.unwrap(), None);
}

#[tokio::test]
async fn runs_are_listed_newest_first_whether_they_ended_or_not() {
    let world = World::new().await;
    world.pass(Duration::from_secs(1));
    let lease = world.leased(1).await;
    world.finish(done(&lease)).await;
    world.pass(Duration::from_secs(1));
    let queued = world.request().await;
    let listed = world.runs().await;
    assert_eq!((listed[0].id, listed[1].id), (queued.id, lease.run));
    assert_eq!(listed.len(), 4, "two tests of connections came before");
}
