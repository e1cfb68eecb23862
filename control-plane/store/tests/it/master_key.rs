//! Changing the master key, and starting with a wrong one.

use std::{path::Path, sync::Arc};

use sea_orm::{ConnectionTrait, Database};
use secrecy::ExposeSecret;
use skarv_domain::{Clock, Error, ManualClock, paging::Page};
use skarv_store::{Location, MasterKey, Resealed, Store, StoreConfig};

use crate::{keys::new_signing_key, world::*};

/// Changes the sealed credentials behind the store's back.
pub(crate) async fn spoil(path: &Path) {
    let db = Database::connect(format!("sqlite://{}", path.display()))
        .await
        .unwrap();
    db.execute_unprepared("UPDATE secret SET sealed = x'00112233445566778899aabbccddeeff'")
        .await
        .unwrap();
    db.close().await.unwrap();
}

fn keyed(path: &Path, current: u8, previous: &[u8]) -> StoreConfig {
    StoreConfig {
        master_key: MasterKey::new([current; 32]),
        previous_master_keys: previous.iter().map(|byte| MasterKey::new([*byte; 32])).collect(),
        ..config(Location::Path(path.to_owned()))
    }
}

async fn open(config: StoreConfig) -> Result<Store, Error> {
    Store::open(config, Arc::new(ManualClock::at(start())) as Arc<dyn Clock>).await
}

/// A database that the key of sevens sealed: credentials of two connections and a signing key.
async fn sealed(path: &Path) -> World {
    let world = World::resting(config(Location::Path(path.to_owned()))).await;
    world.activate().await;
    world
        .store
        .signing_key_rotate(&actor(), new_signing_key("k1", b"signs"), None)
        .await
        .unwrap();
    world.request().await;
    world.store.close().await.unwrap();
    world
}

async fn shop_secret(world: World, store: Store) -> String {
    let world = World { store, ..world };
    let lease = world.leased(1).await;
    lease
        .source
        .secrets
        .get("api_key")
        .unwrap()
        .expose_secret()
        .to_owned()
}

#[tokio::test]
async fn a_database_is_sealed_anew_and_then_needs_the_new_key_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skarv.db");
    let world = sealed(&path).await;
    let both = open(keyed(&path, 8, &[7])).await.unwrap();
    assert_eq!(both.master_key_id(), MasterKey::new([8; 32]).id());
    let own_key = both.own_key().expose_secret().to_vec();
    let resealed = both.reseal(&actor()).await.unwrap();
    let all = Resealed {
        secrets: 2,
        signing_keys: 1,
        own_keys: 1,
    };
    assert_eq!(resealed, all);
    let audit = both.audit_list(&STAFF, None, &Page::first(1)).await.unwrap();
    let entry = &audit.items[0];
    assert_eq!(entry.resource, format!("master-keys/{}", both.master_key_id()));
    assert!(entry.after.as_deref().unwrap().contains(r#""secrets":2"#));
    both.close().await.unwrap();
    let new = open(keyed(&path, 8, &[])).await.unwrap();
    assert_eq!(
        new.own_key().expose_secret(),
        own_key,
        "what is derived from it goes on"
    );
    let keys = new.signing_key_list().await.unwrap();
    assert_eq!(keys[0].secret.expose_secret(), b"signs");
    assert_eq!(shop_secret(world, new).await, "canary-in-the-shop");
}

#[tokio::test]
async fn sealing_anew_once_more_finds_nothing_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skarv.db");
    sealed(&path).await;
    let store = open(keyed(&path, 8, &[7])).await.unwrap();
    store.reseal(&actor()).await.unwrap();
    let written = store.audit_list(&STAFF, None, &Page::first(500)).await.unwrap();
    assert!(store.reseal(&actor()).await.unwrap().is_empty());
    let after = store.audit_list(&STAFF, None, &Page::first(500)).await.unwrap();
    assert_eq!(after.items.len(), written.items.len());
}

#[tokio::test]
async fn while_keys_change_both_open_and_the_new_one_seals() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skarv.db");
    let world = sealed(&path).await;
    let both = open(keyed(&path, 8, &[7])).await.unwrap();
    assert_eq!(
        both.signing_key_list().await.unwrap()[0].secret.expose_secret(),
        b"signs"
    );
    both.connection_set_secrets(&STAFF, &actor(), world.erp.id, secrets("fresh"))
        .await
        .unwrap();
    // the new version was sealed with the new key already
    assert_eq!(both.reseal(&actor()).await.unwrap().secrets, 2);
    assert_eq!(shop_secret(world, both).await, "canary-in-the-shop");
}

#[tokio::test]
async fn a_row_that_no_key_opens_is_named_and_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skarv.db");
    let world = sealed(&path).await;
    spoil(&path).await;
    let both = open(keyed(&path, 8, &[7])).await.unwrap();
    let refused = both.reseal(&actor()).await.unwrap_err();
    let Error::FailedPrecondition {
        reason,
        subject,
        problem,
    } = &refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(*reason, "SEALED_ROW_UNREADABLE");
    assert!(
        subject.starts_with(&format!("secret/{}/", world.tenant.id)),
        "{subject}"
    );
    assert!(problem.contains("nothing was changed"), "{problem}");
    both.close().await.unwrap();
    // the old key alone still opens all the rest
    let old = open(keyed(&path, 7, &[])).await.unwrap();
    assert_eq!(
        old.signing_key_list().await.unwrap()[0].secret.expose_secret(),
        b"signs"
    );
}

#[tokio::test]
async fn a_wrong_master_key_is_refused_at_the_start_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skarv.db");
    let world = sealed(&path).await;
    let refused = open(keyed(&path, 9, &[])).await.unwrap_err().to_string();
    let (wanted, given) = (MasterKey::new([7; 32]).id(), MasterKey::new([9; 32]).id());
    for word in [
        wanted.as_str(),
        given.as_str(),
        "start with the key",
        "previous key",
    ] {
        assert!(refused.contains(word), "{word} is not in: {refused}");
    }
    assert!(!refused.starts_with("internal"), "{refused}");
    let right = open(keyed(&path, 7, &[])).await.unwrap();
    assert_eq!(
        shop_secret(world, right).await,
        "canary-in-the-shop",
        "nothing was harmed"
    );
}

#[tokio::test]
async fn the_own_key_is_made_once_and_is_the_installations() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skarv.db");
    let first = open(keyed(&path, 7, &[])).await.unwrap();
    let second = open(keyed(&path, 7, &[])).await.unwrap();
    let elsewhere = open(keyed(&folder.path().join("other.db"), 7, &[]))
        .await
        .unwrap();
    assert_eq!(first.own_key().expose_secret(), second.own_key().expose_secret());
    assert_ne!(
        first.own_key().expose_secret(),
        elsewhere.own_key().expose_secret()
    );
    assert!(!format!("{first:?}").contains(&format!("{:?}", first.own_key().expose_secret())));
}
