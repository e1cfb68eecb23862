//! Changing a flow, and comparing its systems.

use chrono::NaiveDate;
use skarv_canonical::{Class, Reason, spec::FlowSpec};
use skarv_domain::{
    Error,
    flow::FlowChange,
    lease::Answer,
    paging::Page,
    period::Period,
    run::{FinishOutcome, RunKind},
    stream::StreamState,
};
use skarv_store::{FinishItem, StoredResult};

use crate::world::{STAFF, World, actor, change, done, ended, settled};

fn november() -> Period {
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
    Period {
        from: day(1),
        to: day(30),
    }
}

/// What the flow does, due in so many days.
fn due_in(days: u32, world: &World) -> FlowSpec {
    let mut spec = world.flow.spec.clone();
    spec.orders.payment_terms_days = days;
    spec
}

impl World {
    async fn compare(&self, period: Period) -> skarv_domain::run::Run {
        self.store
            .stream_look(
                &STAFF,
                &actor(),
                self.stream,
                skarv_domain::run::Look::Reconcile(period),
            )
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_changed_flow_is_carried_out_from_the_next_lease_on_where_the_stream_is() {
    let world = World::new().await;
    let first = world.leased(1).await;
    world.checkpoint(settled(&first, 1)).await;
    let flow = world.store.flow_by_id(&STAFF, world.flow.id).await.unwrap();
    let changed = world
        .store
        .flow_update(&STAFF, &actor(), change(&flow, due_in(10, &world)))
        .await
        .unwrap();
    assert_eq!(
        (changed.spec.orders.payment_terms_days, changed.etag),
        (10, flow.etag + 1)
    );
    let late = world.checkpoint(settled(&first, 2)).await;
    assert_eq!(late.answer, Answer::Ok);
    world.finish(done(&first)).await;
    let second = world.leased(2).await;
    let (before, after) = (first.stream.unwrap(), second.stream.unwrap());
    assert_ne!(after.spec, before.spec);
    assert_eq!(after.cursor.unwrap().as_str(), "after-2");
    let known = world.store.spec_get(&[before.spec, after.spec]).await.unwrap();
    assert_eq!(known.len(), 2);
}

#[tokio::test]
async fn a_change_of_what_somebody_else_has_changed_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let flow = world.store.flow_by_id(&STAFF, world.flow.id).await.unwrap();
    let update = async |etag, days| {
        let spec = due_in(days, &world);
        world
            .store
            .flow_update(
                &STAFF,
                &actor(),
                FlowChange {
                    etag,
                    ..change(&flow, spec)
                },
            )
            .await
    };
    update(flow.etag, 10).await.unwrap();
    let stale = update(flow.etag, 20).await;
    assert!(matches!(stale, Err(Error::Conflict { etag }) if etag == flow.etag + 1));
    let now = world.store.flow_by_id(&STAFF, world.flow.id).await.unwrap();
    assert_eq!(now.spec.orders.payment_terms_days, 10);
}

#[tokio::test]
async fn a_change_is_written_down_with_what_was_and_what_is() {
    let world = World::new().await;
    let flow = world.store.flow_by_id(&STAFF, world.flow.id).await.unwrap();
    world
        .store
        .flow_update(&STAFF, &actor(), change(&flow, due_in(10, &world)))
        .await
        .unwrap();
    let audit = world
        .store
        .audit_list(&STAFF, Some(world.tenant.id), &Page::first(1))
        .await
        .unwrap();
    let entry = &audit.items[0];
    assert_eq!(entry.resource, "flows/orders");
    assert!(
        entry
            .before
            .as_ref()
            .unwrap()
            .contains("\"payment_terms_days\":30")
    );
    assert!(
        entry
            .after
            .as_ref()
            .unwrap()
            .contains("\"payment_terms_days\":10")
    );
}

#[tokio::test]
async fn a_blocked_stream_stays_blocked_when_its_flow_is_changed_and_goes_on_when_it_is_switched_on() {
    let world = World::new().await;
    let lease = world.leased(1).await;
    let stop = FinishItem {
        block: true,
        error: Some(Reason::new(Class::Configuration, "account_missing")),
        ..ended(&lease, FinishOutcome::Failed)
    };
    world.finish(stop).await;
    let flow = world.store.flow_by_id(&STAFF, world.flow.id).await.unwrap();
    world
        .store
        .flow_update(&STAFF, &actor(), change(&flow, due_in(10, &world)))
        .await
        .unwrap();
    assert_eq!(world.stream().await.state, StreamState::Blocked);
    world
        .store
        .flow_activate(&STAFF, &actor(), flow.id)
        .await
        .unwrap();
    assert_eq!(world.stream().await.state, StreamState::On);
}

#[tokio::test]
async fn a_comparison_runs_beside_its_stream_with_both_connections_and_the_period() {
    let world = World::new().await;
    let sync = world.leased(1).await;
    let run = world.compare(november()).await;
    assert_eq!(world.compare(november()).await.id, run.id);
    let lease = world.lease(2).await.remove(0);
    assert_eq!((lease.run, lease.kind), (run.id, RunKind::Reconcile));
    assert_eq!(lease.period, Some(november()));
    assert_eq!(lease.source.connection, sync.source.connection);
    assert!(lease.target.is_some() && lease.stream.unwrap().cursor.is_none());
}

#[tokio::test]
async fn a_comparison_of_other_days_is_another_run_and_waits_for_the_first() {
    let world = World::new().await;
    let first = world.compare(november()).await;
    let other = Period {
        to: november().from,
        ..november()
    };
    let second = world.compare(other).await;
    assert_ne!(first.id, second.id);
    world.request().await;
    let leases = world.lease(1).await;
    let runs: Vec<_> = leases.iter().map(|lease| lease.run).collect();
    assert!(runs.contains(&first.id) && !runs.contains(&second.id));
}

#[tokio::test]
async fn a_comparison_that_asks_to_write_is_refused() {
    let world = World::new().await;
    world.compare(november()).await;
    let leases = world.lease(1).await;
    let lease = leases
        .iter()
        .find(|lease| lease.kind == RunKind::Reconcile)
        .unwrap();
    let told = world.prepare(lease, &["k1"]).await;
    assert_eq!((told.answer, told.verdicts.len()), (Answer::NotAllowed, 0));
}

#[tokio::test]
async fn a_comparison_that_fails_stops_no_stream_and_one_that_succeeds_keeps_what_it_found() {
    let world = World::new().await;
    let lease_of = async |poll, run| {
        let leases = world.lease(poll).await;
        leases.into_iter().find(|lease| lease.run == run).unwrap()
    };
    let run = world.compare(november()).await;
    let failed = FinishItem {
        block: true,
        error: Some(Reason::new(Class::Credentials, "key_refused")),
        ..ended(&lease_of(1, run.id).await, FinishOutcome::Failed)
    };
    world.finish(failed).await;
    assert_eq!(world.stream().await.state, StreamState::On);
    let run = world.compare(november()).await;
    let found = StoredResult {
        kind: "reconciliation".to_owned(),
        bytes: vec![7],
    };
    let ended = FinishItem {
        result: Some(found.clone()),
        ..done(&lease_of(2, run.id).await)
    };
    world.finish(ended).await;
    assert_eq!(world.store.run_result(&STAFF, run.id).await.unwrap(), Some(found));
}
