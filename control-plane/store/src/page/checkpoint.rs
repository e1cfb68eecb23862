//! Settling what runs have done, and moving their cursors, in one transaction.
//!
//! Late is accepted as long as the epoch is the run's: nobody else has it, and refusing would forget finished invoices.
//! Stale changes nothing. A repeated item changes nothing and is answered the same.

use std::collections::{BTreeMap, HashMap};

use sea_orm::prelude::Uuid;
use serde::Serialize;
use skarv_domain::{
    Result,
    id::{AgentId, RunId},
    lease::{Answer, Claim},
    run::{Event, Refused, RunKind, state::apply},
};

use super::{
    CheckpointItem, Checkpointed,
    outcomes::Outcomes,
    writes::{Key, Writes, key},
};
use crate::{
    entity::run,
    group::By,
    run::rows::{self, Held},
    turn::Turn,
};

/// What becomes of an item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Settled,
    Repeated,
    Lost,
    /// The run may settle nothing.
    Refused,
}

pub(crate) async fn checkpoint(turn: Turn<'_>, items: &[&By<CheckpointItem>]) -> Result<Vec<Checkpointed>> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = items.iter().map(|(_, item)| item.run).collect();
    let mut held = rows::held(turn, &ids).await?;
    let fates: Vec<_> = items
        .iter()
        .map(|(agent, item)| fate(*agent, item, &mut held))
        .collect();
    let known: Vec<_> = items
        .iter()
        .zip(fates)
        .map(|((_, item), fate)| {
            (
                item,
                fate,
                held.get(&item.run)
                    .filter(|_| !matches!(fate, Fate::Lost | Fate::Refused))
                    .map(|held| &held.run),
            )
        })
        .collect();
    let mut writes = Writes::load(
        turn,
        known.iter().flat_map(|(item, _, run)| keys(item, *run)).collect(),
    )
    .await?;
    let settled = || {
        known
            .iter()
            .filter(|(_, fate, _)| *fate == Fate::Settled)
            .filter_map(|(i, _, r)| Some((*i, (*r)?)))
    };
    let mut outcomes = Outcomes::load(turn, settled()).await?;
    let mut answers = Vec::new();
    for (item, fate, run) in &known {
        answers.push(match (fate, run) {
            (Fate::Settled, Some(run)) => Checkpointed {
                answer: Answer::Ok,
                conflicts: outcomes.take_in(turn, item, (run, of_orders(&held, item)), &mut writes)?,
            },
            (Fate::Repeated, Some(run)) => Checkpointed {
                answer: Answer::Ok,
                conflicts: conflicts(item, run, &writes),
            },
            (fate, _) => refused(*fate),
        });
    }
    writes.save(turn).await?;
    release(turn, settled()).await?;
    outcomes.save(turn).await?;
    move_cursors(turn, settled()).await?;
    let moved: BTreeMap<_, _> = settled().map(|(_, run)| (run.id, run.clone())).collect();
    rows::save(turn, &moved.into_values().collect::<Vec<_>>()).await?;
    Ok(answers)
}

/// The answer to an item that changes nothing.
fn refused(fate: Fate) -> Checkpointed {
    let answer = if fate == Fate::Refused {
        Answer::NotAllowed
    } else {
        Answer::Lost
    };
    Checkpointed {
        answer,
        conflicts: Vec::new(),
    }
}

/// Whether what an item tells of are orders and refunds.
fn of_orders(held: &HashMap<RunId, Held>, item: &CheckpointItem) -> bool {
    held.get(&item.run).is_some_and(Held::of_orders)
}

/// Whether the item counts; the run it belongs to remembers its number.
fn fate(agent: AgentId, item: &CheckpointItem, held: &mut HashMap<RunId, Held>) -> Fate {
    let Some(held) = held.get_mut(&item.run) else {
        return Fate::Lost;
    };
    let claim = Claim {
        agent,
        epoch: item.epoch,
    };
    match apply(
        rows::state_of(&held.run),
        Event::Checkpoint { claim, seq: item.seq },
    ) {
        Ok(_) if !held.carries() => Fate::Refused,
        Ok(next) => {
            rows::put_state(&mut held.run, next);
            Fate::Settled
        }
        Err(Refused::Repeated) => Fate::Repeated,
        Err(refused) => {
            tracing::info!(run = %item.run, epoch = item.epoch, seq = item.seq, %refused, "a checkpoint does not count");
            Fate::Lost
        }
    }
}

/// Where an item's writes stand.
fn keys<'i>(item: &'i CheckpointItem, run: Option<&run::Model>) -> impl Iterator<Item = Key> + use<'i> {
    let target = run.and_then(|run| run.target_id);
    let writes = item.outcomes.iter().flat_map(|outcome| &outcome.writes);
    writes.filter_map(move |write| Some(key(target?, &write.entity, &write.our_key)))
}

/// The conflicts that a repeated item had the first time: what stands is never pointed elsewhere, so they show again.
fn conflicts(item: &CheckpointItem, run: &run::Model, writes: &Writes) -> Vec<String> {
    let Some(target) = run.target_id else {
        return Vec::new();
    };
    let stands_otherwise = |write: &&skarv_domain::record::SettledWrite| {
        let row = writes.get(&key(target, &write.entity, &write.our_key));
        let stands = row.filter(|row| row.state == skarv_domain::write::WriteState::Done);
        !write.unknown && stands.is_some_and(|row| row.foreign_id != write.foreign_id)
    };
    let all = item.outcomes.iter().flat_map(|outcome| &outcome.writes);
    all.filter(stands_otherwise)
        .map(|write| write.our_key.clone())
        .collect()
}

/// Gives back the intents of writes that were certainly not made, so that whoever is next need not wait for them.
async fn release(
    turn: Turn<'_>,
    settled: impl Iterator<Item = (&CheckpointItem, &run::Model)>,
) -> Result<()> {
    let mut rows = Vec::new();
    for (item, run) in settled {
        let target = run.target_id;
        let own = item.released.iter().filter_map(|write| {
            let (target, entity, our_key) = key(target?, &write.entity, &write.our_key);
            Some((target, entity, our_key, run.id, run.epoch))
        });
        rows.extend(own);
    }
    turn.run_over(turn.sql.write_release, &rows).await.map(drop)
}

#[derive(Serialize)]
struct CursorPut {
    id: Uuid,
    cursor: Option<String>,
    backfill_cursor: Option<String>,
}

/// Moves cursors to where the last item of each stream says. Replays move none.
async fn move_cursors(
    turn: Turn<'_>,
    settled: impl Iterator<Item = (&CheckpointItem, &run::Model)>,
) -> Result<()> {
    let mut moved = BTreeMap::new();
    for (item, run) in settled {
        let (Some(id), Some(cursor)) = (run.stream_id, &item.cursor) else {
            continue;
        };
        let cursor = Some(cursor.as_str().to_owned());
        let put = match rows::kind_of(run)? {
            RunKind::Sync => CursorPut {
                id,
                cursor,
                backfill_cursor: None,
            },
            RunKind::Backfill => CursorPut {
                id,
                cursor: None,
                backfill_cursor: cursor,
            },
            RunKind::Replay
            | RunKind::DryRun
            | RunKind::Reconcile
            | RunKind::Check
            | RunKind::Discover
            | RunKind::Authorize
            | RunKind::Preflight => continue,
        };
        moved.insert(id, put);
    }
    let rows: Vec<_> = moved.into_values().collect();
    turn.run_over(turn.sql.stream_cursor_put, &rows).await.map(drop)
}
