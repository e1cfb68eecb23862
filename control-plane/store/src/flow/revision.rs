//! What a flow did at each change, and who made it so. Nothing of it is ever changed.

use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use skarv_domain::{
    Error, Result,
    auth::{Actor, Scope},
    flow::Revision,
    id::FlowId,
    paging::{Listed, Page},
};

use crate::{
    clockwork::instant,
    entity::{flow, flow_revision as row},
    error::of_db,
    json,
    open::Store,
    paging,
    run::rows::signed,
    turn::Turn,
};

impl Store {
    /// Lists the revisions of a flow, newest first, each with the one before it.
    pub async fn flow_revision_list(
        &self,
        scope: &Scope,
        flow: FlowId,
        page: &Page,
    ) -> Result<Listed<(Revision, Option<Revision>)>> {
        let own = row::within(scope).filter(row::Column::FlowId.eq(flow.as_uuid()));
        // one row more than asked for is what the last of the page was made from
        let mut query = own
            .order_by_desc(row::Column::Revision)
            .limit(paging::fetch(page));
        if let Some(before) = paging::position::<i64>(page)? {
            query = query.filter(row::Column::Revision.lt(before));
        }
        let rows = query.all(self.reader()).await.map_err(of_db)?;
        let mut before: Vec<_> = rows.iter().skip(1).cloned().map(Some).collect();
        before.push(None);
        let pairs = rows.into_iter().zip(before).collect();
        let position = |(row, _): &(row::Model, Option<row::Model>)| row.revision;
        paging::listed(page, pairs, position, |(row, before)| {
            Ok((read(row)?, before.map(read).transpose()?))
        })
    }

    /// Reads one revision of a flow.
    pub async fn flow_revision_get(&self, scope: &Scope, flow: FlowId, number: u64) -> Result<Revision> {
        let found = row::within(scope)
            .filter(row::Column::FlowId.eq(flow.as_uuid()))
            .filter(row::Column::Revision.eq(signed(number)))
            .one(self.reader())
            .await
            .map_err(of_db)?;
        found.map_or_else(|| Err(Error::not_found("revision", number)), read)
    }
}

/// Writes down what a flow does from now on.
pub(super) async fn put(turn: Turn<'_>, actor: &Actor, flow: &flow::Model) -> Result<()> {
    let entry = row::Model {
        flow_id: flow.id,
        revision: flow.revision,
        tenant_id: flow.tenant_id,
        spec: flow.spec.clone(),
        actor: actor.who.clone(),
        created_at: turn.micros(),
    };
    row::Entity::insert(entry.into_active_model())
        .exec_without_returning(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(())
}

fn read(row: row::Model) -> Result<Revision> {
    Ok(Revision {
        number: row.revision.unsigned_abs(),
        spec: json::read(&row.spec)?,
        author: row.actor,
        created_at: instant(row.created_at),
    })
}
