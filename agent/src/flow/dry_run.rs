//! What a run would do, record by record, without doing it.
//!
//! A dry run is a run: the engine carries its pages as it carries any, and decides as it always does. Only its two ends are
//! others: a control plane that is asked and told nothing (`control`), and a sink that looks and sends nothing (`sink`). What
//! earlier records would have made is held in `foresight`, so that later ones meet it. Invariant: no write leaves, no intent,
//! record or cursor is kept, and whoever stops it leaves nothing behind.
//!
//! What only the control plane decides when records are settled (an order that was cancelled after it was invoiced, one whose
//! total the books have otherwise) is not foreseen.

mod control;
mod foresight;
mod sink;
mod tell;

use std::sync::Arc;

use skarv_canonical::{Reason, shown::Change, write::Entity};

use self::{control::Asking, foresight::Foresight, sink::Looking};
use super::{
    control::Settled,
    engine::{Run, run_slice},
    observer::Unobserved,
    report::SliceEnd,
    signal::Signal,
};

/// The most records that a dry run looks at.
pub const MOST_RECORDS: usize = 1_000;

/// What a run would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DryRun {
    /// Records, in the order they would be carried.
    pub records: Vec<DryRecord>,
    /// Whether there are more than were looked at.
    pub has_more: bool,
}

/// One record and what would become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DryRecord {
    /// The source's key.
    pub source_key: String,
    /// What people call it.
    pub reference: String,
    /// What a run would settle it as.
    pub result: Settled,
    /// The same as a person is told it.
    pub action: Action,
    /// Why it would be skipped or parked, or what would be put right about it.
    pub reason: Option<Reason>,
    /// Its writes, in order, as far as they would go.
    pub writes: Vec<DryWrite>,
}

/// One write and what would become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DryWrite {
    /// What it is about.
    pub entity: Entity,
    /// Our key of it.
    pub our_key: String,
    /// What would become of it.
    pub action: Action,
    /// The target's id of what stands there; empty when nothing does.
    pub foreign_id: String,
    /// Fields that would change, masked where they name a buyer.
    pub changes: Vec<Change>,
}

/// What would become of a record or a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It would be made.
    Create,
    /// What stands would be changed.
    Update,
    /// It stands there already, and would be taken over as it is.
    Adopt,
    /// It stands there as it is to be.
    Unchanged,
    /// It would not be sent. Nobody needs to act.
    Skip,
    /// It would be parked.
    Park,
}

/// Foresees what this run would do. What was seen so far is told with every end that says something.
pub async fn foresee(mut run: Run) -> (SliceEnd, Option<DryRun>) {
    let foresight = Arc::new(Foresight::default());
    run.control = Arc::new(Asking {
        control: run.control,
        foresight: Arc::clone(&foresight),
    });
    run.sink = Box::new(Looking {
        sink: run.sink,
        foresight: Arc::clone(&foresight),
    });
    run.observer = Arc::new(Unobserved);
    // what is not made is not waited for either
    run.target
        .writes
        .iter_mut()
        .for_each(|target| target.visible_after_ms = 0);
    let mut signal = run.signal.clone();
    let end = tokio::select! {
        biased;
        // nothing is under way that would have to be settled
        _ = signal.wait_for(|told| *told != Signal::Go) => None,
        end = run_slice(&run) => Some(end),
    };
    let told = *run.signal.borrow();
    match end.filter(|_| told == Signal::Go) {
        None => (stopped(told), None),
        Some(end) => ended(end, foresight.tell()),
    }
}

fn stopped(told: Signal) -> SliceEnd {
    match told {
        Signal::Cancel => SliceEnd::Cancelled,
        Signal::Lost => SliceEnd::Lost,
        Signal::Pause | Signal::NotAllowed => SliceEnd::Yielded { retry: None },
        Signal::Drain | Signal::Go => SliceEnd::HandedBack,
    }
}

/// How a dry run ends by how the run would have: where that would yield there is more, and nothing that it meets stops the
/// stream.
fn ended(end: SliceEnd, seen: DryRun) -> (SliceEnd, Option<DryRun>) {
    let more = DryRun {
        has_more: true,
        ..seen.clone()
    };
    match end {
        SliceEnd::Succeeded => (SliceEnd::Succeeded, Some(seen)),
        SliceEnd::Yielded { .. } => (SliceEnd::Succeeded, Some(more)),
        SliceEnd::Failed { reason, retry, .. } => {
            let failed = SliceEnd::Failed {
                reason,
                retry,
                block: false,
            };
            (failed, Some(more))
        }
        end @ (SliceEnd::HandedBack | SliceEnd::Cancelled | SliceEnd::Lost) => (end, None),
    }
}
