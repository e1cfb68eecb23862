//! Keys that sign tokens take over from one another, and no token is refused on the way.

use std::{path::Path, sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::SecretString;
use skarv_control_plane::{Config, ControlPlane};
use skarv_domain::{Clock, ManualClock, SystemClock, auth::Role};
use skarv_proto::{convert::settings::decode_time, v1 as pb};
use skarv_store::{Durability, Location};
use tonic::{Code, Status, transport::Channel};

use crate::world::{World, reason};

const MINUTE: Duration = Duration::from_secs(60);
/// How often keys are re-read, by the clock that the tests move. In real time it happens at once or never.
const UPKEEP: Duration = Duration::from_secs(3_600);

type Auth = pb::auth_service_client::AuthServiceClient<Channel>;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(SystemClock.now()))
}

fn on(path: &Path, upkeep: Duration) -> Config {
    Config {
        durability: Durability::Normal,
        upkeep_every: upkeep,
        ..Config::new(Location::Path(path.to_owned()), [7; 32])
    }
}

async fn plane(config: Config, clock: &Arc<ManualClock>) -> ControlPlane {
    skarv_control_plane::start(config, Arc::clone(clock) as Arc<dyn Clock>)
        .await
        .unwrap()
}

async fn client(plane: &ControlPlane) -> Auth {
    Auth::connect(plane.url()).await.unwrap()
}

async fn token(auth: &mut Auth, key: &SecretString) -> String {
    let request = pb::ExchangeApiKeyRequest {
        api_key: secrecy::ExposeSecret::expose_secret(key).to_owned(),
    };
    auth.exchange_api_key(request).await.unwrap().into_inner().token
}

fn kid(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

fn with<T>(token: &str, message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    let bearer = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
    request
}

async fn opens(auth: &mut Auth, token: &str) -> Result<(), Status> {
    auth.who_am_i(with(token, pb::WhoAmIRequest {})).await.map(drop)
}

async fn rotate(auth: &mut Auth, token: &str) -> pb::RotateSigningKeyResponse {
    let request = with(token, pb::RotateSigningKeyRequest {});
    auth.rotate_signing_key(request).await.unwrap().into_inner()
}

async fn published(auth: &mut Auth) -> Vec<String> {
    let keys = auth.get_jwks(pb::GetJwksRequest {}).await.unwrap().into_inner();
    keys.keys.into_iter().map(|key| key.kid).collect()
}

/// Waits until a process says that these are the keys.
async fn publishes(auth: &mut Auth, kids: &[String]) {
    for _ in 0..1_000 {
        if published(auth).await == kids {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{:?} and not {kids:?}", published(auth).await);
}

#[tokio::test]
async fn anyone_may_check_a_token_with_the_published_keys() {
    let folder = tempfile::tempdir().unwrap();
    let plane = plane(on(&folder.path().join("skarv.db"), UPKEEP), &clock()).await;
    let mut auth = client(&plane).await;
    let token = token(&mut auth, plane.bootstrap_key.as_ref().unwrap()).await;
    let keys = auth.get_jwks(pb::GetJwksRequest {}).await.unwrap().into_inner();
    let [key] = keys.keys.as_slice() else {
        panic!("{keys:?}")
    };
    assert_eq!(key.kid, kid(&token));
    assert_eq!(
        [&key.kty, &key.crv, &key.alg, &key.r#use],
        ["OKP", "Ed25519", "EdDSA", "sig"]
    );
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
    aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, decode(&key.x))
        .verify(signed.as_bytes(), &decode(signature))
        .unwrap();
}

#[tokio::test]
async fn a_process_that_has_not_read_the_new_key_yet_refuses_no_token() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("skarv.db");
    // no turn of upkeep comes round while this test runs, so the second process stays as it started
    let (first, second) = (
        plane(on(&path, UPKEEP), &clock).await,
        plane(on(&path, UPKEEP), &clock).await,
    );
    let key = first.bootstrap_key.as_ref().unwrap();
    assert!(second.bootstrap_key.is_none());
    let (mut one, mut two) = (client(&first).await, client(&second).await);
    let admin = token(&mut one, key).await;
    let old = kid(&admin);
    let rotated = rotate(&mut one, &admin).await;
    let lead = decode_time(rotated.signs_after.unwrap()).unwrap() - clock.now();
    assert_eq!(lead.to_std().unwrap(), 2 * UPKEEP, "two turns of upkeep");
    assert_eq!(published(&mut one).await, [rotated.kid.clone(), old.clone()]);
    assert_eq!(published(&mut two).await, std::slice::from_ref(&old));
    clock.advance(2 * UPKEEP - Duration::from_secs(1));
    for auth in [&mut one, &mut two] {
        let token = token(auth, key).await;
        assert_eq!(kid(&token), old);
    }
    let last = token(&mut one, key).await;
    opens(&mut two, &last).await.unwrap();
    opens(&mut one, &last).await.unwrap();
}

#[tokio::test]
async fn the_new_key_takes_over_in_every_process_and_the_old_one_goes_when_all_it_signed_has_ended() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("skarv.db");
    let upkeep = Duration::from_millis(20);
    let (first, second) = (
        plane(on(&path, upkeep), &clock).await,
        plane(on(&path, upkeep), &clock).await,
    );
    let key = first.bootstrap_key.as_ref().unwrap();
    let (mut one, mut two) = (client(&first).await, client(&second).await);
    let before = token(&mut two, key).await;
    let new = rotate(&mut one, &before).await.kid;
    publishes(&mut two, &[new.clone(), kid(&before)]).await;
    clock.advance(2 * upkeep);
    let after = token(&mut two, key).await;
    assert_eq!(kid(&after), new);
    clock.advance(14 * MINUTE);
    for auth in [&mut one, &mut two] {
        opens(auth, &before).await.unwrap();
        opens(auth, &after).await.unwrap();
    }
    clock.advance(3 * MINUTE);
    for auth in [&mut one, &mut two] {
        publishes(auth, std::slice::from_ref(&new)).await;
        let refused = opens(auth, &before).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::Unauthenticated, "TOKEN_INVALID")
        );
    }
}

#[tokio::test]
async fn a_key_that_has_grown_old_is_replaced_by_itself_once() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("skarv.db");
    let aging = || Config {
        signing_key_age: Duration::from_secs(24 * 3_600),
        ..on(&path, Duration::from_millis(20))
    };
    let (first, second) = (plane(aging(), &clock).await, plane(aging(), &clock).await);
    let (mut one, mut two) = (client(&first).await, client(&second).await);
    let old = published(&mut one).await;
    clock.advance(Duration::from_secs(24 * 3_600));
    for _ in 0..1_000 {
        if published(&mut one).await.len() > 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let now = published(&mut one).await;
    assert_eq!(now.len(), 2);
    assert_eq!(now[1..], old);
    publishes(&mut two, &now).await;
    let stored = first.store().signing_key_list().await.unwrap();
    assert_eq!(stored.len(), 2, "the other process made none of its own");
}

#[tokio::test]
async fn a_repeated_rotation_answers_the_key_that_waits() {
    let folder = tempfile::tempdir().unwrap();
    let plane = plane(on(&folder.path().join("skarv.db"), UPKEEP), &clock()).await;
    let mut auth = client(&plane).await;
    let admin = token(&mut auth, plane.bootstrap_key.as_ref().unwrap()).await;
    let first = rotate(&mut auth, &admin).await;
    assert_eq!(rotate(&mut auth, &admin).await, first);
    assert_eq!(published(&mut auth).await.len(), 2);
}

#[tokio::test]
async fn only_an_admin_changes_the_signing_key_and_a_foreign_key_signs_nothing() {
    let world = World::start().await;
    let sales = world.person(Role::Sales, None).await;
    let refused = sales
        .auth()
        .rotate_signing_key(pb::RotateSigningKeyRequest {})
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), "ROLE_NOT_ALLOWED");
    let elsewhere = World::start().await;
    let foreign = elsewhere.exchange(&elsewhere.admin_key).await.unwrap();
    let refused = world
        .caller(&foreign)
        .auth()
        .who_am_i(pb::WhoAmIRequest {})
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::Unauthenticated, "TOKEN_INVALID"),
        "its kid is unknown here"
    );
}
