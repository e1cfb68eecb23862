//! Secrets: sealed on disk, given out with leases only, renewed by one at a time.

use std::time::Duration;

use secrecy::ExposeSecret;
use skarv_domain::{run::Phase, stream::StreamState};
use skarv_store::{ConnectionUse, Location, Refresh};

use crate::{keys::new_signing_key, master_key::spoil, world::*};

#[tokio::test]
async fn secrets_are_sealed_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skarv.db");
    let world = World::resting(config(Location::Path(path))).await;
    world.activate().await;
    let key = new_signing_key("k1", b"canary-that-signs");
    world.store.signing_key_rotate(&actor(), key, None).await.unwrap();
    let lease = world.leased(1).await;
    assert_eq!(
        lease.source.secrets.get("api_key").unwrap().expose_secret(),
        "canary-in-the-shop"
    );
    assert!(!format!("{lease:?}").contains("canary"));
    world.store.close().await.unwrap();
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("shop.example"), "the file is where we look");
    assert!(!holds("canary"));
}

#[tokio::test]
async fn credentials_that_do_not_open_stop_the_stream_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skarv.db");
    let world = World::resting(config(Location::Path(path.clone()))).await;
    world.activate().await;
    world.request().await;
    spoil(&path).await;
    assert!(world.lease(1).await.is_empty());
    let failed = world
        .runs()
        .await
        .into_iter()
        .find(|run| run.phase == Phase::Failed)
        .unwrap();
    assert_eq!(failed.error.unwrap().code, "credentials_unreadable");
    assert_eq!(world.stream().await.state, StreamState::Blocked);
}

#[tokio::test]
async fn credentials_are_renewed_by_one_run_at_a_time() {
    let world = World::new().await;
    let first = world.leased(1).await;
    let by = ConnectionUse {
        agent: world.agent,
        run: first.run,
        epoch: first.epoch,
        connection: world.shop.id,
    };
    let Refresh::Granted(old, version) = world.store.secret_refresh_begin(by, 1).await.unwrap() else {
        panic!()
    };
    assert_eq!(
        (old.get("api_key").unwrap().expose_secret(), version),
        ("canary-in-the-shop", 1)
    );
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
    let second = world.lease(2).await.remove(0);
    let other = ConnectionUse {
        run: second.run,
        epoch: second.epoch,
        ..by
    };
    assert!(matches!(
        world.store.secret_refresh_begin(other, 1).await.unwrap(),
        Refresh::Wait(_)
    ));
    let stored = world
        .store
        .secret_refresh_store(by, 1, secrets("fresh"), None)
        .await
        .unwrap();
    assert_eq!(stored, Some(2));
    let Refresh::Newer(fresh, version) = world.store.secret_refresh_begin(other, 1).await.unwrap() else {
        panic!()
    };
    assert_eq!(
        (fresh.get("api_key").unwrap().expose_secret(), version),
        ("fresh", 2)
    );
    assert_eq!(
        world
            .store
            .secret_refresh_store(other, 1, secrets("older"), None)
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn a_renewed_pair_is_kept_even_when_the_lease_was_lost_meanwhile() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    let by = ConnectionUse {
        agent: world.agent,
        run: lease.run,
        epoch: lease.epoch,
        connection: world.shop.id,
    };
    assert!(matches!(
        world.store.secret_refresh_begin(by, 1).await.unwrap(),
        Refresh::Granted(..)
    ));
    world.pass(Duration::from_secs(20));
    world.store.run_reap(10).await.unwrap();
    assert!(matches!(
        world.store.secret_refresh_begin(by, 1).await.unwrap(),
        Refresh::Lost
    ));
    assert_eq!(
        world
            .store
            .secret_refresh_store(by, 1, secrets("fresh"), None)
            .await
            .unwrap(),
        Some(2)
    );
}
