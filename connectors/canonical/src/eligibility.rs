//! Which orders are sent at all: after the start date, no test, not cancelled now, has been in a trigger state, paid as asked.

use serde::{Deserialize, Serialize};

use crate::{order::Order, payment_rule::Withheld, spec::OrderSettings};

/// Why an order is not sent. Not a fault: nobody needs to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotEligible {
    /// Placed before the flow's start date.
    BeforeStartDate,
    /// Placed by someone whose orders are tries.
    TestOrder,
    /// Cancelled now.
    Cancelled,
    /// Has never been in a trigger state.
    NotInTriggerState,
    /// Withheld because of how it is paid.
    Payment(Withheld),
}

impl NotEligible {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::BeforeStartDate => "before_start_date",
            Self::TestOrder => "test_order",
            Self::Cancelled => "cancelled",
            Self::NotInTriggerState => "not_in_trigger_state",
            Self::Payment(withheld) => withheld.code(),
        }
    }
}

/// Whether the order is to be sent, and if not, why. The start date counts first, so an old order always says so.
pub fn decide(order: &Order, settings: &OrderSettings) -> Result<(), NotEligible> {
    if order.placed_at < settings.start_at {
        return Err(NotEligible::BeforeStartDate);
    }
    if is_test(order, settings) {
        return Err(NotEligible::TestOrder);
    }
    if order.cancelled {
        return Err(NotEligible::Cancelled);
    }
    let triggers = |state| settings.triggers.iter().any(|trigger| trigger.means(state));
    if !order.states_passed.iter().any(triggers) {
        return Err(NotEligible::NotInTriggerState);
    }
    settings.payment_rules.decide(order).map_err(NotEligible::Payment)
}

fn is_test(order: &Order, settings: &OrderSettings) -> bool {
    let email = order.customer.email.trim().to_lowercase();
    settings
        .test_buyers
        .iter()
        .map(|buyer| buyer.trim().to_lowercase())
        .any(|buyer| match buyer.strip_prefix('@') {
            Some(domain) => email.rsplit_once('@').is_some_and(|(_, of)| of == domain),
            None => !buyer.is_empty() && email == buyer,
        })
}
