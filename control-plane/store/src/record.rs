//! Records: how each is, and its story. What people do about them is one file each beside this one.

use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};
use skarv_domain::{
    Error, Result,
    auth::Scope,
    id::{RunId, StreamId, TenantId},
    paging::{Listed, Page},
    record::{Amount, Only, Record, RecordEvent, RecordState},
};

use crate::{
    clockwork::{instant, instant_of},
    entity::{record as row, record_event},
    error::{of_db, unreadable},
    json,
    open::Store,
    paging,
};

mod ignore;
mod replay;
mod resolve;
mod select;
pub(crate) mod standing;
mod status;
mod tale;

pub use resolve::{Resolution, Resolved};

impl Store {
    /// Reads one record of a stream.
    pub async fn record_get(&self, scope: &Scope, stream: StreamId, source_key: &str) -> Result<Record> {
        let found = row::within(scope)
            .filter(row::Column::StreamId.eq(stream.as_uuid()))
            .filter(row::Column::SourceKey.eq(source_key))
            .one(self.reader())
            .await
            .map_err(of_db)?;
        found.map_or_else(|| Err(Error::not_found("record", source_key)), read)
    }

    /// Lists the records of a stream that are like that, latest change first.
    pub async fn record_list(
        &self,
        scope: &Scope,
        stream: StreamId,
        only: impl Into<Only>,
        page: &Page,
    ) -> Result<Listed<Record>> {
        let Only { state, reason_code } = only.into();
        let like = Condition::all()
            .add(row::Column::StreamId.eq(stream.as_uuid()))
            .add_option(state.map(|state| row::Column::State.eq(state.as_str())))
            .add_option(reason_code.map(|code| row::Column::ReasonCode.eq(code)));
        let mut query = row::within(scope).filter(like);
        if let Some((at, key)) = paging::position::<(i64, String)>(page)? {
            let same = Condition::all()
                .add(row::Column::UpdatedAt.eq(at))
                .add(row::Column::SourceKey.lt(key));
            query = query.filter(Condition::any().add(row::Column::UpdatedAt.lt(at)).add(same));
        }
        let ordered = query
            .order_by_desc(row::Column::UpdatedAt)
            .order_by_desc(row::Column::SourceKey);
        let rows = ordered
            .limit(paging::fetch(page))
            .all(self.reader())
            .await
            .map_err(of_db)?;
        paging::listed(page, rows, |row| (row.updated_at, row.source_key.clone()), read)
    }

    /// A record and what happened to it, oldest first; of an order also what the shop was told about it.
    pub async fn record_story(
        &self,
        scope: &Scope,
        stream: StreamId,
        source_key: &str,
    ) -> Result<(Record, Vec<RecordEvent>)> {
        let record = self.record_get(scope, stream, source_key).await?;
        let events = record_event::within(scope)
            .filter(record_event::Column::StreamId.eq(stream.as_uuid()))
            .filter(record_event::Column::SourceKey.eq(source_key))
            .order_by_asc(record_event::Column::Id)
            .all(self.reader())
            .await
            .map_err(of_db)?;
        let mut events = events
            .into_iter()
            .map(placed)
            .collect::<Result<status::Placed>>()?;
        let invoices = status::invoices(&events);
        if !invoices.is_empty() {
            events.append(&mut self.told_of(scope, stream, invoices).await?);
            events.sort_by_key(|(place, _)| *place);
        }
        Ok((record, events.into_iter().map(|(_, event)| event).collect()))
    }
}

fn placed(row: record_event::Model) -> Result<(i64, RecordEvent)> {
    Ok((row.id, read_event(row)?))
}

fn read(row: row::Model) -> Result<Record> {
    let amount = row
        .amount
        .zip(row.currency)
        .map(|(minor, currency)| Amount { minor, currency });
    Ok(Record {
        tenant: TenantId::from_uuid(row.tenant_id),
        stream: StreamId::from_uuid(row.stream_id),
        source_key: row.source_key,
        reference: row.reference,
        state: RecordState::parse(&row.state).ok_or_else(unreadable("record state"))?,
        reason: json::read_of(row.reason.as_deref())?,
        amount,
        retry_at: instant_of(row.retry_at),
        updated_at: instant(row.updated_at),
        doubts: json::read_of(row.doubts.as_deref())?.unwrap_or_default(),
    })
}

fn read_event(row: record_event::Model) -> Result<RecordEvent> {
    Ok(RecordEvent {
        at: instant(row.at),
        run: row.run_id.map(RunId::from_uuid),
        what: row.what,
        facts: json::read(&row.facts)?,
        reason: json::read_of(row.reason.as_deref())?,
    })
}
