//! Callers and what they did: keys, marks of requests, the audit log, and requests that only check.

use std::{sync::Arc, time::Duration};

use skarv_domain::{
    Clock, Error, ManualClock,
    api_key::KeyScope,
    auth::{Actor, RequestMark, Role},
    id::PrincipalId,
    paging::Page,
    tenant::NewTenant,
};
use skarv_store::{KeyHolder, Location, NewPrincipal, Store};

use crate::world::*;

fn new_tenant(name: &str) -> NewTenant {
    NewTenant {
        slug: slug(name),
        partner: None,
        name: name.to_owned(),
        org_number: "5566778899".to_owned(),
        pool: None,
    }
}

fn mark(world: &World, request: u128, content: u8) -> RequestMark {
    RequestMark {
        principal: PrincipalId::from_uuid(uuid::Uuid::from_u128(1)),
        request: uuid::Uuid::from_u128(request),
        method: format!("CreateTenant on {}", world.tenant.slug),
        body_hash: [content; 32],
    }
}

#[tokio::test]
async fn a_marked_request_happens_once_and_its_answer_is_kept() {
    let world = World::new().await;
    let mark = mark(&world, 1, 1);
    assert_eq!(world.store.request_find(&mark).await.unwrap(), None);
    let marked = actor().with_request(mark.clone());
    world
        .store
        .tenant_create(&STAFF, &marked, new_tenant("ny"))
        .await
        .unwrap();
    assert_eq!(
        world.store.request_find(&mark).await.unwrap().unwrap().reply,
        None
    );
    world.store.request_done(&mark, b"made".to_vec()).await.unwrap();
    assert_eq!(
        world.store.request_find(&mark).await.unwrap().unwrap().reply,
        Some(b"made".to_vec())
    );
    let raced = world
        .store
        .tenant_create(&STAFF, &marked, new_tenant("ny-igen"))
        .await;
    assert!(matches!(raced, Err(Error::AlreadyExists { kind: "request", .. })));
    assert!(
        world.store.tenant_get(&STAFF, &slug("ny-igen")).await.is_err(),
        "the mark and the change are one"
    );
}

#[tokio::test]
async fn of_two_requests_with_one_mark_at_once_one_is_done_and_others_are_not_harmed() {
    let world = World::new().await;
    let (marked, plain) = (actor().with_request(mark(&world, 1, 1)), actor());
    let ask = |actor| world.store.stream_request(&STAFF, actor, world.stream);
    let (first, second, other) = tokio::join!(ask(&marked), ask(&marked), ask(&plain));
    assert!(first.is_ok() && other.is_ok());
    assert!(matches!(
        second,
        Err(Error::AlreadyExists { kind: "request", .. })
    ));
    assert_eq!(world.stream().await.wanted_seq, 2);
}

#[tokio::test]
async fn a_mark_used_for_something_else_is_refused() {
    let world = World::new().await;
    let marked = actor().with_request(mark(&world, 1, 1));
    world
        .store
        .tenant_create(&STAFF, &marked, new_tenant("ny"))
        .await
        .unwrap();
    let other = world.store.request_find(&mark(&world, 1, 2)).await;
    assert!(matches!(other, Err(Error::InvalidArgument { field, .. }) if field == "request_id"));
}

#[tokio::test]
async fn a_request_that_only_checks_changes_nothing() {
    let world = World::new().await;
    let check = actor().validate_only(true).with_request(mark(&world, 1, 1));
    let would_be = world
        .store
        .tenant_create(&STAFF, &check, new_tenant("ny"))
        .await
        .unwrap();
    assert_eq!(would_be.org_number, "556677-8899");
    assert!(world.store.tenant_get(&STAFF, &slug("ny")).await.is_err());
    assert_eq!(world.store.request_find(&mark(&world, 1, 1)).await.unwrap(), None);
    let taken = world
        .store
        .tenant_create(&STAFF, &check, new_tenant("bagarn"))
        .await;
    assert!(matches!(taken, Err(Error::AlreadyExists { .. })));
    world
        .store
        .stream_request(&STAFF, &check, world.stream)
        .await
        .unwrap();
    assert!(world.lease(1).await.is_empty());
}

#[tokio::test]
async fn every_change_is_written_down_with_who_made_it() {
    let world = World::new().await;
    let anna = Actor {
        who: "partner:anna".to_owned(),
        ..Actor::system("FlowService/PauseFlow")
    };
    world
        .store
        .flow_pause(&STAFF, &anna, world.flow.id)
        .await
        .unwrap();
    let listed = world
        .store
        .audit_list(&STAFF, Some(world.tenant.id), &Page::first(1))
        .await
        .unwrap();
    let entry = &listed.items[0];
    assert_eq!(
        (entry.actor.as_str(), entry.method.as_str()),
        ("partner:anna", "FlowService/PauseFlow")
    );
    assert_eq!(
        (entry.resource.as_str(), entry.after.as_deref()),
        ("flows/orders", Some(r#"{"state":"paused"}"#))
    );
    assert!(listed.next.is_some());
}

#[tokio::test]
async fn the_audit_log_holds_no_secrets() {
    let world = World::new().await;
    world
        .store
        .connection_set_secrets(&STAFF, &actor(), world.shop.id, secrets("canary"))
        .await
        .unwrap();
    let listed = world
        .store
        .audit_list(&STAFF, None, &Page::first(100))
        .await
        .unwrap();
    assert!(listed.items.len() > 5);
    assert!(!format!("{listed:?}").contains("canary"));
}

#[tokio::test]
async fn a_key_is_found_by_its_prefix_until_it_is_taken_back() {
    let world = World::new().await;
    let new = NewPrincipal {
        role: Role::Admin,
        tenant: None,
        partner: None,
        pool: None,
        name: "Anna".to_owned(),
    };
    let anna = world.store.principal_create(&actor(), new).await.unwrap();
    assert!(!world.store.api_key_any().await.unwrap());
    let holder = KeyHolder::Principal(anna.id);
    let key = world
        .store
        .api_key_create(&actor(), holder, new_key("abc"))
        .await
        .unwrap();
    assert!(world.store.api_key_any().await.unwrap());
    world.store.api_key_used(key.id).await.unwrap();
    let (found, owner) = world.store.api_key_find("abc").await.unwrap().unwrap();
    assert_eq!(
        (found.hash, found.last_used_at, found.revoked_at),
        ([5; 32], Some(world.now()), None)
    );
    assert_eq!(owner, anna);
    world.pass(Duration::from_secs(1));
    let another = new_key("abd");
    world
        .store
        .api_key_create(&actor(), holder, another)
        .await
        .unwrap();
    let own = KeyScope::Own(anna.id);
    world.store.api_key_revoke(own, &actor(), "abc").await.unwrap();
    assert_eq!(
        world
            .store
            .api_key_find("abc")
            .await
            .unwrap()
            .unwrap()
            .0
            .revoked_at,
        Some(world.now())
    );
    assert_eq!(world.store.api_key_find("xyz").await.unwrap(), None);
}

#[tokio::test]
async fn an_agent_enrols_with_a_token_of_its_pool() {
    let world = World::new().await;
    let pool = world
        .store
        .pool_ensure(&actor(), &slug("eu-north"))
        .await
        .unwrap();
    assert_eq!(
        world
            .store
            .pool_ensure(&actor(), &slug("eu-north"))
            .await
            .unwrap(),
        pool
    );
    let token = world
        .store
        .enrolment_token_create(&actor(), pool.id, "tok", [9; 32], None)
        .await
        .unwrap();
    assert_eq!(
        world.store.enrolment_token_find("tok").await.unwrap(),
        Some(token)
    );
    assert_eq!(world.store.enrolment_token_find("kot").await.unwrap(), None);
    assert_eq!(world.store.agent_list(Some(pool.id)).await.unwrap(), []);
    assert_eq!(world.store.agent_list(None).await.unwrap()[0].id, world.agent);
}

#[tokio::test]
async fn an_agent_that_went_away_without_a_word_is_forgotten_after_a_day() {
    let world = World::new().await;
    world.pass(Duration::from_secs(20 * 3600));
    world.store.tidy().await.unwrap();
    assert_eq!(world.store.agent_list(None).await.unwrap().len(), 1);
    world.pass(Duration::from_secs(5 * 3600));
    world.store.tidy().await.unwrap();
    assert_eq!(world.store.agent_list(None).await.unwrap(), []);
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a name with spaces & ?.db");
    let world = World::resting(config(Location::Path(path.clone()))).await;
    world.activate().await;
    let queued = world.request().await;
    world.store.close().await.unwrap();
    let closed = world.store.stream_request(&STAFF, &actor(), world.stream).await;
    assert!(matches!(closed, Err(Error::Unavailable { .. })));
    let clock = Arc::new(ManualClock::at(start())) as Arc<dyn Clock>;
    let store = Store::open(config(Location::Path(path)), clock).await.unwrap();
    let world = World { store, ..world };
    assert_eq!(world.lease(1).await[0].run, queued.id);
}
