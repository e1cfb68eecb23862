//! Partners: agencies that manage tenants.

use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use skarv_domain::{
    Error, Result, Slug,
    auth::{Actor, Scope},
    id::PartnerId,
    tenant::Partner,
};

use crate::{
    audit::{Note, note},
    entity::partner as row,
    error::{of_db, taken, unreadable},
    open::Store,
};

impl Store {
    /// Makes a partner.
    pub async fn partner_create(&self, actor: &Actor, slug: &Slug, name: &str) -> Result<Partner> {
        let (actor, slug, name) = (actor.clone(), slug.clone(), name.to_owned());
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move {
                let partner = Partner {
                    id: PartnerId::new(turn.now),
                    slug,
                    name,
                };
                let entry = row::Model {
                    id: partner.id.as_uuid(),
                    slug: partner.slug.to_string(),
                    name: partner.name.clone(),
                    created_at: turn.micros(),
                };
                row::Entity::insert(entry.into_active_model())
                    .exec_without_returning(turn.txn)
                    .await
                    .map_err(taken("partner", &partner.slug))?;
                note(
                    turn,
                    &actor,
                    Note::of(None, &format!("partners/{}", partner.slug)),
                )
                .await?;
                Ok(partner)
            })
        })
        .await
    }

    /// Reads a partner. Partners see themselves and no others.
    pub async fn partner_get(&self, scope: &Scope, slug: &Slug) -> Result<Partner> {
        let row = row::all()
            .filter(row::Column::Slug.eq(slug.as_str()))
            .one(self.reader())
            .await
            .map_err(of_db)?;
        let visible = |row: &row::Model| match scope {
            Scope::Staff | Scope::System(_) => true,
            Scope::Partner(own) => own.as_uuid() == row.id,
            Scope::Tenant(_) => false,
        };
        let row = row
            .filter(visible)
            .ok_or_else(|| Error::not_found("partner", slug))?;
        let slug = Slug::try_from(row.slug).map_err(|_| unreadable("partner id")())?;
        Ok(Partner {
            id: PartnerId::from_uuid(row.id),
            slug,
            name: row.name,
        })
    }
}
