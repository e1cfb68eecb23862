//! What breaks between agent and control plane, and what the agent does about it.

use skarv_connector::noop::Noop;
use skarv_proto::agent::v1 as pb;
use tonic::Code;

use crate::{
    connectors::{Acts, told},
    script::{Script, lease},
};

#[tokio::test]
async fn an_agent_waits_for_a_control_plane_that_is_not_there_yet() {
    let script = Script::start().await;
    script.fail("register", Code::Unavailable);
    script.fail("register", Code::Unavailable);
    let _agent = script.agent(Noop).await;
    assert_eq!(script.state().registered.len(), 3);
}

#[tokio::test]
async fn an_agent_that_is_not_wanted_does_not_start() {
    let script = Script::start().await;
    script.fail("register", Code::Unauthenticated);
    let registry = skarv_agent::Registry::standard();
    let refused = skarv_agent::start(script.config(), registry).await.unwrap_err();
    assert!(format!("{refused:#}").contains("refuses"), "{refused:#}");
}

#[tokio::test]
async fn a_token_that_is_no_longer_good_is_replaced_under_the_same_id() {
    let script = Script::start().await;
    let _agent = script.agent(Noop).await;
    script.state().revoked = true;
    script.lease(lease("r1", pb::RunKind::Sync, "noop"));
    script.finish_of("r1").await;
    let ids: Vec<_> = script
        .state()
        .registered
        .iter()
        .map(|r| r.agent_id.clone())
        .collect();
    assert_eq!(ids, ["", "agent-1"]);
}

#[tokio::test]
async fn a_poll_whose_answer_is_lost_is_repeated_under_its_number() {
    let script = Script::start().await;
    script.fail("lease_runs", Code::Unavailable);
    let _agent = script.agent(Noop).await;
    script.lease(lease("r1", pb::RunKind::Sync, "noop"));
    script.finish_of("r1").await;
    let numbers = script
        .until(|state| (state.polls.len() >= 3).then(|| poll_numbers(state)))
        .await;
    assert_eq!(numbers, [1, 1, 2]);
}

fn poll_numbers(state: &crate::script::State) -> Vec<u64> {
    state.polls.iter().map(|poll| poll.poll_seq).collect()
}

#[tokio::test]
async fn a_checkpoint_whose_answer_is_lost_is_repeated_under_its_number() {
    let script = Script::start().await;
    script.fail("checkpoint", Code::Unavailable);
    let _agent = script.agent(Noop).await;
    script.lease(lease("r1", pb::RunKind::Sync, "noop"));
    assert_eq!(
        script.finish_of("r1").await.outcome(),
        pb::FinishOutcome::Succeeded
    );
    let state = script.state();
    assert_eq!(state.checkpoints.len(), 2);
    assert_eq!(state.checkpoints[0], state.checkpoints[1]);
}

#[tokio::test]
async fn a_call_that_the_control_plane_refuses_fails_the_run_aloud() {
    let script = Script::start().await;
    script.fail("checkpoint", Code::InvalidArgument);
    let _agent = script.agent(Noop).await;
    script.lease(lease("r1", pb::RunKind::Sync, "noop"));
    let end = script.finish_of("r1").await;
    assert_eq!(
        (end.outcome(), end.error.unwrap().code.as_str()),
        (pb::FinishOutcome::Failed, "agent_fault")
    );
}

#[tokio::test]
async fn about_a_run_that_is_lost_nothing_more_is_said() {
    let script = Script::start().await;
    script.state().lease_ms = 400;
    let (hangs, began, dropped) = Acts::hanging();
    let agent = script.agent(hangs).await;
    script.lease(lease("r1", pb::RunKind::Sync, "acts"));
    told(&began).await;
    script
        .state()
        .statuses
        .insert("r1".to_owned(), pb::RunStatus::Lost);
    told(&dropped).await;
    agent.drain().await;
    assert!(script.state().finished.is_empty());
}

#[tokio::test]
async fn an_agent_that_is_cut_off_gives_its_runs_up_by_itself() {
    let script = Script::start().await;
    script.state().lease_ms = 400;
    let (hangs, began, dropped) = Acts::hanging();
    let _agent = script.agent(hangs).await;
    script.lease(lease("r1", pb::RunKind::Sync, "acts"));
    told(&began).await;
    (0..1_000).for_each(|_| script.fail("renew_leases", Code::Unavailable));
    told(&dropped).await;
    assert!(script.state().finished.is_empty());
}

#[tokio::test]
async fn a_held_run_is_renewed_with_its_progress_and_the_poll_that_brought_it() {
    let script = Script::start().await;
    script.state().lease_ms = 400;
    let (hangs, began, _) = Acts::hanging();
    let _agent = script.agent(hangs).await;
    script.lease(lease("r1", pb::RunKind::Sync, "acts"));
    told(&began).await;
    let renewal = script.until(|state| state.renewals.get(2).cloned()).await;
    assert_eq!(
        (renewal.held[0].run_id.as_str(), renewal.held[0].epoch),
        ("r1", 1)
    );
    assert!(renewal.held[0].progress.is_some());
    assert!(renewal.last_poll_seq >= 1);
}
