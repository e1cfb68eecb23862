//! Writes in doubt that a person settles: once, in one go with all that hangs on them, and never undone by what comes late.

use std::time::Duration;

use skarv_canonical::{Class, Reason, write::Entity};
use skarv_domain::{
    Error,
    auth::Scope,
    paging::Page,
    record::{Outcome, Record, RecordState, SettledWrite},
    run::{Phase, RunKind},
    write::{Finding, Verdict},
};
use skarv_store::{AskedWrite, CheckpointItem, Leased, PreparePage, Resolution, Resolved};

use crate::world::*;

/// What the target may have taken, and nothing can tell.
fn in_doubt(source_key: &str, entity: Entity, our_key: &str) -> Outcome {
    let write = SettledWrite {
        entity,
        our_key: our_key.to_owned(),
        foreign_id: String::new(),
        fingerprint: fingerprint(our_key),
        unknown: true,
        adopted: false,
        links: Vec::new(),
    };
    let reason = Reason::new(Class::UnknownOutcome, "unknown_outcome").fix("resolve_by_hand");
    Outcome {
        writes: vec![write],
        reason: Some(reason),
        ..outcome(source_key, RecordState::Unknown)
    }
}

fn exists_as(id: &str) -> Resolution {
    Resolution {
        entity: None,
        finding: Finding::ExistsAs(id.to_owned()),
        why: "looked in the books".to_owned(),
    }
}

fn does_not_exist() -> Resolution {
    Resolution {
        finding: Finding::DoesNotExist,
        ..exists_as("")
    }
}

/// The write of a target that cannot be searched.
fn blind(entity: Entity, our_key: &str) -> AskedWrite {
    let mut write = AskedWrite {
        entity,
        ..asked(our_key)
    };
    write.question.searchable = false;
    write
}

impl World {
    /// An order whose invoice is in doubt, long after it could still arrive; the run that left it so is still leased.
    async fn doubtful(&self) -> Leased {
        let lease = self.leased(100).await;
        self.ask(&lease, blind(Entity::Invoice, "k1")).await;
        self.settle(&lease, 1, in_doubt("1", Entity::Invoice, "k1")).await;
        self.pass(Duration::from_secs(66));
        lease
    }

    async fn ask(&self, lease: &Leased, write: AskedWrite) -> Verdict {
        let page = PreparePage {
            writes: vec![write],
            ..page(lease, &[])
        };
        verdict(self.prepare_by(self.agent, page).await)
    }

    async fn settle(&self, lease: &Leased, seq: u64, outcome: Outcome) {
        let item = CheckpointItem {
            outcomes: vec![outcome],
            ..settled(lease, seq)
        };
        self.checkpoint(item).await;
    }

    async fn resolve(&self, key: &str, resolution: Resolution) -> Result<Resolved, Error> {
        self.store
            .record_resolve(&STAFF, &actor(), self.stream, key, resolution)
            .await
    }

    async fn record(&self, key: &str) -> Record {
        self.store.record_get(&STAFF, self.stream, key).await.unwrap()
    }

    async fn story(&self, key: &str) -> Vec<String> {
        let (_, story) = self.store.record_story(&STAFF, self.stream, key).await.unwrap();
        story.into_iter().map(|event| event.what).collect()
    }
}

fn refusal(refused: Result<Resolved, Error>) -> &'static str {
    match refused {
        Err(Error::FailedPrecondition { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_invoice_that_a_person_found_is_taken_over_under_that_id() {
    let world = World::new().await;
    let lease = world.doubtful().await;
    assert_eq!(world.record("1").await.doubts[0].our_key, "k1");
    let resolved = world.resolve("1", exists_as("F-7")).await.unwrap();
    // what comes after the invoice, such as its payment, is sent
    assert_eq!(
        (resolved.record.state, resolved.run.unwrap().kind),
        (RecordState::Adopted, RunKind::Replay)
    );
    assert_eq!(world.record("1").await, resolved.record);
    let (_, story) = world.store.record_story(&STAFF, world.stream, "1").await.unwrap();
    let told = story.last().unwrap();
    let facts = ["why", "invoice", "reference", "by"].map(|name| told.facts[name].as_str());
    assert_eq!(told.what, "resolved");
    assert_eq!(facts, ["looked in the books", "F-7", "k1", "system"]);
    world.finish(done(&lease)).await;
    let next = world.leased(101).await;
    let foreign_id = "F-7".to_owned();
    assert_eq!(
        world.ask(&next, blind(Entity::Invoice, "k1")).await,
        Verdict::Unchanged { foreign_id }
    );
}

#[tokio::test]
async fn an_invoice_that_is_not_there_is_sent_again_at_once() {
    let world = World::new().await;
    let lease = world.doubtful().await;
    world.finish(done(&lease)).await;
    let resolved = world.resolve("1", does_not_exist()).await.unwrap();
    let run = resolved.run.unwrap();
    assert_eq!(
        (resolved.record.state, run.kind),
        (RecordState::Parked, RunKind::Replay)
    );
    let replay = world.lease(101).await.remove(0);
    assert_eq!(
        (replay.run, replay.keys.as_slice()),
        (run.id, ["1".to_owned()].as_slice())
    );
    let granted = world.ask(&replay, blind(Entity::Invoice, "k1")).await;
    assert!(matches!(granted, Verdict::New { .. }), "{granted:?}");
    let mut invoiced = invoiced("k1", "F-1");
    invoiced.source_key = "1".to_owned();
    world.settle(&replay, 1, invoiced).await;
    world.finish(done(&replay)).await;
    assert_eq!(world.story("1").await, ["unknown", "resolved", "written"]);
    assert_eq!(
        run_of(&world.store, run.id).await.unwrap().phase,
        Phase::Succeeded
    );
}

#[tokio::test]
async fn what_waits_for_the_same_customer_card_goes_on_together() {
    let world = World::new().await;
    let lease = world.leased(100).await;
    world.ask(&lease, blind(Entity::Customer, "c1")).await;
    for (seq, key) in [(1, "1"), (2, "2")] {
        world
            .settle(&lease, seq, in_doubt(key, Entity::Customer, "c1"))
            .await;
    }
    world.finish(done(&lease)).await;
    world.pass(Duration::from_secs(66));
    let resolved = world.resolve("2", exists_as("C-9")).await.unwrap();
    let replay = world.lease(101).await.remove(0);
    assert_eq!(resolved.run.map(|run| run.id), Some(replay.run));
    assert_eq!(replay.keys, ["1", "2"], "both orders still lack their invoices");
    assert_eq!(world.story("1").await, ["unknown", "resolved"]);
    let foreign_id = "C-9".to_owned();
    assert_eq!(
        world.ask(&replay, blind(Entity::Customer, "c1")).await,
        Verdict::Unchanged { foreign_id }
    );
}

#[tokio::test]
async fn nobody_tells_while_the_write_may_still_arrive() {
    let world = World::new().await;
    let lease = world.leased(100).await;
    world.ask(&lease, blind(Entity::Invoice, "k1")).await;
    world
        .settle(&lease, 1, in_doubt("1", Entity::Invoice, "k1"))
        .await;
    for resolution in [exists_as("F-7"), does_not_exist()] {
        assert_eq!(
            refusal(world.resolve("1", resolution).await),
            "WRITE_MAY_STILL_ARRIVE"
        );
    }
    assert_eq!(world.record("1").await.state, RecordState::Unknown);
}

#[tokio::test]
async fn only_a_record_in_doubt_is_settled_and_only_once() {
    let world = World::new().await;
    world.park(&["9"], None).await;
    assert_eq!(
        refusal(world.resolve("9", exists_as("F-7")).await),
        "RECORD_NOT_UNKNOWN"
    );
    world.doubtful().await;
    world.resolve("1", exists_as("F-7")).await.unwrap();
    assert_eq!(
        refusal(world.resolve("1", does_not_exist()).await),
        "RECORD_NOT_UNKNOWN"
    );
    let missing = world.resolve("nope", exists_as("F-7")).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })), "{missing:?}");
}

#[tokio::test]
async fn a_checkpoint_that_comes_late_undoes_nothing_that_a_person_told() {
    let world = World::new().await;
    let lease = world.doubtful().await;
    world.resolve("1", exists_as("F-7")).await.unwrap();
    world
        .settle(&lease, 2, in_doubt("1", Entity::Invoice, "k1"))
        .await;
    assert_eq!(world.record("1").await.state, RecordState::Adopted);
    let mut other = invoiced("k1", "F-8");
    other.source_key = "1".to_owned();
    let item = CheckpointItem {
        outcomes: vec![other],
        ..settled(&lease, 3)
    };
    assert_eq!(world.checkpoint(item).await.conflicts, ["k1"]);
    assert!(world.story("1").await.contains(&"doubled".to_owned()));
}

#[tokio::test]
async fn late_doubt_does_not_take_back_a_write_that_was_freed() {
    let world = World::new().await;
    let lease = world.doubtful().await;
    world.resolve("1", does_not_exist()).await.unwrap();
    world
        .settle(&lease, 2, in_doubt("1", Entity::Invoice, "k1"))
        .await;
    assert_eq!(world.record("1").await.state, RecordState::Parked);
    world.finish(done(&lease)).await;
    let replay = world.lease(101).await.remove(0);
    let granted = world.ask(&replay, blind(Entity::Invoice, "k1")).await;
    assert!(matches!(granted, Verdict::New { .. }), "{granted:?}");
}

#[tokio::test]
async fn an_order_is_not_settled_with_another_orders_invoice() {
    let world = World::new().await;
    let lease = world.doubtful().await;
    world.settle(&lease, 2, invoiced("k2", "F-2")).await;
    let refused = world.resolve("1", exists_as("F-2")).await;
    assert!(
        matches!(&refused, Err(Error::InvalidArgument { field, problem }) if field == "exists_as" && problem.contains("k2")),
        "{refused:?}"
    );
    assert_eq!(world.record("1").await.state, RecordState::Unknown);
}

#[tokio::test]
async fn the_entity_is_named_when_it_is_not_the_one_in_doubt() {
    let world = World::new().await;
    world.doubtful().await;
    let card = Resolution {
        entity: Some("customer".to_owned()),
        ..exists_as("C-9")
    };
    let refused = world.resolve("1", card).await;
    assert!(
        matches!(&refused, Err(Error::InvalidArgument { field, problem }) if field == "entity" && problem.contains("invoice")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_stream_that_is_off_sends_the_order_when_it_is_on_again() {
    let world = World::new().await;
    let lease = world.doubtful().await;
    world.finish(done(&lease)).await;
    let store = &world.store;
    store.flow_pause(&STAFF, &actor(), world.flow.id).await.unwrap();
    assert_eq!(world.resolve("1", does_not_exist()).await.unwrap().run, None);
    assert_eq!(store.record_retry(10).await.unwrap(), 0);
    store
        .flow_activate(&STAFF, &actor(), world.flow.id)
        .await
        .unwrap();
    assert_eq!(store.record_retry(10).await.unwrap(), 1);
}

#[tokio::test]
async fn a_check_settles_nothing_and_another_tenant_sees_nothing() {
    let world = World::new().await;
    world.doubtful().await;
    let check = actor().validate_only(true);
    let checked = world
        .store
        .record_resolve(&STAFF, &check, world.stream, "1", exists_as("F-7"))
        .await
        .unwrap();
    assert_eq!(checked.record.state, RecordState::Adopted);
    assert_eq!(world.story("1").await, ["unknown"]);
    let (other, ..) = settle(&world.store, "kvarnen").await;
    let refused = world
        .store
        .record_resolve(
            &Scope::Tenant(other.id),
            &actor(),
            world.stream,
            "1",
            exists_as("F-7"),
        )
        .await;
    assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
    assert_eq!(world.record("1").await.state, RecordState::Unknown);
}

#[tokio::test]
async fn who_told_and_how_they_know_is_in_the_audit_log() {
    let world = World::new().await;
    world.doubtful().await;
    world.resolve("1", exists_as("F-7")).await.unwrap();
    let log = world
        .store
        .audit_list(&STAFF, Some(world.tenant.id), &Page::first(1))
        .await
        .unwrap();
    let entry = &log.items[0];
    assert!(entry.resource.ends_with("/records/1"), "{entry:?}");
    let after = entry.after.as_deref().unwrap_or_default();
    assert!(
        after.contains("F-7") && after.contains("looked in the books"),
        "{after}"
    );
    assert!(
        entry.before.as_deref().unwrap_or_default().contains("k1"),
        "{entry:?}"
    );
}
