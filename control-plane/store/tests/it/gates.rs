//! Gates: how many runs use a connection, and how fast.

use std::time::Duration;

use skarv_domain::{id::RunId, run::FinishOutcome};
use skarv_store::{ConnectionUse, Leased};

use crate::world::*;

/// Five flows over the same two connections, which take two runs at a time; the runs that are queued for them.
async fn crowd(world: &World) -> Vec<RunId> {
    let mut runs = Vec::new();
    for n in 0..5 {
        let mut new = new_flow(&world.tenant, &world.shop, &world.erp);
        new.slug = slug(&format!("flow-{n}"));
        let flow = world.store.flow_create(&STAFF, &actor(), new).await.unwrap();
        world
            .store
            .flow_activate(&STAFF, &actor(), flow.id)
            .await
            .unwrap();
        let stream = world.store.stream_list(&STAFF, flow.id).await.unwrap().remove(0);
        runs.push(
            world
                .store
                .stream_request(&STAFF, &actor(), stream.id)
                .await
                .unwrap()
                .id,
        );
    }
    runs
}

fn using(world: &World, lease: &Leased) -> ConnectionUse {
    ConnectionUse {
        agent: world.agent,
        run: lease.run,
        epoch: lease.epoch,
        connection: world.shop.id,
    }
}

#[tokio::test]
async fn a_full_connection_takes_the_next_when_a_place_is_freed() {
    let world = World::new().await;
    let runs = crowd(&world).await;
    let mut order = Vec::new();
    let mut leases = world.lease(1).await;
    assert_eq!(leases.len(), 2);
    for poll in 2..20 {
        let Some(lease) = leases.pop() else { break };
        order.push(lease.run);
        world.finish(done(&lease)).await;
        let more = world.lease(poll).await;
        assert!(leases.len() + more.len() <= 2);
        leases.extend(more);
    }
    order.sort();
    let mut all = runs;
    all.sort();
    assert_eq!(order, all);
    assert_eq!(world.store.gate_audit(false).await.unwrap(), []);
}

#[tokio::test]
async fn places_come_back_whatever_ends_a_lease() {
    let world = World::new().await;
    crowd(&world).await;
    let leases = world.lease(1).await;
    world.finish(ended(&leases[0], FinishOutcome::Yielded)).await;
    world.pass(Duration::from_secs(15));
    world.store.run_reap(10).await.unwrap();
    assert_eq!(world.store.gate_audit(false).await.unwrap(), []);
    let leases = world.lease(2).await;
    assert_eq!(leases.len(), 2);
    world.finish(ended(&leases[0], FinishOutcome::HandedBack)).await;
    world.store.agent_deregister(world.agent).await.unwrap();
    assert_eq!(world.store.gate_audit(false).await.unwrap(), []);
}

#[tokio::test]
async fn a_connection_that_asks_for_peace_is_left_alone_by_everyone() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    let by = using(&world, &lease);
    assert!(
        world
            .store
            .gate_throttle(by, Duration::from_secs(10))
            .await
            .unwrap()
    );
    assert!(
        world
            .store
            .gate_throttle(by, Duration::from_secs(1))
            .await
            .unwrap()
    );
    let grant = world.store.gate_reserve(by, 5).await.unwrap().unwrap();
    assert_eq!((grant.count, grant.wait), (0, Duration::from_secs(10)));
    world.finish(done(&lease)).await;
    world.request().await;
    assert!(world.lease(2).await.is_empty(), "new runs wait as well");
    world.pass(Duration::from_secs(10));
    assert_eq!(world.store.run_promote(10).await.unwrap(), 1);
    assert_eq!(world.lease(3).await.len(), 1);
}

#[tokio::test]
async fn chunks_of_budget_do_not_overlap() {
    let world = World::new().await;
    world.pass(Duration::from_secs(1));
    let lease = world.leased(1).await;
    let by = using(&world, &lease);
    // five came with the lease: half a second of the budget
    let first = world.store.gate_reserve(by, 5).await.unwrap().unwrap();
    assert_eq!((first.count, first.wait), (5, Duration::from_millis(500)));
    let second = world.store.gate_reserve(by, 50).await.unwrap().unwrap();
    assert_eq!((second.count, second.wait), (10, Duration::from_secs(1)));
    let third = world.store.gate_reserve(by, 50).await.unwrap().unwrap();
    assert_eq!((third.count, third.wait), (10, Duration::from_secs(2)));
    assert_eq!(world.store.gate_reserve(by, 50).await.unwrap().unwrap().count, 0);
}

#[tokio::test]
async fn only_a_live_lease_on_the_connection_may_use_it() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    let stale = ConnectionUse {
        epoch: lease.epoch + 1,
        ..using(&world, &lease)
    };
    assert_eq!(world.store.gate_reserve(stale, 1).await.unwrap(), None);
    let (_, other, ..) = settle(&world.store, "annan").await;
    let elsewhere = ConnectionUse {
        connection: other.id,
        ..using(&world, &lease)
    };
    assert_eq!(world.store.gate_reserve(elsewhere, 1).await.unwrap(), None);
    world.pass(Duration::from_secs(15));
    assert_eq!(
        world.store.gate_reserve(using(&world, &lease), 1).await.unwrap(),
        None
    );
    assert!(
        !world
            .store
            .gate_throttle(using(&world, &lease), Duration::from_secs(1))
            .await
            .unwrap()
    );
}
