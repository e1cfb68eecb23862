//! All states of a shop together with what its settings say of some: which of them end an order, and which come after which.
//!
//! A state that a merchant or a module added is told by the mail that it sends. What is none of this is just a state.

use std::{collections::BTreeMap, fmt};

use skarv_canonical::trigger::StateFlag;
use skarv_connector::Error;

use super::State;
use crate::{
    api::Api,
    shop::{self, ShopSettings},
};

/// How an order ends in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Cancelled,
    Refunded,
    /// Its payment failed.
    Failed,
}

impl Ending {
    /// The stable name, as discovery tells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
            Self::Failed => "error",
        }
    }
}

/// The states of a shop.
pub(crate) struct StateBook {
    states: BTreeMap<u64, State>,
    settings: ShopSettings,
}

impl StateBook {
    /// As they are now, whatever is wrong with the shop's clock.
    pub(crate) async fn read(api: &Api) -> Result<Self, Error> {
        let settings = async { Ok(ShopSettings::look(api).await?.0) };
        let (settings, states) = tokio::try_join!(settings, shop::states(api))?;
        Ok(Self::of(settings, states))
    }

    pub(crate) fn of(settings: ShopSettings, states: BTreeMap<u64, State>) -> Self {
        Self { states, settings }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &State> {
        self.states.values()
    }

    pub(crate) fn get(&self, id: u64) -> Option<&State> {
        self.states.get(&id)
    }

    /// A state that orders can be put in. A deleted one is there for those that have been in it.
    pub(crate) fn living(&self, id: &str) -> Option<&State> {
        let state = self.get(id.parse().ok()?)?;
        (!state.deleted).then_some(state)
    }

    /// How an order in this state has ended, if it has.
    pub(crate) fn ending(&self, id: u64) -> Option<Ending> {
        let state = self.get(id);
        let is = |set: Option<u64>, mails: fn(&State) -> bool| set == Some(id) || state.is_some_and(mails);
        let settings = &self.settings;
        if is(settings.cancelled_state, |state| state.cancels) {
            Some(Ending::Cancelled)
        } else if is(settings.refunded_state, |state| state.refunds) {
            Some(Ending::Refunded)
        } else if is(settings.failed_state, |state| state.fails) {
            Some(Ending::Failed)
        } else {
            None
        }
    }

    /// Whether an order in this state has left the shop. The mark of a delivery note says less: a shop prints it while the
    /// order is packed.
    pub(crate) fn has_left(&self, id: u64) -> bool {
        self.get(id).is_some_and(|state| state.means(StateFlag::Shipped))
    }

    /// Whether the one is the shop's own state for what was sent and the other its own for what has arrived.
    pub(crate) fn arrives_after(&self, from: u64, to: u64) -> bool {
        self.settings.shipped_state == Some(from) && self.settings.delivered_state == Some(to)
    }

    pub(crate) fn is_paid(&self, id: u64) -> bool {
        self.get(id).is_some_and(|state| state.means(StateFlag::Paid))
    }

    /// `5 Levererad`; the id alone where the shop has no such state.
    pub(crate) fn title(&self, id: impl fmt::Display) -> String {
        let id = id.to_string();
        let state = id.parse().ok().and_then(|id| self.get(id));
        state.map_or(id, |state| state.title(&self.settings.language))
    }
}
