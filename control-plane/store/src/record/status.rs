//! What the shop was told about an order, as a part of the order's own story.
//!
//! A record of the stream of order statuses is an invoice, by the accounting system's id: the id that the order's story names.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use skarv_canonical::{spec::StreamKind, write::Entity};
use skarv_domain::{Result, auth::Scope, id::StreamId, record::RecordEvent};

use super::read_event;
use crate::{
    entity::{record_event, stream},
    error::of_db,
    open::Store,
};

/// Events, by their place in the log of all.
pub(super) type Placed = Vec<(i64, RecordEvent)>;

impl Store {
    /// What the flow of a stream of orders has told of these invoices. Each names the stream that it happened in.
    pub(super) async fn told_of(
        &self,
        scope: &Scope,
        orders: StreamId,
        invoices: BTreeSet<String>,
    ) -> Result<Placed> {
        let Some(statuses) = self.statuses_beside(scope, orders).await? else {
            return Ok(Vec::new());
        };
        let events = record_event::within(scope)
            .filter(record_event::Column::StreamId.eq(statuses.id))
            .filter(record_event::Column::SourceKey.is_in(invoices))
            .order_by_asc(record_event::Column::Id)
            .all(self.reader())
            .await
            .map_err(of_db)?;
        let told = |row: record_event::Model| {
            let (id, mut event) = (row.id, read_event(row)?);
            event.facts.insert("stream".to_owned(), statuses.kind.clone());
            Ok((id, event))
        };
        events.into_iter().map(told).collect()
    }

    async fn statuses_beside(&self, scope: &Scope, orders: StreamId) -> Result<Option<stream::Model>> {
        let own = stream::within(scope).filter(stream::Column::Id.eq(orders.as_uuid()));
        let own = own.one(self.reader()).await.map_err(of_db)?;
        let Some(own) = own.filter(|own| own.kind == StreamKind::Orders.as_str()) else {
            return Ok(None);
        };
        let beside = stream::within(scope)
            .filter(stream::Column::FlowId.eq(own.flow_id))
            .filter(stream::Column::Kind.eq(StreamKind::OrderStatus.as_str()));
        beside.one(self.reader()).await.map_err(of_db)
    }
}

/// The invoices that a story names.
pub(super) fn invoices(events: &Placed) -> BTreeSet<String> {
    let named = events
        .iter()
        .filter_map(|(_, event)| event.facts.get(Entity::Invoice.as_str()));
    let each = named.flat_map(|ids| ids.split(", "));
    each.filter(|id| !id.is_empty()).map(str::to_owned).collect()
}
