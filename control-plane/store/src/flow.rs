//! Flows: what people set up, and the switch that turns their streams on and off.

use std::time::Duration;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use skarv_canonical::{
    descriptor::Side,
    spec::{FlowSpec, StreamSpec, Template},
};
use skarv_domain::{
    Error, Result, Slug,
    auth::{Actor, Scope},
    clock::micros_of,
    connection::ConnectionState,
    flow::{Flow, FlowState, NewFlow},
    id::{ConnectionId, FlowId, StreamId, TenantId},
    paging::{Listed, Page},
    stream::{StreamState, direction, usual_interval},
};

use crate::{
    audit::{Note, note},
    clockwork::instant,
    connection,
    entity::{flow as row, stream as stream_row},
    error::{of_db, taken, unreadable},
    json,
    open::Store,
    paging, spec, stream, tenant,
    turn::Turn,
};

mod revision;
mod update;

impl Store {
    /// Makes a flow with its streams, switched off.
    pub async fn flow_create(&self, scope: &Scope, actor: &Actor, new: NewFlow) -> Result<Flow> {
        let (scope, actor) = (scope.clone(), actor.clone());
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move { create(turn, &scope, &actor, new).await })
        })
        .await
    }

    /// Reads a flow by the id that was chosen for it.
    pub async fn flow_get(&self, scope: &Scope, tenant: TenantId, slug: &Slug) -> Result<Flow> {
        let found = row::within(scope)
            .filter(row::Column::TenantId.eq(tenant.as_uuid()))
            .filter(row::Column::Slug.eq(slug.as_str()))
            .one(self.reader())
            .await
            .map_err(of_db)?;
        found.map_or_else(|| Err(Error::not_found("flow", slug)), read)
    }

    /// Reads a flow by its id.
    pub async fn flow_by_id(&self, scope: &Scope, id: FlowId) -> Result<Flow> {
        by_id(self.reader(), scope, id).await.and_then(read)
    }

    /// Lists a tenant's flows by id.
    pub async fn flow_list(&self, scope: &Scope, tenant: TenantId, page: &Page) -> Result<Listed<Flow>> {
        let own = row::within(scope).filter(row::Column::TenantId.eq(tenant.as_uuid()));
        let mut query = own.order_by_asc(row::Column::Slug).limit(paging::fetch(page));
        if let Some(slug) = paging::position::<String>(page)? {
            query = query.filter(row::Column::Slug.gt(slug));
        }
        let rows = query.all(self.reader()).await.map_err(of_db)?;
        paging::listed(page, rows, |row| row.slug.clone(), read)
    }

    /// Switches a flow on: its streams are due at once, and what was blocked gets another try.
    pub async fn flow_activate(&self, scope: &Scope, actor: &Actor, id: FlowId) -> Result<Flow> {
        let (scope, actor) = (scope.clone(), actor.clone());
        let flow = self
            .change(!actor.validate_only, move |turn| {
                Box::pin(async move { switch(turn, &scope, &actor, id, FlowState::Active).await })
            })
            .await?;
        self.hint();
        Ok(flow)
    }

    /// Switches a flow off: what is queued is taken away, what runs is told at its next renewal.
    pub async fn flow_pause(&self, scope: &Scope, actor: &Actor, id: FlowId) -> Result<Flow> {
        let (scope, actor) = (scope.clone(), actor.clone());
        let flow = self
            .change(!actor.validate_only, move |turn| {
                Box::pin(async move { switch(turn, &scope, &actor, id, FlowState::Paused).await })
            })
            .await?;
        self.hint();
        Ok(flow)
    }
}

async fn create(turn: Turn<'_>, scope: &Scope, actor: &Actor, new: NewFlow) -> Result<Flow> {
    tenant::by_id(turn.txn, scope, new.tenant).await?;
    for id in [new.shop, new.erp] {
        let connection = connection::by_id(turn.txn, scope, id).await?;
        if connection.tenant_id != new.tenant.as_uuid() {
            return Err(Error::not_found("connection", id));
        }
    }
    let entry = row::Model {
        id: FlowId::new(turn.now).as_uuid(),
        tenant_id: new.tenant.as_uuid(),
        slug: new.slug.to_string(),
        state: FlowState::Paused.as_str().to_owned(),
        spec: json::text(&new.spec)?,
        etag: 1,
        revision: 1,
        created_at: turn.micros(),
    };
    row::Entity::insert(entry.clone().into_active_model())
        .exec_without_returning(turn.txn)
        .await
        .map_err(taken("flow", &entry.slug))?;
    let ground = Ground {
        tenant: entry.tenant_id,
        flow: entry.id,
        template: new.spec.template,
        shop: new.shop.as_uuid(),
        erp: new.erp.as_uuid(),
        interval: new.interval,
    };
    for spec in new.spec.streams() {
        stream_create(turn, ground, &spec).await?;
    }
    revision::put(turn, actor, &entry).await?;
    let resource = format!("flows/{}", entry.slug);
    let written = Note::<(), _> {
        tenant: Some(new.tenant),
        resource: &resource,
        before: None,
        after: Some(&new.spec),
    };
    note(turn, actor, written).await?;
    read(entry)
}

/// Where the streams of a flow stand.
#[derive(Clone, Copy)]
struct Ground {
    tenant: Uuid,
    flow: Uuid,
    template: Template,
    shop: Uuid,
    erp: Uuid,
    interval: Option<Duration>,
}

async fn stream_create(turn: Turn<'_>, ground: Ground, spec: &StreamSpec) -> Result<()> {
    let kind = spec.kind();
    let (source, target) = direction(ground.template, kind)
        .ok_or_else(|| Error::invalid("flow.template", format!("has no stream `{}`", kind.as_str())))?;
    let side = |side: Side| {
        if side == Side::Shop {
            ground.shop
        } else {
            ground.erp
        }
    };
    let entry = stream_row::Model {
        id: StreamId::new(turn.now).as_uuid(),
        tenant_id: ground.tenant,
        flow_id: ground.flow,
        kind: kind.as_str().to_owned(),
        source_id: side(source),
        target_id: side(target),
        spec_hash: spec::put(turn.txn, spec).await?.as_bytes().to_vec(),
        state: StreamState::Off.as_str().to_owned(),
        block_reason: None,
        enabled: true,
        verify: false,
        cursor: None,
        backfill_cursor: None,
        interval_us: micros_of(ground.interval.unwrap_or_else(|| usual_interval(kind))),
        wanted_seq: 0,
        next_due_at: None,
        last_ok_at: None,
        empty_runs: 0,
        last_run: None,
        last_epoch: 0,
    };
    stream_row::Entity::insert(entry.into_active_model())
        .exec_without_returning(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(())
}

async fn switch(turn: Turn<'_>, scope: &Scope, actor: &Actor, id: FlowId, to: FlowState) -> Result<Flow> {
    let before = by_id(turn.txn, scope, id).await?;
    if to == FlowState::Active {
        every_connection_is_tested(turn, id).await?;
        let spec: FlowSpec = json::read(&before.spec)?;
        stream::switch_on(turn, id, spec.streams().iter().map(StreamSpec::kind)).await?;
    } else {
        stream::switch_off(turn, id, &[]).await?;
    }
    row::Entity::update_many()
        .col_expr(row::Column::State, Expr::value(to.as_str()))
        .col_expr(row::Column::Etag, Expr::col(row::Column::Etag).add(1))
        .filter(row::Column::Id.eq(id.as_uuid()))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    let (was, is) = (json!({ "state": before.state }), json!({ "state": to.as_str() }));
    let resource = format!("flows/{}", before.slug);
    let tenant = Some(TenantId::from_uuid(before.tenant_id));
    note(
        turn,
        actor,
        Note {
            tenant,
            resource: &resource,
            before: Some(&was),
            after: Some(&is),
        },
    )
    .await?;
    by_id(turn.txn, scope, id).await.and_then(read)
}

/// A shop without a reference must not send: its invoices could not be told from another shop's.
async fn every_connection_is_tested(turn: Turn<'_>, flow: FlowId) -> Result<()> {
    let scope = Scope::System("activation of a flow");
    for stream in stream::of_flow(turn.txn, &scope, flow).await? {
        for id in [stream.source_id, stream.target_id] {
            let connection = connection::by_id(turn.txn, &scope, ConnectionId::from_uuid(id)).await?;
            if connection.state != ConnectionState::Ok.as_str() {
                let problem = format!(
                    "connection `{}` has not passed a test: call TestConnection, wait for the run, then activate the flow",
                    connection.slug
                );
                return Err(Error::precondition(
                    "CONNECTION_NOT_TESTED",
                    connection.slug,
                    problem,
                ));
            }
        }
    }
    Ok(())
}

pub(crate) async fn by_id(db: &impl ConnectionTrait, scope: &Scope, id: FlowId) -> Result<row::Model> {
    let found = row::within(scope)
        .filter(row::Column::Id.eq(id.as_uuid()))
        .one(db)
        .await
        .map_err(of_db)?;
    found.ok_or_else(|| Error::not_found("flow", id))
}

fn read(row: row::Model) -> Result<Flow> {
    Ok(Flow {
        id: FlowId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        slug: Slug::try_from(row.slug).map_err(|_| unreadable("flow id")())?,
        spec: json::read(&row.spec)?,
        state: FlowState::parse(&row.state).ok_or_else(unreadable("flow state"))?,
        etag: row.etag.unsigned_abs(),
        revision: row.revision.unsigned_abs(),
        created_at: instant(row.created_at),
    })
}
