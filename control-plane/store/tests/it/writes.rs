//! Preparing writes: who is granted what, and what the next one is told.

use std::time::Duration;

use skarv_canonical::write::{Effect, Entity};
use skarv_domain::{lease::Answer, run::FinishOutcome, write::Verdict};
use skarv_store::{AskedWrite, CheckpointItem, PreparePage, ReleasedWrite};

use crate::world::*;

const GRANT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn prepare_with_stale_epoch_grants_nothing() {
    let world = World::new().await;
    let old = world.leased(1).await;
    world.pass(Duration::from_secs(16));
    world.store.run_reap(10).await.unwrap();
    let new = world.lease(2).await.remove(0);
    assert!(new.epoch > old.epoch);
    let refused = world.prepare(&old, &["k1"]).await;
    assert_eq!((refused.answer, refused.verdicts.len()), (Answer::Lost, 0));
    // no intent was left behind: the new holder is the first to ask
    assert_eq!(
        verdict(world.prepare(&new, &["k1"]).await),
        Verdict::New { grant: GRANT }
    );
}

#[tokio::test]
async fn an_expired_lease_is_granted_nothing_even_before_it_is_taken_away() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    world.pass(Duration::from_secs(15));
    assert_eq!(world.prepare(&lease, &["k1"]).await.answer, Answer::Lost);
}

#[tokio::test]
async fn another_agent_is_granted_nothing() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    let other = register(&world.store, "agent-2", &["prestashop", "hogia-smart"]).await;
    assert_eq!(
        world.prepare_by(other, page(&lease, &["k1"])).await.answer,
        Answer::Lost
    );
}

#[tokio::test]
async fn the_same_run_asking_again_holds_what_it_was_granted() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    assert_eq!(
        verdict(world.prepare(&lease, &["k1"]).await),
        Verdict::New { grant: GRANT }
    );
    world.pass(Duration::from_secs(5));
    assert_eq!(
        verdict(world.prepare(&lease, &["k1"]).await),
        Verdict::Held { grant: GRANT }
    );
}

#[tokio::test]
async fn a_grant_that_is_given_back_is_there_for_the_next_at_once() {
    let world = World::new().await;
    let first = world.leased(1).await;
    verdict(world.prepare(&first, &["k1"]).await);
    let given_back = CheckpointItem {
        cursor: None,
        released: vec![released("k1")],
        ..settled(&first, 1)
    };
    assert_eq!(world.checkpoint(given_back).await.answer, Answer::Ok);
    let second = second_stream(&world).await;
    assert_eq!(
        verdict(world.prepare(&second, &["k1"]).await),
        Verdict::New { grant: GRANT }
    );
}

#[tokio::test]
async fn nobody_gives_back_what_another_run_was_granted_or_what_is_done() {
    let world = World::new().await;
    let first = world.leased(1).await;
    let second = second_stream(&world).await;
    verdict(world.prepare(&first, &["k1"]).await);
    let not_its_own = CheckpointItem {
        cursor: None,
        released: vec![released("k1")],
        ..settled(&second, 1)
    };
    world.checkpoint(not_its_own).await;
    assert!(matches!(
        verdict(world.prepare(&second, &["k1"]).await),
        Verdict::Busy { .. }
    ));
    let done_and_given_back = CheckpointItem {
        outcomes: vec![invoiced("k1", "F-1")],
        released: vec![released("k1")],
        ..settled(&first, 1)
    };
    world.checkpoint(done_and_given_back).await;
    assert!(matches!(
        verdict(world.prepare(&second, &["k1"]).await),
        Verdict::Unchanged { .. }
    ));
}

fn released(our_key: &str) -> ReleasedWrite {
    ReleasedWrite {
        entity: Entity::Invoice,
        our_key: our_key.to_owned(),
    }
}

#[tokio::test]
async fn what_another_live_run_holds_is_busy_also_across_streams() {
    let world = World::new().await;
    let first = world.leased(1).await;
    let second = second_stream(&world).await;
    verdict(world.prepare(&first, &["customer-7"]).await);
    let told = verdict(world.prepare(&second, &["customer-7"]).await);
    assert_eq!(
        told,
        Verdict::Busy {
            wait: Duration::from_secs(1)
        }
    );
}

/// A lease on a second flow of the same tenant over the same connections.
async fn second_stream(world: &World) -> skarv_store::Leased {
    let mut new = new_flow(&world.tenant, &world.shop, &world.erp);
    new.slug = slug("more-orders");
    let flow = world.store.flow_create(&STAFF, &actor(), new).await.unwrap();
    world
        .store
        .flow_activate(&STAFF, &actor(), flow.id)
        .await
        .unwrap();
    let stream = world.store.stream_list(&STAFF, flow.id).await.unwrap().remove(0);
    world
        .store
        .stream_request(&STAFF, &actor(), stream.id)
        .await
        .unwrap();
    world.lease(77).await.remove(0)
}

#[tokio::test]
async fn what_a_dead_run_left_is_pending_and_taken_over() {
    let world = World::new().await;
    let dead = world.leased(1).await;
    verdict(world.prepare(&dead, &["k1"]).await);
    world.pass(Duration::from_secs(20));
    world.store.run_reap(10).await.unwrap();
    let heir = world.lease(2).await.remove(0);
    // 40 s are left of the grant, then 5 s of slack and 2 s until a search can tell; until then nothing is granted
    let pending = Verdict::Pending {
        wait: Duration::from_secs(47),
        grant: Duration::ZERO,
    };
    assert_eq!(verdict(world.prepare(&heir, &["k1"]).await), pending);
    world.pass(Duration::from_secs(10));
    world
        .store
        .run_renew(world.agent, 2, vec![held(&heir)])
        .await
        .unwrap();
    let still = Verdict::Pending {
        wait: Duration::from_secs(37),
        grant: Duration::ZERO,
    };
    assert_eq!(verdict(world.prepare(&heir, &["k1"]).await), still);
}

fn held(lease: &skarv_store::Leased) -> skarv_store::HeldRun {
    skarv_store::HeldRun {
        run: lease.run,
        epoch: lease.epoch,
        totals: Default::default(),
        percent: None,
    }
}

#[tokio::test]
async fn what_a_finished_run_left_open_is_pending_for_the_next() {
    let world = World::new().await;
    let first = world.leased(1).await;
    verdict(world.prepare(&first, &["k1"]).await);
    world.finish(done(&first)).await;
    world.pass(Duration::from_secs(300));
    let next = world.leased(2).await;
    let pending = Verdict::Pending {
        wait: Duration::ZERO,
        grant: GRANT,
    };
    assert_eq!(verdict(world.prepare(&next, &["k1"]).await), pending);
}

#[tokio::test]
async fn a_settled_write_is_unchanged_or_linked_and_survives_the_process() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    verdict(world.prepare(&lease, &["k1"]).await);
    let item = CheckpointItem {
        outcomes: vec![invoiced("k1", "F-1")],
        ..settled(&lease, 1)
    };
    world.checkpoint(item).await;
    let same = verdict(world.prepare(&lease, &["k1"]).await);
    assert_eq!(
        same,
        Verdict::Unchanged {
            foreign_id: "F-1".to_owned()
        }
    );
    let mut changed = page(&lease, &["k1"]);
    changed.writes[0].question.fingerprint = fingerprint("another total");
    let linked = Verdict::Linked {
        foreign_id: "F-1".to_owned(),
        grant: Duration::ZERO,
    };
    assert_eq!(verdict(world.prepare_by(world.agent, changed).await), linked);
}

#[tokio::test]
async fn a_look_stores_nothing_and_grants_nothing() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    let peek = PreparePage {
        peek: true,
        ..page(&lease, &["k1"])
    };
    assert_eq!(
        verdict(world.prepare_by(world.agent, peek).await),
        Verdict::New {
            grant: Duration::ZERO
        }
    );
    assert_eq!(
        verdict(world.prepare(&lease, &["k1"]).await),
        Verdict::New { grant: GRANT }
    );
}

#[tokio::test]
async fn a_verifying_stream_looks_every_create_up_first() {
    let world = World::new().await;
    world
        .store
        .stream_set_verify(&STAFF, &actor(), world.stream, true)
        .await
        .unwrap();
    let lease = world.leased(1).await;
    assert!(lease.stream.as_ref().unwrap().verify);
    let pending = Verdict::Pending {
        wait: Duration::ZERO,
        grant: GRANT,
    };
    assert_eq!(verdict(world.prepare(&lease, &["k1"]).await), pending);
}

#[tokio::test]
async fn what_cannot_be_searched_after_a_crash_is_for_a_person() {
    let world = World::new().await;
    let blind = |lease: &skarv_store::Leased| {
        let mut page = page(lease, &["k1"]);
        page.writes[0].question.searchable = false;
        page
    };
    let dead = world.leased(1).await;
    assert_eq!(
        verdict(world.prepare_by(world.agent, blind(&dead)).await),
        Verdict::New { grant: GRANT }
    );
    world.pass(Duration::from_secs(20));
    world.store.run_reap(10).await.unwrap();
    let heir = world.lease(2).await.remove(0);
    assert_eq!(
        verdict(world.prepare_by(world.agent, blind(&heir)).await),
        Verdict::Unknown
    );
}

#[tokio::test]
async fn a_value_that_may_be_set_twice_needs_no_intent() {
    let world = World::new().await;
    let first = world.leased(1).await;
    let set = |lease: &skarv_store::Leased| {
        let mut page = page(lease, &["stock-7"]);
        let AskedWrite { question, .. } = &mut page.writes[0];
        question.effect = Effect::Set;
        question.needs_intent = false;
        page
    };
    assert_eq!(
        verdict(world.prepare_by(world.agent, set(&first)).await),
        Verdict::New { grant: GRANT }
    );
    world.finish(ended(&first, FinishOutcome::Yielded)).await;
    let second = world.lease(2).await.remove(0);
    assert_eq!(
        verdict(world.prepare_by(world.agent, set(&second)).await),
        Verdict::New { grant: GRANT }
    );
}

#[tokio::test]
async fn after_the_package_ends_no_write_is_granted() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    let now = world.now();
    world
        .store
        .tenant_allow_until(&STAFF, &actor(), world.tenant.id, Some(now))
        .await
        .unwrap();
    assert_eq!(world.prepare(&lease, &["k1"]).await.answer, Answer::NotAllowed);
    let item = CheckpointItem {
        outcomes: vec![invoiced("k0", "F-0")],
        ..settled(&lease, 1)
    };
    assert_eq!(world.checkpoint(item).await.answer, Answer::Ok);
}

#[tokio::test]
async fn a_cancelled_or_paused_run_is_granted_nothing() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    world.store.run_cancel(&STAFF, &actor(), lease.run).await.unwrap();
    assert_eq!(world.prepare(&lease, &["k1"]).await.answer, Answer::Cancel);
    world.finish(ended(&lease, FinishOutcome::Cancelled)).await;
    let lease = world.leased(2).await;
    world
        .store
        .flow_pause(&STAFF, &actor(), world.flow.id)
        .await
        .unwrap();
    assert_eq!(world.prepare(&lease, &["k1"]).await.answer, Answer::Pause);
}

#[tokio::test]
async fn pages_of_many_runs_that_ask_at_once_are_each_answered_for_themselves() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    let stale = PreparePage {
        epoch: lease.epoch + 1,
        ..page(&lease, &["k2"])
    };
    let asks = (0..20).map(|n| {
        let keys = [format!("k{n}")];
        let page = page(&lease, &[&keys[0]]);
        let store = world.store.clone();
        let agent = world.agent;
        async move { store.page_prepare(agent, vec![page]).await.unwrap().remove(0) }
    });
    let (answers, refused) = tokio::join!(
        futures::future::join_all(asks),
        world.prepare_by(world.agent, stale)
    );
    assert!(
        answers
            .into_iter()
            .all(|page| verdict(page) == Verdict::New { grant: GRANT })
    );
    assert_eq!(refused.answer, Answer::Lost);
}
