//! Everything of a stream carried once: one run in slices, behind orders and changes, restartable and stopped by a person.

use std::time::Duration;

use skarv_canonical::spec::StreamKind;
use skarv_domain::run::{FinishOutcome, Phase, RunKind};
use skarv_store::{FinishItem, HeldRun, LeasePoll};

use crate::{goods::Goods, world::*};

#[tokio::test]
async fn an_initial_sync_is_one_run_whoever_asks_and_goes_on_where_its_last_slice_ended() {
    let goods = Goods::new().await;
    let run = goods.initial_sync(StreamKind::Products).await.unwrap();
    assert_eq!(goods.initial_sync(StreamKind::Products).await.unwrap().id, run.id);
    let slice = goods.lease_of(run.id, 1).await;
    assert_eq!(slice.kind, RunKind::Backfill);
    assert_eq!(slice.stream.clone().unwrap().cursor, None);
    goods.world.checkpoint(settled(&slice, 1)).await;
    assert_eq!(goods.initial_sync(StreamKind::Products).await.unwrap().id, run.id);
    goods.world.finish(ended(&slice, FinishOutcome::Yielded)).await;
    let next = goods.lease_of(run.id, 2).await;
    assert_eq!(next.stream.unwrap().cursor.unwrap().as_str(), "after-1");
    // what changes meanwhile has a place of its own
    assert_eq!(goods.stream(StreamKind::Products).await.cursor, None);
}

#[tokio::test]
async fn an_initial_sync_that_is_asked_for_again_begins_anew() {
    let goods = Goods::new().await;
    let run = goods.initial_sync(StreamKind::Products).await.unwrap();
    let slice = goods.lease_of(run.id, 1).await;
    goods.world.checkpoint(settled(&slice, 1)).await;
    goods
        .world
        .store
        .run_cancel(&STAFF, &actor(), run.id)
        .await
        .unwrap();
    goods.world.finish(ended(&slice, FinishOutcome::Cancelled)).await;
    let cancelled = run_of(&goods.world.store, run.id).await.unwrap();
    assert_eq!(cancelled.phase, Phase::Cancelled);
    let again = goods.initial_sync(StreamKind::Products).await.unwrap();
    assert_ne!(again.id, run.id);
    assert_eq!(goods.lease_of(again.id, 2).await.stream.unwrap().cursor, None);
}

#[tokio::test]
async fn an_initial_sync_shows_how_far_it_is_between_its_slices_and_what_it_came_to() {
    let goods = Goods::new().await;
    let run = goods.initial_sync(StreamKind::Products).await.unwrap();
    let slice = goods.lease_of(run.id, 1).await;
    let held = HeldRun {
        run: run.id,
        epoch: slice.epoch,
        totals: Default::default(),
        percent: Some(40),
    };
    goods
        .world
        .store
        .run_renew(goods.world.agent, 1, vec![held])
        .await
        .unwrap();
    let part = skarv_domain::run::Totals {
        read: 3,
        written: 1,
        adopted: 1,
        parked: 1,
        ..Default::default()
    };
    let yielded = FinishItem {
        totals: part,
        ..ended(&slice, FinishOutcome::Yielded)
    };
    goods.world.finish(yielded).await;
    let percent = async || run_of(&goods.world.store, run.id).await.unwrap().percent;
    assert_eq!(percent().await, Some(40));
    let slice = goods.lease_of(run.id, 2).await;
    assert_eq!(percent().await, Some(40));
    goods
        .world
        .finish(FinishItem {
            totals: part,
            ..done(&slice)
        })
        .await;
    let report = run_of(&goods.world.store, run.id).await.unwrap();
    assert_eq!((report.phase, report.percent), (Phase::Succeeded, Some(100)));
    assert_eq!(report.totals, part.plus(part));
}

#[tokio::test]
async fn orders_go_before_an_initial_sync_that_has_waited_longer() {
    let goods = Goods::new().await;
    let backfill = goods.initial_sync(StreamKind::Products).await.unwrap();
    goods.world.pass(Duration::from_secs(60));
    let orders = goods.world.request().await;
    let first = goods.world.lease_by(goods.world.agent, 1, 1).await;
    assert_eq!(first[0].run, orders.id);
    let second = goods.world.lease_by(goods.world.agent, 2, 1).await;
    assert_eq!(second[0].run, backfill.id);
}

#[tokio::test]
async fn slots_that_are_kept_for_live_work_take_no_initial_sync() {
    let goods = Goods::new().await;
    goods.initial_sync(StreamKind::Stock).await.unwrap();
    let poll = LeasePoll {
        agent: goods.world.agent,
        poll_seq: 1,
        free_slots: 4,
        free_background_slots: 0,
    };
    let answers = goods.world.store.run_lease(vec![poll]).await.unwrap();
    assert!(answers[0].leases.is_empty());
}
