//! Whether it is well, as those who watch over it ask: over HTTP, and by gRPC's health service.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use skarv_control_plane::Config;
use skarv_domain::SystemClock;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tonic::Streaming;
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus,
    health_client::HealthClient,
};

use crate::world::{World, quick};

const PATIENCE: Duration = Duration::from_secs(30);

/// What a plain HTTP client gets, head and body.
pub(crate) async fn get(addr: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: skarv\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Whether an answer has this status and this one word.
pub(crate) fn says(answer: &str, status: u16, word: &str) -> bool {
    answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.ends_with(&format!("\r\n\r\n{word}"))
}

async fn watch(world: &World) -> Streaming<HealthCheckResponse> {
    let mut health = HealthClient::new(world.channel.clone());
    let watched = health.watch(HealthCheckRequest::default()).await;
    watched.unwrap().into_inner()
}

async fn next(watched: &mut Streaming<HealthCheckResponse>) -> Option<ServingStatus> {
    let told = timeout(PATIENCE, watched.message()).await.expect("it is told");
    told.unwrap().map(|answer| answer.status())
}

async fn world() -> World {
    let config = Config {
        health_every: Duration::from_millis(20),
        shutdown_within: 2 * PATIENCE,
        ..quick()
    };
    World::with(config, Arc::new(SystemClock)).await
}

#[tokio::test]
async fn one_that_works_is_alive_and_ready() {
    let world = world().await;
    for path in ["/live", "/ready"] {
        let answer = get(world.plane.addr(), path).await;
        assert!(says(&answer, 200, "ok"), "{answer}");
    }
}

#[tokio::test]
async fn one_whose_database_does_not_answer_is_alive_and_not_ready() {
    let world = world().await;
    let mut watched = watch(&world).await;
    assert_eq!(next(&mut watched).await, Some(ServingStatus::Serving));
    world.plane.store().close().await.unwrap();
    assert_eq!(next(&mut watched).await, Some(ServingStatus::NotServing));
    let (live, ready) = (
        get(world.plane.addr(), "/live").await,
        get(world.plane.addr(), "/ready").await,
    );
    assert!(says(&live, 200, "ok") && says(&ready, 503, "database"), "{ready}");
}

#[tokio::test]
async fn who_watches_is_told_of_a_stop_and_does_not_hold_it_up() {
    let world = world().await;
    let mut watched = watch(&world).await;
    assert_eq!(next(&mut watched).await, Some(ServingStatus::Serving));
    let stopping = timeout(PATIENCE, world.plane.shutdown());
    let told = async { (next(&mut watched).await, next(&mut watched).await) };
    let (stopped, told) = tokio::join!(stopping, told);
    assert_eq!(told, (Some(ServingStatus::NotServing), None));
    stopped.expect("nothing was waited for");
}
