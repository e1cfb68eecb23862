//! The rows of each table, one file per noun.
//!
//! Tables that hold a tenant's rows can only be read through `within(&scope)`, so a query cannot leave the tenant out.
//! Tables of the operator's own are read through `all()`.

#![allow(
    clippy::disallowed_methods,
    reason = "the derive and the two ways to start a query are what the ban points to"
)]
#![allow(
    unreachable_pub,
    reason = "the derives make public items, and their types must be as visible"
)]

/// The parts of an entity that are the same everywhere.
macro_rules! entity {
    () => {
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    };
}

/// A query over rows that belong to tenants.
macro_rules! within {
    () => {
        /// Starts a query: only rows that the scope may see.
        pub(crate) fn within(scope: &skarv_domain::auth::Scope) -> sea_orm::Select<Entity> {
            use sea_orm::QueryFilter;
            use skarv_domain::auth::Scope;
            match scope {
                Scope::Tenant(id) => Entity::find().filter(Column::TenantId.eq(id.as_uuid())),
                Scope::Partner(id) => {
                    Entity::find().filter(Column::TenantId.in_subquery($crate::entity::tenant::ids_of(*id)))
                }
                Scope::Staff | Scope::System(_) => Entity::find(),
            }
        }
    };
}

/// A query over rows of the operator's own.
macro_rules! all {
    () => {
        /// Starts a query over all rows: they belong to no tenant.
        pub(crate) fn all() -> sea_orm::Select<Entity> {
            Entity::find()
        }
    };
}

pub(crate) mod agent;
pub(crate) mod api_key;
pub(crate) mod audit;
pub(crate) mod connection;
pub(crate) mod connection_gate;
pub(crate) mod discovery;
pub(crate) mod enrolment_token;
pub(crate) mod flow;
pub(crate) mod flow_revision;
pub(crate) mod own_key;
pub(crate) mod partner;
pub(crate) mod pool;
pub(crate) mod principal;
pub(crate) mod record;
pub(crate) mod record_event;
pub(crate) mod request_log;
pub(crate) mod run;
pub(crate) mod run_log;
pub(crate) mod run_result;
pub(crate) mod secret;
pub(crate) mod shop_identity;
pub(crate) mod signing_key;
pub(crate) mod spec;
pub(crate) mod stream;
pub(crate) mod tenant;
pub(crate) mod write;
