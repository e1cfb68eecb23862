//! Tenants: merchant companies that subscribe.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};
use serde_json::json;
use skarv_domain::{
    Error, Result, Slug,
    agent_pool::DEFAULT_POOL,
    auth::{Actor, Scope},
    id::{PartnerId, PoolId, TenantId},
    lane,
    paging::{Listed, Page},
    tenant::{NewTenant, Tenant},
};

use crate::{
    agent_pool,
    audit::{Note, note},
    clockwork::{instant, micros_of},
    entity::{run, tenant as row},
    error::{of_db, taken, unreadable},
    open::Store,
    paging,
    turn::Turn,
};

impl Store {
    /// Makes a tenant. A partner makes tenants of its own only.
    pub async fn tenant_create(&self, scope: &Scope, actor: &Actor, new: NewTenant) -> Result<Tenant> {
        let new = NewTenant {
            partner: partner_of(scope, new.partner)?,
            ..new.checked()?
        };
        let actor = actor.clone();
        self.change(!actor.validate_only, move |turn| {
            Box::pin(create(turn, actor, new))
        })
        .await
    }

    /// Reads a tenant by the id that was chosen for it.
    pub async fn tenant_get(&self, scope: &Scope, slug: &Slug) -> Result<Tenant> {
        let found = row::within(scope).filter(row::Column::Slug.eq(slug.as_str()));
        let row = found.one(self.reader()).await.map_err(of_db)?;
        row.map_or_else(|| Err(Error::not_found("tenant", slug)), read)
    }

    /// Reads a tenant by its id.
    pub async fn tenant_by_id(&self, scope: &Scope, id: TenantId) -> Result<Tenant> {
        by_id(self.reader(), scope, id).await.and_then(read)
    }

    /// Lists tenants by name.
    pub async fn tenant_list(&self, scope: &Scope, page: &Page) -> Result<Listed<Tenant>> {
        let ordered = row::within(scope)
            .order_by_asc(row::Column::Name)
            .order_by_asc(row::Column::Slug);
        let mut query = ordered.limit(paging::fetch(page));
        if let Some((name, slug)) = paging::position::<(String, String)>(page)? {
            let same_name = Condition::all()
                .add(row::Column::Name.eq(&name))
                .add(row::Column::Slug.gt(slug));
            query = query.filter(Condition::any().add(row::Column::Name.gt(name)).add(same_name));
        }
        let rows = query.all(self.reader()).await.map_err(of_db)?;
        paging::listed(page, rows, |row| (row.name.clone(), row.slug.clone()), read)
    }

    /// Sets until when a tenant's runs may write. Its queued and active runs follow in the same transaction, so nothing is
    /// granted after it.
    pub async fn tenant_allow_until(
        &self,
        scope: &Scope,
        actor: &Actor,
        id: TenantId,
        until: Option<DateTime<Utc>>,
    ) -> Result<()> {
        let (scope, actor) = (scope.clone(), actor.clone());
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move { allow_until(turn, &scope, &actor, id, until).await })
        })
        .await
    }
}

fn partner_of(scope: &Scope, asked: Option<PartnerId>) -> Result<Option<PartnerId>> {
    match scope {
        Scope::Staff | Scope::System(_) => Ok(asked),
        Scope::Partner(own) => Ok(Some(*own)),
        Scope::Tenant(_) => Err(Error::PermissionDenied {
            reason: "TENANTS_ARE_MADE_BY_PARTNERS",
            problem: "a merchant makes no tenants".to_owned(),
        }),
    }
}

async fn create(turn: Turn<'_>, actor: Actor, new: NewTenant) -> Result<Tenant> {
    let pool = match new.pool {
        Some(pool) => pool,
        None => agent_pool::id_of(turn, DEFAULT_POOL).await?,
    };
    let entry = row::Model {
        id: TenantId::new(turn.now).as_uuid(),
        slug: new.slug.to_string(),
        partner_id: new.partner.map(|id| id.as_uuid()),
        name: new.name,
        org_number: new.org_number,
        pool_id: pool.as_uuid(),
        weight: i32::try_from(lane::DEFAULT_WEIGHT).unwrap_or(1),
        allowed_until: None,
        etag: 1,
        created_at: turn.micros(),
    };
    row::Entity::insert(entry.clone().into_active_model())
        .exec_without_returning(turn.txn)
        .await
        .map_err(taken("tenant", &entry.slug))?;
    let tenant = read(entry)?;
    let after = json!({ "name": tenant.name, "org_number": tenant.org_number, "partner": tenant.partner });
    let resource = format!("tenants/{}", tenant.slug);
    note(
        turn,
        &actor,
        Note::<(), _> {
            tenant: Some(tenant.id),
            resource: &resource,
            before: None,
            after: Some(&after),
        },
    )
    .await?;
    Ok(tenant)
}

async fn allow_until(
    turn: Turn<'_>,
    scope: &Scope,
    actor: &Actor,
    id: TenantId,
    until: Option<DateTime<Utc>>,
) -> Result<()> {
    let tenant = by_id(turn.txn, scope, id).await?;
    let until = micros_of(until);
    row::Entity::update_many()
        .col_expr(row::Column::AllowedUntil, Expr::value(until))
        .filter(row::Column::Id.eq(id.as_uuid()))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    run::Entity::update_many()
        .col_expr(run::Column::AllowedUntil, Expr::value(until))
        .filter(run::Column::TenantId.eq(id.as_uuid()))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    let resource = format!("tenants/{}", tenant.slug);
    let (before, after) = (
        json!({ "allowed_until": tenant.allowed_until }),
        json!({ "allowed_until": until }),
    );
    note(
        turn,
        actor,
        Note {
            tenant: Some(id),
            resource: &resource,
            before: Some(&before),
            after: Some(&after),
        },
    )
    .await
}

/// The row of a tenant that the scope may see.
pub(crate) async fn by_id(db: &impl ConnectionTrait, scope: &Scope, id: TenantId) -> Result<row::Model> {
    let found = row::within(scope)
        .filter(row::Column::Id.eq(id.as_uuid()))
        .one(db)
        .await
        .map_err(of_db)?;
    found.ok_or_else(|| Error::not_found("tenant", id))
}

fn read(row: row::Model) -> Result<Tenant> {
    Ok(Tenant {
        id: TenantId::from_uuid(row.id),
        slug: Slug::try_from(row.slug).map_err(|_| unreadable("tenant id")())?,
        partner: row.partner_id.map(PartnerId::from_uuid),
        name: row.name,
        org_number: row.org_number,
        pool: PoolId::from_uuid(row.pool_id),
        etag: row.etag.unsigned_abs(),
        created_at: instant(row.created_at),
    })
}
