//! The writes of a page: each asked about once, records side by side, the writes of one record in their order.
//!
//! Two orders of one new customer name the same card: whoever comes first makes it, the other waits for that very write.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use skarv_canonical::write::{Entity, Write};
use tokio::sync::OnceCell;

use super::{
    attempt::{Attempt, End},
    control::{ControlError, Prepared, Question, Verdict},
    engine::Run,
    transform::{Item, Plan},
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
    let entity = write.entity();
    let target = run.target.write_of(&entity);
    Question {
        our_key: write.our_key.clone(),
        fingerprint: write.fingerprint(),
        effect: write.effect,
        needs_intent: write.needs_intent(),
        searchable: target.is_some_and(|t| t.searchable),
        visible_after: Duration::from_millis(target.map_or(0, |t| t.visible_after_ms)),
        entity,
    }
}

/// Carries out every write of a page. Records that must wait for someone else come last.
pub(super) async fn writes(run: &Run, items: &[Item]) -> Result<Outcome, ControlError> {
    let questions = questions(run, items);
    if questions.is_empty() {
        return Ok(Outcome::default());
    }
    let keys: Vec<Key> = questions
        .iter()
        .map(|q| (q.entity.clone(), q.our_key.clone()))
        .collect();
    let prepared = run.control.prepare(questions).await?;
    let verdicts: HashMap<Key, Verdict> = keys.into_iter().zip(prepared.verdicts.iter().cloned()).collect();
    let ends: Ends = verdicts.keys().map(|key| (key.clone(), Arc::default())).collect();
    let (waiting, ready): (Vec<_>, Vec<_>) =
        writing(items).partition(|(_, writes)| writes.iter().any(|write| waits(verdicts.get(&key(write)))));
    let page = Page {
        run,
        prepared: &prepared,
        verdicts: &verdicts,
        ends: &ends,
    };
    let mut written = page.all(ready).await;
    written.extend(page.all(waiting).await);
    let released = released(&verdicts, &ends);
    Ok(Outcome { written, released })
}

/// Writes whose grants are given back: sent and refused, or never sent because an earlier write of their record failed.
fn released(verdicts: &HashMap<Key, Verdict>, ends: &Ends) -> Vec<Key> {
    let unwritten = |(key, verdict): &(&Key, &Verdict)| match ends.get(*key).and_then(|end| end.get()) {
        None => matches!(verdict, Verdict::New(_)),
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

fn writing(items: &[Item]) -> impl Iterator<Item = (usize, &[Write])> {
    items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| match &item.plan {
            Plan::Write(writes) => Some((index, writes.as_slice())),
            Plan::Drop(_) | Plan::Park(_) => None,
        })
}

fn questions(run: &Run, items: &[Item]) -> Vec<Question> {
    let mut asked = std::collections::HashSet::new();
    writing(items)
        .flat_map(|(_, writes)| writes)
        .filter(|write| asked.insert(key(write)))
        .map(|write| question(run, write))
        .collect()
}

pub(super) fn key(write: &Write) -> Key {
    (write.entity(), write.our_key.clone())
}

fn waits(verdict: Option<&Verdict>) -> bool {
    matches!(verdict, Some(Verdict::Pending { .. } | Verdict::Busy { .. }))
}

struct Page<'a> {
    run: &'a Run,
    prepared: &'a Prepared,
    verdicts: &'a HashMap<Key, Verdict>,
    ends: &'a Ends,
}

impl Page<'_> {
    async fn all(&self, records: Vec<(usize, &[Write])>) -> Vec<Written> {
        let parallel = self.run.parallel.max(1);
        // boxed: a future a record, each with its own state, does not belong on one stack. Named by type, since the
        // compiler does not see that a mapping closure's futures may move between threads
        let all: Vec<BoxFuture<'_, Written>> = records
            .into_iter()
            .map(|(index, writes)| self.one(index, writes).boxed())
            .collect();
        stream::iter(all).buffer_unordered(parallel).collect().await
    }

    /// The writes of one record, in order, until one does not stand.
    async fn one(&self, index: usize, writes: &[Write]) -> Written {
        let mut ends = Vec::with_capacity(writes.len());
        let mut earlier = Vec::with_capacity(writes.len());
        for write in writes {
            let end = self.once(write, &earlier).await;
            let stands = match &end {
                End::Stands { foreign_id, .. } => Some(foreign_id.clone()),
                _ => None,
            };
            ends.push((write.clone(), end));
            match stands {
                Some(foreign_id) => earlier.push(foreign_id),
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
        cell.get_or_init(|| Attempt::new(self.run, write, earlier).carry_out(verdict, self.prepared))
            .await
            .clone()
    }
}
