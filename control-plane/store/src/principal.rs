//! Whoever calls: people, scripts and partners. How they prove it is in `api_key`.
//!
//! All of a partner's programs are one caller.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use skarv_domain::{
    Error, Result,
    auth::{Actor, Role, Scope},
    id::{PartnerId, PoolId, PrincipalId, TenantId},
};

use crate::{
    audit::{Note, note},
    entity::principal as row,
    error::{of_db, unreadable},
    open::Store,
    partner,
    turn::Turn,
};

/// A caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Its id.
    pub id: PrincipalId,
    /// What it is.
    pub role: Role,
    /// The tenant of a merchant.
    pub tenant: Option<TenantId>,
    /// The partner of a partner.
    pub partner: Option<PartnerId>,
    /// The pool of an agent.
    pub pool: Option<PoolId>,
    /// What people call it.
    pub name: String,
}

/// A caller to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPrincipal {
    /// What it is.
    pub role: Role,
    /// The tenant of a merchant.
    pub tenant: Option<TenantId>,
    /// The partner of a partner.
    pub partner: Option<PartnerId>,
    /// The pool of an agent.
    pub pool: Option<PoolId>,
    /// What people call it.
    pub name: String,
}

impl Store {
    /// Makes a caller.
    pub async fn principal_create(&self, actor: &Actor, new: NewPrincipal) -> Result<Principal> {
        let actor = actor.clone();
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move { create(turn, &actor, new).await })
        })
        .await
    }

    /// Reads a caller.
    pub async fn principal_get(&self, id: PrincipalId) -> Result<Principal> {
        by_id(self.reader(), id).await
    }
}

async fn create(turn: Turn<'_>, actor: &Actor, new: NewPrincipal) -> Result<Principal> {
    let entry = row::Model {
        id: PrincipalId::new(turn.now).as_uuid(),
        role: new.role.as_str().to_owned(),
        tenant_id: new.tenant.map(|id| id.as_uuid()),
        partner_id: new.partner.map(|id| id.as_uuid()),
        pool_id: new.pool.map(|id| id.as_uuid()),
        name: new.name,
        created_at: turn.micros(),
    };
    let insert = row::Entity::insert(entry.clone().into_active_model());
    insert.exec_without_returning(turn.txn).await.map_err(of_db)?;
    let resource = format!("principals/{}", entry.id);
    note(turn, actor, Note::of(new.tenant, &resource)).await?;
    read(entry)
}

/// The caller that a partner's programs are, made when there is none.
pub(crate) async fn of_partner(turn: Turn<'_>, actor: &Actor, partner: PartnerId) -> Result<PrincipalId> {
    let first = row::all()
        .filter(row::Column::PartnerId.eq(partner.as_uuid()))
        .order_by_asc(row::Column::Id)
        .one(turn.txn)
        .await
        .map_err(of_db)?;
    if let Some(first) = first {
        return Ok(PrincipalId::from_uuid(first.id));
    }
    let name = partner::by_id(turn.txn, &Scope::System("caller of a partner"), partner)
        .await?
        .name;
    // the mark of the request goes with what it asked for, which is not this
    let unmarked = Actor {
        request: None,
        ..actor.clone()
    };
    let new = NewPrincipal {
        role: Role::Partner,
        tenant: None,
        partner: Some(partner),
        pool: None,
        name,
    };
    create(turn, &unmarked, new).await.map(|made| made.id)
}

/// A caller by its id.
pub(crate) async fn by_id(db: &impl ConnectionTrait, id: PrincipalId) -> Result<Principal> {
    let found = row::all().filter(row::Column::Id.eq(id.as_uuid())).one(db);
    let found = found.await.map_err(of_db)?;
    found.map_or_else(|| Err(Error::not_found("principal", id)), read)
}

fn read(row: row::Model) -> Result<Principal> {
    Ok(Principal {
        id: PrincipalId::from_uuid(row.id),
        role: Role::parse(&row.role).ok_or_else(unreadable("role"))?,
        tenant: row.tenant_id.map(TenantId::from_uuid),
        partner: row.partner_id.map(PartnerId::from_uuid),
        pool: row.pool_id.map(PoolId::from_uuid),
        name: row.name,
    })
}
