//! The writes of a page: each asked about once, records side by side, the writes of one record in their order. What only
//! sets a value goes first, many at a time (`batch`).
//!
//! Two orders of one new customer name the same card: whoever comes first makes it, the other waits for that very write.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use skarv_canonical::{
    Fingerprint,
    customer::Identity,
    write::{Effect, Entity, Write},
};
use tokio::{sync::OnceCell, time::Instant};

use super::{
    attempt::Attempt,
    batch,
    control::{ControlError, Prepared, Question, Verdict},
    end::End,
    engine::Run,
    shared,
    transform::{Item, Plan},
    turns::{Turns, buyers},
};

/// How a record's writes ended, as far as they went.
pub(super) struct Written {
    /// The record's place in the page.
    pub(super) index: usize,
    /// Ends of its writes, in order. The first that does not stand is the last.
    pub(super) ends: Vec<(Write, End)>,
}

/// What became of the writes of a page.
#[derive(Default)]
pub(super) struct Outcome {
    /// By record.
    pub(super) written: Vec<Written>,
    /// Writes that were granted and certainly not made.
    pub(super) released: Vec<Key>,
}

pub(super) type Key = (Entity, String);
/// The end of each write of the page, made by the first record that needs it.
type Ends = HashMap<Key, Arc<OnceCell<End>>>;

/// What the control plane is to know of a write before it is sent.
pub(super) fn question(run: &Run, write: &Write) -> Question {
    Question {
        effect: write.effect,
        needs_intent: write.needs_intent(),
        ..asked(run, key(write), write.fingerprint())
    }
}

/// A question about a document of this key.
pub(super) fn asked(run: &Run, (entity, our_key): Key, fingerprint: Fingerprint) -> Question {
    let target = run.target.write_of(&entity);
    Question {
        our_key,
        fingerprint,
        effect: Effect::Create,
        needs_intent: true,
        searchable: target.is_some_and(|t| t.searchable),
        visible_after: Duration::from_millis(target.map_or(0, |t| t.visible_after_ms)),
        entity,
    }
}

/// Carries out every write of a page. Records that must wait for someone else come last.
pub(super) async fn writes(run: &Run, turns: &Turns, items: &[Item]) -> Result<Outcome, ControlError> {
    let questions = questions(run, items);
    let keys: Vec<Key> = questions
        .iter()
        .map(|q| (q.entity.clone(), q.our_key.clone()))
        .collect();
    let prepared = prepare(run, questions).await?;
    let verdicts: HashMap<Key, Verdict> = keys.into_iter().zip(prepared.verdicts.iter().cloned()).collect();
    let set = batch::set_all(
        run,
        writing(items).flat_map(|(_, _, writes)| writes),
        &verdicts,
        &prepared,
    )
    .await;
    let end_of = |key: &Key| Arc::new(OnceCell::new_with(set.get(key).cloned()));
    let ends: Ends = verdicts.keys().map(|key| (key.clone(), end_of(key))).collect();
    let (waiting, ready) = in_order(items, &verdicts);
    let page = Page {
        run,
        turns,
        prepared: &prepared,
        verdicts: &verdicts,
        upkeep: shared::upkeep(items, &verdicts),
        ends: &ends,
    };
    let mut written = page.all(ready).await;
    written.extend(page.all(waiting).await);
    let mut released = released(&verdicts, &ends);
    // what sets a value was granted without an intent
    released.retain(|key| !set.contains_key(key));
    Ok(Outcome { written, released })
}

/// A page without a write asks nothing.
async fn prepare(run: &Run, questions: Vec<Question>) -> Result<Prepared, ControlError> {
    if !questions.is_empty() {
        return run.control.prepare(questions).await;
    }
    let now = Instant::now();
    Ok(Prepared {
        asked: now,
        answered: now,
        asked_wall: run.wall.now(),
        verdicts: Vec::new(),
    })
}

/// Writes whose grants are given back: sent and refused, or never sent because an earlier write of their record failed.
fn released(verdicts: &HashMap<Key, Verdict>, ends: &Ends) -> Vec<Key> {
    let unwritten = |(key, verdict): &(&Key, &Verdict)| match ends.get(*key).and_then(|end| end.get()) {
        None => matches!(verdict, Verdict::New(_)),
        // what stood there already was granted nothing that could be given back
        Some(_) if matches!(verdict, Verdict::Linked { .. }) => false,
        Some(End::Refused(_)) => true,
        Some(End::Later { unwritten, .. }) => *unwritten,
        Some(_) => false,
    };
    verdicts
        .iter()
        .filter(unwritten)
        .map(|(key, _)| key.clone())
        .collect()
}

/// Records with something to write: their place in the page, and their writes.
fn writing(items: &[Item]) -> impl Iterator<Item = Record<'_>> {
    items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| match &item.plan {
            Plan::Write(writes) => Some((index, item, writes.as_slice())),
            Plan::Drop(_) | Plan::Park(..) | Plan::Look(_) => None,
        })
}

fn questions(run: &Run, items: &[Item]) -> Vec<Question> {
    let mut asked = HashSet::new();
    writing(items)
        .flat_map(|(_, _, writes)| writes)
        .filter(|write| asked.insert(key(write)))
        .map(|write| question(run, write))
        .collect()
}

pub(super) fn key(write: &Write) -> Key {
    (write.entity(), write.our_key.clone())
}

type Record<'a> = (usize, &'a Item, &'a [Write]);

/// Records that wait for somebody else, and those that do not. A card that may stand comes before others of its buyer: they
/// must find it.
fn in_order<'a>(items: &'a [Item], verdicts: &HashMap<Key, Verdict>) -> (Vec<Record<'a>>, Vec<Record<'a>>) {
    let waiting = |write: &&Write| waits(verdicts.get(&key(write)));
    let in_doubt: HashSet<Identity> = writing(items)
        .flat_map(|(_, _, writes)| writes.iter().filter(waiting).flat_map(buyers))
        .collect();
    let (mut wait, ready): (Vec<_>, Vec<_>) = writing(items).partition(|(_, _, writes)| {
        writes.iter().any(|write| waiting(&write))
            || writes.iter().flat_map(buyers).any(|b| in_doubt.contains(&b))
    });
    wait.sort_by_key(|(_, _, writes)| {
        !writes
            .iter()
            .filter(waiting)
            .any(|write| !buyers(write).is_empty())
    });
    (wait, ready)
}

fn waits(verdict: Option<&Verdict>) -> bool {
    matches!(verdict, Some(Verdict::Pending { .. } | Verdict::Busy { .. }))
}

struct Page<'a> {
    run: &'a Run,
    turns: &'a Turns,
    prepared: &'a Prepared,
    verdicts: &'a HashMap<Key, Verdict>,
    /// Cards that are brought up to date.
    upkeep: HashSet<Key>,
    ends: &'a Ends,
}

impl Page<'_> {
    async fn all(&self, records: Vec<Record<'_>>) -> Vec<Written> {
        let parallel = self.run.parallel.max(1);
        // boxed: a future a record, each with its own state, does not belong on one stack. Named by type, since the
        // compiler does not see that a mapping closure's futures may move between threads
        let all: Vec<BoxFuture<'_, Written>> = records
            .into_iter()
            .map(|(index, item, writes)| self.one(index, item, writes).boxed())
            .collect();
        stream::iter(all).buffer_unordered(parallel).collect().await
    }

    /// The writes of one record, in order after what was only looked at, until one does not stand as it should. A state that an
    /// order is past is passed over: it may not be past the next.
    async fn one(&self, index: usize, item: &Item, writes: &[Write]) -> Written {
        let mut ends = item.seen.clone();
        let mut earlier: Vec<String> = ends
            .iter()
            .filter_map(|(_, end)| end.stands_well().map(str::to_owned))
            .collect();
        for write in writes {
            let end = self.once(write, &earlier).await;
            let stands = end.stands_well().map(str::to_owned);
            let passed_over = write.entity() == Entity::Status && end.is_nothing_to_do();
            ends.push((write.clone(), end));
            match stands {
                Some(foreign_id) => earlier.push(foreign_id),
                None if passed_over => {}
                None => break,
            }
        }
        Written { index, ends }
    }

    /// Carries a write out, or waits for the record that does.
    async fn once(&self, write: &Write, earlier: &[String]) -> End {
        let key = key(write);
        let (Some(cell), Some(verdict)) = (self.ends.get(&key), self.verdicts.get(&key)) else {
            return End::Stop(ControlError::Lost);
        };
        let attempt = || Attempt::new(self.run, write, earlier).keeping_up(self.upkeep.contains(&key));
        cell.get_or_init(|| self.in_turn(write, verdict, attempt()))
            .await
            .clone()
    }

    /// Cards that may be one buyer's are not made side by side.
    async fn in_turn(&self, write: &Write, verdict: &Verdict, attempt: Attempt<'_>) -> End {
        let turn = self.turns.take(write, verdict).await;
        let visible_after = attempt.visible_after;
        let end = attempt.carry_out(verdict, self.prepared).await;
        turn.over(&end, visible_after);
        end
    }
}
