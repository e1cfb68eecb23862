//! Waiting for work, and keeping it.

use std::time::Duration;

use skarv_proto::{agent::v1 as pb, v1};
use tokio::time::{Instant, timeout};

use crate::{
    agent::finish,
    setup::{FLOW, SHOP, STREAM},
    world::World,
};

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_long_poll_is_woken_by_a_request() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    let began = Instant::now();
    let (leases, run) = tokio::join!(agent.lease(1, 20_000), admin.test(SHOP));
    let leases = leases.unwrap().leases;
    assert_eq!(run.name, format!("tenants/bagarn/runs/{}", leases[0].run_id));
    assert_eq!(leases[0].kind(), pb::RunKind::Check);
    assert!(began.elapsed() < PATIENCE);
}

#[tokio::test]
async fn a_poll_without_work_waits_as_long_as_it_asks() {
    let world = World::start().await;
    let agent = world.agent().await;
    let began = Instant::now();
    assert_eq!(agent.lease(1, 300).await.unwrap().leases, []);
    let waited = began.elapsed();
    assert!(
        waited >= Duration::from_millis(290) && waited < PATIENCE,
        "{waited:?}"
    );
}

#[tokio::test]
async fn a_lost_reply_is_handed_back_at_the_same_poll_number() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    admin.test(SHOP).await;
    let first = agent.lease_one(1).await;
    let again = agent.lease_one(1).await;
    assert_eq!((&first.run_id, first.epoch), (&again.run_id, again.epoch));
    // the next number says that the reply arrived
    assert_eq!(agent.lease(2, 100).await.unwrap().leases, []);
    assert_eq!(agent.renew(2, &first).await, pb::RunStatus::Ok);
}

#[tokio::test]
async fn a_poll_whose_caller_went_away_loses_nothing() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    // the caller hangs up while it waits
    timeout(Duration::from_millis(100), agent.lease(1, 20_000))
        .await
        .unwrap_err();
    let run = admin.test(SHOP).await;
    let lease = agent.lease_one(1).await;
    assert!(run.name.ends_with(&lease.run_id));
}

#[tokio::test]
async fn graceful_shutdown_ends_long_polls() {
    let world = World::start().await;
    let agent = world.agent().await;
    let began = Instant::now();
    let poll = tokio::spawn(async move { agent.lease(1, 20_000).await });
    // the poll has arrived once a second agent's short one, sent after it, has been answered
    world.agent().await.lease(1, 100).await.unwrap();
    let World { plane, channel, .. } = world;
    drop(channel);
    timeout(PATIENCE, plane.shutdown())
        .await
        .expect("it stops in time");
    assert_eq!(poll.await.unwrap().unwrap().leases, []);
    assert!(began.elapsed() < PATIENCE);
}

#[tokio::test]
async fn a_run_whose_agent_is_gone_is_given_to_another() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let (gone, other) = (world.agent().await, world.agent().await);
    admin.test(SHOP).await;
    let lost = gone.lease_one(1).await;
    let taken = other.lease_one(1).await;
    assert_eq!(taken.run_id, lost.run_id);
    assert!(taken.epoch > lost.epoch);
    assert_eq!(
        gone.finish(finish(&lost, pb::FinishOutcome::Succeeded)).await,
        pb::RunStatus::Lost
    );
    assert_eq!(other.renew(1, &taken).await, pb::RunStatus::Ok);
}

#[tokio::test]
async fn a_flow_that_is_switched_off_pauses_its_run_at_the_next_renewal() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    agent.pass_tests(&admin).await;
    admin.activate().await.unwrap();
    let lease = agent.lease_one(10).await;
    assert_eq!(agent.renew(10, &lease).await, pb::RunStatus::Ok);
    let pause = v1::PauseFlowRequest {
        name: FLOW.to_owned(),
    };
    let flow = admin
        .flows()
        .pause_flow(pause)
        .await
        .unwrap()
        .into_inner()
        .flow
        .unwrap();
    assert_eq!(flow.state(), v1::FlowState::Paused);
    assert_eq!(agent.renew(10, &lease).await, pb::RunStatus::Pause);
    assert_eq!(
        agent.finish(finish(&lease, pb::FinishOutcome::Yielded)).await,
        pb::RunStatus::Ok
    );
    assert_eq!(admin.stream().await.active_run, "");
}

#[tokio::test]
async fn a_request_during_a_run_is_followed_by_another() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    agent.pass_tests(&admin).await;
    admin.activate().await.unwrap();
    let first = agent.lease_one(10).await;
    let request = v1::RunStreamRequest {
        name: STREAM.to_owned(),
    };
    let asked = admin
        .flows()
        .run_stream(request)
        .await
        .unwrap()
        .into_inner()
        .run
        .unwrap();
    assert!(
        asked.name.ends_with(&first.run_id),
        "the run under way is answered"
    );
    assert_eq!(asked.state(), v1::RunState::Running);
    agent.finish(finish(&first, pb::FinishOutcome::Succeeded)).await;
    let second = agent.lease_one(11).await;
    assert_ne!(second.run_id, first.run_id);
    agent.finish(finish(&second, pb::FinishOutcome::Succeeded)).await;
    assert_eq!(agent.lease(12, 200).await.unwrap().leases, []);
}

#[tokio::test]
async fn a_stream_that_is_off_does_not_run_on_request() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let request = v1::RunStreamRequest {
        name: STREAM.to_owned(),
    };
    let refused = admin.flows().run_stream(request).await.unwrap_err();
    assert_eq!(crate::world::reason(&refused), "STREAM_NOT_ON");
}
