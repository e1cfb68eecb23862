//! Keeping leases: one call for all that an agent holds, which brings back what was cancelled, paused or lost.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, QueryFilter};
use skarv_domain::{
    Result,
    auth::Scope,
    clock::after,
    id::{AgentId, RunId},
    lease::{Act, Answer, Claim, answer},
    run::{Event, state::apply},
};

use super::{HeldRun, RenewAnswer, Renewed, reap, rows};
use crate::{agent_pool, entity::run as row, error::of_db, json, open::Store, turn::Turn};

impl Store {
    /// Renews an agent's leases and takes in its progress. What it was leased by a poll after `last_poll_seq` and does not
    /// know of goes back to the queue.
    pub async fn run_renew(
        &self,
        agent: AgentId,
        last_poll_seq: u64,
        held: Vec<HeldRun>,
    ) -> Result<RenewAnswer> {
        self.change(true, move |turn| {
            Box::pin(async move { renew(turn, agent, last_poll_seq, &held).await })
        })
        .await
    }
}

async fn renew(turn: Turn<'_>, agent: AgentId, last_poll_seq: u64, held: &[HeldRun]) -> Result<RenewAnswer> {
    let drain = agent_pool::seen(turn, agent).await?;
    let ids: Vec<_> = held.iter().map(|held| held.run).collect();
    let mut known = rows::held(turn, &ids).await?;
    let until = after(turn.now, turn.config.lease);
    let (mut changed, mut results) = (Vec::new(), Vec::new());
    for said in held {
        let claim = Claim {
            agent,
            epoch: said.epoch,
        };
        let told = match known.get_mut(&said.run) {
            Some(known) => {
                let told = answer(
                    &rows::state_of(&known.run),
                    claim,
                    Act::Renew,
                    known.around(),
                    turn.now,
                );
                if let Ok(kept) = apply(rows::state_of(&known.run), Event::Renew { claim, until }) {
                    rows::put_state(&mut known.run, kept);
                    known.run.progress = Some(json::text(&said.totals)?);
                    let percent = said.percent.and_then(|percent| i32::try_from(percent).ok());
                    known.run.percent = percent.or(known.run.percent);
                    changed.push(known.run.clone());
                }
                told
            }
            None => Answer::Lost,
        };
        let lease = if told == Answer::Lost {
            std::time::Duration::ZERO
        } else {
            turn.config.lease
        };
        results.push(Renewed {
            run: said.run,
            answer: told,
            lease,
        });
    }
    rows::save(turn, &changed).await?;
    give_back_unseen(turn, agent, last_poll_seq, ids.into_iter().collect()).await?;
    Ok(RenewAnswer { results, drain })
}

/// Gives back what an agent was leased and never heard of. A fresh lease may still be on its way to the agent.
async fn give_back_unseen(
    turn: Turn<'_>,
    agent: AgentId,
    last_poll_seq: u64,
    held: BTreeSet<RunId>,
) -> Result<()> {
    let arrived_by = turn.now - turn.config.lease / 2;
    let unseen = row::within(&Scope::System("leases that never arrived"))
        .filter(row::Column::State.eq(rows::LEASED))
        .filter(row::Column::AgentId.eq(agent.as_uuid()))
        .filter(row::Column::PollSeq.gt(rows::signed(last_poll_seq)))
        .filter(row::Column::LeasedAt.lte(arrived_by.timestamp_micros()))
        .all(turn.txn)
        .await
        .map_err(of_db)?;
    let unseen: Vec<_> = unseen
        .into_iter()
        .filter(|row| !held.contains(&RunId::from_uuid(row.id)))
        .collect();
    reap::take_away(turn, unseen, true).await
}
