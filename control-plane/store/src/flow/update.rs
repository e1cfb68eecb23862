//! Changing what a flow does: a revision with its author, and the new specs of its streams. Cursors stay, and a run that an
//! agent has goes on with the spec it was leased with.

use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use skarv_canonical::spec::FlowSpec;
use skarv_domain::{
    Error, Result,
    auth::{Actor, Scope},
    flow::Flow,
    id::{FlowId, TenantId},
};

use super::{by_id, read, revision_create};
use crate::{
    audit::{Note, note},
    entity::{flow as row, stream as stream_row},
    error::of_db,
    json,
    open::Store,
    spec,
    turn::Turn,
};

impl Store {
    /// Changes what a flow does, if it is still the one with this etag.
    pub async fn flow_update(
        &self,
        scope: &Scope,
        actor: &Actor,
        id: FlowId,
        etag: u64,
        spec: FlowSpec,
    ) -> Result<Flow> {
        let (scope, actor) = (scope.clone(), actor.clone());
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move { update(turn, (&scope, &actor), id, etag, &spec).await })
        })
        .await
    }
}

async fn update(
    turn: Turn<'_>,
    (scope, actor): (&Scope, &Actor),
    id: FlowId,
    etag: u64,
    spec: &FlowSpec,
) -> Result<Flow> {
    let before = by_id(turn.txn, scope, id).await?;
    if before.etag.unsigned_abs() != etag {
        return Err(Error::Conflict {
            etag: before.etag.unsigned_abs(),
        });
    }
    let was: FlowSpec = json::read(&before.spec)?;
    let entry = row::Model {
        spec: json::text(spec)?,
        etag: before.etag + 1,
        ..before
    };
    row::Entity::update_many()
        .col_expr(row::Column::Spec, Expr::value(entry.spec.clone()))
        .col_expr(row::Column::Etag, Expr::col(row::Column::Etag).add(1))
        .filter(row::Column::Id.eq(id.as_uuid()))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    streams_update(turn, id, spec).await?;
    revision_create(turn, actor, &entry).await?;
    let resource = format!("flows/{}", entry.slug);
    let changed = Note {
        tenant: Some(TenantId::from_uuid(entry.tenant_id)),
        resource: &resource,
        before: Some(&was),
        after: Some(spec),
    };
    note(turn, actor, changed).await?;
    read(entry)
}

async fn streams_update(turn: Turn<'_>, flow: FlowId, spec: &FlowSpec) -> Result<()> {
    for stream in spec.streams() {
        let hash = spec::put(turn.txn, &stream).await?.as_bytes().to_vec();
        stream_row::Entity::update_many()
            .col_expr(stream_row::Column::SpecHash, Expr::value(hash))
            .filter(stream_row::Column::FlowId.eq(flow.as_uuid()))
            .filter(stream_row::Column::Kind.eq(stream.kind().as_str()))
            .exec(turn.txn)
            .await
            .map_err(of_db)?;
    }
    Ok(())
}
