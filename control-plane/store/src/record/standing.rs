//! How a record is, between its row and what is decided about it.

use sea_orm::prelude::Uuid;
use skarv_domain::{
    Result,
    clock::from_micros,
    record::{RecordState, Standing},
};

use crate::{clockwork::micros_of, entity::record as row, error::unreadable, json, turn::Turn};

pub(crate) fn read(row: &row::Model) -> Result<Standing> {
    Ok(Standing {
        state: RecordState::parse(&row.state).ok_or_else(unreadable("record state"))?,
        reason: json::read_of(row.reason.as_deref())?,
        attempt: row.attempt.unsigned_abs(),
        retry_at: row.retry_at.map(from_micros),
        doubts: json::read_of(row.doubts.as_deref())?.unwrap_or_default(),
        booked: row.booked,
    })
}

/// Puts a standing into a row, changed now.
pub(crate) fn put(turn: Turn<'_>, row: &mut row::Model, standing: &Standing) -> Result<()> {
    standing.state.as_str().clone_into(&mut row.state);
    row.reason = json::text_of(standing.reason.as_ref())?;
    row.reason_code = standing.reason.as_ref().map(|reason| reason.code.clone());
    row.doubts = (!standing.doubts.is_empty())
        .then(|| json::text(&standing.doubts))
        .transpose()?;
    row.attempt = i32::try_from(standing.attempt).unwrap_or(i32::MAX);
    row.retry_at = micros_of(standing.retry_at);
    row.booked = standing.booked;
    row.updated_at = turn.micros();
    Ok(())
}

/// A row of nothing yet.
pub(crate) fn fresh() -> row::Model {
    row::Model {
        stream_id: Uuid::nil(),
        source_key: String::new(),
        tenant_id: Uuid::nil(),
        reference: String::new(),
        state: String::new(),
        reason: None,
        reason_code: None,
        doubts: None,
        amount: None,
        currency: None,
        attempt: 0,
        retry_at: None,
        updated_at: 0,
        booked: false,
        order_key: None,
    }
}
