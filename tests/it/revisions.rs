//! What a flow was, and the way back, while its streams carry orders.

use skarv::demo::setup::SetUp;
use skarv_proto::v1 as pb;
use skarv_tests::{Platform, Times};

async fn revisions(platform: &Platform, set_up: &SetUp) -> anyhow::Result<Vec<pb::FlowRevision>> {
    let request = pb::ListFlowRevisionsRequest {
        parent: set_up.flow.clone(),
        ..pb::ListFlowRevisionsRequest::default()
    };
    let listed = platform.api.flows().list_flow_revisions(request).await?;
    Ok(listed.into_inner().revisions)
}

/// What each revision changed, newest first.
fn changes(revisions: &[pb::FlowRevision]) -> Vec<(u64, Vec<String>)> {
    let shown = |change: &pb::FieldChange| format!("{}: {} → {}", change.path, change.before, change.after);
    revisions
        .iter()
        .map(|revision| (revision.revision, revision.changes.iter().map(shown).collect()))
        .collect()
}

/// What a flow says of itself, apart from when and how often it was changed.
fn settings(flow: pb::Flow) -> pb::Flow {
    pb::Flow {
        etag: String::new(),
        revision: 0,
        ..flow
    }
}

#[tokio::test]
async fn a_flow_goes_back_to_what_it_was_and_its_stream_goes_on_where_it_is() -> anyhow::Result<()> {
    let platform = Platform::start(20, Times::default()).await?;
    let agent = platform.agent().await?;
    let set_up = platform.set_up().await?;
    platform.settled(&set_up).await?;
    let first = platform.flow(&set_up).await?;
    platform
        .change_orders(&set_up, |orders| orders.payment_terms_days = 10)
        .await?;
    let account = first.order_settings.as_ref().unwrap().account_rules[0].account;
    platform
        .change_orders(&set_up, |orders| orders.account_rules[0].account = account + 1)
        .await?;

    let listed = revisions(&platform, &set_up).await?;
    let due = "order_settings.payment_terms_days: 30 → 10".to_owned();
    let booked = format!(
        "order_settings.account_rules[0].account: {account} → {}",
        account + 1
    );
    assert_eq!(changes(&listed)[..2], [(3, vec![booked]), (2, vec![due])]);
    assert_eq!(listed[2].revision, 1);
    let invoices = platform.erp_books().await?.invoices.len();
    let carried = platform.carried(&set_up).await?;
    let cursor = platform.stream_until(&set_up, |_| true).await?.last_ok_time;

    let request = pb::RevertFlowRequest {
        name: set_up.flow.clone(),
        revision: 1,
        ..pb::RevertFlowRequest::default()
    };
    let reverted = platform.api.flows().revert_flow(request).await?.into_inner();
    assert_eq!(reverted.flow.unwrap().revision, 4);
    assert_eq!(settings(platform.flow(&set_up).await?), settings(first));
    let stream = platform.stream_until(&set_up, |_| true).await?;
    assert_eq!(
        (stream.state(), stream.last_ok_time),
        (pb::StreamState::On, cursor)
    );

    // only what is new is read: its place was kept
    platform
        .shop
        .place_orders(&serde_json::json!({ "count": 1 }))
        .await?;
    platform.shop_clock(chrono::TimeDelta::minutes(90)).await?;
    platform.run(&set_up).await?;
    let read = platform.carried(&set_up).await?.read - carried.read;
    assert_eq!(platform.erp_books().await?.invoices.len(), invoices + 1);
    assert!(
        read < carried.read / 2,
        "{read} of {} were read again",
        carried.read
    );
    agent.drain().await
}
