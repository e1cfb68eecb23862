//! Who changed what, written in the transaction of the change itself.

use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use skarv_domain::{
    Result,
    auth::{Actor, Scope},
    id::TenantId,
    paging::{Listed, Page},
};

use crate::{
    clockwork::instant, entity::audit as row, error::of_db, json, open::Store, paging, request, turn::Turn,
};

/// One change, as it was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: chrono::DateTime<chrono::Utc>,
    /// Who.
    pub actor: String,
    /// The method that was called.
    pub method: String,
    /// What was changed, such as `connections/shop`.
    pub resource: String,
    /// What it was before, as JSON.
    pub before: Option<String>,
    /// What it is since, as JSON.
    pub after: Option<String>,
}

impl Store {
    /// What was changed, newest first: of one tenant, or everything the scope may see.
    pub async fn audit_list(
        &self,
        scope: &Scope,
        tenant: Option<TenantId>,
        page: &Page,
    ) -> Result<Listed<AuditEntry>> {
        let mut query = row::within(scope)
            .order_by_desc(row::Column::Id)
            .limit(paging::fetch(page));
        if let Some(tenant) = tenant {
            query = query.filter(row::Column::TenantId.eq(tenant.as_uuid()));
        }
        if let Some(before) = paging::position::<i64>(page)? {
            query = query.filter(row::Column::Id.lt(before));
        }
        let rows = query.all(self.reader()).await.map_err(of_db)?;
        paging::listed(page, rows, |row| row.id, |row| Ok(read(row)))
    }
}

fn read(row: row::Model) -> AuditEntry {
    let row::Model {
        id,
        at,
        actor,
        tenant_id: _,
        method,
        resource,
        before,
        after,
    } = row;
    AuditEntry {
        id,
        at: instant(at),
        actor,
        method,
        resource,
        before,
        after,
    }
}

/// What a change was about.
pub(crate) struct Note<'a, B: Serialize, A: Serialize> {
    pub(crate) tenant: Option<TenantId>,
    pub(crate) resource: &'a str,
    pub(crate) before: Option<&'a B>,
    pub(crate) after: Option<&'a A>,
}

impl<'a> Note<'a, (), ()> {
    /// A change whose method says all.
    pub(crate) fn of(tenant: Option<TenantId>, resource: &'a str) -> Self {
        Self {
            tenant,
            resource,
            before: None,
            after: None,
        }
    }
}

/// Writes a change down, together with the caller's mark of the request.
pub(crate) async fn note<B: Serialize, A: Serialize>(
    turn: Turn<'_>,
    actor: &Actor,
    note: Note<'_, B, A>,
) -> Result<()> {
    let entry = row::ActiveModel {
        id: ActiveValue::NotSet,
        at: ActiveValue::Set(turn.micros()),
        actor: ActiveValue::Set(actor.who.clone()),
        tenant_id: ActiveValue::Set(note.tenant.map(|id| id.as_uuid())),
        method: ActiveValue::Set(actor.method.clone()),
        resource: ActiveValue::Set(note.resource.to_owned()),
        before: ActiveValue::Set(json::text_of(note.before)?),
        after: ActiveValue::Set(json::text_of(note.after)?),
    };
    row::Entity::insert(entry)
        .exec_without_returning(turn.txn)
        .await
        .map_err(of_db)?;
    request::mark(turn, actor).await
}
