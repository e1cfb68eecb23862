//! What a flow was at each change, told field by field, and going back to it.

use skarv_proto::v1;
use tonic::{Code, Status};

use crate::{
    setup::{FLOW, STREAM},
    world::{Caller, World, field, reason},
};

const ID: &str = "0b5d7a74-c5e0-4f4c-9f1a-3b1f0d6a9e77";

fn due_in(days: u32) -> v1::UpdateFlowRequest {
    v1::UpdateFlowRequest {
        flow: Some(v1::Flow {
            name: FLOW.to_owned(),
            order_settings: Some(v1::OrderSettings {
                payment_terms_days: days,
                ..v1::OrderSettings::default()
            }),
            ..v1::Flow::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["order_settings.payment_terms_days".to_owned()],
        }),
        ..v1::UpdateFlowRequest::default()
    }
}

fn back_to(revision: u64) -> v1::RevertFlowRequest {
    v1::RevertFlowRequest {
        name: FLOW.to_owned(),
        revision,
        ..v1::RevertFlowRequest::default()
    }
}

fn terms(flow: &v1::Flow) -> (u64, u32) {
    (
        flow.revision,
        flow.order_settings.as_ref().unwrap().payment_terms_days,
    )
}

impl Caller {
    async fn revert(&self, request: v1::RevertFlowRequest) -> Result<v1::Flow, Status> {
        let answer = self.flows().revert_flow(request).await?;
        Ok(answer.into_inner().flow.unwrap())
    }

    async fn revisions(
        &self,
        page_size: i32,
        page_token: &str,
    ) -> Result<v1::ListFlowRevisionsResponse, Status> {
        let request = v1::ListFlowRevisionsRequest {
            parent: FLOW.to_owned(),
            page_size,
            page_token: page_token.to_owned(),
        };
        Ok(self.flows().list_flow_revisions(request).await?.into_inner())
    }

    async fn who(&self) -> String {
        let me = self
            .auth()
            .who_am_i(v1::WhoAmIRequest {})
            .await
            .unwrap()
            .into_inner();
        me.role
    }
}

async fn set_up(world: &World) -> Caller {
    let admin = world.admin().await;
    admin.set_up().await;
    admin
}

#[tokio::test]
async fn each_change_is_told_with_who_made_it_and_what_it_changed() {
    let world = World::start().await;
    let admin = set_up(&world).await;
    admin.update(due_in(10)).await.unwrap();
    let listed = admin.revisions(0, "").await.unwrap().revisions;
    let numbers: Vec<_> = listed.iter().map(|revision| revision.revision).collect();
    assert_eq!(numbers, [2, 1]);
    let expected = v1::FieldChange {
        path: "order_settings.payment_terms_days".to_owned(),
        before: "30".to_owned(),
        after: "10".to_owned(),
    };
    assert_eq!(listed[0].changes, [expected]);
    let role = admin.who().await;
    assert!(
        listed[0].author.starts_with(&format!("{role}:")),
        "{}",
        listed[0].author
    );
    assert!(listed[0].create_time.unwrap().seconds >= listed[1].create_time.unwrap().seconds);
    let first: Vec<_> = listed[1]
        .changes
        .iter()
        .map(|change| change.path.as_str())
        .collect();
    assert!(first.contains(&"template") && first.contains(&"order_settings.account_rules[0].account"));
    assert!(listed[1].changes.iter().all(|change| change.before.is_empty()));
}

#[tokio::test]
async fn revisions_come_in_pages_that_open_no_other_list() {
    let world = World::start().await;
    let admin = set_up(&world).await;
    for days in [10, 11] {
        admin.update(due_in(days)).await.unwrap();
    }
    let first = admin.revisions(2, "").await.unwrap();
    let of = |page: &v1::ListFlowRevisionsResponse| -> Vec<(u64, usize)> {
        let told = page.revisions.iter();
        told.map(|revision| (revision.revision, revision.changes.len()))
            .collect()
    };
    assert_eq!(of(&first), [(3, 1), (2, 1)]);
    let second = admin.revisions(2, &first.next_page_token).await.unwrap();
    assert_eq!(
        (second.revisions[0].revision, second.next_page_token.as_str()),
        (1, "")
    );
    let other = v1::ListFlowsRequest {
        parent: "tenants/bagarn".to_owned(),
        page_size: 2,
        page_token: first.next_page_token,
    };
    let refused = admin.flows().list_flows(other).await.unwrap_err();
    assert_eq!(field(&refused), "page_token");
}

#[tokio::test]
async fn a_flow_is_made_what_it_was_by_a_change_of_its_own() {
    let world = World::start().await;
    let admin = set_up(&world).await;
    let before = admin.flow().await;
    let changed = admin.update(due_in(10)).await.unwrap();
    assert_eq!((terms(&before), terms(&changed)), ((1, 30), (2, 10)));
    let back = admin.revert(back_to(1)).await.unwrap();
    assert_eq!(terms(&back), (3, 30));
    assert_eq!(back.order_settings, before.order_settings);
    assert_ne!(back.etag, before.etag);
    // what is so already is no change
    let again = admin.revert(back_to(1)).await.unwrap();
    assert_eq!((terms(&again), &again.etag), ((3, 30), &back.etag));
    let newest = &admin.revisions(1, "").await.unwrap().revisions[0];
    assert_eq!((newest.revision, newest.changes[0].after.as_str()), (3, "30"));
    // and the streams are still there
    assert_eq!(admin.stream().await.name, STREAM);
}

#[tokio::test]
async fn switching_a_flow_on_makes_no_revision() {
    let world = World::start().await;
    let admin = set_up(&world).await;
    world.agent().await.pass_tests(&admin).await;
    let on = admin.activate().await.unwrap();
    assert_eq!(on.revision, 1);
    assert_ne!(on.etag, "1");
    assert_eq!(admin.update(due_in(10)).await.unwrap().revision, 2);
}

#[tokio::test]
async fn going_back_asks_for_what_any_change_asks_for() {
    let world = World::start().await;
    let admin = set_up(&world).await;
    let read = admin.update(due_in(10)).await.unwrap();
    let wrong = admin.revert(back_to(0)).await.unwrap_err();
    assert_eq!(field(&wrong), "revision");
    let missing = admin.revert(back_to(9)).await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
    admin.update(due_in(11)).await.unwrap();
    let stale = v1::RevertFlowRequest {
        etag: read.etag,
        ..back_to(1)
    };
    assert_eq!(reason(&admin.revert(stale).await.unwrap_err()), "ETAG_MISMATCH");
    let garbled = v1::RevertFlowRequest {
        etag: "newest".to_owned(),
        ..back_to(1)
    };
    assert_eq!(field(&admin.revert(garbled).await.unwrap_err()), "etag");
    let only = v1::RevertFlowRequest {
        validate_only: true,
        ..back_to(1)
    };
    assert_eq!(terms(&admin.revert(only).await.unwrap()).1, 30);
    assert_eq!(terms(&admin.flow().await), (3, 11));
}

#[tokio::test]
async fn a_repeat_of_going_back_is_answered_the_same() {
    let world = World::start().await;
    let admin = set_up(&world).await;
    admin.update(due_in(10)).await.unwrap();
    let marked = v1::RevertFlowRequest {
        request_id: ID.to_owned(),
        ..back_to(1)
    };
    let first = admin.revert(marked.clone()).await.unwrap();
    admin.update(due_in(15)).await.unwrap();
    assert_eq!(admin.revert(marked).await.unwrap(), first);
    assert_eq!(terms(&admin.flow().await).1, 15);
}

#[tokio::test]
async fn nobody_sees_or_undoes_the_changes_of_another_tenant() {
    let world = World::start().await;
    set_up(&world).await;
    let stranger = world.partner("annan-byra").await;
    assert_eq!(
        stranger.revisions(0, "").await.unwrap_err().code(),
        Code::NotFound
    );
    assert_eq!(
        stranger.revert(back_to(1)).await.unwrap_err().code(),
        Code::NotFound
    );
}
