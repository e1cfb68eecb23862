//! Lanes and requests: one active run each, and no request is lost.

use std::time::Duration;

use skarv_domain::{
    Error,
    run::{FinishOutcome, Phase, RunKind, RunSubject},
    stream::StreamState,
};
use skarv_store::{LeasePoll, NewRun};

use crate::world::*;

#[tokio::test]
async fn two_runs_never_hold_one_lane() {
    let world = World::new().await;
    let stream = RunSubject::Stream(world.stream);
    let sync = world.request().await;
    let backfill = NewRun {
        kind: RunKind::Backfill,
        subject: stream,
    };
    let backfill = world.store.run_enqueue(&STAFF, &actor(), backfill).await.unwrap();
    assert_ne!(sync.id, backfill.id);
    let leases = world.lease(1).await;
    assert_eq!(
        leases.iter().map(|lease| lease.run).collect::<Vec<_>>(),
        [sync.id]
    );
    assert!(world.lease(2).await.is_empty());
    world.finish(done(&leases[0])).await;
    assert_eq!(world.lease(3).await[0].run, backfill.id);
}

#[tokio::test]
async fn changes_go_before_the_next_slice_of_a_backfill() {
    let world = World::new().await;
    let backfill = NewRun {
        kind: RunKind::Backfill,
        subject: RunSubject::Stream(world.stream),
    };
    world.store.run_enqueue(&STAFF, &actor(), backfill).await.unwrap();
    let slice = world.lease(1).await.remove(0);
    assert_eq!(slice.kind, RunKind::Backfill);
    world.request().await;
    world.finish(ended(&slice, FinishOutcome::Yielded)).await;
    let changes = world.lease(2).await.remove(0);
    assert_eq!(changes.kind, RunKind::Sync);
    world.finish(done(&changes)).await;
    assert_eq!(world.lease(3).await[0].run, slice.run);
}

#[tokio::test]
async fn request_during_a_run_is_not_lost() {
    let world = World::new().await;
    let first = world.leased(1).await;
    for _ in 0..1_000 / 50 {
        world.request().await;
    }
    world.finish(done(&first)).await;
    let second = world.lease(2).await;
    assert_eq!(second.len(), 1, "another run follows");
    assert_ne!(second[0].run, first.run);
    world.finish(done(&second[0])).await;
    assert!(
        world.lease(3).await.is_empty(),
        "a burst is one more run, not many"
    );
}

#[tokio::test]
async fn a_request_between_two_slices_is_not_answered_by_the_second() {
    let world = World::new().await;
    let first = world.leased(1).await;
    world.finish(ended(&first, FinishOutcome::Yielded)).await;
    world.request().await;
    let slice = world.lease(2).await.remove(0);
    assert_eq!(slice.run, first.run);
    world.finish(done(&slice)).await;
    assert_eq!(world.lease(3).await.len(), 1);
}

#[tokio::test]
async fn a_request_for_what_is_queued_is_answered_with_it() {
    let world = World::new().await;
    let first = world.request().await;
    assert_eq!(world.request().await.id, first.id);
    assert_eq!(world.stream().await.active_run, Some(first.id));
}

#[tokio::test]
async fn many_requests_at_once_are_one_run() {
    let world = World::new().await;
    let asks = (0..50).map(|_| world.store.stream_request(&STAFF, &ACTOR, world.stream));
    let runs: std::collections::BTreeSet<_> = futures::future::join_all(asks)
        .await
        .into_iter()
        .map(|run| run.unwrap().id)
        .collect();
    assert_eq!(runs.len(), 1);
    assert_eq!(world.stream().await.wanted_seq, 50);
}

static ACTOR: std::sync::LazyLock<skarv_domain::auth::Actor> = std::sync::LazyLock::new(actor);

#[tokio::test]
async fn a_refused_request_harms_no_other_in_its_group() {
    let world = World::new().await;
    let (_, _, _, _, off) = settle(&world.store, "avstangd").await;
    let stranger = skarv_domain::id::StreamId::new(world.now());
    let ask = |stream| world.store.stream_request(&STAFF, &ACTOR, stream);
    let (on, off, gone) = tokio::join!(ask(world.stream), ask(off), ask(stranger));
    assert!(on.is_ok());
    assert!(matches!(
        off,
        Err(Error::FailedPrecondition {
            reason: "STREAM_NOT_ON",
            ..
        })
    ));
    assert!(matches!(gone, Err(Error::NotFound { kind: "stream", .. })));
}

#[tokio::test]
async fn the_schedule_asks_for_what_is_due_and_keeps_its_beat() {
    let world = World::new().await;
    assert_eq!(world.store.stream_schedule(10).await.unwrap(), 1);
    assert_eq!(world.store.stream_schedule(10).await.unwrap(), 0);
    let lease = world.lease(1).await.remove(0);
    world.pass(Duration::from_secs(61));
    assert_eq!(world.store.stream_schedule(10).await.unwrap(), 1);
    assert_eq!(
        world.stream().await.next_due_at,
        Some(start() + chrono::Duration::seconds(120))
    );
    world.finish(done(&lease)).await;
    assert_eq!(world.lease(2).await.len(), 1);
}

#[tokio::test]
async fn a_paused_flow_takes_away_what_is_queued_and_goes_on_where_it_was() {
    let world = World::new().await;
    let queued = world.request().await;
    world
        .store
        .flow_pause(&STAFF, &actor(), world.flow.id)
        .await
        .unwrap();
    assert_eq!(
        run_of(&world.store, queued.id).await.unwrap().phase,
        Phase::Cancelled
    );
    assert!(world.lease(1).await.is_empty());
    assert_eq!(world.store.stream_schedule(10).await.unwrap(), 0);
    assert_eq!(world.stream().await.state, StreamState::Off);
    world
        .store
        .flow_activate(&STAFF, &actor(), world.flow.id)
        .await
        .unwrap();
    world.store.stream_schedule(10).await.unwrap();
    assert_eq!(world.lease(2).await.len(), 1);
}

#[tokio::test]
async fn a_flood_of_one_tenant_does_not_hold_up_another() {
    let world = World::new().await;
    let mut flood = Vec::new();
    for n in 0..6 {
        let mut new = new_flow(&world.tenant, &world.shop, &world.erp);
        new.slug = slug(&format!("flow-{n}"));
        let flow = world.store.flow_create(&STAFF, &actor(), new).await.unwrap();
        world
            .store
            .flow_activate(&STAFF, &actor(), flow.id)
            .await
            .unwrap();
        flood.push(
            world
                .store
                .stream_list(&STAFF, flow.id)
                .await
                .unwrap()
                .remove(0)
                .id,
        );
    }
    let (_, shop, erp, flow, quiet) = settle(&world.store, "liten").await;
    world.check(world.agent, shop.id, "liten.example", None).await;
    world.check(world.agent, erp.id, "", None).await;
    world
        .store
        .flow_activate(&STAFF, &actor(), flow.id)
        .await
        .unwrap();
    for stream in flood {
        world
            .store
            .stream_request(&STAFF, &actor(), stream)
            .await
            .unwrap();
    }
    let quiet = world.store.stream_request(&STAFF, &actor(), quiet).await.unwrap();
    let first_two = world.lease_by(world.agent, 1, 2).await;
    assert!(first_two.iter().any(|lease| lease.run == quiet.id));
}

#[tokio::test]
async fn slots_that_are_kept_free_of_backfill_get_none() {
    let world = World::new().await;
    let backfill = NewRun {
        kind: RunKind::Backfill,
        subject: RunSubject::Stream(world.stream),
    };
    world.store.run_enqueue(&STAFF, &actor(), backfill).await.unwrap();
    let live_only = LeasePoll {
        agent: world.agent,
        poll_seq: 1,
        free_slots: 4,
        free_background_slots: 0,
    };
    assert!(
        world.store.run_lease(vec![live_only]).await.unwrap()[0]
            .leases
            .is_empty()
    );
    assert_eq!(world.lease(2).await.len(), 1);
}

#[tokio::test]
async fn whoever_waits_for_changes_is_told_that_there_are_some() {
    let world = World::new().await;
    let mut changed = world.store.changed();
    changed.mark_unchanged();
    world.request().await;
    assert!(changed.has_changed().unwrap());
}
