//! Keys that take over from one another: API keys of people and partners, and the keys that sign tokens.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretSlice};
use skarv_domain::{
    Error,
    api_key::{ApiKey, KeyOwner, KeyScope},
    auth::{Actor, RequestMark, Role, Scope},
    clock::after,
    id::PrincipalId,
    paging::Page,
    partner::Partner,
};
use skarv_store::{KeyHolder, NewApiKey, NewPrincipal, NewSigningKey, Principal};

use crate::world::*;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3_600);

pub(crate) fn new_signing_key(kid: &str, secret: &[u8]) -> NewSigningKey {
    NewSigningKey {
        kid: kid.to_owned(),
        secret: SecretSlice::from(secret.to_vec()),
        lead: 2 * MINUTE,
        overlap: 16 * MINUTE,
    }
}

async fn person(world: &World, role: Role) -> Principal {
    let new = NewPrincipal {
        role,
        tenant: None,
        partner: None,
        pool: None,
        name: "someone".to_owned(),
    };
    world.store.principal_create(&actor(), new).await.unwrap()
}

async fn key_of(world: &World, holder: KeyHolder, new: NewApiKey) -> ApiKey {
    world.store.api_key_create(&actor(), holder, new).await.unwrap()
}

async fn partner(world: &World, id: &str) -> Partner {
    world
        .store
        .partner_create(&actor(), new_partner(id))
        .await
        .unwrap()
}

fn reason<T: std::fmt::Debug>(answer: Result<T, Error>) -> &'static str {
    match answer {
        Err(Error::FailedPrecondition { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn all_keys_of_a_partner_are_of_one_caller_and_are_named_after_the_partner() {
    let world = World::new().await;
    let byran = partner(&world, "byran").await;
    let holder = KeyHolder::Partner(byran.id);
    let first = key_of(&world, holder, new_key("aaa")).await;
    world.pass(MINUTE);
    let second = key_of(&world, holder, new_key("bbb")).await;
    assert_eq!(first.principal, second.principal);
    assert_eq!(first.owner, KeyOwner::Partner(slug("byran")));
    let (_, caller) = world.store.api_key_find("aaa").await.unwrap().unwrap();
    assert_eq!((caller.role, caller.partner), (Role::Partner, Some(byran.id)));
    let listed = world.store.api_key_list(holder).await.unwrap();
    assert_eq!(listed, [second, first], "newest first");
}

#[tokio::test]
async fn a_replaced_key_goes_on_for_the_overlap_and_the_new_one_is_there_at_once() {
    let world = World::new().await;
    let anna = person(&world, Role::Support).await;
    let named = NewApiKey {
        name: "nightly script".to_owned(),
        expires_at: Some(after(world.now(), 90 * DAY)),
        ..new_key("aaa")
    };
    key_of(&world, KeyHolder::Principal(anna.id), named).await;
    world.pass(30 * DAY);
    let scope = KeyScope::Own(anna.id);
    let by = ("bbb".to_owned(), [6; 32]);
    let (new, old) = world
        .store
        .api_key_rotate(scope, &actor(), "aaa", by, DAY)
        .await
        .unwrap();
    assert_eq!(old.expires_at, Some(after(world.now(), DAY)));
    assert_eq!(new.expires_at, Some(after(world.now(), 90 * DAY)));
    assert_eq!(new.name, "nightly script");
    let found = |prefix: &'static str| world.store.api_key_find(prefix);
    assert_eq!(found("aaa").await.unwrap().unwrap().0, old);
    assert_eq!(found("bbb").await.unwrap().unwrap().0, new);
    let by = ("ccc".to_owned(), [7; 32]);
    let again = world.store.api_key_rotate(scope, &actor(), "aaa", by, DAY).await;
    assert_eq!(reason(again), "API_KEY_REPLACED");
    assert_eq!(found("ccc").await.unwrap(), None, "nothing is half done");
}

#[tokio::test]
async fn both_sides_of_a_replacement_are_written_down_under_one_mark() {
    let world = World::new().await;
    let anna = person(&world, Role::Support).await;
    key_of(&world, KeyHolder::Principal(anna.id), new_key("aaa")).await;
    let mark = RequestMark {
        principal: anna.id,
        request: uuid::Uuid::from_u128(1),
        method: "RotateApiKey".to_owned(),
        body_hash: [1; 32],
    };
    let marked = Actor::system("RotateApiKey").with_request(mark.clone());
    let by = ("bbb".to_owned(), [6; 32]);
    world
        .store
        .api_key_rotate(KeyScope::Own(anna.id), &marked, "aaa", by, DAY)
        .await
        .unwrap();
    assert!(world.store.request_find(&mark).await.unwrap().is_some());
    let audit = world
        .store
        .audit_list(&STAFF, None, &Page::first(2))
        .await
        .unwrap();
    let resources: Vec<_> = audit.items.iter().map(|entry| entry.resource.as_str()).collect();
    assert_eq!(resources, ["api-keys/aaa", "api-keys/bbb"]);
}

#[tokio::test]
async fn a_strangers_key_is_not_found_and_not_changed() {
    let world = World::new().await;
    let (byran, kodarna) = (partner(&world, "byran").await, partner(&world, "kodarna").await);
    let key = key_of(&world, KeyHolder::Partner(byran.id), new_key("aaa")).await;
    let me = PrincipalId::new(world.now());
    for scope in [KeyScope::Own(me), KeyScope::Partner(me, kodarna.id)] {
        let by = ("bbb".to_owned(), [6; 32]);
        let taken = world.store.api_key_rotate(scope, &actor(), "aaa", by, DAY).await;
        assert!(matches!(taken, Err(Error::NotFound { .. })));
        let revoked = world.store.api_key_revoke(scope, &actor(), "aaa").await;
        let unknown = world.store.api_key_revoke(scope, &actor(), "zzz").await;
        assert!(matches!(revoked, Err(Error::NotFound { .. })));
        assert!(matches!(unknown, Err(Error::NotFound { .. })));
    }
    assert_eq!(world.store.api_key_find("aaa").await.unwrap().unwrap().0, key);
}

#[tokio::test]
async fn the_last_key_that_lets_an_admin_in_stays() {
    let world = World::new().await;
    let (anna, bo) = (
        person(&world, Role::Admin).await,
        person(&world, Role::Admin).await,
    );
    key_of(&world, KeyHolder::Principal(anna.id), new_key("aaa")).await;
    let scope = KeyScope::Admin(anna.id);
    let revoke = async |prefix: &str| world.store.api_key_revoke(scope, &actor(), prefix).await;
    assert_eq!(reason(revoke("aaa").await), "LAST_ADMIN_KEY");
    let by = ("bbb".to_owned(), [6; 32]);
    world
        .store
        .api_key_rotate(scope, &actor(), "aaa", by, DAY)
        .await
        .unwrap();
    // the old one still opens, but only for a day
    assert_eq!(reason(revoke("bbb").await), "LAST_ADMIN_KEY");
    revoke("aaa").await.unwrap();
    let ended = NewApiKey {
        expires_at: Some(after(world.now(), MINUTE)),
        ..new_key("ccc")
    };
    key_of(&world, KeyHolder::Principal(bo.id), ended).await;
    world.pass(MINUTE);
    assert_eq!(reason(revoke("bbb").await), "LAST_ADMIN_KEY");
    key_of(&world, KeyHolder::Principal(bo.id), new_key("ddd")).await;
    let revoked = revoke("bbb").await.unwrap();
    assert_eq!(revoked.revoked_at, Some(world.now()));
    world.pass(MINUTE);
    assert_eq!(revoke("bbb").await.unwrap(), revoked, "once more changes nothing");
}

#[tokio::test]
async fn partners_are_listed_by_id_to_staff_and_themselves_to_partners() {
    let world = World::new().await;
    for id in ["byran", "alfa", "celler"] {
        partner(&world, id).await;
    }
    let own = world.store.partner_get(&STAFF, &slug("byran")).await.unwrap().id;
    let list = async |scope: Scope, page: Page| world.store.partner_list(&scope, &page).await.unwrap();
    let first = list(STAFF, Page::first(2)).await;
    let ids: Vec<_> = first.items.iter().map(|partner| partner.slug.as_str()).collect();
    assert_eq!(ids, ["alfa", "byran"]);
    let page = Page {
        size: 2,
        after: first.next,
    };
    let rest = list(STAFF, page).await;
    assert_eq!((rest.items[0].slug.as_str(), rest.next), ("celler", None));
    let mine = list(Scope::Partner(own), Page::first(9)).await;
    assert_eq!((mine.items.len(), mine.items[0].id), (1, own));
    assert_eq!(
        list(Scope::Tenant(world.tenant.id), Page::first(9)).await.items,
        []
    );
}

#[tokio::test]
async fn the_first_signing_key_signs_at_once_and_the_next_after_its_lead() {
    let world = World::new().await;
    let rotate = async |kid: &str| {
        let new = new_signing_key(kid, kid.as_bytes());
        world.store.signing_key_rotate(&actor(), new, None).await.unwrap()
    };
    let first = rotate("k1").await;
    assert_eq!((first.signs_after, first.not_after), (world.now(), None));
    world.pass(MINUTE);
    let second = rotate("k2").await;
    assert_eq!(second.signs_after, after(world.now(), 2 * MINUTE));
    let again = rotate("k3").await;
    assert_eq!(again.kid, "k2", "one that waits is answered, and none is made");
    let listed = world.store.signing_key_list().await.unwrap();
    let found: Vec<_> = listed
        .iter()
        .map(|key| (key.kid.as_str(), key.secret.expose_secret(), key.not_after))
        .collect();
    let end = after(world.now(), 18 * MINUTE);
    assert_eq!(
        found,
        [
            ("k2", b"k2".as_slice(), None),
            ("k1", b"k1".as_slice(), Some(end))
        ]
    );
}

#[tokio::test]
async fn of_two_processes_that_find_an_old_key_one_replaces_it() {
    let world = World::new().await;
    let rotate = async |kid: &str| {
        let new = new_signing_key(kid, b"x");
        world.store.signing_key_rotate(&actor(), new, Some(DAY)).await
    };
    rotate("k1").await.unwrap();
    world.pass(DAY - MINUTE);
    assert_eq!(rotate("k2").await.unwrap().kid, "k1", "not yet");
    world.pass(MINUTE);
    let (one, other) = tokio::join!(rotate("k3"), rotate("k4"));
    assert_eq!(one.unwrap().kid, other.unwrap().kid);
    assert_eq!(world.store.signing_key_list().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_signing_key_is_deleted_once_everything_it_signed_has_ended() {
    let world = World::new().await;
    let rotate = async |kid: &str| {
        let new = new_signing_key(kid, b"x");
        world.store.signing_key_rotate(&actor(), new, None).await
    };
    rotate("k1").await.unwrap();
    rotate("k2").await.unwrap();
    world.pass(18 * MINUTE - Duration::from_secs(1));
    world.store.tidy().await.unwrap();
    assert_eq!(world.store.signing_key_list().await.unwrap().len(), 2);
    world.pass(Duration::from_secs(1));
    world.store.tidy().await.unwrap();
    let left = world.store.signing_key_list().await.unwrap();
    assert_eq!((left.len(), left[0].kid.as_str()), (1, "k2"));
}
