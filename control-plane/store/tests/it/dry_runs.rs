//! Runs that only look: dry runs and pre-flight checks. They see all, beside whatever carries, and settle nothing.

use std::time::Duration;

use skarv_canonical::{
    Class, Reason,
    spec::{StreamKind, StreamSpec, Template},
};
use skarv_domain::{
    dry_run::DryRunAsk,
    flow::NewFlow,
    id::StreamId,
    lease::Answer,
    run::{FinishOutcome, Look, Run, RunKind, Totals},
    stream::StreamState,
    write::Verdict,
};
use skarv_store::{CheckpointItem, FinishItem, Leased, Location, PreparePage, StoredResult};

use crate::{
    goods::Goods,
    world::{STAFF, World, actor, config, done, ended, invoiced, new_flow, page, settled, slug, verdict},
};

const CHANGES: DryRunAsk = DryRunAsk {
    everything: false,
    max_records: 100,
};
const EVERYTHING: DryRunAsk = DryRunAsk {
    everything: true,
    max_records: 100,
};
const DAY: Duration = Duration::from_secs(24 * 3600);

impl World {
    async fn foresee(&self, stream: StreamId, ask: DryRunAsk) -> Run {
        let asked = self
            .store
            .stream_look(&STAFF, &actor(), stream, Look::DryRun(ask))
            .await;
        asked.unwrap()
    }

    /// The lease of this run, among whatever else is leased.
    async fn lease_of(&self, run: &Run, poll: u64) -> Leased {
        let leases = self.lease(poll).await;
        leases.into_iter().find(|lease| lease.run == run.id).unwrap()
    }
}

fn found(kind: &str) -> Option<StoredResult> {
    Some(StoredResult {
        kind: kind.to_owned(),
        bytes: vec![7],
    })
}

#[tokio::test]
async fn a_dry_run_goes_beside_its_stream_from_where_the_stream_is() {
    let world = World::new().await;
    let sync = world.leased(1).await;
    world.checkpoint(settled(&sync, 1)).await;
    let run = world.foresee(world.stream, CHANGES).await;
    assert_eq!(world.foresee(world.stream, CHANGES).await.id, run.id);
    let lease = world.lease_of(&run, 2).await;
    assert_eq!((lease.kind, lease.foresee), (RunKind::DryRun, Some(CHANGES)));
    let (stream, target) = (lease.stream.unwrap(), lease.target.unwrap());
    assert_eq!(stream.cursor.unwrap().as_str(), "after-1");
    assert_eq!(target.connection, sync.target.unwrap().connection);
}

#[tokio::test]
async fn a_dry_run_of_everything_begins_at_the_beginning_and_is_another_run() {
    let goods = Goods::new().await;
    let sync = goods.leased(StreamKind::Products, 1).await;
    goods.world.checkpoint(settled(&sync, 1)).await;
    goods.world.finish(done(&sync)).await;
    let id = goods.id(StreamKind::Products).await;
    let changes = goods.world.foresee(id, CHANGES).await;
    let everything = goods.world.foresee(id, EVERYTHING).await;
    assert_ne!(changes.id, everything.id);
    let first = goods.world.lease_of(&changes, 2).await;
    assert_eq!(
        first.stream.as_ref().unwrap().cursor.as_ref().unwrap().as_str(),
        "after-1"
    );
    goods.world.finish(done(&first)).await;
    let lease = goods.world.lease_of(&everything, 3).await;
    assert_eq!(lease.stream.unwrap().cursor, None);
}

#[tokio::test]
async fn a_dry_run_is_of_a_flow_that_is_off_too() {
    let world = World::resting(config(Location::Temporary)).await;
    let run = world.foresee(world.stream, CHANGES).await;
    let lease = world.lease_of(&run, 1).await;
    let looked = PreparePage {
        peek: true,
        ..page(&lease, &["k1"])
    };
    let told = verdict(world.prepare_by(world.agent, looked).await);
    assert!(
        matches!(told, Verdict::New { grant } if grant.is_zero()),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_dry_run_that_asks_to_write_or_to_settle_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let run = world.foresee(world.stream, CHANGES).await;
    let lease = world.lease_of(&run, 1).await;
    let refused = world.prepare(&lease, &["k1"]).await;
    assert_eq!((refused.answer, refused.verdicts.len()), (Answer::NotAllowed, 0));
    // what asks for nothing to be written only looks
    let asked = world.prepare(&lease, &[]).await;
    assert_eq!(asked.answer, Answer::Ok);
    let item = CheckpointItem {
        outcomes: vec![invoiced("k1", "F-1")],
        ..settled(&lease, 1)
    };
    let refused = world.checkpoint(item).await;
    assert_eq!((refused.answer, refused.conflicts.len()), (Answer::NotAllowed, 0));
    assert_eq!(world.stream().await.cursor, None);
    assert!(world.store.record_get(&STAFF, world.stream, "k1").await.is_err());
    // nobody holds the write and nothing stands: whoever may make it is granted it anew
    let sync = world.leased(2).await;
    let told = verdict(world.prepare(&sync, &["k1"]).await);
    assert!(
        matches!(told, Verdict::New { grant } if !grant.is_zero()),
        "{told:?}"
    );
}

#[tokio::test]
async fn products_that_were_only_foreseen_are_followed_by_no_prices_and_no_stock() {
    let goods = Goods::of(Template::ErpMaster).await;
    let id = goods.id(StreamKind::Products).await;
    let run = goods.world.foresee(id, EVERYTHING).await;
    let lease = goods.world.lease_of(&run, 1).await;
    let totals = Totals {
        read: 3,
        written: 3,
        ..Totals::default()
    };
    let item = FinishItem {
        totals,
        ..done(&lease)
    };
    goods.world.finish(item).await;
    let runs = goods.world.runs().await;
    assert!(runs.iter().all(|run| run.kind != RunKind::Backfill), "{runs:?}");
    let ended = runs.iter().find(|ended| ended.id == run.id).unwrap();
    assert_eq!(ended.totals.written, 3);
}

#[tokio::test]
async fn what_a_dry_run_foresaw_is_kept_for_a_week_and_what_a_check_found_for_a_day() {
    let world = World::new().await;
    let kept = async |run: &Run| world.store.run_result(&STAFF, run.id).await.unwrap().is_some();
    let dry = world.foresee(world.stream, CHANGES).await;
    let look = world
        .store
        .stream_look(&STAFF, &actor(), world.stream, Look::Preflight)
        .await
        .unwrap();
    for lease in world.lease(1).await {
        let item = FinishItem {
            result: found("whatever"),
            ..done(&lease)
        };
        world.finish(item).await;
    }
    world.pass(DAY * 2);
    world.store.tidy().await.unwrap();
    assert_eq!((kept(&dry).await, kept(&look).await), (true, false));
    world.pass(DAY * 6);
    world.store.tidy().await.unwrap();
    assert!(!kept(&dry).await);
}

#[tokio::test]
async fn a_dry_run_that_fails_stops_no_stream() {
    let world = World::new().await;
    let run = world.foresee(world.stream, CHANGES).await;
    let failed = FinishItem {
        block: true,
        error: Some(Reason::new(Class::Configuration, "account_missing")),
        ..ended(&world.lease_of(&run, 1).await, FinishOutcome::Failed)
    };
    world.finish(failed).await;
    assert_eq!(world.stream().await.state, StreamState::On);
}

#[tokio::test]
async fn a_preflight_check_has_both_systems_and_the_specs_of_every_stream() {
    for (template, shop_is_master) in [(Template::Combined, true), (Template::ErpMaster, false)] {
        let goods = Goods::of(template).await;
        let orders = goods.id(StreamKind::Orders).await;
        let store = &goods.world.store;
        let look = async || store.stream_look(&STAFF, &actor(), orders, Look::Preflight).await;
        let run = look().await.unwrap();
        assert_eq!(look().await.unwrap().id, run.id);
        let lease = goods.world.lease_of(&run, 1).await;
        let flow = lease.flow.unwrap();
        let expected: Vec<_> = goods.flow.spec.streams().iter().map(StreamSpec::hash).collect();
        assert_eq!((flow.specs.len(), &flow.specs), (4, &expected));
        assert_eq!(store.spec_get(&flow.specs).await.unwrap().len(), 4);
        assert_eq!(flow.shop_is_master, shop_is_master, "{template:?}");
        assert_eq!(lease.source.connection, goods.world.shop.id);
        assert_eq!(lease.target.unwrap().connection, goods.world.erp.id);
    }
}

#[tokio::test]
async fn a_preflight_check_goes_before_everything_and_looks_at_a_flow_that_is_off() {
    let world = World::new().await;
    let new = NewFlow {
        slug: slug("second"),
        ..new_flow(&world.tenant, &world.shop, &world.erp)
    };
    let flow = world.store.flow_create(&STAFF, &actor(), new).await.unwrap();
    let stream = world.store.stream_get(&STAFF, flow.id, StreamKind::Orders).await;
    world.request().await;
    let stream = stream.unwrap().id;
    let run = world
        .store
        .stream_look(&STAFF, &actor(), stream, Look::Preflight)
        .await
        .unwrap();
    let first = world.lease_by(world.agent, 1, 1).await.remove(0);
    assert_eq!((first.run, first.kind), (run.id, RunKind::Preflight));
}
