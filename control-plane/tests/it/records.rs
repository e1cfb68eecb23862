//! What agents settle, as people see it: records with their stories, parked ones sent again, runs.

use skarv_canonical::Fingerprint;
use skarv_proto::{agent::v1 as pb, v1};
use tonic::Code;

use crate::{
    agent::{Agent, finish},
    checks::wait,
    dispatch::running,
    setup::{SHOP, STREAM, map},
    world::{Caller, field},
};

impl Agent {
    async fn prepare(&self, lease: &pb::Lease, our_key: &str) -> pb::PreparedPage {
        let write = pb::WriteQuestion {
            write_no: 1,
            entity: "invoice".to_owned(),
            our_key: our_key.to_owned(),
            fingerprint: Fingerprint::of(&our_key).as_bytes().to_vec(),
            effect: pb::WriteEffect::Create.into(),
            needs_intent: true,
            visible_after_ms: 0,
            searchable: true,
        };
        let page = pb::PreparePage {
            run_id: lease.run_id.clone(),
            epoch: lease.epoch,
            mode: pb::PrepareMode::Commit.into(),
            writes: vec![write],
            ..pb::PreparePage::default()
        };
        let request = pb::PrepareWritesRequest {
            agent_id: self.id.clone(),
            pages: vec![page],
        };
        self.caller
            .dispatch()
            .prepare_writes(request)
            .await
            .unwrap()
            .into_inner()
            .pages
            .remove(0)
    }

    pub(crate) async fn checkpoint(
        &self,
        lease: &pb::Lease,
        seq: u64,
        outcome: pb::Outcome,
    ) -> pb::RunStatus {
        let item = pb::CheckpointItem {
            run_id: lease.run_id.clone(),
            epoch: lease.epoch,
            seq,
            cursor: Some("{\"at\":1}".to_owned()),
            outcomes: vec![outcome],
            ..pb::CheckpointItem::default()
        };
        let request = pb::CheckpointRequest {
            agent_id: self.id.clone(),
            items: vec![item],
        };
        self.caller
            .dispatch()
            .checkpoint(request)
            .await
            .unwrap()
            .into_inner()
            .results[0]
            .status()
    }
}

fn written(our_key: &str) -> pb::Outcome {
    let write = pb::SettledWrite {
        entity: "invoice".to_owned(),
        our_key: our_key.to_owned(),
        foreign_id: "F-1".to_owned(),
        fingerprint: Fingerprint::of(&our_key).as_bytes().to_vec(),
        ..pb::SettledWrite::default()
    };
    pb::Outcome {
        source_key: "1042".to_owned(),
        reference: "XKBKNABJK".to_owned(),
        amount_minor: Some(124_900),
        currency_code: "SEK".to_owned(),
        result: pb::RecordResult::Written.into(),
        writes: vec![write],
        ..pb::Outcome::default()
    }
}

fn parked() -> pb::Outcome {
    let reason = v1::Reason {
        code: "sum_mismatch".to_owned(),
        class: v1::ReasonClass::Data.into(),
        params: map(&[
            ("rows", "124.00"),
            ("total", "125.00"),
            ("difference", "1.00"),
            ("currency", "SEK"),
        ]),
        fix_code: "correct_order_rows".to_owned(),
        ..v1::Reason::default()
    };
    pb::Outcome {
        source_key: "1043".to_owned(),
        reference: "QWERTY".to_owned(),
        result: pb::RecordResult::Parked.into(),
        reason: Some(reason),
        ..pb::Outcome::default()
    }
}

async fn records(caller: &Caller, state: v1::RecordState) -> Vec<v1::Record> {
    let request = v1::ListRecordsRequest {
        parent: STREAM.to_owned(),
        state: state.into(),
        ..Default::default()
    };
    caller
        .records()
        .list_records(request)
        .await
        .unwrap()
        .into_inner()
        .records
}

#[tokio::test]
async fn an_order_that_is_settled_is_listed_with_its_story() {
    let (_world, admin, agent, lease) = running().await;
    let page = agent.prepare(&lease, "abc123-1042").await;
    assert_eq!(
        (page.status(), page.verdicts[0].verdict()),
        (pb::RunStatus::Ok, pb::Verdict::New)
    );
    assert!(page.verdicts[0].write_ms > 50_000);
    assert_eq!(
        agent.checkpoint(&lease, 1, written("abc123-1042")).await,
        pb::RunStatus::Ok
    );
    // the answer was lost, so it is said again
    assert_eq!(
        agent.checkpoint(&lease, 1, written("abc123-1042")).await,
        pb::RunStatus::Ok
    );
    let listed = records(&admin, v1::RecordState::Written).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].amount.as_ref().unwrap().amount, "1249.00");
    let request = v1::GetStoryRequest {
        name: listed[0].name.clone(),
    };
    let story = admin.records().get_story(request).await.unwrap().into_inner();
    assert_eq!(story.record.unwrap(), listed[0]);
    assert_eq!(story.events.len(), 1);
    assert_eq!(
        story.events[0].run,
        format!("tenants/bagarn/runs/{}", lease.run_id)
    );
}

#[tokio::test]
async fn a_stale_epoch_prepares_and_settles_nothing() {
    let (_world, admin, agent, lease) = running().await;
    let stale = pb::Lease {
        epoch: lease.epoch - 1,
        ..lease
    };
    let page = agent.prepare(&stale, "abc123-1042").await;
    assert_eq!((page.status(), page.verdicts.len()), (pb::RunStatus::Lost, 0));
    assert_eq!(
        agent.checkpoint(&stale, 1, written("abc123-1042")).await,
        pb::RunStatus::Lost
    );
    assert_eq!(records(&admin, v1::RecordState::Unspecified).await, []);
}

#[tokio::test]
async fn a_parked_order_says_why_and_is_sent_again_on_request() {
    let (_world, admin, agent, lease) = running().await;
    agent.checkpoint(&lease, 1, parked()).await;
    agent.finish(finish(&lease, pb::FinishOutcome::Succeeded)).await;
    let parked = records(&admin, v1::RecordState::Parked).await.remove(0);
    let reason = parked.reason.unwrap();
    assert!(
        reason.message_sv.contains("124.00 SEK") && reason.fix_en.contains("send again"),
        "{reason:?}"
    );
    let request = v1::ReplayRecordsRequest {
        parent: STREAM.to_owned(),
        source_keys: vec!["1043".to_owned()],
        ..Default::default()
    };
    let run = admin
        .records()
        .replay_records(request)
        .await
        .unwrap()
        .into_inner()
        .run
        .unwrap();
    let replay = agent.lease_one(11).await;
    assert_eq!(
        (replay.kind(), replay.keys.as_slice()),
        (pb::RunKind::Replay, ["1043".to_owned()].as_slice())
    );
    let again = pb::Outcome {
        source_key: "1043".to_owned(),
        ..written("abc123-1043")
    };
    agent.checkpoint(&replay, 1, again).await;
    agent.finish(finish(&replay, pb::FinishOutcome::Succeeded)).await;
    assert_eq!(wait(&admin, &run.name).await.state(), v1::RunState::Succeeded);
    assert_eq!(records(&admin, v1::RecordState::Parked).await, []);
}

#[tokio::test]
async fn only_parked_orders_are_sent_again() {
    let (_world, admin, agent, lease) = running().await;
    agent.checkpoint(&lease, 1, written("abc123-1042")).await;
    let replay = |keys: &[&str]| v1::ReplayRecordsRequest {
        parent: STREAM.to_owned(),
        source_keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        ..Default::default()
    };
    let refused = admin
        .records()
        .replay_records(replay(&["1042"]))
        .await
        .unwrap_err();
    assert!(refused.message().contains("1042"), "{}", refused.message());
    let refused = admin.records().replay_records(replay(&[])).await.unwrap_err();
    assert_eq!(
        (refused.code(), field(&refused).as_str()),
        (Code::InvalidArgument, "source_keys")
    );
}

#[tokio::test]
async fn runs_are_listed_newest_first_with_what_they_were_on() {
    let (_world, admin, agent, lease) = running().await;
    agent.checkpoint(&lease, 1, written("abc123-1042")).await;
    let totals = pb::Totals {
        read: 1,
        written: 1,
        ..pb::Totals::default()
    };
    let item = pb::FinishItem {
        totals: Some(totals),
        ..finish(&lease, pb::FinishOutcome::Succeeded)
    };
    agent.finish(item).await;
    let request = v1::ListRunsRequest {
        parent: "tenants/bagarn".to_owned(),
        ..Default::default()
    };
    let runs = admin.runs().list_runs(request).await.unwrap().into_inner().runs;
    let subjects: Vec<_> = runs.iter().map(|run| run.subject.as_str()).collect();
    assert_eq!(subjects, [STREAM, "tenants/bagarn/connections/erp", SHOP]);
    assert_eq!(runs[0].totals.unwrap().written, 1);
}
