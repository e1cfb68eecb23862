//! The rules of what may be told, said once more and independently: from an order's own history in the shop, and nothing else.
//!
//! An order is told nothing it has been told, or been in; nothing when it has ended; nothing that is not further than where it is;
//! nothing when a person took it out of a state of ours to one of their own that is not where it waits for its invoice; and no end
//! when its money is captured, unless that is allowed.

use std::collections::BTreeMap;

use skarv_proto::v1::OrderEvent;
use skarv_tests::statuses::Entered;

pub(super) const PAID: u32 = 2;
pub(super) const PREPARING: u32 = 3;
pub(super) const SHIPPED: u32 = 4;
pub(super) const DELIVERED: u32 = 5;
pub(super) const CANCELLED: u32 = 6;
pub(super) const REFUNDED: u32 = 7;
pub(super) const PAYMENT_ERROR: u32 = 8;
pub(super) const BACKORDER: u32 = 9;
pub(super) const REMOTE_PAID: u32 = 11;
pub(super) const UNPAID_BACKORDER: u32 = 12;

/// In which an order waits for its invoice, by the flow's settings. Both say that its money is in.
const WAITING: [u32; 2] = [PAID, REMOTE_PAID];
/// What ends an order in a fresh shop.
const ENDS: [u32; 3] = [CANCELLED, REFUNDED, PAYMENT_ERROR];
/// In which a parcel has left, in a fresh shop.
const LEFT: [u32; 2] = [SHIPPED, DELIVERED];

/// What a flow tells.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// The state for each event, all of them different.
    pub(super) states: BTreeMap<OrderEvent, u32>,
    pub(super) cancels_captured: bool,
}

/// Why nothing may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bar {
    /// It is there, or has been.
    Stands,
    MovedOn,
    /// A person has to allow it.
    Captured,
}

impl Rules {
    /// Whether an order that has been through this may not be told of the event.
    pub(super) fn bars(&self, been: &[Entered], event: OrderEvent) -> Option<Bar> {
        let (last, earlier) = been.split_last()?;
        let state = self.states[&event];
        let ours = |state: u32| self.states.values().any(|ours| *ours == state);
        let person = last.employee != 0
            && !ours(last.state)
            && !WAITING.contains(&last.state)
            && earlier.iter().any(|step| ours(step.state));
        let ended = ENDS.contains(&last.state);
        let further = self
            .reached(last.state, state)
            .is_some_and(|reached| reached >= event);
        if been.iter().any(|step| step.state == state) {
            Some(Bar::Stands)
        } else if ended || further || person {
            Some(Bar::MovedOn)
        } else {
            let captured = ends(event) && been.iter().any(|step| WAITING.contains(&step.state));
            (captured && !self.cancels_captured).then_some(Bar::Captured)
        }
    }

    /// The event that an order in a state has come to, when it is asked to another.
    fn reached(&self, at: u32, to: u32) -> Option<OrderEvent> {
        let told = self.states.iter().find(|(_, state)| **state == at);
        let arrives = at == SHIPPED && to == DELIVERED;
        let left = LEFT.contains(&at) && !arrives;
        told.map(|(event, _)| *event)
            .or_else(|| left.then_some(OrderEvent::Delivered))
    }
}

pub(super) fn ends(event: OrderEvent) -> bool {
    matches!(event, OrderEvent::Cancelled | OrderEvent::Credited)
}
