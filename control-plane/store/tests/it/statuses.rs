//! Order statuses: a stream of its own beside its orders, and a part of each order's story.

use std::collections::BTreeMap;

use skarv_canonical::{
    Reason,
    spec::{FlowSpec, StatusRule, StatusSettings, StreamKind, Template},
    status::OrderEvent,
    write::Entity,
};
use skarv_domain::{
    Error,
    flow::NewFlow,
    id::StreamId,
    record::{Outcome, RecordEvent, RecordState, SettledWrite},
    stream::{StreamChange, StreamState},
};
use skarv_store::{CheckpointItem, Leased};

use crate::world::{
    STAFF, World, actor, change, done, fingerprint, invoiced, new_flow, outcome, settled, slug,
};

fn rules() -> StatusSettings {
    let rule = |state: &str| StatusRule {
        state: state.to_owned(),
        mail: false,
        tracking: false,
    };
    StatusSettings {
        start_on: "2026-01-01".parse().unwrap(),
        states: BTreeMap::from([(OrderEvent::Invoiced, rule("31")), (OrderEvent::Paid, rule("32"))]),
        delivered_when: None,
        cancels_captured: false,
    }
}

/// A flow of the same tenant that tells order statuses, switched on.
struct Telling {
    world: World,
    orders: StreamId,
    statuses: StreamId,
    flow: skarv_domain::flow::Flow,
}

impl Telling {
    async fn new() -> Self {
        let world = World::new().await;
        let bare = new_flow(&world.tenant, &world.shop, &world.erp);
        let new = NewFlow {
            slug: slug("telling"),
            spec: FlowSpec {
                template: Template::Combined,
                status: Some(rules()),
                ..bare.spec.clone()
            },
            interval: None,
            ..bare
        };
        let made = world.store.flow_create(&STAFF, &actor(), new).await.unwrap();
        let flow = world
            .store
            .flow_activate(&STAFF, &actor(), made.id)
            .await
            .unwrap();
        let stream = async |kind| {
            let found = world.store.stream_get(&STAFF, flow.id, kind).await;
            found.unwrap().id
        };
        let (orders, statuses) = (
            stream(StreamKind::Orders).await,
            stream(StreamKind::OrderStatus).await,
        );
        Self {
            world,
            orders,
            statuses,
            flow,
        }
    }

    async fn leased(&self, stream: StreamId, poll: u64) -> Leased {
        let asked = self.world.store.stream_request(&STAFF, &actor(), stream).await;
        let run = asked.unwrap();
        let leases = self.world.lease(poll).await;
        leases.into_iter().find(|lease| lease.run == run.id).unwrap()
    }

    async fn settles(&self, stream: StreamId, poll: u64, outcome: Outcome) {
        let lease = self.leased(stream, poll).await;
        let item = CheckpointItem {
            outcomes: vec![outcome],
            ..settled(&lease, 1)
        };
        self.world.checkpoint(item).await;
        self.world.finish(done(&lease)).await;
    }

    async fn story(&self, stream: StreamId, key: &str) -> Vec<RecordEvent> {
        let told = self.world.store.record_story(&STAFF, stream, key).await;
        told.unwrap().1
    }
}

/// The order 1042 with its invoice F-1.
fn sold() -> Outcome {
    Outcome {
        writes: invoiced("k3x9qa-1042", "F-1").writes,
        ..outcome("1042", RecordState::Written)
    }
}

/// What the shop was told of the invoice F-1.
fn told(event: &str) -> Outcome {
    let write = SettledWrite {
        entity: Entity::Status,
        our_key: format!("k3x9qa-1042/{event}"),
        foreign_id: "1042".to_owned(),
        fingerprint: fingerprint(event),
        unknown: false,
        adopted: false,
        links: Vec::new(),
    };
    Outcome {
        writes: vec![write],
        amount: None,
        ..outcome("F-1", RecordState::Written)
    }
}

fn lines(story: &[RecordEvent]) -> Vec<(&str, Option<&str>, Option<&str>)> {
    let mut lines = Vec::new();
    for event in story {
        let fact = |name: &str| event.facts.get(name).map(String::as_str);
        lines.push((event.what.as_str(), fact("stream"), fact("status")));
    }
    lines
}

#[tokio::test]
async fn statuses_go_from_the_accounting_system_to_the_shop_every_five_minutes() {
    let telling = Telling::new().await;
    let stream = telling
        .world
        .store
        .stream_by_id(&STAFF, telling.statuses)
        .await
        .unwrap();
    assert_eq!(
        (stream.source, stream.target),
        (telling.world.erp.id, telling.world.shop.id)
    );
    assert_eq!((stream.interval.as_secs(), stream.state), (300, StreamState::On));
    let lease = telling.leased(telling.statuses, 1).await;
    let spec = lease.stream.unwrap().spec;
    assert_eq!(telling.world.store.spec_get(&[spec]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_stream_of_statuses_is_switched_by_itself_and_goes_with_its_settings() {
    let telling = Telling::new().await;
    let store = &telling.world.store;
    let switch = async |enabled| {
        let change = StreamChange {
            enabled: Some(enabled),
            interval: None,
        };
        store
            .stream_update(&STAFF, &actor(), telling.statuses, change)
            .await
    };
    assert_eq!(switch(false).await.unwrap().state, StreamState::Off);
    assert_eq!(switch(true).await.unwrap().state, StreamState::On);
    let without = FlowSpec {
        status: None,
        ..telling.flow.spec.clone()
    };
    store
        .flow_update(&STAFF, &actor(), change(&telling.flow, without))
        .await
        .unwrap();
    let gone = store.stream_by_id(&STAFF, telling.statuses).await.unwrap();
    assert_eq!(gone.state, StreamState::Off);
    assert!(matches!(
        switch(true).await,
        Err(Error::FailedPrecondition {
            reason: "STREAM_HAS_NO_SETTINGS",
            ..
        })
    ));
}

#[tokio::test]
async fn the_story_of_an_order_tells_what_the_shop_was_told_about_it() {
    let telling = Telling::new().await;
    let (orders, statuses) = (telling.orders, telling.statuses);
    telling.settles(orders, 1, sold()).await;
    telling.settles(statuses, 2, told("invoiced")).await;
    telling.settles(statuses, 3, told("paid")).await;
    let of_status = Some("order-status");
    assert_eq!(
        lines(&telling.story(orders, "1042").await),
        [
            ("written", None, None),
            ("written", of_status, Some("invoiced")),
            ("written", of_status, Some("paid")),
        ]
    );
    // the invoice's own record tells the same, and nothing of the order
    let own = telling.story(statuses, "F-1").await;
    assert_eq!(
        lines(&own),
        [
            ("written", None, Some("invoiced")),
            ("written", None, Some("paid"))
        ]
    );
}

#[tokio::test]
async fn another_orders_statuses_are_not_in_the_story() {
    let telling = Telling::new().await;
    telling.settles(telling.orders, 1, sold()).await;
    let other = Outcome {
        source_key: "F-10".to_owned(),
        ..told("invoiced")
    };
    telling.settles(telling.statuses, 2, other).await;
    assert_eq!(telling.story(telling.orders, "1042").await.len(), 1);
}

#[tokio::test]
async fn an_order_that_a_person_has_moved_on_is_left_alone_and_says_so() {
    let telling = Telling::new().await;
    telling.settles(telling.statuses, 1, told("invoiced")).await;
    let moved_on = Outcome {
        amount: None,
        reason: Some(Reason::data("order_moved_on")),
        ..outcome("F-1", RecordState::Dropped)
    };
    telling.settles(telling.statuses, 2, moved_on).await;
    let record = telling
        .world
        .store
        .record_get(&STAFF, telling.statuses, "F-1")
        .await;
    let record = record.unwrap();
    assert_eq!(record.state, RecordState::Dropped);
    assert_eq!(record.reason.unwrap().code, "order_moved_on");
}
