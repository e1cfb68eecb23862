//! Order statuses of the world: what the books tell of an invoice, and the states that the shop's order has been in.

use std::collections::BTreeMap;

use skarv_canonical::{
    record::{Pulled, Record},
    spec::{StatusRule, StatusSettings, StatusSpec, StreamSettings},
    status::{OrderEvent, OrderStatus, StateChange},
    trigger::TriggerState,
};

use super::{Books, World};

impl Books {
    /// The order enters a state, whoever puts it there.
    pub(in crate::flow::tests) fn enter(&mut self, order: &str, state: &str) {
        self.states
            .entry(order.to_owned())
            .or_default()
            .push(state.to_owned());
    }

    pub(super) fn is_or_was(&self, change: &StateChange) -> bool {
        let been_in = self.states.get(&change.order);
        been_in.is_some_and(|states| states.contains(&change.state))
    }
}

impl World {
    /// Books that tell of these invoices.
    pub(in crate::flow::tests) fn of_invoices(invoices: Vec<Pulled>) -> Self {
        Self::of_wares(telling(&OrderEvent::ALL), invoices)
    }
}

/// A stream that tells these events: the state of each is its own name.
fn telling(events: &[OrderEvent]) -> StreamSettings {
    let rule = |event: &OrderEvent| {
        let rule = StatusRule {
            state: format!("state of {event}"),
            mail: true,
            tracking: false,
        };
        (*event, rule)
    };
    StreamSettings::OrderStatus(StatusSpec {
        settings: StatusSettings {
            start_on: "2026-11-01".parse().unwrap(),
            states: events.iter().map(rule).collect::<BTreeMap<_, _>>(),
            delivered_when: None,
            cancels_captured: false,
        },
        triggers: vec![TriggerState::Id("2".to_owned())],
    })
}

/// The invoice of order `n`, to which this has happened.
pub(in crate::flow::tests) fn invoice(n: usize, events: &[OrderEvent]) -> Pulled {
    let status = OrderStatus {
        key: n.to_string(),
        reference: format!("abc123-{n}"),
        order_number: format!("ORDER{n}"),
        invoiced_on: "2026-11-20".parse().unwrap(),
        events: events.to_vec(),
        tracking: None,
    };
    Pulled {
        source_key: status.key.clone(),
        reference: status.order_number.clone(),
        amount: None,
        content: Ok(Record::Status(Box::new(status))),
    }
}
