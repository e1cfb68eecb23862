//! What people decide about records, over the wire: what is in doubt is settled, what is parked is set aside or sent again.

use std::{sync::Arc, time::Duration};

use skarv_canonical::Fingerprint;
use skarv_domain::{Clock, ManualClock, SystemClock, auth::Role};
use skarv_proto::{agent::v1 as pb, v1};
use tonic::{Code, Status};

use crate::{
    agent::{Agent, finish},
    setup::{STREAM, tenant},
    world::{Caller, World, field, quick, reason},
};

const ID: &str = "0b5d7a74-c5e0-4f4c-9f1a-3b1f0d6a9e77";
const RECORD: &str = "tenants/bagarn/flows/orders/streams/orders/records/1042";

/// An agent that has said of one order that its invoice is in doubt, and of two that they are parked.
struct Story {
    world: World,
    admin: Caller,
    agent: Agent,
}

/// The story, at a time when nothing that was sent may still arrive.
async fn story() -> Story {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with(quick(), Arc::clone(&clock) as Arc<dyn Clock>).await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    agent.pass_tests(&admin).await;
    admin.activate().await.unwrap();
    let lease = agent.lease_one(10).await;
    let outcomes = vec![in_doubt(), parked("1043"), parked("1044")];
    assert_eq!(agent.settle(&lease, 1, outcomes).await, pb::RunStatus::Ok);
    agent.finish(finish(&lease, pb::FinishOutcome::Succeeded)).await;
    clock.advance(Duration::from_secs(66));
    Story { world, admin, agent }
}

fn in_doubt() -> pb::Outcome {
    let write = pb::SettledWrite {
        entity: "invoice".to_owned(),
        our_key: "abc123-1042".to_owned(),
        fingerprint: Fingerprint::of(&"1042").as_bytes().to_vec(),
        unknown: true,
        ..pb::SettledWrite::default()
    };
    pb::Outcome {
        source_key: "1042".to_owned(),
        reference: "XKBKNABJK".to_owned(),
        result: pb::RecordResult::Unknown.into(),
        reason: Some(because(
            "unknown_outcome",
            v1::ReasonClass::UnknownOutcome,
            "resolve_by_hand",
        )),
        writes: vec![write],
        ..pb::Outcome::default()
    }
}

fn parked(key: &str) -> pb::Outcome {
    pb::Outcome {
        source_key: key.to_owned(),
        reference: key.to_owned(),
        result: pb::RecordResult::Parked.into(),
        reason: Some(because("no_rows", v1::ReasonClass::Data, "check_order_rows")),
        ..pb::Outcome::default()
    }
}

fn because(code: &str, class: v1::ReasonClass, fix: &str) -> v1::Reason {
    v1::Reason {
        code: code.to_owned(),
        class: class.into(),
        fix_code: fix.to_owned(),
        ..v1::Reason::default()
    }
}

impl Agent {
    async fn settle(&self, lease: &pb::Lease, seq: u64, outcomes: Vec<pb::Outcome>) -> pb::RunStatus {
        let item = pb::CheckpointItem {
            run_id: lease.run_id.clone(),
            epoch: lease.epoch,
            seq,
            outcomes,
            ..pb::CheckpointItem::default()
        };
        let request = pb::CheckpointRequest {
            agent_id: self.id.clone(),
            items: vec![item],
        };
        let answer = self.caller.dispatch().checkpoint(request).await;
        answer.unwrap().into_inner().results[0].status()
    }
}

impl Caller {
    async fn story_of(&self, name: &str) -> v1::GetStoryResponse {
        let name = name.to_owned();
        let answer = self.records().get_story(v1::GetStoryRequest { name }).await;
        answer.unwrap().into_inner()
    }

    async fn state_of(&self, name: &str) -> v1::RecordState {
        self.story_of(name).await.record.unwrap().state()
    }

    async fn resolve(
        &self,
        request: v1::ResolveUnknownRequest,
    ) -> Result<v1::ResolveUnknownResponse, Status> {
        Ok(self.records().resolve_unknown(request).await?.into_inner())
    }

    async fn ignore(&self, request: v1::IgnoreRecordsRequest) -> Result<v1::IgnoreRecordsResponse, Status> {
        Ok(self.records().ignore_records(request).await?.into_inner())
    }
}

fn exists_as(id: &str) -> v1::ResolveUnknownRequest {
    v1::ResolveUnknownRequest {
        name: RECORD.to_owned(),
        finding: Some(v1::resolve_unknown_request::Finding::ExistsAs(id.to_owned())),
        reason: "looked in the books".to_owned(),
        ..v1::ResolveUnknownRequest::default()
    }
}

fn does_not_exist() -> v1::ResolveUnknownRequest {
    v1::ResolveUnknownRequest {
        finding: Some(v1::resolve_unknown_request::Finding::DoesNotExist(true)),
        ..exists_as("")
    }
}

fn set_aside(keys: &[&str]) -> v1::IgnoreRecordsRequest {
    v1::IgnoreRecordsRequest {
        parent: STREAM.to_owned(),
        source_keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        reason: "invoiced by hand".to_owned(),
        ..v1::IgnoreRecordsRequest::default()
    }
}

fn without_rows() -> Option<v1::RecordFilter> {
    Some(v1::RecordFilter {
        reason_code: "no_rows".to_owned(),
        ..v1::RecordFilter::default()
    })
}

fn record(key: &str) -> String {
    format!("{STREAM}/records/{key}")
}

#[tokio::test]
async fn an_order_in_doubt_says_what_to_search_for_and_who_is_to_do_it() {
    let story = story().await;
    let found = story.admin.story_of(RECORD).await.record.unwrap();
    let told = found.reason.unwrap();
    assert_eq!(
        (
            found.doubts[0].entity.as_str(),
            found.doubts[0].reference.as_str()
        ),
        ("invoice", "abc123-1042")
    );
    assert_eq!(told.who_acts(), v1::WhoActs::Merchant);
}

#[tokio::test]
async fn a_merchant_settles_an_order_of_their_own_and_the_story_says_so() {
    let story = story().await;
    let mine = story
        .world
        .plane
        .store()
        .tenant_get(&skarv_domain::auth::Scope::Staff, &"bagarn".parse().unwrap())
        .await
        .unwrap();
    let merchant = story.world.merchant(mine.id).await;
    let answer = merchant.resolve(exists_as(" F-7 ")).await.unwrap();
    assert_eq!(answer.record.unwrap().state(), v1::RecordState::Adopted);
    assert_eq!(answer.run.unwrap().purpose(), v1::RunPurpose::Replay);
    let told = story.admin.story_of(RECORD).await.events.pop().unwrap();
    assert_eq!(
        (told.what.as_str(), told.facts["invoice"].as_str()),
        ("resolved", "F-7")
    );
    assert_eq!(told.facts["why"], "looked in the books");
    assert!(told.facts["by"].starts_with("merchant:"), "{:?}", told.facts);
}

#[tokio::test]
async fn an_order_that_is_not_in_the_books_is_sent_again() {
    let story = story().await;
    let answer = story.admin.resolve(does_not_exist()).await.unwrap();
    let replay = story.agent.lease_one(11).await;
    assert_eq!(replay.keys, ["1042"]);
    assert!(answer.run.unwrap().name.ends_with(&replay.run_id));
    let told = answer.record.unwrap().reason.unwrap();
    assert_eq!(
        (told.code.as_str(), told.who_acts()),
        ("resolved_by_hand", v1::WhoActs::Nobody)
    );
}

#[tokio::test]
async fn the_same_settlement_again_is_answered_the_same_and_done_once() {
    let story = story().await;
    let marked = v1::ResolveUnknownRequest {
        request_id: ID.to_owned(),
        ..exists_as("F-7")
    };
    let first = story.admin.resolve(marked.clone()).await.unwrap();
    assert_eq!(story.admin.resolve(marked.clone()).await.unwrap(), first);
    assert_eq!(story.admin.story_of(RECORD).await.events.len(), 2);
    let other = v1::ResolveUnknownRequest {
        finding: does_not_exist().finding,
        ..marked
    };
    assert_eq!(
        field(&story.admin.resolve(other).await.unwrap_err()),
        "request_id"
    );
}

#[tokio::test]
async fn a_check_changes_nothing() {
    let story = story().await;
    let check = v1::ResolveUnknownRequest {
        validate_only: true,
        ..does_not_exist()
    };
    let answer = story.admin.resolve(check).await.unwrap();
    assert_eq!(answer.record.unwrap().state(), v1::RecordState::Parked);
    let check = v1::IgnoreRecordsRequest {
        validate_only: true,
        ..set_aside(&["1043"])
    };
    assert_eq!(story.admin.ignore(check).await.unwrap().count, 1);
    let check = v1::ReplayRecordsRequest {
        parent: STREAM.to_owned(),
        filter: without_rows(),
        validate_only: true,
        ..v1::ReplayRecordsRequest::default()
    };
    let answer = story
        .admin
        .records()
        .replay_records(check)
        .await
        .unwrap()
        .into_inner();
    assert_eq!((answer.count, answer.run.is_some()), (2, true));
    for (key, state) in [
        ("1042", v1::RecordState::Unknown),
        ("1043", v1::RecordState::Parked),
    ] {
        assert_eq!(story.admin.state_of(&record(key)).await, state);
        assert_eq!(story.admin.story_of(&record(key)).await.events.len(), 1);
    }
}

#[tokio::test]
async fn what_is_said_must_be_whole() {
    let story = story().await;
    let nothing = v1::ResolveUnknownRequest {
        finding: None,
        ..exists_as("")
    };
    let unreasoned = v1::ResolveUnknownRequest {
        reason: "  ".to_owned(),
        ..exists_as("F-7")
    };
    for (request, wrong) in [
        (nothing, "finding"),
        (unreasoned, "reason"),
        (exists_as(" "), "exists_as"),
    ] {
        let refused = story.admin.resolve(request).await.unwrap_err();
        assert_eq!(
            (refused.code(), field(&refused).as_str()),
            (Code::InvalidArgument, wrong)
        );
    }
    let both = v1::IgnoreRecordsRequest {
        filter: without_rows(),
        ..set_aside(&["1043"])
    };
    assert_eq!(field(&story.admin.ignore(both).await.unwrap_err()), "filter");
    assert_eq!(
        field(&story.admin.ignore(set_aside(&[])).await.unwrap_err()),
        "source_keys"
    );
}

#[tokio::test]
async fn an_order_that_is_not_in_doubt_is_not_settled_by_hand() {
    let story = story().await;
    let request = v1::ResolveUnknownRequest {
        name: record("1043"),
        ..exists_as("F-7")
    };
    let refused = story.admin.resolve(request).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "RECORD_NOT_UNKNOWN")
    );
}

#[tokio::test]
async fn another_tenants_records_do_not_exist() {
    let story = story().await;
    let other = story.world.partner("webbyran").await;
    other.tenants().create_tenant(tenant("kvarnen")).await.unwrap();
    let preview = v1::PreviewReplayRequest {
        parent: STREAM.to_owned(),
        filter: without_rows(),
        ..v1::PreviewReplayRequest::default()
    };
    let refused = [
        other.resolve(exists_as("F-7")).await.unwrap_err(),
        other.ignore(set_aside(&["1043"])).await.unwrap_err(),
        other.records().preview_replay(preview).await.unwrap_err(),
    ];
    assert_eq!(refused.map(|refused| refused.code()), [Code::NotFound; 3]);
    assert_eq!(story.admin.state_of(RECORD).await, v1::RecordState::Unknown);
}

#[tokio::test]
async fn people_decide_and_agents_do_not() {
    let story = story().await;
    let agents = &story.agent.caller;
    let refused = [
        agents.resolve(exists_as("F-7")).await.unwrap_err(),
        agents.ignore(set_aside(&["1043"])).await.unwrap_err(),
    ];
    assert_eq!(refused.map(|refused| refused.code()), [Code::Unauthenticated; 2]);
    for role in [Role::Support, Role::Sales] {
        let staff = story.world.person(role, None).await;
        let check = v1::ResolveUnknownRequest {
            validate_only: true,
            ..exists_as("F-7")
        };
        staff.resolve(check).await.unwrap();
    }
}

#[tokio::test]
async fn parked_orders_are_set_aside_and_no_longer_listed_among_the_parked() {
    let story = story().await;
    let marked = v1::IgnoreRecordsRequest {
        source_keys: Vec::new(),
        filter: without_rows(),
        request_id: ID.to_owned(),
        ..set_aside(&[])
    };
    assert_eq!(story.admin.ignore(marked.clone()).await.unwrap().count, 2);
    assert_eq!(
        story.admin.ignore(marked).await.unwrap().count,
        2,
        "a repeat is answered the same"
    );
    let list = |state: v1::RecordState| v1::ListRecordsRequest {
        parent: STREAM.to_owned(),
        state: state.into(),
        ..v1::ListRecordsRequest::default()
    };
    let records = story.admin.records();
    let count = async |state| {
        records
            .clone()
            .list_records(list(state))
            .await
            .unwrap()
            .into_inner()
            .records
            .len()
    };
    assert_eq!(count(v1::RecordState::Parked).await, 0);
    assert_eq!(count(v1::RecordState::Ignored).await, 2);
    let told = story.admin.story_of(&record("1043")).await.events.pop().unwrap();
    assert_eq!(
        (told.what.as_str(), told.facts["why"].as_str()),
        ("ignored", "invoiced by hand")
    );
}

#[tokio::test]
async fn a_preview_says_what_a_replay_by_reason_sends() {
    let story = story().await;
    let request = v1::PreviewReplayRequest {
        parent: STREAM.to_owned(),
        filter: without_rows(),
        ..v1::PreviewReplayRequest::default()
    };
    let preview = story
        .admin
        .records()
        .preview_replay(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!((preview.count, preview.names.len()), (2, 2));
    assert_eq!(
        (preview.reasons[0].reason_code.as_str(), preview.reasons[0].count),
        ("no_rows", 2)
    );
    assert!(preview.names.contains(&record("1044")), "{:?}", preview.names);
    let request = v1::ReplayRecordsRequest {
        parent: STREAM.to_owned(),
        filter: without_rows(),
        request_id: ID.to_owned(),
        ..v1::ReplayRecordsRequest::default()
    };
    let mut records = story.admin.records();
    let first = records
        .replay_records(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first.count, 2);
    assert_eq!(records.replay_records(request).await.unwrap().into_inner(), first);
    assert_eq!(story.agent.lease_one(11).await.keys, ["1043", "1044"]);
}
