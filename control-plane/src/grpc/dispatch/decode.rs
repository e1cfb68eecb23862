//! What agents say, read into our own types. A message that does not say what it must is an invalid argument by field.

use std::{collections::BTreeMap, time::Duration};

use secrecy::SecretString;
use skarv_canonical::{
    Cursor, Fingerprint,
    write::{Effect, Entity},
};
use skarv_domain::{
    error::{Error, Result},
    record::{Amount, Link, Outcome, RecordState, SettledWrite},
    run::{FinishOutcome, Totals},
    write::Question,
};
use skarv_proto::{agent::v1 as pb, convert::reason::decode_reason};
use skarv_store::{AskedWrite, CheckpointItem, HeldRun, OrderDemand, PreparePage, ReleasedWrite};

use super::super::{discovery, dry_run, preflight, reconciliation};
use crate::app::{
    dispatch::{Connecting, Finish, LeaseAsk, Offer, Register},
    run::{CheckItem, CheckReport, Found},
};

pub(super) fn register(request: pb::RegisterRequest) -> Result<Register> {
    let agent = match request.agent_id.as_str() {
        "" => None,
        id => Some(parse("agent_id", id)?),
    };
    let offer = |offer: pb::ConnectorOffer| Offer {
        connector: offer.connector,
        descriptor: Fingerprint::from_bytes(&offer.descriptor_hash),
    };
    Ok(Register {
        display_name: request.display_name,
        version: request.version,
        slots: request.slots,
        offers: request.connectors.into_iter().map(offer).collect(),
        agent,
    })
}

pub(super) fn lease_ask(request: pb::LeaseRunsRequest) -> LeaseAsk {
    LeaseAsk {
        agent_id: request.agent_id,
        poll_seq: request.poll_seq,
        free_slots: request.free_slots,
        free_background_slots: request.free_background_slots,
        wait: Duration::from_millis(request.wait_ms),
    }
}

pub(super) fn hashes(hashes: &[Vec<u8>]) -> Result<Vec<Fingerprint>> {
    hashes
        .iter()
        .enumerate()
        .map(|(i, hash)| fingerprint(&format!("hashes[{i}]"), hash))
        .collect()
}

pub(super) fn held(held: Vec<pb::HeldRun>) -> Result<Vec<HeldRun>> {
    let one = |held: pb::HeldRun| {
        let progress = held.progress.unwrap_or_default();
        Ok(HeldRun {
            run: parse("held.run_id", &held.run_id)?,
            epoch: held.epoch,
            totals: totals(progress.totals),
            percent: progress.percent,
        })
    };
    held.into_iter().map(one).collect()
}

pub(super) fn prepare_page(page: pb::PreparePage) -> Result<PreparePage> {
    let peek = match page.mode() {
        pb::PrepareMode::Commit => false,
        pb::PrepareMode::Peek => true,
        pb::PrepareMode::Unspecified => return Err(Error::invalid("pages.mode", "is required")),
    };
    Ok(PreparePage {
        run: parse("pages.run_id", &page.run_id)?,
        epoch: page.epoch,
        peek,
        writes: page.writes.into_iter().map(asked_write).collect::<Result<_>>()?,
        want_demand: page.want_demand_of,
        want_all_demand: page.want_all_demand,
        want_unread: page.want_unread_of,
    })
}

fn asked_write(asked: pb::WriteQuestion) -> Result<AskedWrite> {
    let question = Question {
        fingerprint: fingerprint("pages.writes.fingerprint", &asked.fingerprint)?,
        effect: effect(asked.effect())?,
        needs_intent: asked.needs_intent,
        searchable: asked.searchable,
        visible_after: Duration::from_millis(asked.visible_after_ms),
    };
    if asked.our_key.is_empty() {
        return Err(Error::invalid("pages.writes.our_key", "is required"));
    }
    let entity = entity("pages.writes.entity", asked.entity)?;
    Ok(AskedWrite {
        write_no: asked.write_no,
        entity,
        our_key: asked.our_key,
        question,
    })
}

fn effect(effect: pb::WriteEffect) -> Result<Effect> {
    match effect {
        pb::WriteEffect::Unspecified => Err(Error::invalid("pages.writes.effect", "is required")),
        pb::WriteEffect::Create => Ok(Effect::Create),
        pb::WriteEffect::Update => Ok(Effect::Update),
        pb::WriteEffect::Set => Ok(Effect::Set),
    }
}

pub(super) fn checkpoint_item(item: pb::CheckpointItem) -> Result<CheckpointItem> {
    let demand = |d: pb::OrderDemand| OrderDemand {
        order_key: d.order_key,
        sku: d.sku,
        quantity: d.quantity,
    };
    Ok(CheckpointItem {
        run: parse("items.run_id", &item.run_id)?,
        epoch: item.epoch,
        seq: item.seq,
        cursor: item.cursor.map(Cursor::new),
        outcomes: item.outcomes.into_iter().map(outcome).collect::<Result<_>>()?,
        demand: item.demand.into_iter().map(demand).collect(),
        released: item
            .released
            .into_iter()
            .map(released_write)
            .collect::<Result<_>>()?,
    })
}

fn released_write(write: pb::ReleasedWrite) -> Result<ReleasedWrite> {
    let entity = entity("items.released.entity", write.entity)?;
    Ok(ReleasedWrite {
        entity,
        our_key: write.our_key,
    })
}

fn outcome(outcome: pb::Outcome) -> Result<Outcome> {
    let result = record_result(outcome.result())?;
    let currency = outcome.currency_code;
    Ok(Outcome {
        source_key: outcome.source_key,
        reference: outcome.reference,
        amount: outcome.amount_minor.map(|minor| Amount { minor, currency }),
        result,
        writes: outcome
            .writes
            .into_iter()
            .map(settled_write)
            .collect::<Result<_>>()?,
        reason: outcome.reason.map(decode_reason),
        retry: outcome.retry_ms.map(Duration::from_millis),
        rules: outcome.rule_ids,
        excerpt: outcome.excerpt,
    })
}

fn settled_write(write: pb::SettledWrite) -> Result<SettledWrite> {
    let link = |link: pb::Link| Link {
        entity: link.entity,
        source_key: link.source_key,
        target_key: link.target_key,
    };
    Ok(SettledWrite {
        entity: entity("items.outcomes.writes.entity", write.entity)?,
        our_key: write.our_key,
        foreign_id: write.foreign_id,
        fingerprint: fingerprint("items.outcomes.writes.fingerprint", &write.fingerprint)?,
        unknown: write.unknown,
        adopted: write.adopted,
        links: write.links.into_iter().map(link).collect(),
    })
}

fn record_result(result: pb::RecordResult) -> Result<RecordState> {
    match result {
        pb::RecordResult::Unspecified => Err(Error::invalid("items.outcomes.result", "is required")),
        pb::RecordResult::Written => Ok(RecordState::Written),
        pb::RecordResult::Adopted => Ok(RecordState::Adopted),
        pb::RecordResult::Unchanged => Ok(RecordState::Unchanged),
        pb::RecordResult::Dropped => Ok(RecordState::Dropped),
        pb::RecordResult::Parked => Ok(RecordState::Parked),
        pb::RecordResult::Unknown => Ok(RecordState::Unknown),
    }
}

pub(super) fn finish(item: pb::FinishItem) -> Result<Finish> {
    let outcome = match item.outcome() {
        pb::FinishOutcome::Unspecified => return Err(Error::invalid("items.outcome", "is required")),
        pb::FinishOutcome::Succeeded => FinishOutcome::Succeeded,
        pb::FinishOutcome::Yielded => FinishOutcome::Yielded,
        pb::FinishOutcome::Failed => FinishOutcome::Failed,
        pb::FinishOutcome::HandedBack => FinishOutcome::HandedBack,
        pb::FinishOutcome::Cancelled => FinishOutcome::Cancelled,
    };
    let found = item.result.and_then(|result| found(result.result?));
    Ok(Finish {
        run: parse("items.run_id", &item.run_id)?,
        epoch: item.epoch,
        outcome,
        error: item.error.map(decode_reason),
        retry: item.retry_ms.map(Duration::from_millis),
        block: item.block,
        totals: totals(item.totals),
        found,
    })
}

fn found(result: pb::run_result::Result) -> Option<Found> {
    use pb::run_result::Result::{Authorization, Check, Discovery, DryRun, Preflight, Reconciliation};
    match result {
        Check(check) => Some(Found::Check(check_report(check))),
        Discovery(told) => Some(Found::Discovery(discovery::kept(told))),
        DryRun(told) => Some(Found::DryRun(dry_run::kept(told))),
        Reconciliation(told) => Some(Found::Reconciliation(reconciliation::kept(told))),
        Preflight(told) => Some(Found::Preflight(preflight::kept(told))),
        // nobody asks for one yet
        Authorization(_) => None,
    }
}

fn check_report(check: pb::CheckResult) -> CheckReport {
    let item = |item: pb::CheckedItem| CheckItem {
        code: item.code,
        problem: item.problem.map(decode_reason),
    };
    CheckReport {
        items: check.items.into_iter().map(item).collect(),
        host_key: check.host_key,
        title: check.title,
        system_version: check.system_version,
    }
}

/// Which run wants to use which connection.
pub(super) fn connecting(
    agent_id: String,
    run_id: &str,
    epoch: u64,
    connection_ref: &str,
) -> Result<Connecting> {
    let (run, connection) = (parse("run_id", run_id)?, parse("connection_ref", connection_ref)?);
    Ok(Connecting {
        agent_id,
        run,
        epoch,
        connection,
    })
}

pub(super) fn secrets(secrets: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, SecretString> {
    secrets
        .into_iter()
        .map(|(name, secret)| (name, secret.into()))
        .collect()
}

fn totals(totals: Option<pb::Totals>) -> Totals {
    let pb::Totals {
        read,
        written,
        adopted,
        unchanged,
        dropped,
        parked,
        unknown,
        retries,
    } = totals.unwrap_or_default();
    Totals {
        read,
        written,
        adopted,
        unchanged,
        dropped,
        parked,
        unknown,
        retries,
    }
}

fn entity(field: &str, name: String) -> Result<Entity> {
    Entity::try_from(name).map_err(|unknown| Error::invalid(field, unknown))
}

fn fingerprint(field: &str, bytes: &[u8]) -> Result<Fingerprint> {
    Fingerprint::from_bytes(bytes).ok_or_else(|| Error::invalid(field, "must be a SHA-256, 32 bytes"))
}

fn parse<T: std::str::FromStr<Err: ToString>>(field: &str, id: &str) -> Result<T> {
    id.parse()
        .map_err(|invalid: T::Err| Error::invalid(field, invalid))
}
