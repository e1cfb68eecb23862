//! Whoever calls: people, scripts and partners. How they prove it is in `api_key`.

use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use skarv_domain::{
    Error, Result,
    auth::{Actor, Role},
    id::{PartnerId, PoolId, PrincipalId, TenantId},
};

use crate::{
    audit::{Note, note},
    entity::principal as row,
    error::{of_db, unreadable},
    open::Store,
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
            Box::pin(async move {
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
                note(
                    turn,
                    &actor,
                    Note::of(new.tenant, &format!("principals/{}", entry.id)),
                )
                .await?;
                read(entry)
            })
        })
        .await
    }

    /// Whether anyone is known at all.
    pub async fn principal_any(&self) -> Result<bool> {
        row::all()
            .one(self.reader())
            .await
            .map(|row| row.is_some())
            .map_err(of_db)
    }

    /// Reads a caller.
    pub async fn principal_get(&self, id: PrincipalId) -> Result<Principal> {
        let found = row::all()
            .filter(row::Column::Id.eq(id.as_uuid()))
            .one(self.reader())
            .await
            .map_err(of_db)?;
        found.map_or_else(|| Err(Error::not_found("principal", id)), read)
    }
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
