//! One slice of a run: page after page, until there is no more, the slice is used up, or someone says stop.

use std::{sync::Arc, time::Duration};

use skarv_canonical::{Class, Cursor, descriptor::Descriptor, spec::StreamSpec};
use skarv_connector::{BoxedSink, BoxedSource, Error, Page};
use skarv_http::{Backoff, WallClock};
use tokio::{sync::watch, time::Instant};

use super::{
    checkpoint::{PageEnd, Unsettled, page_end},
    control::{Control, ControlError},
    demand::{self, Unread},
    doubt::Doubts,
    look,
    observer::Observer,
    pull, put, ready,
    report::{Progress, SliceEnd},
    shared,
    signal::Signal,
    streak::Streak,
    transform::{self, Beside},
    turns::Turns,
};

/// Waits between tries within a slice.
pub(super) const BACKOFF: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));

/// How far a slice may run over to settle what it has begun.
const OVERRUN: Duration = Duration::from_secs(5);

/// What a run carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// What the stream's source has after the cursor.
    Stream,
    /// Everything that the source has, by a cursor of its own.
    Everything,
    /// These records, by their source keys.
    Replay(Vec<String>),
}

impl Work {
    /// Whether it picks single records, which says nothing about how far the stream has read.
    pub(super) fn is_replay(&self) -> bool {
        matches!(self, Self::Replay(_))
    }
}

/// Everything a slice needs.
pub struct Run {
    /// What it carries.
    pub work: Work,
    /// How the stream is set up.
    pub spec: StreamSpec,
    /// The shop's immutable reference.
    pub shop_ref: String,
    /// Where to go on.
    pub cursor: Option<Cursor>,
    /// The system it reads.
    pub source: BoxedSource,
    /// The system it writes.
    pub sink: BoxedSink,
    /// What the target is and can do.
    pub target: Descriptor,
    /// The control plane.
    pub control: Arc<dyn Control>,
    /// What the lease keeper says.
    pub signal: watch::Receiver<Signal>,
    /// Writes whose request may still be at work in the target.
    pub doubts: Doubts,
    /// Counts, for the lease keeper.
    pub progress: Arc<Progress>,
    /// Sees the moments that tests hold.
    pub observer: Arc<dyn Observer>,
    /// The time of day, for sources and send windows.
    pub wall: Arc<dyn WallClock>,
    /// Records a page.
    pub page_size: usize,
    /// Records written side by side.
    pub parallel: usize,
    /// When the slice is used up.
    pub ends_at: Instant,
    /// Records after which the slice is used up.
    pub max_records: usize,
}

impl Run {
    /// A wait before trying again.
    pub(super) fn backoff(&self, attempt: u32) -> Duration {
        BACKOFF.delay(attempt, rand::random())
    }

    /// How long something that has begun may still be waited for: a slice runs over a little rather than leave a write
    /// half done.
    pub(super) fn patience(&self) -> Duration {
        self.left() + OVERRUN
    }

    /// What is left of the slice.
    pub(super) fn left(&self) -> Duration {
        self.ends_at.saturating_duration_since(Instant::now())
    }

    /// Why nothing more may be written, if so. Draining and pausing let a page finish.
    pub(super) fn stopped(&self) -> Option<ControlError> {
        match *self.signal.borrow() {
            Signal::Go | Signal::Drain | Signal::Pause => None,
            Signal::NotAllowed => Some(ControlError::NotAllowed),
            Signal::Cancel => Some(ControlError::Cancelled),
            Signal::Lost => Some(ControlError::Lost),
        }
    }

    /// How to end between two pages, if the keeper asks for it.
    fn asked_to_end(&self) -> Option<SliceEnd> {
        match *self.signal.borrow() {
            Signal::Go => None,
            Signal::Drain => Some(SliceEnd::HandedBack),
            Signal::Pause | Signal::NotAllowed => Some(SliceEnd::Yielded { retry: None }),
            Signal::Cancel => Some(SliceEnd::Cancelled),
            Signal::Lost => Some(SliceEnd::Lost),
        }
    }
}

/// Carries one slice. Returns at once when the lease is lost, whatever is under way: the intents say what may have left.
pub async fn run_slice(run: &Run) -> SliceEnd {
    let mut signal = run.signal.clone();
    tokio::select! {
        biased;
        _ = signal.wait_for(|s| *s == Signal::Lost) => SliceEnd::Lost,
        end = pages(run) => end,
    }
}

async fn pages(run: &Run) -> SliceEnd {
    let mut unread = match ready::before_reading(run).await {
        Ok(unread) => unread,
        Err(end) => return end,
    };
    let mut slice = Slice::default();
    let mut done = 0;
    let mut next = match read(run, run.cursor.clone(), done, &mut unread).await {
        Ok(read) => read,
        Err(end) => return end,
    };
    loop {
        let Read { page: now, beside } = next;
        done += now.records.len();
        run.progress.read(now.records.len());
        // a replay has few records and starts at its first in every slice, so it goes through
        let room = run.work.is_replay() || (done < run.max_records && !run.left().is_zero());
        let more = !now.done && room && run.asked_to_end().is_none();
        let (cursor, last) = (now.cursor.clone(), now.done);
        // the next page is read while this one is written
        let ahead = async {
            match more {
                true => Some(read(run, Some(cursor), done, &mut unread).await),
                false => None,
            }
        };
        let (settled, ahead) = tokio::join!(page(run, now, beside, &mut slice), ahead);
        if let Err(end) = settled {
            return end;
        }
        if let Some(end) = run.asked_to_end() {
            return end;
        }
        next = match ahead {
            Some(Ok(read)) => read,
            Some(Err(end)) => return end,
            None if last => return SliceEnd::Succeeded,
            None => return SliceEnd::Yielded { retry: None },
        };
    }
}

/// A page, and what its records are to be seen beside.
struct Read {
    page: Page,
    beside: Beside,
}

/// Reads a page, once it is known what orders wait for: what is off the books by then may count twice, and nothing not at all.
async fn read(run: &Run, cursor: Option<Cursor>, done: usize, unread: &mut Unread) -> Result<Read, SliceEnd> {
    let beside = demand::before(run, unread).await.map_err(stop_end)?;
    let page = pull::page(run, cursor, done)
        .await
        .map_err(|error| unreadable(&error))?;
    run.observer.after_read(&page.records);
    Ok(Read { page, beside })
}

/// What the pages of a slice hand on.
#[derive(Default)]
struct Slice {
    streak: Streak,
    turns: Turns,
}

/// One page: transform, prepare, put, checkpoint.
async fn page(run: &Run, page: Page, beside: Beside, slice: &mut Slice) -> Result<(), SliceEnd> {
    let beside = demand::complete(run, &page.records, beside)
        .await
        .map_err(stop_end)?;
    let mut items: Vec<_> = page
        .records
        .into_iter()
        .map(|pulled| transform::item(pulled, &run.shop_ref, &run.spec, &beside))
        .collect();
    transform::park_doubled(&mut items);
    look::at_invoices(run, &mut items).await.map_err(stop_end)?;
    shared::unify(&mut items);
    let put::Outcome { written, released } =
        put::writes(run, &slice.turns, &items).await.map_err(stop_end)?;
    let reachable = written
        .iter()
        .flat_map(|w| &w.ends)
        .any(|(_, end)| end.was_answered());
    let end = page_end(items, written, &mut slice.streak, reachable);
    let cursor = (!run.work.is_replay()).then_some(page.cursor);
    let conflicts = run
        .control
        .checkpoint(end.checkpoint(cursor, released))
        .await
        .map_err(stop_end)?;
    for our_key in conflicts {
        tracing::error!(%our_key, "two documents may stand in the target under one reference: reconcile");
    }
    for outcome in &end.outcomes {
        run.progress.settled(outcome.result);
    }
    go_on(end)
}

/// Whether the next page may come.
fn go_on(end: PageEnd) -> Result<(), SliceEnd> {
    if let Some(stop) = end.stop {
        return Err(stop_end(stop));
    }
    if let Some(reason) = end.blocked {
        return Err(SliceEnd::Failed {
            reason,
            retry: None,
            block: true,
        });
    }
    match end.unsettled {
        Some(Unsettled {
            trouble: Some(reason),
            wait,
        }) => Err(SliceEnd::Failed {
            reason,
            retry: wait,
            block: false,
        }),
        Some(Unsettled { trouble: None, wait }) => Err(SliceEnd::Yielded { retry: wait }),
        None => Ok(()),
    }
}

fn stop_end(stop: ControlError) -> SliceEnd {
    match stop {
        ControlError::Lost => SliceEnd::Lost,
        ControlError::Cancelled => SliceEnd::Cancelled,
        ControlError::Paused | ControlError::NotAllowed => SliceEnd::Yielded { retry: None },
    }
}

/// A system that cannot be read: with credentials or settings that are wrong, until a person has acted.
pub(super) fn unreadable(error: &Error) -> SliceEnd {
    let block = matches!(error.class(), Class::Credentials | Class::Configuration);
    SliceEnd::Failed {
        reason: error.reason.clone(),
        retry: error.retry_after,
        block,
    }
}
