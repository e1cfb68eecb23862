//! Leases: who has a run, for how long, and how it is taken away.

use std::time::Duration;

use skarv_domain::{
    Error,
    lease::Answer,
    run::{FinishOutcome, Phase, Totals},
};
use skarv_store::{HeldRun, LeasePoll, Leased};

use crate::world::*;

fn held(lease: &Leased) -> HeldRun {
    HeldRun {
        run: lease.run,
        epoch: lease.epoch,
        totals: Totals {
            read: 3,
            ..Totals::default()
        },
        percent: Some(10),
    }
}

#[tokio::test]
async fn a_lease_brings_all_that_the_run_needs() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    let stream = lease.stream.as_ref().unwrap();
    assert_eq!((stream.id, stream.cursor.clone()), (world.stream, None));
    assert_eq!(lease.source.connector, "prestashop");
    assert_eq!(lease.source.settings["base_url"], "https://shop.example");
    assert_eq!(lease.source.grant.count, 5);
    let shop = world.store.connection_by_id(&STAFF, world.shop.id).await.unwrap();
    assert_eq!(lease.source.shop_ref, shop.shop_ref);
    assert!(lease.source.shop_ref.is_some());
    let target = lease.target.unwrap();
    assert_eq!(
        (target.connector.as_str(), target.shop_ref),
        ("hogia-smart", None)
    );
    let spec = world.store.spec_get(&[stream.spec]).await.unwrap().remove(0).1;
    assert_eq!(spec, world.flow.spec.streams().remove(0));
}

#[tokio::test]
async fn a_lost_reply_is_handed_back_at_the_same_poll_seq() {
    let world = World::new().await;
    let first = world.leased(7).await;
    let again = world.lease(7).await.remove(0);
    assert_eq!((again.run, again.epoch), (first.run, first.epoch));
    assert!(world.lease(8).await.is_empty());
}

#[tokio::test]
async fn what_an_agent_never_heard_of_goes_back_at_a_later_renewal() {
    let world = World::new().await;
    let lost = world.leased(7).await;
    world.store.run_renew(world.agent, 6, Vec::new()).await.unwrap();
    assert!(
        world.lease(8).await.is_empty(),
        "the reply may still be on its way"
    );
    world.pass(Duration::from_secs(8));
    world.store.run_renew(world.agent, 6, Vec::new()).await.unwrap();
    let again = world.lease(9).await.remove(0);
    assert_eq!((again.run, again.attempt), (lost.run, 1));
    assert!(again.epoch > lost.epoch + 1);
}

#[tokio::test]
async fn a_renewed_lease_lives_on_and_its_progress_shows() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    for _ in 0..5 {
        world.pass(Duration::from_secs(5));
        let answer = world
            .store
            .run_renew(world.agent, 1, vec![held(&lease)])
            .await
            .unwrap();
        assert_eq!(answer.results[0].answer, Answer::Ok);
        assert_eq!(world.store.run_reap(10).await.unwrap(), 0);
    }
    let run = world.store.run_get(&STAFF, lease.run).await.unwrap();
    assert_eq!(
        (run.phase, run.totals.read, run.percent),
        (Phase::Running, 3, Some(10))
    );
}

#[tokio::test]
async fn an_expired_lease_goes_back_with_a_higher_epoch() {
    let world = World::new().await;
    let old = world.leased(1).await;
    world.pass(Duration::from_secs(15));
    assert_eq!(world.store.run_reap(10).await.unwrap(), 1);
    let answer = world
        .store
        .run_renew(world.agent, 1, vec![held(&old)])
        .await
        .unwrap();
    assert_eq!(answer.results[0].answer, Answer::Lost);
    let new = world.lease(2).await.remove(0);
    assert_eq!((new.run, new.epoch, new.attempt), (old.run, old.epoch + 2, 2));
}

#[tokio::test]
async fn a_run_that_kills_agents_is_put_off() {
    let world = World::new().await;
    world.request().await;
    for poll in 1..=4 {
        assert_eq!(world.lease(poll).await.len(), 1, "at poll {poll}");
        world.pass(Duration::from_secs(15));
        world.store.run_reap(10).await.unwrap();
    }
    assert!(world.lease(5).await.is_empty());
    world.pass(Duration::from_secs(60));
    assert_eq!(world.store.run_promote(10).await.unwrap(), 1);
    assert_eq!(world.lease(6).await.len(), 1);
}

#[tokio::test]
async fn cancel_and_pause_reach_the_agent_at_its_next_renewal() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    world
        .store
        .flow_pause(&STAFF, &actor(), world.flow.id)
        .await
        .unwrap();
    let told = world
        .store
        .run_renew(world.agent, 1, vec![held(&lease)])
        .await
        .unwrap();
    assert_eq!(told.results[0].answer, Answer::Pause);
    world.store.run_cancel(&STAFF, &actor(), lease.run).await.unwrap();
    let told = world
        .store
        .run_renew(world.agent, 1, vec![held(&lease)])
        .await
        .unwrap();
    assert_eq!(told.results[0].answer, Answer::Cancel);
    world.finish(ended(&lease, FinishOutcome::Cancelled)).await;
    assert_eq!(
        run_of(&world.store, lease.run).await.unwrap().phase,
        Phase::Cancelled
    );
}

#[tokio::test]
async fn an_agent_that_leaves_gives_everything_back_at_once() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    world.store.agent_deregister(world.agent).await.unwrap();
    let other = register(&world.store, "agent-2", &["prestashop", "hogia-smart"]).await;
    let again = world.lease_by(other, 1, 1).await.remove(0);
    assert_eq!((again.run, again.attempt), (lease.run, 1));
    assert!(again.epoch > lease.epoch);
    let gone = world.store.run_renew(world.agent, 1, vec![held(&lease)]).await;
    assert!(matches!(gone, Err(Error::NotFound { kind: "agent", .. })));
}

#[tokio::test]
async fn an_agent_gets_no_work_for_connectors_it_has_not() {
    let world = World::new().await;
    world.request().await;
    let other = register(&world.store, "agent-2", &["prestashop"]).await;
    assert!(world.lease_by(other, 1, 8).await.is_empty());
    assert_eq!(world.lease(1).await.len(), 1);
}

#[tokio::test]
async fn a_draining_or_unknown_agent_gets_no_work() {
    let world = World::new().await;
    world.request().await;
    world.store.agent_drain(&actor(), world.agent).await.unwrap();
    let stranger = skarv_domain::id::AgentId::new(world.now());
    let poll = |agent| LeasePoll {
        agent,
        poll_seq: 1,
        free_slots: 8,
        free_background_slots: 8,
    };
    let answers = world
        .store
        .run_lease(vec![poll(world.agent), poll(stranger)])
        .await
        .unwrap();
    assert!(answers[0].known && answers[0].drain && answers[0].leases.is_empty());
    assert!(!answers[1].known && answers[1].leases.is_empty());
}

#[tokio::test]
async fn work_is_dealt_to_the_agents_with_the_most_room() {
    let world = World::new().await;
    let other = register(&world.store, "agent-2", &["prestashop", "hogia-smart"]).await;
    for name in ["ett", "tva", "tre"] {
        let (_, shop, erp, flow, stream) = settle(&world.store, name).await;
        world
            .check(world.agent, shop.id, &format!("{name}.example"), None)
            .await;
        world.check(world.agent, erp.id, "", None).await;
        world
            .store
            .flow_activate(&STAFF, &actor(), flow.id)
            .await
            .unwrap();
        world
            .store
            .stream_request(&STAFF, &actor(), stream)
            .await
            .unwrap();
    }
    world.request().await;
    let poll = |agent, slots| LeasePoll {
        agent,
        poll_seq: 1,
        free_slots: slots,
        free_background_slots: slots,
    };
    let answers = world
        .store
        .run_lease(vec![poll(world.agent, 1), poll(other, 3)])
        .await
        .unwrap();
    assert_eq!((answers[0].leases.len(), answers[1].leases.len()), (1, 3));
}
