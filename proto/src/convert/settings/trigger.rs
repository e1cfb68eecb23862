//! Which states of the shop send an order. On the wire ids, names and meanings are lists of their own; put together they stand
//! in that order, so that the same settings are the same spec.

use skarv_canonical::trigger::{StateFlag, TriggerState};

use super::orders::each;
use crate::{convert::Malformed, v1 as pb};

/// The three lists.
pub(super) struct Triggers {
    pub(super) ids: Vec<String>,
    pub(super) names: Vec<String>,
    pub(super) meanings: Vec<i32>,
}

pub(super) fn encode_triggers(triggers: &[TriggerState]) -> Triggers {
    let mut lists = Triggers {
        ids: Vec::new(),
        names: Vec::new(),
        meanings: Vec::new(),
    };
    for trigger in triggers {
        match trigger {
            TriggerState::Id(id) => lists.ids.push(id.clone()),
            TriggerState::Name(name) => lists.names.push(name.clone()),
            TriggerState::Flag(flag) => lists.meanings.push(encode_flag(*flag).into()),
        }
    }
    lists
}

pub(super) fn decode_triggers(lists: Triggers) -> Result<Vec<TriggerState>, Malformed> {
    let ids = each("trigger_state_ids", lists.ids, |id, at| {
        said(id, at).map(TriggerState::Id)
    })?;
    let names = each("trigger_state_names", lists.names, |name, at| {
        said(name, at).map(TriggerState::Name)
    })?;
    let flags = each("trigger_meanings", lists.meanings, |flag, at| {
        decode_flag(flag, at).map(TriggerState::Flag)
    })?;
    let triggers: Vec<_> = ids.into_iter().chain(names).chain(flags).collect();
    if triggers.is_empty() {
        return Err(Malformed::new(
            "trigger_state_ids",
            "needs at least one order state of the shop, here, in trigger_state_names or in trigger_meanings",
        ));
    }
    Ok(triggers)
}

fn said(text: String, at: &str) -> Result<String, Malformed> {
    if text.trim().is_empty() {
        return Err(Malformed::new(at, "must not be empty"));
    }
    Ok(text)
}

fn encode_flag(flag: StateFlag) -> pb::TriggerMeaning {
    match flag {
        StateFlag::Paid => pb::TriggerMeaning::Paid,
        StateFlag::Shipped => pb::TriggerMeaning::Shipped,
        StateFlag::Delivered => pb::TriggerMeaning::Delivered,
        StateFlag::Invoiced => pb::TriggerMeaning::Invoiced,
        StateFlag::Logable => pb::TriggerMeaning::Logable,
    }
}

fn decode_flag(flag: i32, at: &str) -> Result<StateFlag, Malformed> {
    match pb::TriggerMeaning::try_from(flag) {
        Ok(pb::TriggerMeaning::Paid) => Ok(StateFlag::Paid),
        Ok(pb::TriggerMeaning::Shipped) => Ok(StateFlag::Shipped),
        Ok(pb::TriggerMeaning::Delivered) => Ok(StateFlag::Delivered),
        Ok(pb::TriggerMeaning::Invoiced) => Ok(StateFlag::Invoiced),
        Ok(pb::TriggerMeaning::Logable) => Ok(StateFlag::Logable),
        Ok(pb::TriggerMeaning::Unspecified) | Err(_) => Err(Malformed::new(
            at,
            "must be PAID, SHIPPED, DELIVERED, INVOICED or LOGABLE",
        )),
    }
}
