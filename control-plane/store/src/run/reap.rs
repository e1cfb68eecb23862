//! What time does to runs: leases that expire, delays that pass, places that are free again, tests that nobody took.

use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use skarv_canonical::{Class as ReasonClass, Reason};
use skarv_domain::{
    Error, Result,
    auth::Scope,
    clock::after,
    lane::Class,
    retry::expiry_backoff,
    run::{Event, Phase, state::apply},
};

use super::{
    ending::{Ended, end},
    finish::jitter,
    rows,
};
use crate::{entity::run as row, error::of_db, gate, open::Store, turn::Turn};

impl Store {
    /// Puts runs whose lease expired back into the queue, and ends tests that no agent took in time. Answers how many.
    pub async fn run_reap(&self, limit: u32) -> Result<u32> {
        let count = self
            .change(true, move |turn| Box::pin(async move { reap(turn, limit).await }))
            .await?;
        if count > 0 {
            self.hint();
        }
        Ok(count)
    }

    /// Queues runs whose delay has passed, and lets in those whose connection has room again. Answers how many.
    pub async fn run_promote(&self, limit: u32) -> Result<u32> {
        let count = self
            .change(true, move |turn| {
                Box::pin(async move { promote(turn, limit).await })
            })
            .await?;
        if count > 0 {
            self.hint();
        }
        Ok(count)
    }
}

async fn reap(turn: Turn<'_>, limit: u32) -> Result<u32> {
    let expired = row::within(&Scope::System("expired leases"))
        .filter(row::Column::State.eq(rows::LEASED))
        .filter(row::Column::LeaseUntil.lte(turn.micros()))
        .order_by_asc(row::Column::LeaseUntil)
        .limit(u64::from(limit))
        .all(turn.txn)
        .await
        .map_err(of_db)?;
    let forgotten = forgotten(turn, limit).await?;
    let count = count(expired.len() + forgotten.len());
    take_away(turn, expired, false).await?;
    end(turn, forgotten).await?;
    Ok(count)
}

/// Tests of connections that have waited too long: the person in front of them should know that there is no agent.
async fn forgotten(turn: Turn<'_>, limit: u32) -> Result<Vec<Ended>> {
    let deadline = turn.now - turn.config.queue_deadline;
    let waiting = row::within(&Scope::System("tests that nobody takes"))
        .filter(row::Column::State.ne(rows::LEASED))
        .filter(row::Column::Class.eq(Class::Check.as_i16()))
        .filter(row::Column::CreatedAt.lte(deadline.timestamp_micros()))
        .limit(u64::from(limit))
        .all(turn.txn)
        .await
        .map_err(of_db)?;
    let reason = || Reason::new(ReasonClass::Transient, "no_agent_free").fix("start_an_agent");
    Ok(waiting
        .into_iter()
        .map(|row| Ended {
            row,
            phase: Phase::Failed,
            error: Some(reason()),
        })
        .collect())
}

/// Takes leases away: their runs go back with a higher epoch, put off when it happens to them again and again. `gone` says
/// that the agent itself has no use for them, so that it is nobody's failure.
pub(crate) async fn take_away(turn: Turn<'_>, leased: Vec<row::Model>, gone: bool) -> Result<()> {
    let (mut queued, mut over) = (Vec::new(), Vec::new());
    for mut row in leased.iter().cloned() {
        let wait = if gone {
            std::time::Duration::ZERO
        } else {
            expiry_backoff(row.attempt.unsigned_abs() + 1, jitter())
        };
        let event = Event::Reap {
            now: turn.now,
            gone,
            retry_at: after(turn.now, wait),
        };
        let state = apply(rows::state_of(&row), event).map_err(Error::internal)?;
        if rows::is_over(&state) {
            over.push(Ended {
                row,
                phase: Phase::Cancelled,
                error: None,
            });
        } else {
            rows::put_state(&mut row, state);
            row.progress = None;
            queued.push(row);
        }
    }
    rows::save(turn, &queued).await?;
    end(turn, over).await?;
    gate::give_back(turn, &leased).await?;
    rows::grant_lanes(turn, queued.iter().filter_map(rows::lane_of)).await
}

async fn promote(turn: Turn<'_>, limit: u32) -> Result<u32> {
    let due = row::within(&Scope::System("delays that passed"))
        .filter(row::Column::State.eq(rows::DELAYED))
        .filter(row::Column::ReadyAt.lte(turn.micros()))
        .order_by_asc(row::Column::ReadyAt)
        .limit(u64::from(limit))
        .all(turn.txn)
        .await
        .map_err(of_db)?;
    let mut queued = Vec::new();
    for mut row in due {
        let state = apply(rows::state_of(&row), Event::Promote { now: turn.now }).map_err(Error::internal)?;
        rows::put_state(&mut row, state);
        queued.push(row);
    }
    rows::save(turn, &queued).await?;
    rows::grant_lanes(turn, queued.iter().filter_map(rows::lane_of)).await?;
    let woken = gate::wake_all(turn).await?;
    Ok(count(queued.len()).saturating_add(u32::try_from(woken).unwrap_or(u32::MAX)))
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
