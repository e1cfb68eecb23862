//! From a lease to how its run ended.

use skarv_agent::AgentConfig;
use skarv_connector::noop::Noop;
use skarv_proto::agent::v1 as pb;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{
    connectors::{Acts, told},
    script::{Script, lease},
};

#[tokio::test]
async fn an_empty_stream_is_carried_to_its_end() {
    let script = Script::start().await;
    let agent = script.agent(Noop).await;
    script.lease(lease("r1", pb::RunKind::Sync, "noop"));
    let end = script.finish_of("r1").await;
    assert_eq!(
        (end.epoch, end.outcome(), end.error),
        (1, pb::FinishOutcome::Succeeded, None)
    );
    assert_eq!(script.state().checkpoints[0].seq, 1);
    agent.drain().await;
}

#[tokio::test]
async fn a_connection_test_brings_its_report() {
    let script = Script::start().await;
    let _agent = script.agent(Noop).await;
    script.lease(pb::Lease {
        target: None,
        spec_hash: Vec::new(),
        ..lease("r1", pb::RunKind::Check, "noop")
    });
    let end = script.finish_of("r1").await;
    assert_eq!(end.outcome(), pb::FinishOutcome::Succeeded);
    let Some(pb::run_result::Result::Check(check)) = end.result.unwrap().result else {
        panic!("no report")
    };
    assert_eq!(check.items[0].code, "sign_in");
}

#[tokio::test]
async fn a_kind_that_this_version_does_not_carry_is_refused_by_name() {
    let script = Script::start().await;
    let _agent = script.agent(Noop).await;
    script.lease(lease("r1", pb::RunKind::Authorize, "noop"));
    let end = script.finish_of("r1").await;
    let error = end.error.clone().unwrap();
    assert_eq!(
        (end.outcome(), error.code.as_str()),
        (pb::FinishOutcome::Failed, "kind_not_supported")
    );
    assert_eq!(error.params["kind"], "authorize");
}

#[tokio::test]
async fn a_connector_that_the_agent_does_not_have_fails_the_run_and_says_which() {
    let script = Script::start().await;
    let _agent = script.agent(Noop).await;
    script.lease(lease("r1", pb::RunKind::Sync, "fortnox"));
    let error = script.finish_of("r1").await.error.unwrap();
    assert_eq!(
        (error.code.as_str(), error.params["connector"].as_str()),
        ("connector_missing", "fortnox")
    );
}

#[tokio::test]
async fn a_panic_ends_its_own_run_and_no_other() {
    let script = Script::start().await;
    let _agent = script.agent(Acts::Panics).await;
    script.lease(lease("r1", pb::RunKind::Sync, "acts"));
    let end = script.finish_of("r1").await;
    assert_eq!(
        (end.outcome(), end.error.unwrap().code.as_str()),
        (pb::FinishOutcome::Failed, "agent_fault")
    );
    script.lease(pb::Lease {
        target: None,
        ..lease("r2", pb::RunKind::Check, "acts")
    });
    assert_eq!(
        script.finish_of("r2").await.outcome(),
        pb::FinishOutcome::Succeeded
    );
}

#[tokio::test]
async fn a_slot_is_taken_before_work_is_asked_for_and_one_is_kept_from_backfill() {
    let script = Script::start().await;
    let (hangs, began, _) = Acts::hanging();
    let _agent = script
        .agent_with(
            AgentConfig {
                slots: 2,
                ..script.config()
            },
            hangs,
        )
        .await;
    script.lease(lease("r1", pb::RunKind::Backfill, "acts"));
    told(&began).await;
    let free = |poll: &pb::LeaseRunsRequest| (poll.free_slots, poll.free_background_slots);
    let second = script.until(|state| state.polls.get(1).map(free)).await;
    assert_eq!((free(&script.state().polls[0]), second), ((2, 1), (1, 0)));
}

/// Answers every request alike, and counts them.
async fn web_server(answer: &'static str) -> (skarv_http::Url, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"))
        .parse()
        .expect("a url");
    let serve = tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 1024];
            if socket.read(&mut request).await.is_ok() {
                socket.write_all(answer.as_bytes()).await.ok();
            }
        }
    });
    (url, serve)
}

#[tokio::test]
async fn requests_beyond_the_leases_budget_are_reserved_first() {
    let script = Script::start().await;
    let (url, server) = web_server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    let _agent = script.agent(Acts::Calls(url, 5)).await;
    let mut check = pb::Lease {
        target: None,
        ..lease("r1", pb::RunKind::Check, "acts")
    };
    let grant = pb::RequestGrant {
        count: 1,
        wait_ms: 0,
        interval_ms: 1,
        expires_ms: 10_000,
    };
    check.source.as_mut().unwrap().grant = Some(grant);
    script.lease(check);
    assert_eq!(
        script.finish_of("r1").await.outcome(),
        pb::FinishOutcome::Succeeded
    );
    let asked: Vec<_> = script
        .state()
        .reservations
        .iter()
        .map(|r| (r.connection_ref.clone(), r.count))
        .collect();
    let of = |count| ("source-of-r1".to_owned(), count);
    assert_eq!(asked, [of(4), of(8)], "one came along, then two a chunk");
    server.abort();
}

#[tokio::test]
async fn a_pause_that_a_foreign_system_asks_for_is_passed_on() {
    let script = Script::start().await;
    let busy =
        "HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (url, server) = web_server(busy).await;
    let _agent = script.agent(Acts::Calls(url, 2)).await;
    script.lease(pb::Lease {
        target: None,
        ..lease("r1", pb::RunKind::Check, "acts")
    });
    let told = script.until(|state| state.throttles.first().cloned()).await;
    assert_eq!(
        (told.connection_ref.as_str(), told.retry_ms),
        ("source-of-r1", 7_000)
    );
    assert_eq!(told.kind(), pb::ThrottleKind::Rate);
    server.abort();
}
