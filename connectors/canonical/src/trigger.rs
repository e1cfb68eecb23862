//! Which states of a shop send an order, as a person names them: by id, by name, or by what a state means.
//!
//! A shop's own states have ids that differ from shop to shop, so a set-up that is to fit many shops names meanings. What a
//! shop has no state for is said by name: a trigger that can never fire must not look like a quiet shop.

use serde::{Deserialize, Serialize};

use crate::Reason;

/// What a state means, by the marks that a shop gives its states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateFlag {
    /// The order counts as paid.
    Paid,
    /// The order counts as shipped.
    Shipped,
    /// The order counts as delivered.
    Delivered,
    /// The shop makes an invoice.
    Invoiced,
    /// The order counts in the shop's own books: it is a valid sale.
    Logable,
}

/// A state, or several, that send an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerState {
    /// The one with this id.
    Id(String),
    /// Every one that bears this name in one of the shop's languages. Capitals do not matter.
    Name(String),
    /// Every one that means this.
    Flag(StateFlag),
}

/// A state of a shop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopState {
    /// The shop's id of it.
    pub id: String,
    /// Its name in each of the shop's languages.
    pub names: Vec<String>,
    /// What it means.
    pub flags: Vec<StateFlag>,
}

impl ShopState {
    /// A state of which nothing but its id is known.
    pub fn of_id(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            names: Vec::new(),
            flags: Vec::new(),
        }
    }
}

/// The ids of the states that are meant, in the shop's order, or which of them the shop does not have.
pub fn resolve(wanted: &[TriggerState], states: &[ShopState]) -> Result<Vec<String>, Reason> {
    let missing: Vec<String> = wanted
        .iter()
        .filter(|trigger| !states.iter().any(|state| trigger.means(state)))
        .map(TriggerState::shown)
        .collect();
    if !missing.is_empty() {
        return Err(Reason::configuration("trigger_state_unknown")
            .with("states", missing.join(", "))
            .fix("choose_trigger_states"));
    }
    let meant = |state: &&ShopState| wanted.iter().any(|trigger| trigger.means(state));
    Ok(states
        .iter()
        .filter(meant)
        .map(|state| state.id.clone())
        .collect())
}

impl TriggerState {
    /// Whether this is the state, or one of those, that is meant.
    pub fn means(&self, state: &ShopState) -> bool {
        match self {
            Self::Id(id) => state.id == *id,
            Self::Name(name) => {
                let name = name.trim().to_lowercase();
                state
                    .names
                    .iter()
                    .any(|known| known.trim().to_lowercase() == name)
            }
            Self::Flag(flag) => state.flags.contains(flag),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Id(id) => format!("id {id}"),
            Self::Name(name) => name.clone(),
            Self::Flag(flag) => format!("{flag:?}").to_lowercase(),
        }
    }
}
