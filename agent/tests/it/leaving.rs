//! How an agent ends: drained, or killed.

use std::time::Duration;

use skarv_agent::AgentConfig;
use skarv_connector::noop::Noop;
use skarv_proto::agent::v1 as pb;

use crate::{
    connectors::{Acts, told},
    script::{Script, lease},
};

fn hurried(script: &Script) -> AgentConfig {
    AgentConfig {
        drain_limit: Duration::from_millis(100),
        ..script.config()
    }
}

#[tokio::test]
async fn an_idle_agent_leaves_at_once_and_says_goodbye() {
    let script = Script::start().await;
    let agent = script.agent(Noop).await;
    script.until(|state| state.polls.first().map(|_| ())).await;
    agent.drain().await;
    assert_eq!(script.state().goodbyes.len(), 1);
}

#[tokio::test]
async fn a_run_that_does_not_end_in_time_is_handed_back() {
    let script = Script::start().await;
    let (hangs, began, _) = Acts::hanging();
    let agent = script.agent_with(hurried(&script), hangs).await;
    script.lease(lease("r1", pb::RunKind::Sync, "acts"));
    told(&began).await;
    agent.drain().await;
    let state = script.state();
    assert_eq!(
        (state.finished[0].run_id.as_str(), state.finished[0].outcome()),
        ("r1", pb::FinishOutcome::HandedBack)
    );
    assert!(state.goodbyes[0].handed_back.is_empty(), "it is handed back once");
}

#[tokio::test]
async fn a_run_that_could_not_be_handed_back_goes_with_the_goodbye() {
    let script = Script::start().await;
    let (hangs, began, _) = Acts::hanging();
    let agent = script.agent_with(hurried(&script), hangs).await;
    script.lease(lease("r1", pb::RunKind::Sync, "acts"));
    told(&began).await;
    script.fail("finish_run", tonic::Code::InvalidArgument);
    agent.drain().await;
    assert_eq!(script.state().goodbyes[0].handed_back[0].run_id, "r1");
}

#[tokio::test]
async fn the_control_plane_can_send_an_agent_home() {
    let script = Script::start().await;
    let agent = script.agent(Noop).await;
    script.state().drain = true;
    script.lease(lease("r1", pb::RunKind::Sync, "noop"));
    agent.ended().await;
    let state = script.state();
    assert_eq!(state.goodbyes.len(), 1);
    assert_eq!(
        state.finished.len(),
        1,
        "what it was given on the way out was carried"
    );
}

#[tokio::test]
async fn a_killed_agent_stops_where_it_stands_and_says_nothing() {
    let script = Script::start().await;
    let (hangs, began, dropped) = Acts::hanging();
    let agent = script.agent(hangs).await;
    script.lease(lease("r1", pb::RunKind::Sync, "acts"));
    told(&began).await;
    agent.kill().await;
    told(&dropped).await;
    let state = script.state();
    assert!(state.finished.is_empty() && state.goodbyes.is_empty());
}
