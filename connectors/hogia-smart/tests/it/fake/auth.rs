//! Who gets in: token, version and organisation.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use serde_json::{Value, json};
use skarv_hogia_smart::fake::{self, Clock, Config};

use super::client::{self, Client, VERSION};

async fn asked_for_token(form: &[(&str, &str)]) -> (u16, Value) {
    let erp = fake::start(client::config()).await.expect("a free port");
    let answer = client::http()
        .post(erp.token_url())
        .form(form)
        .send()
        .await
        .expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

#[tokio::test]
async fn the_right_secret_gives_a_bearer_token_for_an_hour() {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "skarv-demo"),
        ("client_secret", "skarv-demo-secret"),
    ];
    let (status, body) = asked_for_token(&form).await;
    assert_eq!(
        (status, &body["expires_in"], &body["token_type"]),
        (200, &json!(3600), &json!("Bearer"))
    );
}

#[tokio::test]
async fn a_wrong_secret_is_an_invalid_client() {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "skarv-demo"),
        ("client_secret", "fel"),
    ];
    assert_eq!(
        asked_for_token(&form).await,
        (400, json!({ "error": "invalid_client" }))
    );
}

#[tokio::test]
async fn another_grant_type_is_not_supported() {
    let form = [
        ("grant_type", "password"),
        ("client_id", "skarv-demo"),
        ("client_secret", "fel"),
    ];
    assert_eq!(
        asked_for_token(&form).await,
        (400, json!({ "error": "unsupported_grant_type" }))
    );
}

#[tokio::test]
async fn half_a_token_request_is_invalid() {
    let form = [("grant_type", "client_credentials")];
    assert_eq!(
        asked_for_token(&form).await,
        (400, json!({ "error": "invalid_request" }))
    );
}

#[tokio::test]
async fn a_call_without_a_token_is_unauthorized() {
    let client = Client::start().await;
    let answer = client
        .http
        .get(client.url("currencies"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 401);
    assert_eq!(
        answer.json::<String>().await.expect("a bare text"),
        "token saknas eller har gått ut"
    );
}

#[tokio::test]
async fn a_token_opens_the_api_until_its_hour_is_over() {
    let minutes = Arc::new(AtomicI64::new(0));
    let read = Arc::clone(&minutes);
    let now = Clock::new(move || client::noon() + TimeDelta::minutes(read.load(Ordering::SeqCst)));
    let client = Client::start_with(Config {
        now,
        ..Config::example()
    })
    .await;
    minutes.store(59, Ordering::SeqCst);
    assert_eq!(client.get("currencies").await.status, 200);
    minutes.store(60, Ordering::SeqCst);
    assert_eq!(client.get("currencies").await.status, 401);
}

async fn get_url(client: &Client, url: String) -> client::Answer {
    client.send(client.http.get(url)).await.expect("an answer")
}

#[tokio::test]
async fn a_call_without_a_version_is_a_problem() {
    let client = Client::start().await;
    let url = client
        .url("currencies")
        .replace(&format!("?api-version={VERSION}"), "");
    let answer = get_url(&client, url).await;
    assert_eq!((answer.status, answer.fields()), (400, vec!["api-version"]));
}

#[tokio::test]
async fn a_version_that_was_never_published_is_a_problem() {
    let client = Client::start().await;
    let answer = get_url(&client, client.url("currencies").replace(VERSION, "2019-01-01")).await;
    assert_eq!((answer.status, answer.fields()), (400, vec!["api-version"]));
}

#[tokio::test]
async fn another_organisation_does_not_exist() {
    let client = Client::start().await;
    let own = client.erp.config().organization_id.to_string();
    let answer = get_url(
        &client,
        client
            .url("currencies")
            .replace(&own, &uuid::Uuid::nil().to_string()),
    )
    .await;
    assert_eq!((answer.status, answer.text()), (404, "företaget finns inte"));
}

#[tokio::test]
async fn an_unknown_resource_does_not_exist() {
    let client = Client::start().await;
    let answer = client.get("articles").await;
    assert_eq!((answer.status, answer.text()), (404, "resursen finns inte"));
}

#[tokio::test]
async fn stopping_cuts_connections_and_frees_the_port() {
    let client = Client::start().await;
    let Client { erp, http, .. } = client;
    let (url, port) = (
        erp.base_url(),
        erp.base_url()
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok()),
    );
    erp.shutdown().await;
    assert!(http.get(&url).send().await.is_err());
    let again = fake::start(Config {
        port: port.expect("a port"),
        ..client::config()
    })
    .await;
    assert_eq!(again.expect("the port is free").base_url(), url);
}
