//! What a call carries, what comes back, and how a call that fails says so.

use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::routing::{any, get, post};
use secrecy::SecretString;
use skarv_http::{Error, Request, Retry, Stage, Url};

use crate::server::{Server, client, limited};

#[tokio::test]
async fn a_request_arrives_as_it_was_built() {
    let echo = |method: Method, uri: Uri, headers: HeaderMap, body: String| async move {
        let seen = |name: &str| {
            headers
                .get(name)
                .and_then(|v| v.to_str().ok())
                .unwrap_or("-")
                .to_owned()
        };
        let [auth, key, kind, agent] = ["authorization", "x-key", "content-type", "user-agent"].map(seen);
        format!("{method} {uri}\n{auth}\n{key}\n{kind}\n{agent}\n{body}")
    };
    let server = Server::start(Router::new().fallback(any(echo))).await;
    let form = Request::post(server.url("/api?a=1"))
        .query([("filter[id]", "[1|2]"), ("q", "å&b")])
        .basic("KEY", &SecretString::from(""))
        .secret_header("X-Key", &SecretString::from("k"))
        .form([("grant_type", "refresh token")]);
    assert_eq!(
        client().send(form).await.expect("an answer").text(),
        "POST /api?a=1&filter%5Bid%5D=%5B1%7C2%5D&q=%C3%A5%26b\nBasic S0VZOg==\nk\n\
         application/x-www-form-urlencoded\nskarv/0.1.0\ngrant_type=refresh+token"
    );
    let json = Request::put(server.url("/x"))
        .bearer(&SecretString::from("t"))
        .json(&[1, 2]);
    assert_eq!(
        client().send(json).await.expect("an answer").text(),
        "PUT /x\nBearer t\n-\napplication/json\nskarv/0.1.0\n[1,2]"
    );
}

#[tokio::test]
async fn a_request_that_cannot_be_built_is_reported_and_never_leaves() {
    let server = Server::start(Router::new()).await;
    let broken = [
        Request::get(server.url("/")).header("X-Name", "line\r\nbreak"),
        Request::get(server.url("/")).header("not a name", "value"),
        Request::get(server.url("/")).bearer(&SecretString::from("line\nbreak")),
    ];
    for request in broken {
        let error = client().send(request).await.expect_err("refused");
        assert!(matches!(error, Error::BadRequest { .. }), "{error:?}");
        assert_eq!((error.may_have_been_sent(), error.class()), (false, Retry::Never));
    }
    assert_eq!(server.hits(), 0);
}

#[tokio::test]
async fn error_statuses_are_answers() {
    let refuse = get(|| async { (StatusCode::UNPROCESSABLE_ENTITY, "no such article") });
    let server = Server::start(Router::new().route("/", refuse)).await;
    let answer = client()
        .send(Request::get(server.url("/")))
        .await
        .expect("an answer");
    assert_eq!(
        (answer.status.as_u16(), &*answer.text()),
        (422, "no such article")
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_its_target_is_shown_without_the_query() {
    let target = Server::start(Router::new()).await;
    let to = target.url("/final?token=canary#part").to_string();
    for status in [301_u16, 302, 303, 307, 308] {
        let to = to.clone();
        let redirect = post(move || async move {
            (
                StatusCode::from_u16(status).expect("a status"),
                [(header::LOCATION, to)],
            )
        });
        let server = Server::start(Router::new().route("/", redirect)).await;
        let error = client()
            .send(Request::post(server.url("/")))
            .await
            .expect_err("not followed");
        let Error::Redirect {
            status: seen,
            location,
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(
            (seen.as_u16(), location.as_deref()),
            (status, Some(target.url("/final").as_str()))
        );
        assert_eq!(
            (error.may_have_been_sent(), error.class()),
            (true, Retry::Configuration)
        );
    }
    assert_eq!(target.hits(), 0);
}

#[tokio::test]
async fn not_modified_is_an_ordinary_answer() {
    let unchanged = get(|| async { StatusCode::NOT_MODIFIED });
    let server = Server::start(Router::new().route("/", unchanged)).await;
    let answer = client()
        .send(Request::get(server.url("/")))
        .await
        .expect("an answer");
    assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn nobody_listening_means_certainly_not_sent() {
    let bound = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    let url = Url::parse(&format!("http://{}/", bound.local_addr().expect("address"))).expect("a url");
    drop(bound);
    let error = client().send(Request::post(url)).await.expect_err("refused");
    assert!(
        matches!(
            &error,
            Error::NotSent {
                stage: Stage::Connection,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!((error.may_have_been_sent(), error.class()), (false, Retry::Later));
}

#[tokio::test]
async fn tls_to_a_server_that_speaks_none_is_a_matter_of_configuration() {
    let server = Server::raw("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let mut url = server.url("/");
    url.set_scheme("https").expect("a scheme");
    let error = client().send(Request::post(url)).await.expect_err("refused");
    assert!(
        matches!(
            &error,
            Error::NotSent {
                stage: Stage::Tls,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(
        (error.may_have_been_sent(), error.class()),
        (false, Retry::Configuration)
    );
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_cut_by_the_connect_limit_and_counts_as_not_sent() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    let url = Url::parse(&format!("https://{}/", silent.local_addr().expect("address"))).expect("a url");
    let client = limited(|l| l.connect_timeout = Duration::from_millis(200));
    let error = client.send(Request::post(url)).await.expect_err("silence");
    assert!(
        matches!(
            &error,
            Error::NotSent {
                stage: Stage::Connection,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!((error.may_have_been_sent(), error.class()), (false, Retry::Later));
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_may_have_been_sent_and_is_sent_once() {
    for answer in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it",
        "gibberish\r\n\r\n",
    ] {
        let server = Server::raw(answer).await;
        let error = client()
            .send(Request::post(server.url("/")))
            .await
            .expect_err("lost");
        assert!(matches!(&error, Error::Broken { .. }), "{answer:?}: {error:?}");
        assert_eq!((error.may_have_been_sent(), error.class()), (true, Retry::Later));
        assert_eq!(server.hits(), 1);
    }
}

#[tokio::test]
async fn no_answer_ends_at_the_requests_own_time_limit() {
    let silent = post(|| async { std::future::pending::<()>().await });
    let server = Server::start(Router::new().route("/", silent)).await;
    let request = Request::post(server.url("/")).timeout(Duration::from_millis(300));
    let started = Instant::now();
    let error = client().send(request).await.expect_err("silence");
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(error, Error::Timeout);
    assert_eq!(
        (error.may_have_been_sent(), error.class(), server.hits()),
        (true, Retry::Later, 1)
    );
}
