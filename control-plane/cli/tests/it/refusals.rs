//! What a command says when it cannot: what, why, what to do, and the exit code for scripts.

use secrecy::ExposeSecret;
use skarv::client::Api;
use skarv_proto::v1 as pb;

use crate::world::{World, skarv};

#[tokio::test]
async fn a_server_that_is_not_there_is_named_with_the_way_to_choose_another() {
    let environment = [
        ("SKARV_SERVER", "http://127.0.0.1:9"),
        ("SKARV_API_KEY", "skarv_key_x_y"),
    ];
    let answer = skarv(&environment, &["whoami"]).await;
    assert_eq!(answer.code, 1);
    assert_eq!(answer.stdout, "");
    for words in ["http://127.0.0.1:9", "--server", "SKARV_SERVER"] {
        assert!(answer.stderr.contains(words), "{answer:?}");
    }
    assert!(!answer.stderr.contains("skarv_key_x_y"));
}

#[tokio::test]
async fn a_command_without_a_key_says_where_a_key_comes_from() {
    let answer = skarv(&[], &["tenants", "list"]).await;
    assert_eq!(answer.code, 2);
    assert!(
        answer.stderr.contains("--api-key-file") && answer.stderr.contains("SKARV_API_KEY"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_command_that_is_put_wrongly_ends_with_two() {
    let world = World::without_agent(1).await;
    assert_eq!(world.skarv(&["tenants", "fly"]).await.code, 2);
    let short = world.skarv(&["connections", "show", "butiken"]).await;
    assert_eq!(short.code, 2);
    assert!(short.stderr.contains("--tenant"), "{short:?}");
}

#[tokio::test]
async fn a_refusal_has_its_field_its_reason_and_the_request() {
    let world = World::without_agent(1).await;
    let refused = world
        .skarv(&["tenants", "create", "Å", "--display-name", "x"])
        .await;
    assert_eq!(refused.code, 1);
    for words in ["tenant_id", "INVALID_ARGUMENT", "request "] {
        assert!(refused.stderr.contains(words), "{refused:?}");
    }
    let missing = world.skarv(&["tenants", "show", "nobody"]).await;
    assert_eq!(missing.code, 1);
    assert!(
        missing.stderr.contains("tenants/nobody") && missing.stderr.contains("NOT_FOUND"),
        "{missing:?}"
    );
}

#[tokio::test]
async fn a_key_that_is_wrong_is_refused_and_not_said_back() {
    let world = World::without_agent(1).await;
    let file = world.file("wrong.key", "skarv_key_0123456789ab_c2VjcmV0");
    let refused = world.skarv_as(&file, &["whoami"]).await;
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("SKARV_API_KEY_FILE") && !refused.stderr.contains("c2VjcmV0"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn waiting_for_a_run_that_nobody_takes_ends_with_three() {
    let world = World::without_agent(1).await;
    world.connect().await;
    let key = world.admin_key.expose_secret().to_owned();
    let api = Api::connect(&world.control_plane.url(), key.into())
        .await
        .unwrap();
    let request = pb::TestConnectionRequest {
        name: "tenants/bagarn/connections/butiken".to_owned(),
    };
    let started = api
        .connections()
        .test_connection(request)
        .await
        .unwrap()
        .into_inner();
    let run = started.run.unwrap().name;
    let waited = world.skarv(&["runs", "wait", &run, "--timeout", "1"]).await;
    assert_eq!(waited.code, 3, "{waited:?}");
    assert!(waited.stdout.contains("queued"), "{waited:?}");
}
