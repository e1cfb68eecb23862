//! Where an order stands in the shop: its state, the states before it, and whether money has come in.
//!
//! An order that the shop does not show has no standing. Payments are read where they decide something, and not otherwise.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use skarv_connector::Error;

use crate::{
    api::Api,
    batch::Batch,
    row::{HistoryRow, PaymentRow, StandingRow, Unreadable},
};

/// Where an order stands.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// The state that it is in.
    pub(super) state: u64,
    /// What it has been through, oldest first.
    pub(super) history: Vec<Step>,
    /// Whether a payment is booked on it, as far as that was asked.
    pub(super) paid: bool,
    reference: String,
}

/// A state that an order went into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) state: u64,
    /// Whether somebody did it in the back office: modules and the webservice bear no name.
    pub(super) by_person: bool,
}

impl Standing {
    /// Nothing where the shop has no such order.
    pub(super) async fn read(api: &Api, order: &str) -> Result<Option<Self>, Error> {
        if order.parse::<u64>().is_err() {
            return Ok(None);
        }
        let key = || BTreeSet::from([order.to_owned()]);
        let (orders, histories) = tokio::try_join!(
            Batch::<StandingRow>::read(api, key()),
            Batch::<HistoryRow>::read(api, key()),
        )?;
        let Some(row) = orders.one(order).map_err(unreadable)? else {
            return Ok(None);
        };
        let steps = histories.all(order).map_err(unreadable)?.iter();
        Ok(Some(Self {
            state: row.state,
            history: steps.map(Step::of).collect(),
            paid: false,
            reference: row.reference.clone(),
        }))
    }

    /// With what was paid for it. Payments are booked on the cart that it came of.
    pub(super) async fn with_payments(mut self, api: &Api) -> Result<Self, Error> {
        let key = BTreeSet::from([self.reference.clone()]);
        let payments = Batch::<PaymentRow>::read(api, key).await?;
        let payments = payments.all(&self.reference).map_err(unreadable)?;
        self.paid = payments.iter().any(|payment| payment.amount > Decimal::ZERO);
        Ok(self)
    }

    pub(super) fn has_been_in(&self, wanted: impl Fn(u64) -> bool) -> bool {
        wanted(self.state) || self.history.iter().any(|step| wanted(step.state))
    }

    #[cfg(test)]
    pub(super) fn of(state: u64, history: Vec<Step>, paid: bool) -> Self {
        Self {
            state,
            history,
            paid,
            reference: String::new(),
        }
    }
}

impl Step {
    fn of(row: &HistoryRow) -> Self {
        Self {
            state: row.state,
            by_person: row.employee != 0,
        }
    }
}

fn unreadable(row: Unreadable) -> Error {
    Error::new(row.reason())
}
