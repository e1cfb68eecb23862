//! What follows a run by itself: products that reached a shop need their prices and stock, which were told before there was
//! anything to put them on.
//!
//! Everything of both is carried once more: what stands already is unchanged and costs the shop nothing.

use sea_orm::{ColumnTrait, QueryFilter, prelude::Uuid};
use skarv_canonical::spec::StreamKind;
use skarv_domain::{
    Result,
    auth::Scope,
    id::StreamId,
    run::{RunAsk, RunKind, RunSubject},
    stream::StreamState,
};

use super::enqueue::{By, Request, enqueue};
use crate::{entity::stream as row, error::of_db, turn::Turn};

/// Queues prices and stock of the flows whose products these streams have written, where all come from one system.
pub(super) async fn prices_and_stock(turn: Turn<'_>, streams: &[Uuid]) -> Result<()> {
    if streams.is_empty() {
        return Ok(());
    }
    let scope = Scope::System("what follows products");
    let products = row::within(&scope)
        .filter(row::Column::Id.is_in(streams.iter().copied()))
        .filter(row::Column::Kind.eq(StreamKind::Products.as_str()))
        .all(turn.txn)
        .await
        .map_err(of_db)?;
    let mut requests = Vec::new();
    for product in products {
        let beside = row::within(&scope)
            .filter(row::Column::FlowId.eq(product.flow_id))
            .filter(row::Column::SourceId.eq(product.source_id))
            .filter(row::Column::Kind.is_in([StreamKind::Prices.as_str(), StreamKind::Stock.as_str()]))
            .filter(row::Column::State.eq(StreamState::On.as_str()))
            .all(turn.txn)
            .await
            .map_err(of_db)?;
        requests.extend(beside.into_iter().map(|stream| Request {
            kind: RunKind::Backfill,
            subject: RunSubject::Stream(StreamId::from_uuid(stream.id)),
            ask: RunAsk::Nothing,
            by: By::Schedule,
        }));
    }
    let requests: Vec<_> = requests.iter().collect();
    enqueue(turn, &requests)
        .await?
        .into_iter()
        .try_for_each(|queued| queued.map(drop))
}
