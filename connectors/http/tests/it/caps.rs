//! Answers that are too large, too slow or too many.

use std::convert::Infallible;
use std::io::Write;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::{StreamExt, stream};
use skarv_http::{Error, Request, Retry};

use crate::server::{Server, limited};

const CAP: usize = 256 * 1024;

fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).expect("compress");
    encoder.finish().expect("compress")
}

async fn serving(body: Vec<u8>, encoding: Option<&'static str>) -> Server {
    let headers: HeaderMap = encoding
        .map(|e| (header::CONTENT_ENCODING, header::HeaderValue::from_static(e)))
        .into_iter()
        .collect();
    let body = Bytes::from(body);
    Server::start(Router::new().route("/", get(move || async move { (headers, body) }))).await
}

/// A body without an end and without a declared length.
fn endless(every: Option<Duration>) -> Router {
    Router::new().route(
        "/",
        get(move || async move {
            let chunks = stream::repeat(Bytes::from_static(b"drip")).then(move |chunk| async move {
                if let Some(pause) = every {
                    tokio::time::sleep(pause).await;
                }
                Ok::<_, Infallible>(chunk)
            });
            Body::from_stream(chunks)
        }),
    )
}

async fn fetch(server: &Server) -> Result<usize, Error> {
    let client = limited(|l| l.max_body = CAP);
    client
        .send(Request::get(server.url("/")))
        .await
        .map(|answer| answer.body.len())
}

#[tokio::test]
async fn a_body_of_exactly_the_cap_passes_and_one_byte_more_does_not() {
    assert_eq!(fetch(&serving(vec![b'x'; CAP], None).await).await, Ok(CAP));
    let error = fetch(&serving(vec![b'x'; CAP + 1], None).await)
        .await
        .expect_err("too large");
    assert_eq!(error, Error::TooLarge { limit: CAP });
    assert_eq!((error.may_have_been_sent(), error.class()), (true, Retry::Never));
}

#[tokio::test]
async fn the_cap_counts_decompressed_bytes() {
    assert_eq!(
        fetch(&serving(gzipped(&vec![0; CAP]), Some("gzip")).await).await,
        Ok(CAP)
    );
    let bomb = gzipped(&vec![0; 64 * 1024 * 1024]);
    assert!(bomb.len() < CAP, "the bomb must fit the cap before it is opened");
    assert_eq!(
        fetch(&serving(bomb, Some("gzip")).await).await,
        Err(Error::TooLarge { limit: CAP })
    );
}

#[tokio::test]
async fn a_declared_length_over_the_cap_is_refused_before_the_body_is_read() {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", CAP + 1);
    assert_eq!(
        fetch(&Server::raw(head).await).await,
        Err(Error::TooLarge { limit: CAP })
    );
}

#[tokio::test]
async fn a_body_without_end_is_cut_at_the_cap() {
    assert_eq!(
        fetch(&Server::start(endless(None)).await).await,
        Err(Error::TooLarge { limit: CAP })
    );
}

#[tokio::test]
async fn a_body_that_drips_for_ever_is_cut_by_the_total_time_limit() {
    let server = Server::start(endless(Some(Duration::from_millis(20)))).await;
    let client = limited(|l| l.timeout = Duration::from_millis(300));
    let started = Instant::now();
    let error = client.send(Request::get(server.url("/"))).await.expect_err("cut");
    assert_eq!(error, Error::Timeout);
    assert!(started.elapsed() >= Duration::from_millis(300) && started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn corrupt_compression_is_a_broken_answer() {
    let mut cut = gzipped(&[7; 1000]);
    cut.truncate(cut.len() - 6);
    let error = fetch(&serving(cut, Some("gzip")).await)
        .await
        .expect_err("corrupt");
    assert!(matches!(error, Error::Broken { .. }), "{error:?}");
}

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    for headers in [101, 100_000] {
        let flood = "a: b\r\n".repeat(headers);
        let server = Server::raw(format!("HTTP/1.1 200 OK\r\n{flood}content-length: 0\r\n\r\n")).await;
        assert_eq!(
            fetch(&server).await,
            Err(Error::HeadTooLarge { max_headers: 100 }),
            "{headers} headers"
        );
    }
}
