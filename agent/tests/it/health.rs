//! Whether the agent is well, as those who watch over it ask.

use std::net::{Ipv4Addr, SocketAddr};

use futures::FutureExt;
use skarv_agent::AgentConfig;
use skarv_connector::noop::Noop;
use skarv_proto::agent::v1 as pb;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    connectors::{Acts, told},
    script::{Script, lease},
};

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

fn watched(script: &Script) -> AgentConfig {
    AgentConfig {
        health_listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        ..script.config()
    }
}

#[tokio::test]
async fn an_agent_that_is_registered_is_alive_and_ready() {
    let script = Script::start().await;
    let agent = script.agent_with(watched(&script), Noop).await;
    let addr = agent.health_addr().unwrap();
    for path in ["/live", "/ready"] {
        let answer = get(addr, path).await;
        assert!(says(&answer, 200, "ok"), "{answer}");
    }
}

#[tokio::test]
async fn an_agent_that_drains_is_alive_and_not_ready() {
    let script = Script::start().await;
    let (hangs, began, _) = Acts::hanging();
    let agent = script.agent_with(watched(&script), hangs).await;
    let addr = agent.health_addr().unwrap();
    script.lease(lease("r1", pb::RunKind::Sync, "acts"));
    told(&began).await;
    let mut draining = Box::pin(agent.drain());
    assert!(draining.as_mut().now_or_never().is_none(), "the run holds it up");
    let (live, ready) = (get(addr, "/live").await, get(addr, "/ready").await);
    assert!(says(&live, 200, "ok") && says(&ready, 503, "draining"), "{ready}");
}

#[tokio::test]
async fn nobody_is_answered_unless_an_address_is_given() {
    let script = Script::start().await;
    assert!(script.agent(Noop).await.health_addr().is_none());
}
