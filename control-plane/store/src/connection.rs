//! Connections: a tenant's ways into foreign systems.

use std::{collections::BTreeMap, sync::Arc};

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use skarv_canonical::Reason;
use skarv_domain::{
    Error, Result, Slug,
    auth::{Actor, Scope},
    clock::micros_of,
    connection::{Checked, Connection, ConnectionState, Pace},
    id::{ConnectionId, TenantId},
    paging::{Listed, Page},
};

use crate::{
    audit::{Note, note},
    clockwork::instant,
    entity::{connection as row, connection_gate},
    error::{of_db, taken, unreadable},
    json,
    open::Store,
    paging,
    secret::{self, Secrets},
    shop_identity, stream, tenant,
    turn::Turn,
    vault::Vault,
};

/// A connection to be made.
#[derive(Clone, Debug)]
pub struct NewConnection {
    /// Whose it is to be.
    pub tenant: TenantId,
    /// The id that was chosen for it, within the tenant.
    pub slug: Slug,
    /// The connector.
    pub connector: String,
    /// Settings by name.
    pub settings: BTreeMap<String, String>,
    /// Secrets by name.
    pub secrets: Secrets,
    /// How hard the foreign system may be used.
    pub pace: Pace,
}

impl Store {
    /// Makes a connection, untested, with its secrets sealed.
    pub async fn connection_create(
        &self,
        scope: &Scope,
        actor: &Actor,
        new: NewConnection,
    ) -> Result<Connection> {
        let (scope, actor, vault) = (scope.clone(), actor.clone(), Arc::clone(&self.0.vault));
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move { create(turn, &vault, &scope, &actor, new).await })
        })
        .await
    }

    /// Reads a connection by the id that was chosen for it.
    pub async fn connection_get(&self, scope: &Scope, tenant: TenantId, slug: &Slug) -> Result<Connection> {
        let found = row::within(scope)
            .filter(row::Column::TenantId.eq(tenant.as_uuid()))
            .filter(row::Column::Slug.eq(slug.as_str()))
            .one(self.reader())
            .await
            .map_err(of_db)?;
        found.map_or_else(|| Err(Error::not_found("connection", slug)), read)
    }

    /// Reads a connection by its id.
    pub async fn connection_by_id(&self, scope: &Scope, id: ConnectionId) -> Result<Connection> {
        by_id(self.reader(), scope, id).await.and_then(read)
    }

    /// Lists a tenant's connections by id.
    pub async fn connection_list(
        &self,
        scope: &Scope,
        tenant: TenantId,
        page: &Page,
    ) -> Result<Listed<Connection>> {
        let own = row::within(scope).filter(row::Column::TenantId.eq(tenant.as_uuid()));
        let mut query = own.order_by_asc(row::Column::Slug).limit(paging::fetch(page));
        if let Some(slug) = paging::position::<String>(page)? {
            query = query.filter(row::Column::Slug.gt(slug));
        }
        let rows = query.all(self.reader()).await.map_err(of_db)?;
        paging::listed(page, rows, |row| row.slug.clone(), read)
    }

    /// Replaces a connection's secrets, and puts it and its blocked streams back to work.
    pub async fn connection_set_secrets(
        &self,
        scope: &Scope,
        actor: &Actor,
        id: ConnectionId,
        secrets: Secrets,
    ) -> Result<Connection> {
        let (scope, actor, vault) = (scope.clone(), actor.clone(), Arc::clone(&self.0.vault));
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move { set_secrets(turn, &vault, &scope, &actor, id, &secrets).await })
        })
        .await
    }
}

async fn create(
    turn: Turn<'_>,
    vault: &Vault,
    scope: &Scope,
    actor: &Actor,
    new: NewConnection,
) -> Result<Connection> {
    tenant::by_id(turn.txn, scope, new.tenant).await?;
    let entry = row::Model {
        id: ConnectionId::new(turn.now).as_uuid(),
        tenant_id: new.tenant.as_uuid(),
        slug: new.slug.to_string(),
        connector: new.connector,
        settings: json::text(&new.settings)?,
        state: ConnectionState::Draft.as_str().to_owned(),
        block_reason: None,
        shop_ref: None,
        title: String::new(),
        system_version: String::new(),
        secret_version: 0,
        refresh_run: None,
        refresh_epoch: None,
        refresh_until: None,
        etag: 0,
        created_at: turn.micros(),
    };
    row::Entity::insert(entry.clone().into_active_model())
        .exec_without_returning(turn.txn)
        .await
        .map_err(taken("connection", &entry.slug))?;
    gate_create(turn, &entry, new.pace).await?;
    secret::put(turn, vault, &entry, &new.secrets, None).await?;
    let after = json!({ "connector": entry.connector, "settings": new.settings });
    let resource = format!("connections/{}", entry.slug);
    let written = Note::<(), _> {
        tenant: Some(new.tenant),
        resource: &resource,
        before: None,
        after: Some(&after),
    };
    note(turn, actor, written).await?;
    by_id(turn.txn, scope, ConnectionId::from_uuid(entry.id))
        .await
        .and_then(read)
}

async fn gate_create(turn: Turn<'_>, connection: &row::Model, pace: Pace) -> Result<()> {
    let gate = connection_gate::Model {
        connection_id: connection.id,
        tenant_id: connection.tenant_id,
        max_active: i32::try_from(Ord::max(pace.max_active, 1)).unwrap_or(i32::MAX),
        active: 0,
        blocked_until: 0,
        tat: 0,
        interval_us: micros_of(pace.interval),
    };
    connection_gate::Entity::insert(gate.into_active_model())
        .exec_without_returning(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(())
}

async fn set_secrets(
    turn: Turn<'_>,
    vault: &Vault,
    scope: &Scope,
    actor: &Actor,
    id: ConnectionId,
    secrets: &Secrets,
) -> Result<Connection> {
    let row = by_id(turn.txn, scope, id).await?;
    secret::put(turn, vault, &row, secrets, None).await?;
    let stopped = row.state == ConnectionState::Blocked.as_str()
        || row.state == ConnectionState::NeedsReconnect.as_str();
    if stopped {
        // a shop that has a reference was in order once; anything else is tested first
        let state = if row.shop_ref.is_some() || !row.title.is_empty() {
            ConnectionState::Ok
        } else {
            ConnectionState::Draft
        };
        set_state(turn, id, state, None).await?;
    }
    stream::unblock_of(turn, id).await?;
    let resource = format!("connections/{}", row.slug);
    note(
        turn,
        actor,
        Note::of(Some(TenantId::from_uuid(row.tenant_id)), &resource),
    )
    .await?;
    by_id(turn.txn, scope, id).await.and_then(read)
}

async fn set_state(
    turn: Turn<'_>,
    id: ConnectionId,
    state: ConnectionState,
    reason: Option<&Reason>,
) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::State, Expr::value(state.as_str()))
        .col_expr(row::Column::BlockReason, Expr::value(json::text_of(reason)?))
        .col_expr(row::Column::Etag, Expr::col(row::Column::Etag).add(1))
        .filter(row::Column::Id.eq(id.as_uuid()))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(())
}

/// Takes in what a test found: the connection is in order or blocked, and a shop that is new gets its reference.
pub(crate) async fn take_in(turn: Turn<'_>, id: ConnectionId, checked: &Checked) -> Result<()> {
    let row = by_id(turn.txn, &Scope::System("result of a test"), id).await?;
    let shop_ref = match checked.host_key.as_str() {
        "" => None,
        host_key => Some(shop_identity::reference(turn, TenantId::from_uuid(row.tenant_id), host_key).await?),
    };
    let found = shop_ref.map(|found| found.to_string());
    let problem = checked
        .problem
        .clone()
        .or_else(|| other_shop(row.shop_ref.as_deref(), found.as_deref()));
    row::Entity::update_many()
        .col_expr(row::Column::Title, Expr::value(&checked.title))
        .col_expr(row::Column::SystemVersion, Expr::value(&checked.system_version))
        .col_expr(
            row::Column::ShopRef,
            // a reference that invoices were made under is never exchanged for another
            Expr::value(row.shop_ref.or(found)),
        )
        .filter(row::Column::Id.eq(id.as_uuid()))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    match &problem {
        Some(problem) => set_state(turn, id, ConnectionState::Blocked, Some(problem)).await,
        None => {
            set_state(turn, id, ConnectionState::Ok, None).await?;
            stream::unblock_of(turn, id).await
        }
    }
}

/// Another shop, or the same one installed anew, answers where a known one did. Its order numbers begin again, so an order
/// of it could be taken for one that is invoiced already: a person must look.
fn other_shop(known: Option<&str>, found: Option<&str>) -> Option<Reason> {
    let (known, found) = known.zip(found)?;
    (known != found).then(|| {
        Reason::configuration("shop_changed")
            .with("reference", known)
            .fix("contact_support")
    })
}

/// The row of a connection that the scope may see.
pub(crate) async fn by_id(db: &impl ConnectionTrait, scope: &Scope, id: ConnectionId) -> Result<row::Model> {
    let found = row::within(scope)
        .filter(row::Column::Id.eq(id.as_uuid()))
        .one(db)
        .await
        .map_err(of_db)?;
    found.ok_or_else(|| Error::not_found("connection", id))
}

pub(crate) fn read(row: row::Model) -> Result<Connection> {
    Ok(Connection {
        id: ConnectionId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        slug: Slug::try_from(row.slug).map_err(|_| unreadable("connection id")())?,
        settings: json::read(&row.settings)?,
        state: ConnectionState::parse(&row.state).ok_or_else(unreadable("connection state"))?,
        block_reason: json::read_of(row.block_reason.as_deref())?,
        shop_ref: row
            .shop_ref
            .map(|text| text.parse())
            .transpose()
            .map_err(|_| unreadable("shop reference")())?,
        connector: row.connector,
        title: row.title,
        system_version: row.system_version,
        secret_version: row.secret_version.unsigned_abs(),
        etag: row.etag.unsigned_abs(),
        created_at: instant(row.created_at),
    })
}
