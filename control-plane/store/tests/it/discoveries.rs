//! What a connection has to choose from, kept until it is read anew.

use std::time::Duration;

use skarv_domain::{
    auth::Scope,
    run::{FinishOutcome, RunKind, RunSubject},
};
use skarv_store::{FinishItem, Leased, NewRun, StoredResult};

use crate::world::{STAFF, World, actor, done, ended, settle};

impl World {
    async fn asked(&self, kind: RunKind, poll: u64) -> Leased {
        let subject = RunSubject::Connection(self.shop.id);
        let new = NewRun { kind, subject };
        let run = self.store.run_enqueue(&STAFF, &actor(), new).await.unwrap();
        let leases = self.lease(poll).await;
        leases.into_iter().find(|lease| lease.run == run.id).unwrap()
    }

    async fn tells(&self, lease: &Leased, outcome: FinishOutcome, bytes: &[u8]) {
        let result = StoredResult {
            kind: "discovery".to_owned(),
            bytes: bytes.to_vec(),
        };
        let item = FinishItem {
            result: Some(result),
            ..ended(lease, outcome)
        };
        self.finish(item).await;
    }

    async fn discovered(&self, scope: &Scope) -> Option<Vec<u8>> {
        let found = self.store.discovery_get(scope, self.shop.id).await.unwrap();
        found.map(|found| found.bytes)
    }
}

#[tokio::test]
async fn what_was_discovered_outlives_its_run_and_gives_way_to_what_is_newer() {
    let world = World::new().await;
    assert_eq!(world.discovered(&STAFF).await, None);
    let lease = world.asked(RunKind::Discover, 1).await;
    assert!(lease.target.is_none() && lease.stream.is_none());
    world.tells(&lease, FinishOutcome::Succeeded, b"old").await;
    let first = world.now();
    world.pass(Duration::from_secs(30 * 24 * 3600));
    world.store.tidy().await.unwrap();
    assert_eq!(world.store.run_result(&STAFF, lease.run).await.unwrap(), None);
    let kept = world.store.discovery_get(&STAFF, world.shop.id).await.unwrap();
    assert_eq!(
        kept.map(|kept| (kept.bytes, kept.at)),
        Some((b"old".to_vec(), first))
    );
}

#[tokio::test]
async fn what_is_read_anew_takes_the_place_of_what_was() {
    let world = World::new().await;
    for (poll, told) in [(1, b"old"), (2, b"new")] {
        let lease = world.asked(RunKind::Discover, poll).await;
        world.tells(&lease, FinishOutcome::Succeeded, told).await;
        assert_eq!(world.discovered(&STAFF).await.as_deref(), Some(told.as_slice()));
    }
}

#[tokio::test]
async fn only_a_discovery_that_went_through_is_kept_as_one() {
    let world = World::new().await;
    let lease = world.asked(RunKind::Check, 1).await;
    world.tells(&lease, FinishOutcome::Succeeded, b"of a test").await;
    let lease = world.asked(RunKind::Discover, 2).await;
    world.tells(&lease, FinishOutcome::Failed, b"half").await;
    let lease = world.asked(RunKind::Discover, 3).await;
    world.finish(done(&lease)).await;
    assert_eq!(world.discovered(&STAFF).await, None);
}

#[tokio::test]
async fn nobody_sees_what_another_tenant_has_to_choose_from() {
    let world = World::new().await;
    let lease = world.asked(RunKind::Discover, 1).await;
    world.tells(&lease, FinishOutcome::Succeeded, b"states").await;
    let (stranger, ..) = settle(&world.store, "kvarnen").await;
    assert_eq!(world.discovered(&Scope::Tenant(stranger.id)).await, None);
    assert!(world.discovered(&Scope::Tenant(world.tenant.id)).await.is_some());
}
