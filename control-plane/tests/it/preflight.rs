//! What is missing before a flow is switched on, as people see it.

use skarv_proto::{agent::v1 as pb, v1};
use tonic::Status;

use crate::{
    checks::wait,
    setup::{FLOW, SHOP, map},
    world::{Caller, World, reason},
};

const ERP: &str = "tenants/bagarn/connections/erp";
const ID: &str = "0b5d7a74-c5e0-4f4c-9f1a-3b1f0d6a9e77";

impl Caller {
    async fn preflight(&self, request_id: &str) -> Result<v1::Run, Status> {
        let request = v1::PreflightFlowRequest {
            name: FLOW.to_owned(),
            request_id: request_id.to_owned(),
        };
        let answer = self.flows().preflight_flow(request).await?;
        Ok(answer.into_inner().run.unwrap())
    }
}

fn finding(severity: v1::FindingSeverity, end: &str, code: &str, fix: &str) -> v1::PreflightFinding {
    let found = v1::Reason {
        code: code.to_owned(),
        class: v1::ReasonClass::Configuration.into(),
        params: map(&[("resource", "orders"), ("year", "2026"), ("account", "3001")]),
        fix_code: fix.to_owned(),
        ..v1::Reason::default()
    };
    v1::PreflightFinding {
        severity: severity.into(),
        connection: end.to_owned(),
        stream: "orders".to_owned(),
        reason: Some(found),
    }
}

#[tokio::test]
async fn a_flow_whose_systems_were_never_tested_is_not_looked_at() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let refused = admin.preflight("").await.unwrap_err();
    assert_eq!(reason(&refused), "CONNECTION_NOT_TESTED");
}

#[tokio::test]
async fn what_is_missing_is_told_by_connection_with_what_to_do_the_blocking_first() {
    use v1::FindingSeverity::{Blocking, Warning};
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    agent.pass_tests(&admin).await;
    let run = admin.preflight("").await.unwrap();
    assert_eq!(run.purpose(), v1::RunPurpose::Preflight);
    assert_eq!(admin.preflight("").await.unwrap().name, run.name);
    let lease = agent.lease_one(10).await;
    assert_eq!(
        (lease.kind(), lease.stream_kind()),
        (pb::RunKind::Preflight, v1::StreamKind::Orders)
    );
    assert_eq!(lease.flow_spec_hashes, vec![lease.spec_hash.clone()]);
    assert!(lease.shop_is_master && lease.source.is_some() && lease.target.is_some());
    let found = v1::Preflight {
        findings: vec![
            finding(Warning, "source", "permission_missing", "grant_key_permission"),
            finding(Blocking, "target", "account_missing", ""),
            finding(Blocking, "elsewhere", "permission_missing", ""),
        ],
    };
    agent
        .tells(&lease, pb::run_result::Result::Preflight(found))
        .await;
    let told = wait(&admin, &run.name).await.preflight.unwrap().findings;
    let at: Vec<_> = told
        .iter()
        .map(|finding| (finding.severity(), finding.connection.as_str()))
        .collect();
    assert_eq!(at, [(Blocking, ERP), (Blocking, ""), (Warning, SHOP)]);
    for finding in &told {
        let why = finding.reason.as_ref().unwrap();
        assert!(
            !why.message_sv.is_empty() && !why.message_en.is_empty(),
            "{finding:?}"
        );
    }
    assert!(!told[2].reason.as_ref().unwrap().fix_sv.is_empty());
    assert_eq!(told[2].stream, "orders");
}

#[tokio::test]
async fn a_repeat_of_the_same_request_is_answered_with_the_same_run() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    agent.pass_tests(&admin).await;
    let run = admin.preflight(ID).await.unwrap();
    let none = pb::run_result::Result::Preflight(v1::Preflight::default());
    agent.tells(&agent.lease_one(10).await, none).await;
    assert_eq!(
        wait(&admin, &run.name).await.preflight,
        Some(v1::Preflight::default())
    );
    assert_eq!(admin.preflight(ID).await.unwrap().name, run.name);
    assert_ne!(admin.preflight("").await.unwrap().name, run.name);
}
