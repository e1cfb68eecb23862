//! Which orders are sent at all: after the start date, has been in a trigger state, not cancelled now.

use serde::{Deserialize, Serialize};

use crate::{order::Order, spec::OrderSettings};

/// Why an order is not sent. Not a fault: nobody needs to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotEligible {
    /// Placed before the flow's start date.
    BeforeStartDate,
    /// Cancelled now.
    Cancelled,
    /// Has never been in a trigger state.
    NotInTriggerState,
}

impl NotEligible {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::BeforeStartDate => "before_start_date",
            Self::Cancelled => "cancelled",
            Self::NotInTriggerState => "not_in_trigger_state",
        }
    }
}

/// Whether the order is to be sent, and if not, why. The start date counts first, so an old order always says so.
pub fn decide(order: &Order, settings: &OrderSettings) -> Result<(), NotEligible> {
    if order.placed_at < settings.start_at {
        Err(NotEligible::BeforeStartDate)
    } else if order.cancelled {
        Err(NotEligible::Cancelled)
    } else if order
        .states_passed
        .iter()
        .any(|state| settings.trigger_states.contains(state))
    {
        Ok(())
    } else {
        Err(NotEligible::NotInTriggerState)
    }
}
