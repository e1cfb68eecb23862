//! What a stream would write, asked for and told over the wire. That nothing is granted to a dry run is shown here too.

use skarv_canonical::Fingerprint;
use skarv_domain::auth::Scope;
use skarv_proto::{agent::v1 as pb, v1};
use tonic::{Code, Status};

use crate::{
    checks::wait,
    goods::{PRODUCTS, STOCK, carrying, world},
    setup::{FLOW, STREAM},
    world::{Caller, World, field, reason},
};

fn ask(name: &str) -> v1::DryRunStreamRequest {
    v1::DryRunStreamRequest {
        name: name.to_owned(),
        ..v1::DryRunStreamRequest::default()
    }
}

fn everything(name: &str) -> v1::DryRunStreamRequest {
    v1::DryRunStreamRequest {
        extent: v1::DryRunExtent::Everything.into(),
        max_records: 7,
        ..ask(name)
    }
}

impl Caller {
    async fn dry_run(&self, request: v1::DryRunStreamRequest) -> Result<v1::Run, Status> {
        let answer = self.flows().dry_run_stream(request).await?;
        Ok(answer.into_inner().run.unwrap())
    }
}

/// An order that would be parked.
fn foreseen() -> v1::DryRun {
    let change = v1::FieldChange {
        path: "rows[0].account".to_owned(),
        after: "3001".to_owned(),
        ..v1::FieldChange::default()
    };
    let write = v1::DryRunWrite {
        entity: "invoice".to_owned(),
        our_key: "abc123-1042".to_owned(),
        action: v1::DryRunAction::Create.into(),
        changes: vec![change],
        ..v1::DryRunWrite::default()
    };
    let reason = v1::Reason {
        code: "no_rows".to_owned(),
        class: v1::ReasonClass::Data.into(),
        fix_code: "check_order_rows".to_owned(),
        ..v1::Reason::default()
    };
    v1::DryRun {
        records: vec![v1::DryRunRecord {
            source_key: "1042".to_owned(),
            reference: "XKBKNABJK".to_owned(),
            action: v1::DryRunAction::Park.into(),
            writes: vec![write],
            reason: Some(reason),
        }],
        has_more: true,
    }
}

#[tokio::test]
async fn a_flow_that_is_off_is_foreseen_and_told_with_what_to_do() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let refused = admin.dry_run(ask(STREAM)).await.unwrap_err();
    assert_eq!(reason(&refused), "CONNECTION_NOT_TESTED");
    let agent = world.agent().await;
    agent.pass_tests(&admin).await;
    let run = admin.dry_run(ask(STREAM)).await.unwrap();
    assert_eq!(
        (run.purpose(), run.subject.as_str()),
        (v1::RunPurpose::DryRun, STREAM)
    );
    assert_eq!(admin.dry_run(ask(STREAM)).await.unwrap().name, run.name);
    let lease = agent.lease_one(10).await;
    assert_eq!((lease.kind(), lease.cursor.clone()), (pb::RunKind::DryRun, None));
    let extent = pb::DryRunAsk {
        everything: false,
        max_records: 100,
    };
    assert_eq!(lease.dry_run, Some(extent));
    agent
        .tells(&lease, pb::run_result::Result::DryRun(foreseen()))
        .await;
    let told = wait(&admin, &run.name).await.dry_run.unwrap();
    let (record, expected) = (&told.records[0], &foreseen().records[0]);
    assert!(told.has_more);
    assert_eq!(
        (record.action(), &record.writes),
        (expected.action(), &expected.writes)
    );
    let why = record.reason.as_ref().unwrap();
    assert!(!why.message_sv.is_empty() && !why.fix_en.is_empty(), "{why:?}");
    let request = v1::ListRunsRequest {
        parent: "tenants/bagarn".to_owned(),
        ..v1::ListRunsRequest::default()
    };
    let listed = admin.runs().list_runs(request).await.unwrap().into_inner().runs;
    assert!(listed.iter().any(|listed| listed.name == run.name));
    assert!(listed.iter().all(|listed| listed.dry_run.is_none()));
}

#[tokio::test]
async fn everything_is_foreseen_of_a_stream_that_is_off_and_has_an_initial_sync() {
    let world = world(true).await;
    let (admin, agent) = carrying(&world).await;
    admin.turn(STOCK, v1::StreamState::Off).await.unwrap();
    let run = admin.dry_run(everything(STOCK)).await.unwrap();
    let lease = agent.lease_of(&run, 10).await;
    let extent = pb::DryRunAsk {
        everything: true,
        max_records: 7,
    };
    assert_eq!(
        (lease.dry_run, lease.stream_kind()),
        (Some(extent), v1::StreamKind::Stock)
    );
}

#[tokio::test]
async fn a_dry_run_that_cannot_be_is_refused_by_its_field() {
    let world = world(true).await;
    let (admin, _) = carrying(&world).await;
    let too_many = v1::DryRunStreamRequest {
        max_records: 1_001,
        ..ask(PRODUCTS)
    };
    let unheard_of = v1::DryRunStreamRequest {
        extent: 77,
        ..ask(PRODUCTS)
    };
    for (request, wrong) in [
        (too_many, "max_records"),
        (everything(STREAM), "extent"),
        (unheard_of, "extent"),
    ] {
        let refused = admin.dry_run(request).await.unwrap_err();
        assert_eq!(
            (refused.code(), field(&refused).as_str()),
            (Code::InvalidArgument, wrong)
        );
    }
    let prices = admin.dry_run(ask(&format!("{FLOW}/streams/prices"))).await;
    assert_eq!(prices.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn an_agent_that_would_write_during_a_dry_run_is_told_that_it_may_not() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    agent.pass_tests(&admin).await;
    admin.dry_run(ask(STREAM)).await.unwrap();
    let lease = agent.lease_one(10).await;
    let page = |mode: pb::PrepareMode| {
        let write = pb::WriteQuestion {
            write_no: 1,
            entity: "invoice".to_owned(),
            our_key: "abc123-1042".to_owned(),
            fingerprint: Fingerprint::of(&1042).as_bytes().to_vec(),
            effect: pb::WriteEffect::Create.into(),
            needs_intent: true,
            visible_after_ms: 0,
            searchable: true,
        };
        let page = pb::PreparePage {
            run_id: lease.run_id.clone(),
            epoch: lease.epoch,
            mode: mode.into(),
            writes: vec![write],
            want_demand_of: Vec::new(),
        };
        pb::PrepareWritesRequest {
            agent_id: agent.id.clone(),
            pages: vec![page],
        }
    };
    let prepare = async |mode| {
        let answer = agent.caller.dispatch().prepare_writes(page(mode)).await.unwrap();
        answer.into_inner().pages.remove(0)
    };
    let refused = prepare(pb::PrepareMode::Commit).await;
    assert_eq!(
        (refused.status(), refused.verdicts.len()),
        (pb::RunStatus::NotAllowed, 0)
    );
    let looked = prepare(pb::PrepareMode::Peek).await;
    assert_eq!(looked.status(), pb::RunStatus::Ok);
    assert_eq!(
        (looked.verdicts[0].verdict(), looked.verdicts[0].write_ms),
        (pb::Verdict::New, 0)
    );
    let outcome = pb::Outcome {
        source_key: "1042".to_owned(),
        result: pb::RecordResult::Unchanged.into(),
        ..pb::Outcome::default()
    };
    assert_eq!(
        agent.checkpoint(&lease, 1, outcome).await,
        pb::RunStatus::NotAllowed
    );
    let request = v1::ListRecordsRequest {
        parent: STREAM.to_owned(),
        ..v1::ListRecordsRequest::default()
    };
    let listed = admin.records().list_records(request).await.unwrap().into_inner();
    assert_eq!(listed.records, []);
}

#[tokio::test]
async fn a_merchant_foresees_its_own_streams_and_nobody_elses() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    world.agent().await.pass_tests(&admin).await;
    let tenant = world
        .plane
        .store()
        .tenant_get(&Scope::Staff, &"bagarn".parse().unwrap())
        .await
        .unwrap();
    let merchant = world.merchant(tenant.id).await;
    assert!(merchant.dry_run(ask(STREAM)).await.is_ok());
    let stranger = world.partner("annan-byra").await;
    assert_eq!(
        stranger.dry_run(ask(STREAM)).await.unwrap_err().code(),
        Code::NotFound
    );
}
