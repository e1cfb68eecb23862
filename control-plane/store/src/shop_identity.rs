//! Shops, each with the immutable reference that is the stem of every reference on its invoices.
//!
//! The same shop of the same tenant keeps its reference even when its connection is deleted and made anew.

use aws_lc_rs::rand;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, SqlErr};
use skarv_domain::{Error, Result, auth::Scope, connection::ShopRef, id::TenantId};

use crate::{
    entity::shop_identity as row,
    error::{of_db, unreadable},
    turn::Turn,
};

/// References that may be tried before giving up: with a billion of them, the second try is rare already.
const TRIES: usize = 20;

/// The reference of a tenant's shop; a shop that was never seen gets one.
pub(crate) async fn reference(turn: Turn<'_>, tenant: TenantId, host_key: &str) -> Result<ShopRef> {
    let found = row::within(&Scope::Tenant(tenant))
        .filter(row::Column::HostKey.eq(host_key))
        .one(turn.txn)
        .await
        .map_err(of_db)?;
    match found {
        Some(row) => row.shop_ref.parse().map_err(|_| unreadable("shop reference")()),
        None => assign(turn, tenant, host_key).await,
    }
}

async fn assign(turn: Turn<'_>, tenant: TenantId, host_key: &str) -> Result<ShopRef> {
    for _ in 0..TRIES {
        let mut random = [0; 16];
        rand::fill(&mut random).map_err(|_| Error::internal("no randomness"))?;
        let shop_ref = ShopRef::from_random(random);
        let entry = row::Model {
            tenant_id: tenant.as_uuid(),
            host_key: host_key.to_owned(),
            shop_ref: shop_ref.to_string(),
            created_at: turn.micros(),
        };
        match row::Entity::insert(entry.into_active_model())
            .exec_without_returning(turn.txn)
            .await
        {
            Ok(_) => return Ok(shop_ref),
            // another shop has it: throw the dice again
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {}
            Err(error) => return Err(of_db(error)),
        }
    }
    Err(Error::internal("every shop reference that was tried is taken"))
}
