//! API keys: made, traded, replaced and taken back, by whom they belong to.

use std::{sync::Arc, time::Duration};

use secrecy::{SecretBox, SecretString};
use skarv_control_plane::Config;
use skarv_domain::{
    Clock, ManualClock, SystemClock,
    auth::{Actor, Role, Scope},
    clock::after,
    paging::Page,
};
use skarv_proto::{convert::settings::encode_time, v1 as pb};
use skarv_store::{Location, MasterKey, NewPrincipal, Store, StoreConfig};
use tonic::{Code, Status};

use crate::world::{Caller, World, field, quick, reason};

const ID: &str = "0b5d7a74-c5e0-4f4c-9f1a-3b1f0d6a9e77";
const ME: &str = "principals/me";
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3_600);

fn key(parent: &str) -> pb::CreateApiKeyRequest {
    pb::CreateApiKeyRequest {
        parent: parent.to_owned(),
        display_name: "nightly script".to_owned(),
        ..pb::CreateApiKeyRequest::default()
    }
}

async fn create(
    caller: &Caller,
    request: pb::CreateApiKeyRequest,
) -> Result<pb::CreateApiKeyResponse, Status> {
    Ok(caller.keys().create_api_key(request).await?.into_inner())
}

async fn made(caller: &Caller, parent: &str) -> (pb::ApiKey, SecretString) {
    let made = create(caller, key(parent)).await.unwrap();
    (made.api_key.unwrap(), made.secret.into())
}

async fn list(caller: &Caller, parent: &str) -> Result<Vec<pb::ApiKey>, Status> {
    let parent = parent.to_owned();
    let listed = caller
        .keys()
        .list_api_keys(pb::ListApiKeysRequest { parent })
        .await?;
    Ok(listed.into_inner().api_keys)
}

async fn rotate(
    caller: &Caller,
    name: &str,
    overlap: Option<Duration>,
) -> Result<pb::RotateApiKeyResponse, Status> {
    let request = pb::RotateApiKeyRequest {
        name: name.to_owned(),
        overlap: overlap.map(|span| span.try_into().unwrap()),
        request_id: String::new(),
    };
    Ok(caller.keys().rotate_api_key(request).await?.into_inner())
}

async fn revoke(caller: &Caller, name: &str) -> Result<pb::ApiKey, Status> {
    let name = name.to_owned();
    let answer = caller
        .keys()
        .revoke_api_key(pb::RevokeApiKeyRequest { name })
        .await?;
    Ok(answer.into_inner().api_key.unwrap())
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Status>) -> (Code, String) {
    let status = result.unwrap_err();
    (status.code(), reason(&status))
}

async fn at_a_still_clock() -> (World, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with(quick(), Arc::clone(&clock) as Arc<dyn Clock>).await;
    (world, clock)
}

/// The name of the first admin's key.
async fn admin_key(admin: &Caller) -> String {
    list(admin, ME).await.unwrap().remove(0).name
}

#[tokio::test]
async fn a_key_is_shown_once_and_opens_from_then_on() {
    let world = World::start().await;
    let admin = world.admin().await;
    let (made, text) = made(&admin, ME).await;
    let name = text_of(&text).split('_').nth(2).unwrap().to_owned();
    assert_eq!(made.name, format!("apiKeys/{name}"));
    assert!(made.owner.starts_with("principals/"));
    assert_eq!(
        (made.display_name.as_str(), made.state()),
        ("nightly script", pb::ApiKeyState::Active)
    );
    world.exchange(&text).await.unwrap();
    let listed = list(&admin, ME).await.unwrap();
    assert_eq!((listed.len(), &listed[0].name), (2, &made.name));
    assert!(listed[0].last_use_time.is_some(), "it was traded a moment ago");
}

fn text_of(text: &SecretString) -> String {
    secrecy::ExposeSecret::expose_secret(text).to_owned()
}

#[tokio::test]
async fn a_partner_and_an_admin_look_after_the_partners_keys() {
    let world = World::start().await;
    let (admin, mine) = (world.admin().await, world.partner("webbyran").await);
    let (by_admin, _) = made(&admin, "partners/webbyran").await;
    let (by_partner, text) = made(&mine, "partners/webbyran").await;
    let me = world.sign_in(&text).await;
    let who = me.auth().who_am_i(pb::WhoAmIRequest {}).await.unwrap();
    assert_eq!(who.into_inner().role, "partner");
    assert_eq!(by_admin.owner, "partners/webbyran");
    assert_eq!(by_partner.owner, "partners/webbyran");
    for caller in [&admin, &mine] {
        assert_eq!(list(caller, "partners/webbyran").await.unwrap().len(), 3);
    }
    assert_eq!(list(&mine, ME).await.unwrap().len(), 3, "they are one caller's");
    revoke(&mine, &by_admin.name).await.unwrap();
    revoke(&admin, &by_partner.name).await.unwrap();
}

#[tokio::test]
async fn another_partners_key_is_not_found() {
    let world = World::start().await;
    let (mine, other) = (world.partner("webbyran").await, world.partner("kodarna").await);
    let (key_of_mine, text) = made(&mine, "partners/webbyran").await;
    let name = &key_of_mine.name;
    let refused = [
        rotate(&other, name, None).await.unwrap_err(),
        revoke(&other, name).await.unwrap_err(),
        list(&other, "partners/webbyran").await.unwrap_err(),
        create(&other, key("partners/webbyran")).await.unwrap_err(),
        revoke(&other, "apiKeys/000000000000").await.unwrap_err(),
    ];
    for status in refused {
        assert_eq!(status.code(), Code::NotFound, "{}", status.message());
    }
    world.exchange(&text).await.unwrap();
}

#[tokio::test]
async fn staff_see_their_own_keys_and_not_each_others() {
    let world = World::start().await;
    let (admin, sales) = (world.admin().await, world.person(Role::Sales, None).await);
    world.partner("webbyran").await;
    let (own, _) = made(&sales, ME).await;
    assert_eq!(refusal(revoke(&admin, &own.name).await).0, Code::NotFound);
    assert_eq!(
        refusal(revoke(&sales, &admin_key(&admin).await).await).0,
        Code::NotFound
    );
    for refused in [
        create(&sales, key("partners/webbyran")).await.map(drop),
        list(&sales, "partners/webbyran").await.map(drop),
    ] {
        assert_eq!(
            refusal(refused),
            (Code::PermissionDenied, "PARTNER_KEYS_ARE_FOR_ADMINS".to_owned())
        );
    }
    revoke(&sales, &own.name).await.unwrap();
}

#[tokio::test]
async fn a_key_ends_when_it_was_made_to_and_only_its_owner_is_told() {
    let (world, clock) = at_a_still_clock().await;
    let admin = world.admin().await;
    let ends = |at| pb::CreateApiKeyRequest {
        expire_time: Some(encode_time(at)),
        ..key(ME)
    };
    let late = create(&admin, ends(clock.now())).await.unwrap_err();
    assert_eq!(
        (late.code(), field(&late).as_str()),
        (Code::InvalidArgument, "expire_time")
    );
    let text: SecretString = create(&admin, ends(after(clock.now(), DAY)))
        .await
        .unwrap()
        .secret
        .into();
    world.exchange(&text).await.unwrap();
    clock.advance(DAY);
    assert_eq!(
        refusal(world.exchange(&text).await),
        (Code::Unauthenticated, "API_KEY_EXPIRED".to_owned())
    );
    let guessed = format!("{}x", text_of(&text)).into();
    assert_eq!(
        refusal(world.exchange(&guessed).await),
        (Code::Unauthenticated, "API_KEY_INVALID".to_owned())
    );
    let keys = list(&world.admin().await, ME).await.unwrap();
    let ended = |key: &pb::ApiKey| key.state() == pb::ApiKeyState::Expired;
    assert_eq!(keys.iter().filter(|key| ended(key)).count(), 1);
}

#[tokio::test]
async fn a_key_that_was_taken_back_opens_nothing_and_only_its_owner_is_told() {
    let world = World::start().await;
    let admin = world.admin().await;
    let (key, text) = made(&admin, ME).await;
    let revoked = revoke(&admin, &key.name).await.unwrap();
    assert_eq!(revoked.state(), pb::ApiKeyState::Revoked);
    assert!(revoked.revoke_time.is_some());
    assert_eq!(
        refusal(world.exchange(&text).await),
        (Code::Unauthenticated, "API_KEY_REVOKED".to_owned())
    );
    let guessed = format!("{}x", text_of(&text)).into();
    assert_eq!(
        refusal(world.exchange(&guessed).await),
        (Code::Unauthenticated, "API_KEY_INVALID".to_owned())
    );
    assert_eq!(revoke(&admin, &key.name).await.unwrap(), revoked);
    assert_eq!(
        refusal(rotate(&admin, &key.name, None).await),
        (Code::FailedPrecondition, "API_KEY_REVOKED".to_owned())
    );
}

#[tokio::test]
async fn a_replaced_key_opens_for_a_day_more_and_then_only_the_new_one() {
    let (world, clock) = at_a_still_clock().await;
    let admin = world.admin().await;
    let rotated = rotate(&admin, &admin_key(&admin).await, None).await.unwrap();
    let (new, replaced) = (rotated.api_key.unwrap(), rotated.replaced.unwrap());
    assert_eq!(replaced.expire_time, Some(encode_time(after(clock.now(), DAY))));
    assert_eq!((new.expire_time, new.state()), (None, pb::ApiKeyState::Active));
    let text: SecretString = rotated.secret.into();
    clock.advance(DAY - Duration::from_secs(1));
    world.exchange(&world.admin_key).await.unwrap();
    world.exchange(&text).await.unwrap();
    clock.advance(Duration::from_secs(1));
    assert_eq!(
        refusal(world.exchange(&world.admin_key).await).1,
        "API_KEY_EXPIRED"
    );
    let admin = world.sign_in(&text).await;
    assert_eq!(
        refusal(rotate(&admin, &replaced.name, None).await),
        (Code::FailedPrecondition, "API_KEY_EXPIRED".to_owned())
    );
}

#[tokio::test]
async fn an_overlap_of_nothing_ends_the_old_key_at_once_and_one_of_months_is_refused() {
    let world = World::start().await;
    let admin = world.admin().await;
    let first = admin_key(&admin).await;
    let refused = rotate(&admin, &first, Some(31 * DAY)).await.unwrap_err();
    assert_eq!(field(&refused), "overlap");
    let rotated = rotate(&admin, &first, Some(Duration::ZERO)).await.unwrap();
    assert_eq!(
        refusal(world.exchange(&world.admin_key).await).1,
        "API_KEY_EXPIRED"
    );
    world.exchange(&rotated.secret.into()).await.unwrap();
}

#[tokio::test]
async fn the_last_admin_key_is_not_taken_back_until_there_is_another() {
    let world = World::start().await;
    let admin = world.admin().await;
    let first = admin_key(&admin).await;
    let refused = revoke(&admin, &first).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "LAST_ADMIN_KEY")
    );
    assert!(
        refused.message().contains("CreateApiKey"),
        "{}",
        refused.message()
    );
    let (_, text) = made(&admin, ME).await;
    revoke(&admin, &first).await.unwrap();
    world.exchange(&text).await.unwrap();
}

#[tokio::test]
async fn a_repeat_is_told_that_the_key_was_shown_and_makes_no_other() {
    let world = World::start().await;
    let admin = world.admin().await;
    let marked = pb::CreateApiKeyRequest {
        request_id: ID.to_owned(),
        ..key(ME)
    };
    create(&admin, marked.clone()).await.unwrap();
    let again = create(&admin, marked.clone()).await.unwrap_err();
    assert_eq!(
        (again.code(), reason(&again).as_str()),
        (Code::AlreadyExists, "SECRET_SHOWN_ONCE")
    );
    for word in ["shown once", "RevokeApiKey", "request_id"] {
        assert!(again.message().contains(word), "{}", again.message());
    }
    let other = pb::CreateApiKeyRequest {
        display_name: "another".to_owned(),
        ..marked
    };
    assert_eq!(field(&create(&admin, other).await.unwrap_err()), "request_id");
    let rotation = pb::RotateApiKeyRequest {
        name: list(&admin, ME).await.unwrap()[0].name.clone(),
        request_id: ID.replace("0b5d", "1b5d"),
        ..pb::RotateApiKeyRequest::default()
    };
    let mut keys = admin.keys();
    keys.rotate_api_key(rotation.clone()).await.unwrap();
    let again = keys.rotate_api_key(rotation).await.unwrap_err();
    assert_eq!(reason(&again), "SECRET_SHOWN_ONCE");
    assert_eq!(list(&admin, ME).await.unwrap().len(), 3);
}

#[tokio::test]
async fn the_same_key_asked_for_twice_at_once_is_made_once() {
    let world = World::start().await;
    let admin = world.admin().await;
    let marked = pb::CreateApiKeyRequest {
        request_id: ID.to_owned(),
        ..key(ME)
    };
    let (one, two) = tokio::join!(create(&admin, marked.clone()), create(&admin, marked));
    let refused = match (one, two) {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(&refused), "SECRET_SHOWN_ONCE");
    assert_eq!(list(&admin, ME).await.unwrap().len(), 2);
}

#[tokio::test]
async fn validate_only_makes_no_key() {
    let world = World::start().await;
    let admin = world.admin().await;
    world.partner("webbyran").await;
    let before = list(&admin, "partners/webbyran").await.unwrap();
    for parent in [ME, "partners/webbyran"] {
        let check = pb::CreateApiKeyRequest {
            validate_only: true,
            request_id: ID.to_owned(),
            ..key(parent)
        };
        let answer = create(&admin, check).await.unwrap();
        assert_eq!((answer.api_key, answer.secret.as_str()), (None, ""));
    }
    assert_eq!(list(&admin, ME).await.unwrap().len(), 1);
    assert_eq!(list(&admin, "partners/webbyran").await.unwrap(), before);
    let missing = pb::CreateApiKeyRequest {
        validate_only: true,
        ..key("partners/nobody")
    };
    assert_eq!(refusal(create(&admin, missing).await).0, Code::NotFound);
}

#[tokio::test]
async fn the_last_use_is_noted_at_most_once_a_minute() {
    let (world, clock) = at_a_still_clock().await;
    let used = |admin: Caller| async move { list(&admin, ME).await.unwrap()[0].last_use_time };
    let first = encode_time(clock.now());
    assert_eq!(used(world.admin().await).await, Some(first));
    clock.advance(MINUTE - Duration::from_secs(1));
    assert_eq!(used(world.admin().await).await, Some(first));
    clock.advance(Duration::from_secs(1));
    let later = encode_time(clock.now());
    assert_eq!(used(world.admin().await).await, Some(later));
}

#[tokio::test]
async fn a_name_that_is_none_is_refused_with_the_form_to_use() {
    let world = World::start().await;
    let admin = world.admin().await;
    for parent in ["", "principals/someone", "partners", "tenants/bagarn"] {
        let refused = create(&admin, key(parent)).await.unwrap_err();
        assert_eq!(field(&refused), "parent", "{parent}");
        assert!(refused.message().contains(ME), "{}", refused.message());
    }
    let whole = format!("apiKeys/{}", text_of(&world.admin_key));
    let refused = revoke(&admin, &whole).await.unwrap_err();
    assert_eq!(field(&refused), "name");
    assert!(!format!("{refused:?}").contains(&text_of(&world.admin_key)));
}

#[tokio::test]
async fn a_key_is_in_no_debug_no_audit_row_and_no_remembered_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skarv.db");
    let config = Config {
        database: Location::Path(path),
        ..quick()
    };
    let world = World::with(config, Arc::new(SystemClock)).await;
    let admin = world.admin().await;
    let marked = pb::CreateApiKeyRequest {
        request_id: ID.to_owned(),
        ..key(ME)
    };
    let made = create(&admin, marked).await.unwrap();
    let name = made.api_key.as_ref().unwrap().name.clone();
    let rotated = rotate(&admin, &name, None).await.unwrap();
    let audit = world
        .plane
        .store()
        .audit_list(&Scope::Staff, None, &Page::first(100))
        .await
        .unwrap();
    let told = format!("{made:?} {rotated:?} {audit:?} {:?}", world.plane);
    assert!(told.contains(&name) && audit.items.len() > 3);
    world.plane.shutdown().await;
    let mut stored = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        stored.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let holds = |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("nightly script"), "the file is where we look");
    for secret in [&made.secret, &rotated.secret] {
        let proof = &secret[secret.len() - 20..];
        assert!(!told.contains(proof) && !holds(proof));
    }
}

#[tokio::test]
async fn a_first_start_that_broke_off_before_the_key_was_made_is_made_good_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let database = Location::Path(folder.path().join("skarv.db"));
    let config = || Config {
        database: database.clone(),
        master_key: SecretBox::new(Box::new([7; 32])),
        ..quick()
    };
    // what the first transaction of a first start leaves behind
    let store = StoreConfig::new(database.clone(), MasterKey::new([7; 32]));
    let store = Store::open(store, Arc::new(SystemClock)).await.unwrap();
    let half = NewPrincipal {
        role: Role::Admin,
        tenant: None,
        partner: None,
        pool: None,
        name: "first admin".to_owned(),
    };
    store
        .principal_create(&Actor::system("first start"), half)
        .await
        .unwrap();
    store.close().await.unwrap();
    let world = World::with(config(), Arc::new(SystemClock)).await;
    let me = world.admin().await.auth().who_am_i(pb::WhoAmIRequest {}).await;
    assert_eq!(me.unwrap().into_inner().role, "admin");
    world.plane.shutdown().await;
    let again = skarv_control_plane::start(config(), Arc::new(SystemClock))
        .await
        .unwrap();
    assert!(again.bootstrap_key.is_none(), "a second first key");
    again.shutdown().await;
}
