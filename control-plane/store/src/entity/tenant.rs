//! Merchant companies.

use sea_orm::{QueryFilter, QuerySelect, QueryTrait, entity::prelude::*, sea_query::SelectStatement};
use skarv_domain::{auth::Scope, id::PartnerId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub partner_id: Option<Uuid>,
    pub name: String,
    pub org_number: String,
    pub pool_id: Uuid,
    pub weight: i32,
    /// Until when the tenant's runs may write; nothing is without end.
    pub allowed_until: Option<i64>,
    pub etag: i64,
    pub created_at: i64,
}

entity!();

/// Starts a query: only rows that the scope may see.
pub(crate) fn within(scope: &Scope) -> Select<Entity> {
    match scope {
        Scope::Tenant(id) => Entity::find().filter(Column::Id.eq(id.as_uuid())),
        Scope::Partner(id) => Entity::find().filter(Column::PartnerId.eq(id.as_uuid())),
        Scope::Staff | Scope::System(_) => Entity::find(),
    }
}

/// The ids of a partner's tenants, for the scopes of other tables.
pub(crate) fn ids_of(partner: PartnerId) -> SelectStatement {
    let own = Entity::find().filter(Column::PartnerId.eq(partner.as_uuid()));
    own.select_only().column(Column::Id).into_query()
}
