//! Writes of a page that set a value, in bodies of many. Setting it twice is setting it once, so nothing is looked up.
//!
//! Each has an end of its own, by its own result; what stumbles is tried again without the others.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use skarv_canonical::{
    Reason,
    write::{Effect, Write},
};
use skarv_connector::{Error, Put, Receipt};
use skarv_http::SendWindow;

use super::{
    control::{Grant, Prepared, Verdict},
    end::{End, How},
    engine::Run,
    put::{Key, key, question},
    tries::{Next, Tries},
};

/// A write that is to be sent.
struct Row<'a> {
    write: &'a Write,
    existing: Option<String>,
    window: SendWindow,
    tries: Tries,
    /// The last trouble, for the reason when patience ends.
    trouble: Option<Reason>,
}

/// The ends of those writes that set a value and may be sent.
pub(super) async fn set_all(
    run: &Run,
    writes: impl Iterator<Item = &Write>,
    verdicts: &HashMap<Key, Verdict>,
    prepared: &Prepared,
) -> HashMap<Key, End> {
    let mut seen = HashSet::new();
    let due = |write| {
        let verdict = verdicts.get(&key(write))?;
        let (existing, window) = leave(verdict, prepared)?;
        Some(Row {
            write,
            existing,
            window,
            tries: Tries::default(),
            trouble: None,
        })
    };
    let mut rows: Vec<_> = writes
        .filter(|write| write.effect == Effect::Set && seen.insert(key(write)))
        .filter_map(due)
        .collect();
    let mut ends = HashMap::new();
    while !rows.is_empty() {
        if let Some(stop) = run.stopped() {
            ends.extend(rows.iter().map(|row| (key(row.write), End::Stop(stop))));
            break;
        }
        let (again, wait) = round(run, rows, &mut ends).await;
        tokio::time::sleep(wait).await;
        rows = asked_again(run, again, &mut ends).await;
    }
    ends
}

/// What may be sent: the id that it stands under, if it does, and in which span.
fn leave(verdict: &Verdict, prepared: &Prepared) -> Option<(Option<String>, SendWindow)> {
    let window = |grant: &Grant| SendWindow::new(prepared.asked, prepared.asked_wall, grant.length);
    match verdict {
        Verdict::New(grant) => Some((None, window(grant))),
        Verdict::Linked { foreign_id, grant } => Some((Some(foreign_id.clone()), window(grant))),
        Verdict::Held(_)
        | Verdict::Unchanged { .. }
        | Verdict::Pending { .. }
        | Verdict::Busy { .. }
        | Verdict::Unknown => None,
    }
}

/// Sends all of them once. Those that are to be sent again, and after which wait.
async fn round<'a>(
    run: &Run,
    mut rows: Vec<Row<'a>>,
    ends: &mut HashMap<Key, End>,
) -> (Vec<Row<'a>>, Duration) {
    rows.iter_mut().for_each(|row| row.tries.sent += 1);
    let results = send(run, &rows).await;
    let (mut again, mut longest) = (Vec::new(), Duration::ZERO);
    for (mut row, result) in rows.into_iter().zip(results) {
        match row.after(run, result) {
            Ok(end) => {
                ends.insert(key(row.write), end);
            }
            Err(wait) => {
                longest = longest.max(wait);
                again.push(row);
            }
        }
    }
    (again, longest)
}

/// One result for each row, in order: of one entity as many in a body as the target takes.
async fn send(run: &Run, rows: &[Row<'_>]) -> Vec<Result<Receipt, Error>> {
    let of_one_entity = rows.chunk_by(|a, b| a.write.entity() == b.write.entity());
    let bodies: Vec<BoxFuture<'_, Vec<Result<Receipt, Error>>>> = of_one_entity
        .flat_map(|rows| rows.chunks(most(run, rows)))
        .map(|rows| body(run, rows).boxed())
        .collect();
    let results: Vec<_> = stream::iter(bodies).buffered(run.parallel.max(1)).collect().await;
    results.into_iter().flatten().collect()
}

fn most(run: &Run, rows: &[Row<'_>]) -> usize {
    let target = rows
        .first()
        .and_then(|row| run.target.write_of(&row.write.entity()));
    target.map_or(1, |target| target.batch.max(1) as usize)
}

async fn body(run: &Run, rows: &[Row<'_>]) -> Vec<Result<Receipt, Error>> {
    let put = |row: &Row<'_>| run.observer.before_put(row.write);
    rows.iter().for_each(put);
    let mut results = run.sink.put_all(rows.iter().map(Row::put).collect()).await;
    // a sink that answers for fewer says nothing of the rest
    results.resize_with(rows.len(), || Err(Error::transient("bad_answer")));
    for (row, _) in rows.iter().zip(&results).filter(|(_, result)| result.is_ok()) {
        run.observer.after_put(row.write);
    }
    results
}

/// Asks for new grants: the old ones may be all but over, and others may have written meanwhile.
async fn asked_again<'a>(run: &Run, rows: Vec<Row<'a>>, ends: &mut HashMap<Key, End>) -> Vec<Row<'a>> {
    if rows.is_empty() {
        return rows;
    }
    let questions = rows.iter().map(|row| question(run, row.write)).collect();
    let prepared = match run.control.prepare(questions).await {
        Ok(prepared) => prepared,
        Err(stop) => {
            ends.extend(rows.iter().map(|row| (key(row.write), End::Stop(stop))));
            return Vec::new();
        }
    };
    let mut due = Vec::new();
    for (mut row, verdict) in rows.into_iter().zip(&prepared.verdicts) {
        match (leave(verdict, &prepared), verdict) {
            (Some((existing, window)), _) => {
                (row.existing, row.window) = (existing, window);
                due.push(row);
            }
            (None, Verdict::Unchanged { foreign_id }) => {
                ends.insert(key(row.write), End::unchanged(foreign_id));
            }
            (None, _) => {
                ends.insert(key(row.write), row.later(None));
            }
        }
    }
    due
}

impl Row<'_> {
    fn put(&self) -> Put<'_> {
        Put {
            write: self.write,
            existing: self.existing.as_deref(),
            earlier: &[],
            window: Some(self.window),
        }
    }

    /// How it ended, or after which wait it is sent again.
    fn after(&mut self, run: &Run, result: Result<Receipt, Error>) -> Result<End, Duration> {
        let error = match result {
            Ok(receipt) => return Ok(End::of(receipt, How::Made)),
            Err(error) => error,
        };
        tracing::info!(code = %error.reason.code, sent = self.tries.sent, "a value was not set");
        self.trouble = Some(error.reason.clone());
        match self.tries.after(run, &error) {
            Next::Again(wait) => Err(wait),
            Next::Later(wait) => Ok(self.later(wait)),
            Next::Refused => Ok(End::Refused(error.reason)),
            // whatever came of it, setting it once more does no harm
            Next::Unknown => Ok(self.later(None)),
        }
    }

    fn later(&self, wait: Option<Duration>) -> End {
        End::Later {
            trouble: self.trouble.clone(),
            wait,
            unwritten: true,
        }
    }
}
