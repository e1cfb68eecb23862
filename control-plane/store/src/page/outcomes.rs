//! What outcomes make of records, stories, links, volume and demand.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::prelude::Uuid;
use serde::Serialize;
use skarv_canonical::write::Entity;
use skarv_domain::{
    Result,
    id::RunId,
    record::{Doubt, Outcome, SettledWrite, Standing, settle as settle_record},
    run::RunKind,
    write::{Settlement, Settling, WriteState, settle},
};

use super::{
    CheckpointItem,
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

/// Everything beside the writes that a group of checkpoints changes.
#[derive(Default)]
pub(crate) struct Outcomes {
    records: HashMap<RecordKey, row::Model>,
    touched: BTreeSet<RecordKey>,
    events: Vec<EventPut>,
    links: BTreeMap<(Uuid, String, String, Uuid), LinkPut>,
    usage: Vec<UsagePut>,
    demand: Vec<DemandPut>,
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

#[derive(Serialize)]
struct DemandPut {
    stream_id: Uuid,
    order_key: String,
    sku: String,
    quantity: i64,
    tenant_id: Uuid,
}

impl Outcomes {
    /// Loads the records that these items are about.
    pub(crate) async fn load<'i>(
        turn: Turn<'_>,
        items: impl Iterator<Item = (&'i CheckpointItem, &'i run::Model)>,
    ) -> Result<Self> {
        let mut keys = BTreeSet::new();
        for (item, run) in items {
            let stream = run.stream_id;
            keys.extend(
                item.outcomes
                    .iter()
                    .filter_map(|o| Some((stream?, o.source_key.as_str()))),
            );
        }
        let mut outcomes = Self::default();
        if !keys.is_empty() {
            let keys: Vec<_> = keys.into_iter().collect();
            for row in turn
                .rows::<row::Model>(turn.sql.record_load, [set(&keys)?])
                .await?
            {
                outcomes
                    .records
                    .insert((row.stream_id, row.source_key.clone()), row);
            }
        }
        Ok(outcomes)
    }

    /// Takes one item in; our keys of the writes that are in conflict. Runs that carry nothing settle nothing.
    pub(crate) fn take_in(
        &mut self,
        turn: Turn<'_>,
        item: &CheckpointItem,
        run: &run::Model,
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
            let doubts = doubts(target, outcome, writes);
            self.settle_record(turn, (stream, run), outcome, doubts, kind == RunKind::Replay)?;
        }
        for demand in &item.demand {
            self.demand.push(DemandPut {
                stream_id: stream,
                order_key: demand.order_key.clone(),
                sku: demand.sku.clone(),
                quantity: demand.quantity,
                tenant_id: run.tenant_id,
            });
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
        doubts: Vec<Doubt>,
        again: bool,
    ) -> Result<()> {
        let key = (stream, outcome.source_key.clone());
        let before = self.records.get(&key).map(standing::read).transpose()?;
        let settled = settle_record(before.as_ref(), outcome, doubts, again, turn.now);
        if settled.tell {
            self.events.push(event_of(turn, stream, run, outcome)?);
        }
        let quiet = !settled.tell && before.as_ref() == Some(&settled.standing);
        if !quiet {
            let row = record_of(turn, stream, run, outcome, &settled.standing)?;
            self.records.insert(key.clone(), row);
            self.touched.insert(key);
        }
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
        turn.run_over(turn.sql.demand_put, &self.demand).await?;
        turn.run_over(turn.sql.demand_tidy, &self.demand).await.map(drop)
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

fn record_of(
    turn: Turn<'_>,
    stream: Uuid,
    run: &run::Model,
    outcome: &Outcome,
    standing: &Standing,
) -> Result<row::Model> {
    let mut row = row::Model {
        stream_id: stream,
        source_key: outcome.source_key.clone(),
        tenant_id: run.tenant_id,
        reference: outcome.reference.clone(),
        amount: outcome.amount.as_ref().map(|amount| amount.minor),
        currency: outcome.amount.as_ref().map(|amount| amount.currency.clone()),
        ..standing::fresh()
    };
    standing::put(turn, &mut row, standing)?;
    Ok(row)
}

fn event_of(turn: Turn<'_>, stream: Uuid, run: &run::Model, outcome: &Outcome) -> Result<EventPut> {
    let written = outcome.writes.iter().filter(|write| !write.foreign_id.is_empty());
    let mut facts: BTreeMap<_, _> = written
        .map(|write| (write.entity.to_string(), write.foreign_id.clone()))
        .collect();
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
        what: outcome.result.as_str().to_owned(),
        facts: json::text(&facts)?,
        reason: json::text_of(outcome.reason.as_ref())?,
    })
}
