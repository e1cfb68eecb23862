//! A write under a grant leaves in time or not at all, whatever the pacer and the clocks do.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::routing::post;
use chrono::{DateTime, TimeDelta, Utc};
use skarv_http::{
    Client, ClientConfig, Error, Pacer, PacerClosed, Request, Retry, SendWindow, SystemWall, WallClock,
};
use tokio::time::Instant;

use crate::server::{Server, client, local};

const GRANT: Duration = Duration::from_secs(60);
const LIMIT: Duration = Duration::from_secs(20);

/// A wall clock that moves when told to.
#[derive(Clone)]
struct Wall(Arc<Mutex<DateTime<Utc>>>);

impl Wall {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(
            DateTime::UNIX_EPOCH + TimeDelta::days(20_000),
        )))
    }

    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("the clock")
    }

    fn jump(&self, seconds: i64) {
        *self.0.lock().expect("the clock") += TimeDelta::seconds(seconds);
    }

    fn client(&self) -> Client {
        let wall = self.clone();
        Client::new(ClientConfig {
            wall: Arc::new(move || wall.now()),
            ..local()
        })
        .expect("a client")
    }
}

/// Takes some wall time over each permit.
struct Slow {
    wall: Wall,
    seconds: i64,
}

#[async_trait]
impl Pacer for Slow {
    async fn permit(&self) -> Result<(), PacerClosed> {
        self.wall.jump(self.seconds);
        Ok(())
    }

    fn throttled(&self, _: Duration) {}
}

struct Closed;

#[async_trait]
impl Pacer for Closed {
    async fn permit(&self) -> Result<(), PacerClosed> {
        Err(PacerClosed)
    }

    fn throttled(&self, _: Duration) {}
}

#[derive(Default)]
struct Noting(Mutex<Vec<Duration>>);

#[async_trait]
impl Pacer for Noting {
    async fn permit(&self) -> Result<(), PacerClosed> {
        Ok(())
    }

    fn throttled(&self, retry_after: Duration) {
        self.0.lock().expect("the notes").push(retry_after);
    }
}

async fn invoices() -> Server {
    Server::start(Router::new().route("/invoices", post(|| async { StatusCode::CREATED }))).await
}

fn write(server: &Server, window: SendWindow) -> Request {
    Request::post(server.url("/invoices"))
        .timeout(LIMIT)
        .window(window)
}

async fn assert_stays(client: &Client, server: &Server, window: SendWindow) {
    let error = client.send(write(server, window)).await.expect_err("closed");
    assert_eq!(error, Error::WindowClosed);
    assert_eq!(
        (error.may_have_been_sent(), error.class(), server.hits()),
        (false, Retry::Later, 0)
    );
}

#[tokio::test]
async fn inside_the_window_a_write_leaves() {
    let (server, wall) = (invoices().await, Wall::new());
    let client = wall.client().with_pacer(Arc::new(Slow {
        wall: wall.clone(),
        seconds: 35,
    }));
    let answer = client
        .send(write(&server, SendWindow::new(Instant::now(), wall.now(), GRANT)))
        .await;
    assert_eq!(
        (answer.expect("an answer").status.as_u16(), server.hits()),
        (201, 1)
    );
}

#[tokio::test]
async fn a_pacer_that_takes_too_long_lets_nothing_out() {
    let (server, wall) = (invoices().await, Wall::new());
    let client = wall.client().with_pacer(Arc::new(Slow {
        wall: wall.clone(),
        seconds: 41,
    }));
    assert_stays(
        &client,
        &server,
        SendWindow::new(Instant::now(), wall.now(), GRANT),
    )
    .await;
}

#[tokio::test]
async fn a_window_too_short_for_the_time_limit_lets_nothing_out() {
    let (server, wall) = (invoices().await, Wall::new());
    let window = SendWindow::new(Instant::now(), wall.now(), LIMIT - Duration::from_millis(1));
    assert_stays(&wall.client(), &server, window).await;
}

#[tokio::test]
async fn monotonic_time_alone_closes_the_window() {
    let (server, wall) = (invoices().await, Wall::new());
    let Some(asked) = Instant::now().checked_sub(Duration::from_millis(900)) else {
        return;
    };
    let window = SendWindow::new(asked, wall.now(), LIMIT + Duration::from_millis(800));
    assert_stays(&wall.client(), &server, window).await;
}

#[tokio::test]
async fn a_wall_clock_that_jumps_in_either_direction_closes_the_window() {
    for jump in [7200, -7200] {
        let (server, wall) = (invoices().await, Wall::new());
        let window = SendWindow::new(Instant::now(), wall.now(), GRANT);
        wall.jump(jump);
        assert_stays(&wall.client(), &server, window).await;
    }
}

#[tokio::test]
async fn a_closed_pacer_lets_nothing_out() {
    let server = invoices().await;
    let error = client()
        .with_pacer(Arc::new(Closed))
        .send(Request::post(server.url("/invoices")))
        .await;
    let error = error.expect_err("closed");
    assert_eq!(
        (&error, error.may_have_been_sent(), server.hits()),
        (&Error::PacerClosed, false, 0)
    );
}

#[tokio::test]
async fn a45_the_pacer_hears_what_the_foreign_system_says_about_its_limits() {
    let say = |status: StatusCode, after: Option<&'static str>| {
        let headers: HeaderMap = after
            .map(|a| (header::RETRY_AFTER, HeaderValue::from_static(a)))
            .into_iter()
            .collect();
        post(move || async move { (status, headers) })
    };
    let router = Router::new()
        .route("/17", say(StatusCode::TOO_MANY_REQUESTS, Some("17")))
        .route("/unsaid", say(StatusCode::TOO_MANY_REQUESTS, None))
        .route("/maintenance", say(StatusCode::SERVICE_UNAVAILABLE, Some("60")))
        .route("/down", say(StatusCode::SERVICE_UNAVAILABLE, None))
        .route("/fine", say(StatusCode::OK, Some("9")));
    let (server, pacer) = (Server::start(router).await, Arc::new(Noting::default()));
    let pacer_too: Arc<dyn Pacer> = Arc::<Noting>::clone(&pacer);
    let client = client().with_pacer(pacer_too);
    for path in ["/17", "/unsaid", "/maintenance", "/down", "/fine"] {
        client
            .send(Request::post(server.url(path)))
            .await
            .expect("an answer");
    }
    let heard: Vec<u64> = pacer
        .0
        .lock()
        .expect("the notes")
        .iter()
        .map(Duration::as_secs)
        .collect();
    assert_eq!(heard, [17, 5, 60]);
}

/// A server that keeps the bodies that it has all of.
async fn journal() -> (Server, Arc<Mutex<Vec<String>>>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let journal = Arc::clone(&kept);
    let keep = move |body: String| async move {
        journal.lock().expect("the journal").push(body);
        StatusCode::CREATED
    };
    (
        Server::start(Router::new().route("/invoices", post(keep))).await,
        kept,
    )
}

#[tokio::test]
async fn a_process_that_is_frozen_with_a_write_on_its_way_to_the_line_sends_it_late_to_nobody() {
    let ((server, kept), client) = (journal().await, client());
    let write = |body: &'static str| {
        let (limit, now) = (Duration::from_millis(200), SystemWall.now());
        Request::post(server.url("/invoices"))
            .body(body, "text/plain")
            .timeout(limit)
            .window(SendWindow::new(Instant::now(), now, limit * 2))
    };
    // a connection that stands is used at once: the write is in its hands when everything stops
    client.send(write("before")).await.expect("an answer");
    let freeze = async { std::thread::sleep(Duration::from_millis(600)) };
    let (late, ()) = futures::join!(client.send(write("late")), freeze);
    assert_eq!(late.expect_err("too late"), Error::Timeout);
    client.send(write("after")).await.expect("an answer");
    assert_eq!(*kept.lock().expect("the journal"), ["before", "after"]);
}

#[tokio::test]
async fn a_write_under_a_grant_says_how_long_it_is() {
    let length = |headers: HeaderMap| async move { format!("{:?}", headers[header::CONTENT_LENGTH]) };
    let server = Server::start(Router::new().route("/invoices", post(length))).await;
    let wall = Wall::new();
    let window = SendWindow::new(Instant::now(), wall.now(), GRANT);
    let twelve = write(&server, window).body("twelve bytes", "text/plain");
    let answer = wall.client().send(twelve).await.expect("an answer");
    assert_eq!(answer.text(), "\"12\"");
}
