//! Partners: agencies that manage tenants. They see themselves and no others; a tenant sees none.

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde_json::json;
use skarv_domain::{
    Error, Result, Slug,
    auth::{Actor, Scope},
    id::PartnerId,
    paging::{Listed, Page},
    partner::{NewPartner, Partner},
};

use crate::{
    audit::{Note, note},
    clockwork::instant,
    entity::partner as row,
    error::{of_db, taken, unreadable},
    open::Store,
    paging,
    turn::Turn,
};

impl Store {
    /// Makes a partner.
    pub async fn partner_create(&self, actor: &Actor, new: NewPartner) -> Result<Partner> {
        let (actor, new) = (actor.clone(), new.checked()?);
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move { create(turn, &actor, new).await })
        })
        .await
    }

    /// Reads a partner.
    pub async fn partner_get(&self, scope: &Scope, slug: &Slug) -> Result<Partner> {
        let found = within(scope).filter(row::Column::Slug.eq(slug.as_str()));
        let found = found.one(self.reader()).await.map_err(of_db)?;
        found.map_or_else(|| Err(Error::not_found("partner", slug)), read)
    }

    /// Lists partners by the ids that were chosen for them.
    pub async fn partner_list(&self, scope: &Scope, page: &Page) -> Result<Listed<Partner>> {
        let mut query = within(scope)
            .order_by_asc(row::Column::Slug)
            .limit(paging::fetch(page));
        if let Some(after) = paging::position::<String>(page)? {
            query = query.filter(row::Column::Slug.gt(after));
        }
        let rows = query.all(self.reader()).await.map_err(of_db)?;
        paging::listed(page, rows, |row| row.slug.clone(), read)
    }

    /// Those of these partners that the scope may see.
    pub async fn partner_some(&self, scope: &Scope, ids: &[PartnerId]) -> Result<Vec<Partner>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = within(scope).filter(row::Column::Id.is_in(ids.iter().map(PartnerId::as_uuid)));
        let rows = wanted.all(self.reader()).await.map_err(of_db)?;
        rows.into_iter().map(read).collect()
    }
}

/// A query over the partners that a scope may see.
fn within(scope: &Scope) -> Select<row::Entity> {
    match scope {
        Scope::Staff | Scope::System(_) => row::all(),
        Scope::Partner(own) => row::all().filter(row::Column::Id.eq(own.as_uuid())),
        Scope::Tenant(_) => row::all().filter(row::Column::Id.is_null()),
    }
}

async fn create(turn: Turn<'_>, actor: &Actor, new: NewPartner) -> Result<Partner> {
    let entry = row::Model {
        id: PartnerId::new(turn.now).as_uuid(),
        slug: new.slug.to_string(),
        name: new.name,
        created_at: turn.micros(),
    };
    row::Entity::insert(entry.clone().into_active_model())
        .exec_without_returning(turn.txn)
        .await
        .map_err(taken("partner", &entry.slug))?;
    let resource = format!("partners/{}", entry.slug);
    let what = Note::<(), _> {
        tenant: None,
        resource: &resource,
        before: None,
        after: Some(&json!({ "name": entry.name })),
    };
    note(turn, actor, what).await?;
    read(entry)
}

/// A partner that the scope may see, by its id.
pub(crate) async fn by_id(db: &impl ConnectionTrait, scope: &Scope, id: PartnerId) -> Result<Partner> {
    let found = within(scope).filter(row::Column::Id.eq(id.as_uuid())).one(db);
    let found = found.await.map_err(of_db)?;
    found.map_or_else(|| Err(Error::not_found("partner", id)), read)
}

fn read(row: row::Model) -> Result<Partner> {
    Ok(Partner {
        id: PartnerId::from_uuid(row.id),
        slug: Slug::try_from(row.slug).map_err(|_| unreadable("partner id")())?,
        name: row.name,
        created_at: instant(row.created_at),
    })
}
