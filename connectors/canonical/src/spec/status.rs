//! Which events of the accounting system put an order into which state of the shop.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{status::OrderEvent, trigger::TriggerState};

/// Which events are told to the shop, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusSettings {
    /// Orders that were invoiced before this day are left alone.
    pub start_on: NaiveDate,
    /// The state for each event that is told.
    pub states: BTreeMap<OrderEvent, StatusRule>,
    /// The event that also counts as delivered, for an accounting system that has no such mark. `None`: nothing does.
    pub delivered_when: Option<OrderEvent>,
    /// Whether an order whose money is captured may be put in a state that cancels it.
    pub cancels_captured: bool,
}

/// How one event is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRule {
    /// The shop's id of the state.
    pub state: String,
    /// Whether the shop mails its buyer.
    pub mail: bool,
    /// Whether the number of the parcel is written first.
    pub tracking: bool,
}

/// What an agent needs to know to tell order statuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusSpec {
    /// What a person chose.
    pub settings: StatusSettings,
    /// The states that send an order: in them it waits for its invoice.
    pub triggers: Vec<TriggerState>,
}
