//! Setting parked records aside. Their reasons stay, so that whoever looks later sees what was set aside and why.

use serde_json::json;
use skarv_domain::{
    Result,
    auth::{Actor, Scope},
    id::{StreamId, TenantId},
    record::{RecordState, Selection, Standing},
};

use super::{
    select::{IGNORE, chosen},
    standing,
    tale::told,
};
use crate::{
    audit::{Note, note},
    open::Store,
    page::demand,
    stream,
    turn::Turn,
};

impl Store {
    /// Sets parked records aside, and says why in their stories. Answers how many.
    pub async fn record_ignore(
        &self,
        scope: &Scope,
        actor: &Actor,
        stream: StreamId,
        selection: impl Into<Selection>,
        why: String,
    ) -> Result<usize> {
        let (scope, actor, selection) = (scope.clone(), actor.clone(), selection.into());
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move { ignore(turn, (&scope, &actor), stream, &selection, &why).await })
        })
        .await
    }
}

async fn ignore(
    turn: Turn<'_>,
    (scope, actor): (&Scope, &Actor),
    stream: StreamId,
    selection: &Selection,
    why: &str,
) -> Result<usize> {
    let owner = stream::by_id(turn.txn, scope, stream).await?;
    let mut rows = chosen(turn.txn, stream, selection, IGNORE).await?;
    let mut events = Vec::new();
    for row in &mut rows {
        let ignored = Standing {
            state: RecordState::Ignored,
            attempt: 0,
            retry_at: None,
            ..standing::read(row)?
        };
        standing::put(turn, row, &ignored)?;
        events.push(told(turn, row, actor, "ignored", None, &[("why", why)])?);
    }
    turn.run_over(turn.sql.record_put, &rows).await?;
    turn.run_over(turn.sql.record_event_put, &events).await?;
    let orders: Vec<_> = rows
        .iter()
        .map(|row| (row.stream_id, row.source_key.as_str()))
        .collect();
    demand::forget(turn, &orders).await?;
    let change = Note {
        tenant: Some(TenantId::from_uuid(owner.tenant_id)),
        resource: &format!("streams/{stream}/records"),
        before: None::<&()>,
        after: Some(&json!({ "ignored": rows.len(), "why": why })),
    };
    note(turn, actor, change).await?;
    Ok(rows.len())
}
