//! Order statuses over the wire: settings that make their stream, and what an order's story tells of it.

use std::sync::Arc;

use skarv_canonical::{
    Fingerprint,
    catalog::Catalog,
    descriptor::{Reads, Side, Writes},
    spec::StreamKind,
    status::OrderEvent,
    write::{Effect, Entity},
};
use skarv_control_plane::Config;
use skarv_domain::SystemClock;
use skarv_proto::{agent::v1 as pb, v1};

use crate::{
    agent::{Agent, built_in, finish},
    setup::{FLOW, STREAM, erp, flow, shop, tenant},
    world::{Caller, World, quick, reason},
};

const STATUSES: &str = "tenants/bagarn/flows/orders/streams/order-status";

/// The built-in catalog, with an accounting system that tells when an order is invoiced and paid.
fn catalog() -> Catalog {
    let mut catalog = built_in();
    for connector in &mut catalog.connectors {
        connector
            .reads
            .retain(|reads| reads.stream != StreamKind::OrderStatus);
        connector.writes.retain(|writes| writes.entity != Entity::Status);
        match connector.side {
            Side::Erp => connector.reads.push(Reads {
                events: vec![OrderEvent::Invoiced, OrderEvent::Paid],
                ..Reads::changes_of(StreamKind::OrderStatus)
            }),
            Side::Shop => connector.writes.push(Writes {
                entity: Entity::Status,
                effect: Effect::Create,
                searchable: true,
                visible_after_ms: 0,
                batch: 1,
                fields: Vec::new(),
            }),
            Side::Test => {}
        }
    }
    catalog
}

fn telling(event: v1::OrderEvent) -> v1::StatusSettings {
    v1::StatusSettings {
        start_on: "2026-01-01".to_owned(),
        rules: vec![v1::StatusRule {
            event: event.into(),
            state_id: "32".to_owned(),
            ..v1::StatusRule::default()
        }],
        ..v1::StatusSettings::default()
    }
}

/// A flow that tells statuses and is on, and the agent that tested its connections.
async fn world() -> (World, Caller, Agent) {
    let config = Config {
        catalog: Some(catalog()),
        stream_interval: None,
        ..quick()
    };
    let world = World::with(config, Arc::new(SystemClock)).await;
    let admin = world.admin().await;
    admin.tenants().create_tenant(tenant("bagarn")).await.unwrap();
    admin.connections().create_connection(shop()).await.unwrap();
    admin.connections().create_connection(erp()).await.unwrap();
    let mut request = flow();
    let combined = request.flow.as_mut().unwrap();
    combined.template = v1::Template::Combined.into();
    combined.status_settings = Some(telling(v1::OrderEvent::Paid));
    admin.flows().create_flow(request).await.unwrap();
    let agent = world.agent_of(&catalog()).await;
    agent.pass_tests(&admin).await;
    admin.activate().await.unwrap();
    (world, admin, agent)
}

impl Agent {
    /// Settles one record of a stream, among whatever is leased.
    async fn settles(&self, admin: &Caller, poll: u64, stream: &str, outcome: pb::Outcome) {
        let request = v1::RunStreamRequest {
            name: stream.to_owned(),
        };
        let answer = admin.flows().run_stream(request).await.unwrap().into_inner();
        let lease = self.lease_of(&answer.run.unwrap(), poll).await;
        assert_eq!(self.checkpoint(&lease, 1, outcome).await, pb::RunStatus::Ok);
        self.finish(finish(&lease, pb::FinishOutcome::Succeeded)).await;
    }
}

fn written(source_key: &str, entity: &str, our_key: &str, foreign_id: &str) -> pb::Outcome {
    let write = pb::SettledWrite {
        entity: entity.to_owned(),
        our_key: our_key.to_owned(),
        foreign_id: foreign_id.to_owned(),
        fingerprint: Fingerprint::of(&our_key).as_bytes().to_vec(),
        ..pb::SettledWrite::default()
    };
    pb::Outcome {
        source_key: source_key.to_owned(),
        reference: "XKBKNABJK".to_owned(),
        result: pb::RecordResult::Written.into(),
        writes: vec![write],
        ..pb::Outcome::default()
    }
}

#[tokio::test]
async fn a_stream_of_statuses_comes_with_its_settings_and_is_switched_by_itself() {
    let (_world, admin, _agent) = world().await;
    let request = v1::ListStreamsRequest {
        parent: FLOW.to_owned(),
    };
    let listed = admin
        .flows()
        .list_streams(request)
        .await
        .unwrap()
        .into_inner()
        .streams;
    let statuses = listed.iter().find(|stream| stream.name == STATUSES).unwrap();
    assert_eq!(
        (statuses.kind(), statuses.state()),
        (v1::StreamKind::OrderStatus, v1::StreamState::On)
    );
    assert_eq!(statuses.interval.unwrap().seconds, 300);
    let off = admin.turn(STATUSES, v1::StreamState::Off).await.unwrap();
    assert_eq!(off.off_reason.unwrap().code, "stream_switched_off");
    let on = admin.turn(STATUSES, v1::StreamState::On).await.unwrap();
    assert_eq!(on.state(), v1::StreamState::On);
}

#[tokio::test]
async fn an_event_that_the_accounting_system_does_not_tell_is_refused() {
    let (_world, admin, _agent) = world().await;
    let request = v1::UpdateFlowRequest {
        flow: Some(v1::Flow {
            name: FLOW.to_owned(),
            status_settings: Some(telling(v1::OrderEvent::Delivered)),
            ..v1::Flow::default()
        }),
        ..v1::UpdateFlowRequest::default()
    };
    assert_eq!(reason(&admin.update(request).await.unwrap_err()), "SYSTEM_CANNOT");
}

#[tokio::test]
async fn the_story_of_an_order_tells_what_the_shop_was_told_of_it() {
    let (_world, admin, agent) = world().await;
    let order = written("1042", "invoice", "abc123-1042", "F-1");
    agent.settles(&admin, 20, STREAM, order).await;
    let paid = written("F-1", "status", "abc123-1042/paid", "1042");
    agent.settles(&admin, 60, STATUSES, paid).await;
    let request = v1::GetStoryRequest {
        name: format!("{STREAM}/records/1042"),
    };
    let events = admin
        .records()
        .get_story(request)
        .await
        .unwrap()
        .into_inner()
        .events;
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].facts["invoice"], "F-1");
    assert_eq!(
        (
            events[1].facts["stream"].as_str(),
            events[1].facts["status"].as_str()
        ),
        ("order-status", "paid")
    );
}
