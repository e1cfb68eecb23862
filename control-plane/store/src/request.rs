//! Requests that callers marked: the same mark with the same content gives the same answer, and happens once.
//!
//! The mark is stored in the transaction of the change, its reply afterwards. A repeat that finds the mark without a reply
//! knows that the change was made.

use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};
use skarv_domain::{
    Error, Result,
    auth::{Actor, RequestMark},
    clock::after,
};

use crate::{
    entity::request_log as row,
    error::{of_db, taken},
    open::Store,
    turn::Turn,
};

/// A request that was made before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRequest {
    /// What was answered. `None` when the change was made and its answer was not stored: read the thing by its name.
    pub reply: Option<Vec<u8>>,
}

impl Store {
    /// The request with this mark, if it was made before. The same mark for something else is `InvalidArgument`.
    pub async fn request_find(&self, mark: &RequestMark) -> Result<Option<SeenRequest>> {
        let found = row::all()
            .filter(row::Column::PrincipalId.eq(mark.principal.as_uuid()))
            .filter(row::Column::RequestId.eq(mark.request))
            .one(self.reader())
            .await
            .map_err(of_db)?;
        match found {
            None => Ok(None),
            Some(row) if row.method == mark.method && row.body_hash == mark.body_hash => {
                Ok(Some(SeenRequest { reply: row.reply }))
            }
            Some(_) => Err(Error::invalid(
                "request_id",
                "was used before for a request with other content: use a fresh id for each request",
            )),
        }
    }

    /// Stores what was answered, for repeats. Replies that bear a secret are not to be stored.
    pub async fn request_done(&self, mark: &RequestMark, reply: Vec<u8>) -> Result<()> {
        let mark = mark.clone();
        self.change(true, move |turn| {
            Box::pin(async move {
                row::Entity::update_many()
                    .col_expr(row::Column::Reply, Expr::value(reply))
                    .filter(row::Column::PrincipalId.eq(mark.principal.as_uuid()))
                    .filter(row::Column::RequestId.eq(mark.request))
                    .exec(turn.txn)
                    .await
                    .map_err(of_db)?;
                Ok(())
            })
        })
        .await
    }
}

/// Stores the caller's mark, if there is one, with the change that it belongs to.
pub(crate) async fn mark(turn: Turn<'_>, actor: &Actor) -> Result<()> {
    let Some(mark) = &actor.request else { return Ok(()) };
    let entry = row::Model {
        principal_id: mark.principal.as_uuid(),
        request_id: mark.request,
        method: mark.method.clone(),
        body_hash: mark.body_hash.to_vec(),
        reply: None,
        expires_at: after(turn.now, turn.config.result_ttl).timestamp_micros(),
    };
    row::Entity::insert(entry.into_active_model())
        .exec_without_returning(turn.txn)
        .await
        .map_err(taken("request", mark.request))?;
    Ok(())
}
