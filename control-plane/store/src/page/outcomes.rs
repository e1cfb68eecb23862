//! What outcomes make of records, stories, links and volume; what they make of open demand is in `demand`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::prelude::Uuid;
use serde::Serialize;
use skarv_canonical::write::Entity;
use skarv_domain::{
    Result,
    id::RunId,
    record::{Doubt, Known, Outcome, RecordState, SettledWrite, Standing, credited, settle as settle_record},
    run::RunKind,
    write::{Settlement, Settling, WriteState, settle},
};

use super::{
    CheckpointItem,
    demand::Demand,
    writes::{Writes, key},
};
use crate::{
    entity::{record as row, run},
    json,
    record::standing,
    run::rows,
    turn::{Turn, set},
};

type RecordKey = (Uuid, String);

/// What a shop's figures for refunds may lack of the invoice in öre: its row of rounding goes back with the last of them.
const ROUNDING: i64 = 5;

/// Everything beside the writes that a group of checkpoints changes.
#[derive(Default)]
pub(crate) struct Outcomes {
    records: HashMap<RecordKey, row::Model>,
    touched: BTreeSet<RecordKey>,
    events: Vec<EventPut>,
    links: BTreeMap<(Uuid, String, String, Uuid), LinkPut>,
    usage: Vec<UsagePut>,
    demand: Demand,
}

/// One line of a record's story.
#[derive(Serialize)]
pub(crate) struct EventPut {
    pub(crate) tenant_id: Uuid,
    pub(crate) stream_id: Uuid,
    pub(crate) source_key: String,
    pub(crate) at: i64,
    pub(crate) run_id: Option<Uuid>,
    pub(crate) what: String,
    pub(crate) facts: String,
    pub(crate) reason: Option<String>,
}

#[derive(Serialize)]
struct LinkPut {
    tenant_id: Uuid,
    entity: String,
    a_id: Uuid,
    a_key: String,
    b_id: Uuid,
    b_key: String,
}

#[derive(Serialize)]
struct UsagePut {
    tenant_id: Uuid,
    kind: &'static str,
    key: String,
    at: i64,
}

impl Outcomes {
    /// Loads the records that these items are about: of refunds their orders too, and of such orders, and of cancelled ones,
    /// all refunds.
    pub(crate) async fn load<'i>(
        turn: Turn<'_>,
        items: impl Iterator<Item = (&'i CheckpointItem, &'i run::Model)>,
    ) -> Result<Self> {
        let (mut keys, mut orders) = (BTreeSet::new(), BTreeSet::new());
        for (item, run) in items {
            let Some(stream) = run.stream_id else { continue };
            keys.extend(
                item.demand
                    .iter()
                    .map(|demand| (stream, demand.order_key.as_str())),
            );
            for outcome in &item.outcomes {
                keys.insert((stream, outcome.source_key.as_str()));
                let cancelled = outcome.cancelled().then_some(outcome.source_key.as_str());
                orders.extend(
                    outcome
                        .refunded_order()
                        .or(cancelled)
                        .map(|order| (stream, order)),
                );
            }
        }
        keys.extend(orders.iter().copied());
        let mut outcomes = Self::default();
        outcomes.fetch(turn, turn.sql.record_load, keys).await?;
        outcomes.fetch(turn, turn.sql.record_refunds, orders).await?;
        Ok(outcomes)
    }

    async fn fetch(&mut self, turn: Turn<'_>, sql: &'static str, keys: BTreeSet<(Uuid, &str)>) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = keys.into_iter().collect();
        for row in turn.rows::<row::Model>(sql, [set(&keys)?]).await? {
            self.records.insert((row.stream_id, row.source_key.clone()), row);
        }
        Ok(())
    }

    /// Takes one item in; our keys of the writes that are in conflict. Runs that carry nothing settle nothing.
    pub(crate) fn take_in(
        &mut self,
        turn: Turn<'_>,
        item: &CheckpointItem,
        (run, orders): (&run::Model, bool),
        writes: &mut Writes,
    ) -> Result<Vec<String>> {
        let kind = rows::kind_of(run)?;
        let (Some(stream), Some(target), true) = (run.stream_id, run.target_id, kind.carries()) else {
            return Ok(Vec::new());
        };
        let mut conflicts = Vec::new();
        for outcome in &item.outcomes {
            for write in &outcome.writes {
                let by = Place {
                    stream,
                    target,
                    run,
                    source_key: &outcome.source_key,
                };
                conflicts.extend(self.settle_write(turn, by, write, writes)?);
            }
            let known = Known {
                doubts: doubts(target, outcome, writes),
                again: kind == RunKind::Replay,
                credited: false,
                goods: !orders,
            };
            self.settle_record(turn, (stream, run), outcome, known)?;
        }
        if orders {
            let records = &self.records;
            let state_of = |order: &str| RecordState::parse(&records.get(&(stream, order.to_owned()))?.state);
            self.demand.take_in((stream, run), item, state_of);
        }
        Ok(conflicts)
    }

    fn settle_write(
        &mut self,
        turn: Turn<'_>,
        at: Place<'_>,
        write: &SettledWrite,
        writes: &mut Writes,
    ) -> Result<Option<String>> {
        let key = key(at.target, &write.entity, &write.our_key);
        let by = Settling {
            run: RunId::from_uuid(at.run.id),
            epoch: at.run.epoch.unsigned_abs(),
            foreign_id: &write.foreign_id,
            fingerprint: write.fingerprint,
            unknown: write.unknown,
            may_move: matches!(write.entity, Entity::Article | Entity::Price | Entity::Stock),
            now: turn.now,
        };
        match settle(writes.get(&key), writes.holder_live(&key), by) {
            Settlement::Nothing => Ok(None),
            Settlement::Conflict { stands } => {
                self.doubled(turn, at, write, stands)?;
                Ok(Some(write.our_key.clone()))
            }
            Settlement::Keep(row) => {
                writes.keep(turn, key, at.run, row);
                if !write.unknown {
                    self.remember(turn, at, write);
                }
                Ok(None)
            }
        }
    }

    /// Two documents may stand in the target: the story says which.
    fn doubled(&mut self, turn: Turn<'_>, at: Place<'_>, write: &SettledWrite, stands: String) -> Result<()> {
        let facts = BTreeMap::from([
            ("entity", write.entity.as_str().to_owned()),
            ("our_key", write.our_key.clone()),
            ("stands", stands),
            ("found", write.foreign_id.clone()),
        ]);
        self.events.push(EventPut {
            tenant_id: at.run.tenant_id,
            stream_id: at.stream,
            source_key: at.source_key.to_owned(),
            at: turn.micros(),
            run_id: Some(at.run.id),
            what: "doubled".to_owned(),
            facts: json::text(&facts)?,
            reason: None,
        });
        Ok(())
    }

    /// Links, and the order that counts once, with its first invoice.
    fn remember(&mut self, turn: Turn<'_>, at: Place<'_>, write: &SettledWrite) {
        if write.entity == Entity::Invoice {
            let key = write.our_key.clone();
            self.usage.push(UsagePut {
                tenant_id: at.run.tenant_id,
                kind: "order",
                key,
                at: turn.micros(),
            });
        }
        for link in &write.links {
            let (a_id, b_id) = (at.run.source_id, at.target);
            let put = LinkPut {
                tenant_id: at.run.tenant_id,
                entity: link.entity.clone(),
                a_id,
                a_key: link.source_key.clone(),
                b_id,
                b_key: link.target_key.clone(),
            };
            self.links
                .insert((a_id, link.entity.clone(), link.source_key.clone(), b_id), put);
        }
    }

    fn settle_record(
        &mut self,
        turn: Turn<'_>,
        (stream, run): (Uuid, &run::Model),
        outcome: &Outcome,
        known: Known,
    ) -> Result<()> {
        let key = (stream, outcome.source_key.clone());
        let row = self.records.get(&key);
        let before = row.map(standing::read).transpose()?;
        let known = Known {
            credited: row.is_some_and(|order| self.credits_cover(order)),
            ..known
        };
        let settled = settle_record(before.as_ref(), outcome, known, turn.now);
        if settled.tell {
            self.events
                .push(event_of(turn, stream, run, outcome, &settled.standing)?);
        }
        let quiet = !settled.tell && before.as_ref() == Some(&settled.standing);
        if !quiet {
            let row = record_of(turn, (stream, run), outcome, row, &settled.standing)?;
            self.records.insert(key.clone(), row);
            self.touched.insert(key);
        }
        match outcome.refunded_order().filter(|_| settled.standing.booked) {
            Some(order) => self.credit(turn, run, (stream, order.to_owned())),
            None => Ok(()),
        }
    }

    /// Whether refunds whose credit notes stand take back all that an order comes to.
    fn credits_cover(&self, order: &row::Model) -> bool {
        let of_it = |row: &&row::Model| {
            row.stream_id == order.stream_id
                && row.order_key.as_ref() == Some(&order.source_key)
                && row.booked
                && row.currency == order.currency
        };
        let refunds = self.records.values().filter(of_it);
        let taken_back: Vec<i64> = refunds.filter_map(|row| row.amount).map(i64::abs).collect();
        // what takes nothing back covers nothing, not even an order of which no amount is known
        let whole = order.amount.filter(|_| !taken_back.is_empty());
        whole.is_some_and(|whole| taken_back.iter().sum::<i64>() + ROUNDING >= whole)
    }

    /// An order that waits to be refunded waits for nobody once credit notes have done it.
    fn credit(&mut self, turn: Turn<'_>, run: &run::Model, key: RecordKey) -> Result<()> {
        let Some(order) = self.records.get(&key) else {
            return Ok(());
        };
        let Some(since) = credited(&standing::read(order)?, self.credits_cover(order)) else {
            return Ok(());
        };
        let mut order = order.clone();
        standing::put(turn, &mut order, &since)?;
        self.events.push(EventPut {
            tenant_id: order.tenant_id,
            stream_id: order.stream_id,
            source_key: order.source_key.clone(),
            at: turn.micros(),
            run_id: Some(run.id),
            what: since.state.as_str().to_owned(),
            facts: "{}".to_owned(),
            reason: json::text_of(since.reason.as_ref())?,
        });
        self.records.insert(key.clone(), order);
        self.touched.insert(key);
        Ok(())
    }

    pub(crate) async fn save(mut self, turn: Turn<'_>) -> Result<()> {
        let touched = std::mem::take(&mut self.touched);
        let rows: Vec<_> = touched
            .iter()
            .filter_map(|key| self.records.remove(key))
            .collect();
        turn.run_over(turn.sql.record_put, &rows).await?;
        turn.run_over(turn.sql.record_event_put, &self.events).await?;
        let links: Vec<_> = self.links.into_values().collect();
        turn.run_over(turn.sql.link_put, &links).await?;
        turn.run_over(turn.sql.usage_put, &self.usage).await?;
        self.demand.save(turn).await
    }
}

/// Where a write belongs.
#[derive(Clone, Copy)]
struct Place<'a> {
    stream: Uuid,
    target: Uuid,
    run: &'a run::Model,
    source_key: &'a str,
}

/// The writes of an outcome of which nothing can tell, after all that is known by now.
fn doubts(target: Uuid, outcome: &Outcome, writes: &Writes) -> Vec<Doubt> {
    let in_doubt = |write: &&SettledWrite| {
        let row = writes.get(&key(target, &write.entity, &write.our_key));
        write.unknown && row.is_some_and(|row| row.state == WriteState::Unknown)
    };
    let doubt = |write: &SettledWrite| Doubt {
        entity: write.entity.clone(),
        our_key: write.our_key.clone(),
    };
    outcome.writes.iter().filter(in_doubt).map(doubt).collect()
}

/// The row of a record. What it came to before is kept when nobody says it again.
fn record_of(
    turn: Turn<'_>,
    (stream, run): (Uuid, &run::Model),
    outcome: &Outcome,
    before: Option<&row::Model>,
    standing: &Standing,
) -> Result<row::Model> {
    let amount = outcome
        .amount
        .as_ref()
        .map(|amount| (amount.minor, amount.currency.clone()))
        .or_else(|| before.and_then(|row| row.amount.zip(row.currency.clone())));
    let order = outcome.refunded_order().map(str::to_owned);
    let mut row = row::Model {
        stream_id: stream,
        source_key: outcome.source_key.clone(),
        tenant_id: run.tenant_id,
        reference: outcome.reference.clone(),
        amount: amount.as_ref().map(|(minor, _)| *minor),
        currency: amount.map(|(_, currency)| currency),
        order_key: order.or_else(|| before.and_then(|row| row.order_key.clone())),
        ..standing::fresh()
    };
    standing::put(turn, &mut row, standing)?;
    Ok(row)
}

/// What people know a document by. The state of an order is no document: what it was put in it for is.
fn shown(write: &SettledWrite) -> &str {
    let event = write.our_key.rsplit_once('/').map(|(_, event)| event);
    match (&write.entity, event) {
        (Entity::Status, Some(event)) => event,
        _ => &write.foreign_id,
    }
}

/// What the story tells: what became of the record, with the documents by what they are. A record may have two payments.
fn event_of(
    turn: Turn<'_>,
    stream: Uuid,
    run: &run::Model,
    outcome: &Outcome,
    standing: &Standing,
) -> Result<EventPut> {
    let mut facts = BTreeMap::<String, String>::new();
    for write in outcome.writes.iter().filter(|write| !write.foreign_id.is_empty()) {
        let ids = facts.entry(write.entity.to_string()).or_default();
        if !ids.is_empty() {
            ids.push_str(", ");
        }
        ids.push_str(shown(write));
    }
    // an outcome that is read in the light of what stands is told as it was read
    let (what, reason) = match outcome.result {
        RecordState::Dropped => (standing.state, standing.reason.as_ref()),
        told => (told, outcome.reason.as_ref()),
    };
    if !outcome.excerpt.is_empty() {
        facts.insert("excerpt".to_owned(), outcome.excerpt.clone());
    }
    if !outcome.rules.is_empty() {
        facts.insert("rules".to_owned(), outcome.rules.join(","));
    }
    Ok(EventPut {
        tenant_id: run.tenant_id,
        stream_id: stream,
        source_key: outcome.source_key.clone(),
        at: turn.micros(),
        run_id: Some(run.id),
        what: what.as_str().to_owned(),
        facts: json::text(&facts)?,
        reason: json::text_of(reason)?,
    })
}
