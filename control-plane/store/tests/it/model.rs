//! Random histories against the real store: whatever happens in whatever order, nothing is lost and nothing is doubled.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;
use skarv_domain::{
    lease::Answer,
    run::{FinishOutcome, Phase},
};
use skarv_store::{CheckpointItem, HeldRun, Leased};

use crate::world::*;

#[derive(Clone, Debug)]
enum Step {
    Request,
    Schedule,
    Lease,
    Renew,
    Invoice(u8),
    Finish(u8),
    Reap,
    Promote,
    Pass(u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::Request),
        1 => Just(Step::Schedule),
        5 => Just(Step::Lease),
        1 => Just(Step::Renew),
        4 => (0..3_u8).prop_map(Step::Invoice),
        3 => (0..4_u8).prop_map(Step::Finish),
        2 => Just(Step::Reap),
        2 => Just(Step::Promote),
        3 => (0..40_u16).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 0..50)
}

/// What the story has seen; agents here never forget a lease, so most of what they say is late.
#[derive(Default)]
struct Seen {
    leases: Vec<Leased>,
    poll: u64,
    seqs: BTreeMap<(skarv_domain::id::RunId, u64), u64>,
    requested: u64,
    /// The request count at the first lease of each run.
    starts: BTreeMap<skarv_domain::id::RunId, u64>,
    invoices: BTreeMap<String, String>,
}

async fn take(world: &World, seen: &mut Seen, step: Step) {
    match step {
        Step::Request => {
            world.request().await;
            seen.requested += 1;
        }
        Step::Schedule => seen.requested += u64::from(world.store.stream_schedule(10).await.unwrap()),
        Step::Lease => lease(world, seen).await,
        Step::Renew => {
            let all = seen.leases.iter().map(held).collect();
            world.store.run_renew(world.agent, seen.poll, all).await.unwrap();
        }
        Step::Invoice(key) => invoice(world, seen, &format!("k{key}")).await,
        Step::Finish(how) => finish(world, seen, how).await,
        Step::Reap => drop(world.store.run_reap(10).await.unwrap()),
        Step::Promote => drop(world.store.run_promote(10).await.unwrap()),
        Step::Pass(seconds) => world.pass(Duration::from_secs(seconds.into())),
    }
}

fn held(lease: &Leased) -> HeldRun {
    HeldRun {
        run: lease.run,
        epoch: lease.epoch,
        totals: Default::default(),
        percent: None,
    }
}

async fn lease(world: &World, seen: &mut Seen) {
    seen.poll += 1;
    let leases = world.lease(seen.poll).await;
    assert!(leases.len() <= 1, "two runs of one lane");
    for lease in leases {
        let earlier = seen.leases.iter().filter(|old| old.run == lease.run);
        assert!(
            earlier.clone().all(|old| old.epoch < lease.epoch),
            "an epoch was given twice"
        );
        seen.starts.entry(lease.run).or_insert(seen.requested);
        seen.leases.push(lease);
    }
}

/// Every lease that was ever given tells of an invoice of its own; only the one that counts is remembered.
async fn invoice(world: &World, seen: &mut Seen, key: &str) {
    let mut counted = 0;
    for lease in seen.leases.clone() {
        let seq = seen.seqs.entry((lease.run, lease.epoch)).or_insert(0);
        let id = format!("F-{key}-{}-{}", lease.epoch, *seq + 1);
        let outcomes = vec![invoiced(key, &id)];
        let told = world
            .checkpoint(CheckpointItem {
                outcomes,
                ..settled(&lease, *seq + 1)
            })
            .await;
        if told.answer == Answer::Ok {
            *seq += 1;
            counted += 1;
            let stands = seen.invoices.entry(key.to_owned()).or_insert_with(|| id.clone());
            assert_eq!(told.conflicts.is_empty(), *stands == id);
        }
    }
    assert!(counted <= 1, "two leases of one lane counted");
}

async fn finish(world: &World, seen: &Seen, how: u8) {
    let outcome = match how {
        0 => FinishOutcome::Yielded,
        1 => FinishOutcome::HandedBack,
        2 => FinishOutcome::Failed,
        _ => FinishOutcome::Succeeded,
    };
    if let Some(lease) = seen.leases.last() {
        world.finish(ended(lease, outcome)).await;
    }
}

/// Agents do what is queued, and nobody asks for more.
async fn settle_down(world: &World, seen: &mut Seen) {
    for _ in 0..20 {
        world.pass(Duration::from_secs(16 * 60));
        world.store.run_reap(10).await.unwrap();
        world.store.run_promote(10).await.unwrap();
        lease(world, seen).await;
        if let Some(last) = seen.leases.last() {
            world.finish(done(last)).await;
        }
    }
}

async fn story(steps: Vec<Step>) {
    let world = World::new().await;
    let mut seen = Seen::default();
    for step in steps {
        take(&world, &mut seen, step).await;
        assert_eq!(
            world.store.gate_audit(false).await.unwrap(),
            [],
            "a gate counts wrong"
        );
    }
    settle_down(&world, &mut seen).await;
    let open = world
        .runs()
        .await
        .into_iter()
        .filter(|run| matches!(run.phase, Phase::Queued | Phase::Running))
        .count();
    assert_eq!(open, 0, "a run is left over");
    let last_start = seen.starts.values().max().copied().unwrap_or_default();
    assert_eq!(
        last_start, seen.requested,
        "the last request was not followed by a run"
    );
    for (key, stands) in &seen.invoices {
        let lease = world.leased(10_000 + u64::try_from(key.len()).unwrap()).await;
        let told = verdict(world.prepare(&lease, &[key]).await);
        assert_eq!(
            told,
            skarv_domain::write::Verdict::Unchanged {
                foreign_id: stands.clone()
            }
        );
        world.finish(done(&lease)).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_nothing_is_lost_and_nothing_is_doubled(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(story(steps));
    }
}
