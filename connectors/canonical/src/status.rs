//! What becomes of an order once it is invoiced: events in the accounting system, and the shop state that each asks for.
//!
//! Events have a rank, their order here. An order never goes back, and nothing follows what ended it.

use std::{collections::BTreeMap, fmt};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{Fingerprint, trigger::TriggerState};

/// What happened to an order's invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderEvent {
    /// It was made.
    Invoiced,
    /// The goods were delivered.
    Delivered,
    /// Nothing is left to pay.
    Paid,
    /// It was cancelled. Ends the order.
    Cancelled,
    /// All of it was credited. Ends the order.
    Credited,
}

impl OrderEvent {
    /// All of them, by rank.
    pub const ALL: [Self; 5] = [
        Self::Invoiced,
        Self::Delivered,
        Self::Paid,
        Self::Cancelled,
        Self::Credited,
    ];

    /// The stable name, as stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invoiced => "invoiced",
            Self::Delivered => "delivered",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
            Self::Credited => "credited",
        }
    }

    /// Whether nothing follows it.
    pub fn ends_the_order(self) -> bool {
        matches!(self, Self::Cancelled | Self::Credited)
    }
}

impl fmt::Display for OrderEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far an order has come, as the accounting system has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderStatus {
    /// The source's id of the invoice. Never changes.
    pub key: String,
    /// The invoice's reference: ours, such as `k3x9qa-1042`, where Skarv made it.
    pub reference: String,
    /// The order's number.
    pub order_number: String,
    /// The invoice's day.
    pub invoiced_on: NaiveDate,
    /// What has happened. Told as it is now, not as it came about.
    pub events: Vec<OrderEvent>,
    /// Number of the parcel, where the source has one.
    pub tracking: Option<String>,
}

/// A state that an order in the shop is to have been put in, for one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// The shop's key of the order.
    pub order: String,
    /// Why.
    pub event: OrderEvent,
    /// The shop's id of the state.
    pub state: String,
    /// Whether the shop mails its buyer about it.
    pub mail: bool,
    /// Number of the parcel, to be there before the state.
    pub tracking: Option<String>,
    /// The states of all events that are told, so that an earlier one is known as ours and a later one as later.
    pub states: BTreeMap<OrderEvent, String>,
    /// States in which an order waits for its invoice: whoever put it there has not moved it on.
    pub waiting: Vec<TriggerState>,
    /// Whether an order whose money is captured may be put in a state that cancels it, which pays all of it back.
    pub cancels_captured: bool,
}

impl StateChange {
    /// Over what happened and nothing that is chosen about it: a changed choice tells nobody twice.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&(&self.order, self.event))
    }
}
