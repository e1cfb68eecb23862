//! What a leased run has, and what its agent may do with its connections.

use skarv_proto::{agent::v1 as pb, v1};

use crate::{
    agent::{Agent, finish},
    setup::{SECRET, SHOP, map},
    world::{Caller, World},
};

/// A world whose flow is on, with the first run of its stream leased.
pub(crate) async fn running() -> (World, Caller, Agent, pb::Lease) {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    agent.pass_tests(&admin).await;
    admin.activate().await.unwrap();
    let lease = agent.lease_one(10).await;
    (world, admin, agent, lease)
}

#[tokio::test]
async fn a_leased_run_has_all_that_it_takes() {
    let (_world, admin, agent, lease) = running().await;
    assert_eq!(
        (lease.kind(), lease.stream_kind()),
        (pb::RunKind::Sync, v1::StreamKind::Orders)
    );
    let (source, target) = (lease.source.clone().unwrap(), lease.target.clone().unwrap());
    assert_eq!(
        (source.connector.as_str(), target.connector.as_str()),
        ("prestashop", "hogia-smart")
    );
    assert_eq!(source.shop_ref, admin.connection(SHOP).await.shop_ref);
    assert_eq!((source.shop_ref.len(), target.shop_ref.as_str()), (6, ""));
    assert_eq!(target.secrets["client_secret"], SECRET);
    assert!(source.grant.unwrap().count > 0);
    assert_eq!(lease.slice.unwrap().max_records, 500);
    let request = pb::BatchGetSpecsRequest {
        hashes: vec![lease.spec_hash.clone(), vec![0; 32]],
    };
    let specs = agent
        .caller
        .dispatch()
        .batch_get_specs(request)
        .await
        .unwrap()
        .into_inner()
        .specs;
    assert_eq!(specs.len(), 1, "an unknown hash is left out");
    let spec = skarv_proto::convert::settings::decode_stream_spec(specs[0].spec.clone().unwrap()).unwrap();
    assert_eq!(spec.hash().as_bytes().as_slice(), lease.spec_hash);
}

#[tokio::test]
async fn new_credentials_put_a_blocked_stream_back_to_work() {
    let (_world, admin, agent, lease) = running().await;
    let error = v1::Reason {
        code: "key_refused".to_owned(),
        class: v1::ReasonClass::Credentials.into(),
        ..v1::Reason::default()
    };
    let stop = pb::FinishItem {
        error: Some(error),
        block: true,
        ..finish(&lease, pb::FinishOutcome::Failed)
    };
    assert_eq!(agent.finish(stop).await, pb::RunStatus::Ok);
    let blocked = admin.stream().await;
    assert_eq!(blocked.state(), v1::StreamState::Blocked);
    assert_eq!(
        blocked.block_reason.unwrap().message_en,
        "The shop does not take the key."
    );
    let secrets = map(&[("api_key", "NEWER")]);
    let newer = v1::SetCredentialsRequest {
        name: SHOP.to_owned(),
        secrets,
    };
    let connection = admin
        .connections()
        .set_credentials(newer)
        .await
        .unwrap()
        .into_inner()
        .connection
        .unwrap();
    assert_eq!(connection.state(), v1::ConnectionState::Ok);
    assert_eq!(admin.stream().await.state(), v1::StreamState::On);
    assert_eq!(
        agent.lease_one(11).await.source.unwrap().secrets["api_key"],
        "NEWER"
    );
}

#[tokio::test]
async fn one_agent_renews_credentials_and_the_others_wait() {
    let (_world, _admin, agent, lease) = running().await;
    let target = lease.target.clone().unwrap();
    let begin = pb::BeginCredentialRefreshRequest {
        agent_id: agent.id.clone(),
        run_id: lease.run_id.clone(),
        epoch: lease.epoch,
        connection_ref: target.connection_ref.clone(),
        secret_version: target.secret_version,
    };
    use pb::begin_credential_refresh_response::Answer;
    let answer = agent
        .caller
        .dispatch()
        .begin_credential_refresh(begin.clone())
        .await
        .unwrap()
        .into_inner()
        .answer;
    assert!(matches!(answer, Some(Answer::Granted(_))));
    let store = pb::StoreCredentialRequest {
        agent_id: agent.id.clone(),
        run_id: lease.run_id.clone(),
        epoch: lease.epoch,
        connection_ref: target.connection_ref.clone(),
        secret_version: target.secret_version,
        secrets: map(&[("client_id", "skarv"), ("client_secret", "RENEWED")]),
        expires_at: None,
    };
    let stored = agent
        .caller
        .dispatch()
        .store_credential(store)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (stored.status(), stored.secret_version),
        (pb::RunStatus::Ok, target.secret_version + 1)
    );
    // the old version is asked about once more: the new one is there
    let answer = agent
        .caller
        .dispatch()
        .begin_credential_refresh(begin)
        .await
        .unwrap()
        .into_inner()
        .answer;
    let Some(Answer::Newer(grant)) = answer else {
        panic!("not the newer one")
    };
    assert_eq!(grant.secrets["client_secret"], "RENEWED");
}

#[tokio::test]
async fn a_plea_for_a_slower_pace_holds_for_every_reservation() {
    let (_world, _admin, agent, lease) = running().await;
    let connection_ref = lease.source.clone().unwrap().connection_ref;
    let throttle = pb::ReportThrottleRequest {
        agent_id: agent.id.clone(),
        run_id: lease.run_id.clone(),
        epoch: lease.epoch,
        connection_ref: connection_ref.clone(),
        retry_ms: 60_000,
        kind: pb::ThrottleKind::Rate.into(),
    };
    let told = agent
        .caller
        .dispatch()
        .report_throttle(throttle)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(told.status(), pb::RunStatus::Ok);
    let reserve = pb::ReserveRequestsRequest {
        agent_id: agent.id.clone(),
        run_id: lease.run_id.clone(),
        epoch: lease.epoch,
        connection_ref,
        count: 5,
    };
    let grant = agent
        .caller
        .dispatch()
        .reserve_requests(reserve.clone())
        .await
        .unwrap()
        .into_inner()
        .grant
        .unwrap();
    assert_eq!(grant.count, 0);
    assert!(grant.wait_ms > 50_000, "{grant:?}");
    let stale = pb::ReserveRequestsRequest {
        epoch: lease.epoch + 1,
        ..reserve
    };
    let lost = agent
        .caller
        .dispatch()
        .reserve_requests(stale)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(lost.status(), pb::RunStatus::Lost);
}
