//! The lines of a story that tell what people did.

use std::collections::BTreeMap;

use skarv_domain::{Result, auth::Actor, id::RunId};

use crate::{entity::record as row, json, page::EventPut, turn::Turn};

/// What a person did to a record, with who it was among the facts.
pub(super) fn told(
    turn: Turn<'_>,
    row: &row::Model,
    actor: &Actor,
    what: &str,
    run: Option<RunId>,
    facts: &[(&str, &str)],
) -> Result<EventPut> {
    let mut all: BTreeMap<&str, &str> = facts.iter().copied().collect();
    all.insert("by", &actor.who);
    Ok(EventPut {
        tenant_id: row.tenant_id,
        stream_id: row.stream_id,
        source_key: row.source_key.clone(),
        at: turn.micros(),
        run_id: run.map(|run| run.as_uuid()),
        what: what.to_owned(),
        facts: json::text(&all)?,
        reason: None,
    })
}
