//! The number of a parcel, on the row that says who carries the order. It is there before the state: the state's mail and a
//! payment module that tells its buyer both read it.
//!
//! Writing it twice is writing it once. A PUT would wipe weight and cost of the row, so it gets all of it back.

use skarv_canonical::Reason;
use skarv_connector::{Delivery, Error};
use skarv_http::SendWindow;

use crate::{
    api::{Api, Resource},
    batch,
    xml::Node,
};

pub(crate) const PARCELS: Resource = Resource::full("order_carriers", "order_carrier");

const NUMBER: &str = "tracking_number";

/// The row of an order that bears, or is to bear, the number of its parcel.
pub(super) struct Parcel(Node);

impl Parcel {
    /// The first one: the shop shows its number for the whole order. Nothing where nobody carries the order.
    pub(super) async fn of(api: &Api, order: &str) -> Result<Option<Self>, Error> {
        let found = batch::nodes(api, PARCELS, "id_order", vec![order.to_owned()]).await?;
        if !found.unreadable.is_empty() {
            return Err(Error::data("record_not_shown")
                .with("resource", PARCELS.path)
                .with("field", "id_order")
                .with("value", order)
                .fix("mend_record_in_shop"));
        }
        Ok(found.rows.into_iter().next().map(Self))
    }

    pub(super) fn number(&self) -> &str {
        self.0.text(NUMBER)
    }

    /// Gives it a number. That this fails says nothing of the state, which was not sent.
    pub(super) async fn number_it(
        self,
        api: &Api,
        by_patch: bool,
        number: &str,
        window: Option<SendWindow>,
    ) -> Result<(), Error> {
        let Self(row) = self;
        let written = if by_patch {
            let row = Node::new(PARCELS.node).with("id", row.text("id"));
            api.patch(PARCELS, vec![row.with(NUMBER, number)], window).await
        } else {
            api.replace(PARCELS, vec![row.with(NUMBER, number)], window).await
        };
        let not_sent = |error: Error| error.delivery(Delivery::NotDelivered);
        written.map(drop).map_err(not_sent)
    }
}

/// There is no row to write a number on, as of an order of nothing that is sent.
pub(super) fn nobody_carries(number: &str) -> Reason {
    Reason::data("order_without_parcel").with("number", number)
}
