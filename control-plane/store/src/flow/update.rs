//! Changing what a flow does: a revision with its author, and the new specs of its streams. Cursors stay, and a run that an
//! agent has goes on with the spec it was leased with.
//!
//! A stream comes with its settings, on if the flow is on, and goes off with them. It is never deleted: given its settings
//! again it continues where it was.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use skarv_canonical::spec::{FlowSpec, StreamKind, StreamSpec};
use skarv_domain::{
    Error, Result,
    auth::{Actor, Scope},
    flow::{Flow, FlowChange, FlowState},
    id::{FlowId, TenantId},
};

use super::{Ground, by_id, read, revision, stream_create};
use crate::{
    audit::{Note, note},
    entity::{flow as row, stream as stream_row},
    error::of_db,
    json,
    open::Store,
    spec, stream,
    turn::Turn,
};

impl Store {
    /// Changes what a flow does, if it is still the one that was read.
    pub async fn flow_update(&self, scope: &Scope, actor: &Actor, change: FlowChange) -> Result<Flow> {
        let (scope, actor) = (scope.clone(), actor.clone());
        let flow = self
            .change(!actor.validate_only, move |turn| {
                Box::pin(async move { update(turn, &scope, &actor, &change).await })
            })
            .await?;
        self.hint();
        Ok(flow)
    }
}

async fn update(turn: Turn<'_>, scope: &Scope, actor: &Actor, change: &FlowChange) -> Result<Flow> {
    let (id, spec) = (change.id, &change.spec);
    let before = by_id(turn.txn, scope, id).await?;
    if before.etag.unsigned_abs() != change.etag {
        return Err(Error::Conflict {
            etag: before.etag.unsigned_abs(),
        });
    }
    let was: FlowSpec = json::read(&before.spec)?;
    let entry = row::Model {
        spec: json::text(spec)?,
        etag: before.etag + 1,
        revision: before.revision + 1,
        ..before
    };
    row::Entity::update_many()
        .col_expr(row::Column::Spec, Expr::value(entry.spec.clone()))
        .col_expr(row::Column::Etag, Expr::value(entry.etag))
        .col_expr(row::Column::Revision, Expr::value(entry.revision))
        .filter(row::Column::Id.eq(id.as_uuid()))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    streams_update(turn, &entry, &was, change).await?;
    revision::put(turn, actor, &entry).await?;
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

async fn streams_update(
    turn: Turn<'_>,
    flow: &row::Model,
    was: &FlowSpec,
    change: &FlowChange,
) -> Result<()> {
    let streams = stream::of_flow(turn.txn, &Scope::System("change of a flow"), change.id).await?;
    let ground = ground(flow, &streams, change)?;
    for spec in change.spec.streams() {
        let stands = streams.iter().any(|row| row.kind == spec.kind().as_str());
        if stands {
            spec_update(turn, change.id, &spec).await?;
        } else {
            stream_create(turn, ground, &spec).await?;
        }
    }
    let kinds = |spec: &FlowSpec| -> BTreeSet<_> { spec.streams().iter().map(StreamSpec::kind).collect() };
    let (before, since) = (kinds(was), kinds(&change.spec));
    let gone: Vec<_> = before.difference(&since).copied().collect();
    if !gone.is_empty() {
        stream::switch_off(turn, change.id, &gone).await?;
    }
    if flow.state == FlowState::Active.as_str() {
        stream::switch_on(turn, change.id, since.difference(&before).copied()).await?;
    }
    Ok(())
}

/// Every flow carries orders from its shop to its accounting system, so that stream tells which they are.
fn ground(flow: &row::Model, streams: &[stream_row::Model], change: &FlowChange) -> Result<Ground> {
    let orders = streams.iter().find(|row| row.kind == StreamKind::Orders.as_str());
    let orders = orders.ok_or_else(|| Error::internal("a flow without orders"))?;
    Ok(Ground {
        tenant: flow.tenant_id,
        flow: flow.id,
        template: change.spec.template,
        shop: orders.source_id,
        erp: orders.target_id,
        interval: change.interval,
    })
}

async fn spec_update(turn: Turn<'_>, flow: FlowId, spec: &StreamSpec) -> Result<()> {
    let hash = spec::put(turn.txn, spec).await?.as_bytes().to_vec();
    stream_row::Entity::update_many()
        .col_expr(stream_row::Column::SpecHash, Expr::value(hash))
        .filter(stream_row::Column::FlowId.eq(flow.as_uuid()))
        .filter(stream_row::Column::Kind.eq(spec.kind().as_str()))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(())
}
