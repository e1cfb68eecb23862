//! What agents say about the end of runs and slices.
//!
//! A run ends, goes to the back of its lane's queue (there is more), waits for its next try, or goes back untried. Whatever
//! it is, its place at its connections is freed in the same transaction.

use std::time::Duration;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::Uuid, sea_query::Expr};
use serde::Serialize;
use skarv_canonical::{Class as ReasonClass, Reason};
use skarv_domain::{
    Error, Result,
    auth::Scope,
    clock::after,
    id::{AgentId, ConnectionId, StreamId},
    lane::Class,
    lease::{Act, Answer, Claim, answer},
    retry::{MAX_RUN_ATTEMPTS, run_backoff},
    run::{Event, FinishOutcome, Phase, RunKind, state::apply},
    stream::StreamState,
};

use super::{
    FinishItem,
    ending::{Ended, end},
    follow,
    purse::Purse,
    rows::{self, Held},
};
use crate::{
    connection, discovery,
    entity::{run as row, run_log, stream},
    error::of_db,
    gate,
    group::{By, Typed},
    json,
    open::Store,
    stream as streams,
    turn::Turn,
};

impl Store {
    /// Ends runs or slices. Answers in the order given; saying it again changes nothing.
    pub async fn run_finish(&self, agent: AgentId, items: Vec<FinishItem>) -> Result<Vec<Answer>> {
        let answers = self
            .typed(
                items.into_iter().map(|item| (agent, item)).collect(),
                Typed::Finish,
            )
            .await?;
        self.hint();
        Ok(answers)
    }
}

#[derive(Default)]
struct Finished {
    ended: Vec<Ended>,
    /// Back to the end of the queue.
    queued: Vec<row::Model>,
    /// Back to where they were in the queue.
    returned: Vec<row::Model>,
    left: Vec<row::Model>,
    blocked: Vec<(StreamId, Option<Reason>)>,
    results: Vec<ResultPut>,
}

#[derive(Serialize)]
struct ResultPut {
    run_id: Uuid,
    tenant_id: Uuid,
    kind: String,
    bytes: String,
    expires_at: i64,
}

/// Where a run goes from here.
enum Next {
    Over(Phase, Option<Reason>),
    Queue(Event),
}

pub(crate) async fn finish(turn: Turn<'_>, items: &[&By<FinishItem>]) -> Result<Vec<Answer>> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = items.iter().map(|(_, item)| item.run).collect();
    let mut known = rows::held(turn, &ids).await?;
    let (mut finished, mut answers) = (Finished::default(), Vec::new());
    for (agent, item) in items {
        let claim = Claim {
            agent: *agent,
            epoch: item.epoch,
        };
        let told = match known.get(&item.run) {
            Some(held) => answer(
                &rows::state_of(&held.run),
                claim,
                Act::Finish,
                held.around(),
                turn.now,
            ),
            None => Answer::Lost,
        };
        if told == Answer::Ok
            && let Some(held) = known.remove(&item.run)
        {
            take_in(turn, &mut finished, held, claim, item)?;
            answers.push(Answer::Ok);
        } else {
            let held = known.get(&item.run).map(|held| &held.run);
            let repeated = said_before(turn, held, claim, item).await? || finished.has(item);
            answers.push(if repeated { Answer::Ok } else { Answer::Lost });
        }
    }
    carry_out(turn, finished, items).await?;
    Ok(answers)
}

impl Finished {
    fn has(&self, item: &FinishItem) -> bool {
        let same = |row: &row::Model| row.id == item.run.as_uuid() && row.epoch.unsigned_abs() == item.epoch;
        self.left.iter().any(same)
    }
}

/// Whether this very end was told before and its answer went missing.
async fn said_before(
    turn: Turn<'_>,
    row: Option<&row::Model>,
    claim: Claim,
    item: &FinishItem,
) -> Result<bool> {
    if let Some(row) = row {
        let same = row.agent_id == Some(claim.agent.as_uuid()) && row.epoch.unsigned_abs() == claim.epoch;
        return Ok(same && row.state != rows::LEASED);
    }
    let (id, epoch, scope) = (
        item.run.as_uuid(),
        rows::signed(item.epoch),
        Scope::System("repeated end of a run"),
    );
    let log = run_log::within(&scope)
        .filter(run_log::Column::Id.eq(id))
        .filter(run_log::Column::Epoch.eq(epoch));
    if log.one(turn.txn).await.map_err(of_db)?.is_some() {
        return Ok(true);
    }
    let last = stream::within(&scope)
        .filter(stream::Column::LastRun.eq(id))
        .filter(stream::Column::LastEpoch.eq(epoch));
    Ok(last.one(turn.txn).await.map_err(of_db)?.is_some())
}

fn take_in(
    turn: Turn<'_>,
    finished: &mut Finished,
    held: Held,
    claim: Claim,
    item: &FinishItem,
) -> Result<()> {
    let kind = rows::kind_of(&held.run)?;
    let next = next(turn, &held, kind, claim, item);
    let mut row = held.run;
    finished.left.push(row.clone());
    row.progress = None;
    row.totals = json::text(&rows::totals_of(&row)?.plus(item.totals))?;
    if let Some(result) = &item.result {
        finished.results.push(ResultPut {
            run_id: row.id,
            tenant_id: row.tenant_id,
            kind: result.kind.clone(),
            bytes: result.bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            expires_at: after(turn.now, kept(turn, kind)).timestamp_micros(),
        });
    }
    // what only looks stops nobody's orders
    if let Some(stream) = row.stream_id.filter(|_| item.block && kind.carries()) {
        finished
            .blocked
            .push((StreamId::from_uuid(stream), item.error.clone()));
    }
    match next {
        Next::Over(phase, error) => finished.ended.push(Ended { row, phase, error }),
        Next::Queue(event) => {
            let state = apply(rows::state_of(&row), event).map_err(Error::internal)?;
            if rows::is_over(&state) {
                finished.ended.push(Ended {
                    row,
                    phase: Phase::Cancelled,
                    error: None,
                });
            } else {
                rows::put_state(&mut row, state);
                row.error = json::text_of(item.error.as_ref())?;
                let untried = item.outcome == FinishOutcome::HandedBack;
                if untried {
                    finished.returned.push(row)
                } else {
                    finished.queued.push(row)
                }
            }
        }
    }
    Ok(())
}

/// How long what a run found is kept.
fn kept(turn: Turn<'_>, kind: RunKind) -> Duration {
    if kind == RunKind::DryRun {
        turn.config.dry_run_ttl
    } else {
        turn.config.result_ttl
    }
}

fn next(turn: Turn<'_>, held: &Held, kind: RunKind, claim: Claim, item: &FinishItem) -> Next {
    let at = |wait| after(turn.now, wait);
    match item.outcome {
        FinishOutcome::Succeeded => Next::Over(Phase::Succeeded, None),
        FinishOutcome::Cancelled => Next::Over(Phase::Cancelled, item.error.clone()),
        _ if item.block => Next::Over(Phase::Failed, item.error.clone()),
        FinishOutcome::Failed => match retry_wait(held, kind, item) {
            Some(wait) => Next::Queue(Event::Retry { claim, at: at(wait) }),
            None => Next::Over(Phase::Failed, item.error.clone()),
        },
        // nobody will lease a run whose stream is switched off
        FinishOutcome::Yielded | FinishOutcome::HandedBack if held.around().paused => {
            Next::Over(Phase::Cancelled, Some(streams::switched_off()))
        }
        FinishOutcome::Yielded => Next::Queue(Event::Yield {
            claim,
            at: at(item.retry.unwrap_or_default()),
            now: turn.now,
        }),
        FinishOutcome::HandedBack => Next::Queue(Event::HandBack { claim }),
    }
}

/// When a failed run is tried again; `None` when it has had its tries or trying cannot help. People who wait in front of a
/// test try again themselves.
fn retry_wait(held: &Held, kind: RunKind, item: &FinishItem) -> Option<Duration> {
    let attempt = held.run.attempt.unsigned_abs() + 1;
    if !kind.carries() || held.around().paused || attempt >= MAX_RUN_ATTEMPTS {
        return None;
    }
    let class = item
        .error
        .as_ref()
        .map_or(ReasonClass::Transient, |reason| reason.class);
    let own = run_backoff(class, attempt, jitter());
    item.retry.or(own)
}

/// A number between 0 and 1.
pub(crate) fn jitter() -> f64 {
    let random = Uuid::new_v4().as_u128();
    // the lowest bits of a random UUID are random
    f64::from(u32::try_from(random & 0xffff).unwrap_or_default()) / 65_535.0
}

async fn carry_out(turn: Turn<'_>, mut finished: Finished, items: &[&By<FinishItem>]) -> Result<()> {
    turn.run_over(turn.sql.run_result_put, &finished.results).await?;
    retag(turn, &mut finished.queued).await?;
    finished.queued.append(&mut finished.returned);
    rows::save(turn, &finished.queued).await?;
    for (_, item) in items {
        if let Some(checked) = &item.check
            && let Some(row) = finished
                .ended
                .iter()
                .find(|ended| ended.row.id == item.run.as_uuid())
        {
            connection::take_in(turn, ConnectionId::from_uuid(row.row.source_id), checked).await?;
        }
    }
    keep_discoveries(turn, &finished.ended, items).await?;
    for (stream, reason) in &finished.blocked {
        block(turn, *stream, reason.as_ref()).await?;
    }
    let carried = wrote(&finished.ended)?;
    end(turn, finished.ended).await?;
    follow::prices_and_stock(turn, &carried).await?;
    for (stream, _) in &finished.blocked {
        streams::end_queued(turn, &[*stream]).await?;
    }
    gate::give_back(turn, &finished.left).await?;
    rows::grant_lanes(turn, finished.queued.iter().filter_map(rows::lane_of)).await
}

/// What a connection has to choose from is kept beyond the run that read it.
async fn keep_discoveries(turn: Turn<'_>, ended: &[Ended], items: &[&By<FinishItem>]) -> Result<()> {
    let read = ended
        .iter()
        .filter(|ended| ended.phase == Phase::Succeeded && ended.row.kind == RunKind::Discover.as_str());
    for Ended { row, .. } in read {
        let item = items.iter().find(|(_, item)| item.run.as_uuid() == row.id);
        if let Some(result) = item.and_then(|(_, item)| item.result.as_ref()) {
            discovery::put(turn, row.source_id, row.tenant_id, &result.bytes).await?;
        }
    }
    Ok(())
}

/// Streams whose run ended well and wrote something. What was only foreseen was not written.
fn wrote(ended: &[Ended]) -> Result<Vec<Uuid>> {
    let mut streams = Vec::new();
    for Ended { row, phase, .. } in ended {
        let carried = *phase == Phase::Succeeded && rows::kind_of(row)?.carries();
        if carried && rows::totals_of(row)?.written > 0 {
            streams.extend(row.stream_id);
        }
    }
    Ok(streams)
}

/// Another slice is another turn: it queues behind what its lane and its tenant have waiting.
async fn retag(turn: Turn<'_>, queued: &mut [row::Model]) -> Result<()> {
    let mut purse = Purse::of(turn, queued.iter().map(|row| row.tenant_id)).await?;
    for row in queued.iter_mut() {
        row.since_at = turn.micros();
        row.tag = purse.pay(row.tenant_id, row.pool_id, Class::from_i16(row.class));
    }
    purse.save(turn).await
}

async fn block(turn: Turn<'_>, id: StreamId, reason: Option<&Reason>) -> Result<()> {
    stream::Entity::update_many()
        .col_expr(stream::Column::State, Expr::value(StreamState::Blocked.as_str()))
        .col_expr(stream::Column::BlockReason, Expr::value(json::text_of(reason)?))
        .col_expr(stream::Column::NextDueAt, Expr::value(None::<i64>))
        .filter(stream::Column::Id.eq(id.as_uuid()))
        .filter(stream::Column::State.eq(StreamState::On.as_str()))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(())
}
