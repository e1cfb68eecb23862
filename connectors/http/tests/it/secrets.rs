//! With every log level of every library on, nothing that a call carries is printed.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::post;
use base64::Engine;
use secrecy::SecretString;
use skarv_http::{Request, Response};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::server::{Server, client};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    /// Takes everything at TRACE for the whole process, the `log` crate's records included.
    fn install() -> Self {
        let captured = Self::default();
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(captured.clone())
            .finish()
            .init();
        captured
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("the capture")).into_owned()
    }
}

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the capture").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn secret(place: &str) -> SecretString {
    SecretString::from(format!("canary-{place}"))
}

fn requests(server: &Server, path: &str) -> [Request; 2] {
    let base = || {
        Request::post(server.url(path))
            .query([("ws_key", "canary-query")])
            .secret_header("X-Api-Key", &secret("header"))
            .header("X-Plain", "canary-plain")
            .body("{\"name\":\"canary-body\"}", "application/json")
    };
    [
        base().bearer(&secret("bearer")),
        base().basic("canary-user", &secret("password")),
    ]
}

fn assert_clean(text: &str, from: &str) {
    let basic = base64::engine::general_purpose::STANDARD.encode("canary-user:canary-password");
    let leaks: Vec<&str> = text
        .lines()
        .filter(|l| l.to_lowercase().contains("canary") || l.contains(&basic))
        .collect();
    assert!(leaks.is_empty(), "{from} printed {leaks:#?}");
}

#[tokio::test]
async fn no_log_line_of_any_level_shows_what_a_call_carries() {
    let answer = || async { ([(header::SET_COOKIE, "session=canary-cookie")], "canary-answer") };
    let silent = || async { std::future::pending::<()>().await };
    let moved = || async {
        (
            StatusCode::FOUND,
            [(header::LOCATION, "/x/Canary-location-1?token=canary-location")],
        )
    };
    let router = Router::new()
        .route("/observed-path", post(answer))
        .route("/silent", post(silent))
        .route("/moved", post(moved))
        .route("/hook/{token}", post(answer))
        .route("/lost/{token}", post(silent));
    let (server, captured) = (Server::start(router).await, Captured::install());

    let mut printed = String::new();
    for request in requests(&server, "/observed-path") {
        printed += &format!("{request:?}\n");
        let answer: Response = client().send(request).await.expect("an answer");
        assert_eq!(answer.text(), "canary-answer");
        printed += &format!("{answer:?}\n");
    }
    let dead = Server::raw("").await;
    let [silent, _] = requests(&server, "/silent");
    let [moved, _] = requests(&server, "/moved");
    // where the path itself is the secret, as with webhooks
    let [hook, _] = requests(&server, "/hook/9canary0token1");
    let [lost_hook, _] = requests(&server, "/lost/9canary0token1");
    printed += &format!("{hook:?}\n");
    client().send(hook).await.expect("an answer");
    let [dropped, blocked] = requests(&dead, "/");
    let guarded = skarv_http::Client::new(skarv_http::ClientConfig::default()).expect("a client");
    for (client, request) in [
        (&client(), silent.timeout(Duration::from_millis(200))),
        (&client(), moved),
        (&client(), lost_hook.timeout(Duration::from_millis(200))),
        (&client(), dropped),
        (&guarded, blocked),
        (
            &client(),
            Request::get(server.url("/")).header("X-Bad", "canary-bad\n"),
        ),
    ] {
        let error = client.send(request).await.expect_err("a failure");
        printed += &format!("{error} {error:?}\n");
    }

    assert_clean(&printed, "Debug and Display");
    let log = captured.text();
    assert!(
        log.contains("observed-path") && log.contains("/hook/…") && log.contains("http call failed"),
        "nothing was captured"
    );
    assert!(
        log.contains("TRACE") && log.contains("hyper"),
        "the libraries beneath were not captured"
    );
    assert_clean(&log, "the log");
}
