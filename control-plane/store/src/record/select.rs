//! The records that a person means, and what sending them again would come to.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};
use skarv_domain::{
    Error, Result,
    auth::Scope,
    id::StreamId,
    record::{Preview, RecordState, Selection},
};

use super::read;
use crate::{entity::record as row, error::of_db, open::Store, stream};

/// Keys in one request, and records in one run.
pub(super) const KEYS: usize = 500;
/// Records that one filter may select.
const MOST: usize = 5_000;
/// Records that a preview shows.
const SHOWN: u64 = 20;

/// What can be sent again. A record in doubt is never written twice: sent again it is found known, or still unknown.
pub(super) const REPLAY: &[RecordState] = &[RecordState::Parked, RecordState::Ignored, RecordState::Unknown];
/// What can be set aside.
pub(super) const IGNORE: &[RecordState] = &[RecordState::Parked];

impl Store {
    /// What sending these records again comes to.
    pub async fn record_preview(
        &self,
        scope: &Scope,
        stream: StreamId,
        selection: &Selection,
    ) -> Result<Preview> {
        stream::by_id(self.reader(), scope, stream).await?;
        if let Selection::Keys(_) = selection {
            chosen(self.reader(), stream, selection, REPLAY).await?;
        }
        let matching = matching(stream, selection, REPLAY)?;
        let first = row::within(scope)
            .filter(matching.clone())
            .order_by_desc(row::Column::UpdatedAt)
            .order_by_desc(row::Column::SourceKey)
            .limit(SHOWN)
            .all(self.reader())
            .await
            .map_err(of_db)?;
        let by_reason = by_reason(self.reader(), scope, matching).await?;
        Ok(Preview {
            count: by_reason.iter().map(|(_, count)| count).sum(),
            by_reason,
            first: first.into_iter().map(read).collect::<Result<_>>()?,
        })
    }
}

async fn by_reason(
    db: &impl ConnectionTrait,
    scope: &Scope,
    matching: Condition,
) -> Result<Vec<(String, u64)>> {
    let counted: Vec<(Option<String>, i64)> = row::within(scope)
        .filter(matching)
        .select_only()
        .column(row::Column::ReasonCode)
        .column_as(row::Column::SourceKey.count(), "records")
        .group_by(row::Column::ReasonCode)
        .into_tuple()
        .all(db)
        .await
        .map_err(of_db)?;
    let mut by_reason: Vec<_> = counted
        .into_iter()
        .map(|(code, count)| (code.unwrap_or_default(), count.unsigned_abs()))
        .collect();
    by_reason.sort_by(|(a, most), (b, least)| least.cmp(most).then_with(|| a.cmp(b)));
    Ok(by_reason)
}

/// The records of a stream that the caller sees. Keys that are not to be had are refused by name, and so is a filter that
/// selects nothing, or more than is done at once.
pub(super) async fn chosen(
    db: &impl ConnectionTrait,
    stream: StreamId,
    selection: &Selection,
    states: &[RecordState],
) -> Result<Vec<row::Model>> {
    let rows = row::within(&Scope::System("records that a person chose"))
        .filter(matching(stream, selection, states)?)
        .order_by_asc(row::Column::SourceKey)
        .limit(u64::try_from(MOST).unwrap_or(u64::MAX) + 1)
        .all(db)
        .await
        .map_err(of_db)?;
    match selection {
        Selection::Keys(keys) => all_found(keys, &rows)?,
        Selection::Matching(_) if rows.is_empty() => {
            let problem = "no record matches the filter: list the records to see their states and reasons";
            return Err(Error::precondition("NO_RECORD_MATCHES", stream, problem));
        }
        Selection::Matching(_) if rows.len() > MOST => {
            let problem =
                format!("more than {MOST} records match the filter: choose one reason, or send keys");
            return Err(Error::precondition("TOO_MANY_RECORDS", stream, problem));
        }
        Selection::Matching(_) => {}
    }
    Ok(rows)
}

fn all_found(keys: &[String], rows: &[row::Model]) -> Result<()> {
    let found: BTreeSet<_> = rows.iter().map(|row| row.source_key.as_str()).collect();
    let asked: BTreeSet<_> = keys.iter().map(String::as_str).collect();
    let others: Vec<_> = asked.difference(&found).copied().collect();
    if others.is_empty() {
        return Ok(());
    }
    Err(Error::invalid(
        "source_keys",
        format!("not parked: {}", others.join(", ")),
    ))
}

fn matching(stream: StreamId, selection: &Selection, states: &[RecordState]) -> Result<Condition> {
    let of_stream = Condition::all().add(row::Column::StreamId.eq(stream.as_uuid()));
    match selection {
        Selection::Keys(keys) => {
            let keys: BTreeSet<_> = keys.iter().collect();
            if keys.is_empty() || keys.len() > KEYS {
                return Err(Error::invalid("source_keys", format!("must be 1 to {KEYS} keys")));
            }
            Ok(of_stream
                .add(row::Column::State.is_in(states.iter().map(|state| state.as_str())))
                .add(row::Column::SourceKey.is_in(keys)))
        }
        // what is in doubt is for a person, one by one
        Selection::Matching(filter)
            if filter.state == RecordState::Unknown || !states.contains(&filter.state) =>
        {
            let problem = format!("records that are {} cannot be chosen so", filter.state.as_str());
            Err(Error::invalid("filter.state", problem))
        }
        Selection::Matching(filter) => {
            let code = filter.reason_code.as_ref();
            Ok(of_stream
                .add(row::Column::State.eq(filter.state.as_str()))
                .add_option(code.map(|code| row::Column::ReasonCode.eq(code))))
        }
    }
}
