//! Counters of the calls that came in, by endpoint and by status: how tests see that the connector was
//! as sparing, or as persistent, as it should be. Faults count themselves (`faults`).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use serde::Serialize;

#[derive(Clone, Default, Serialize)]
pub(super) struct Counts {
    total: u64,
    by_endpoint: BTreeMap<String, u64>,
    by_status: BTreeMap<u16, u64>,
}

#[derive(Default)]
pub(super) struct Requests(Mutex<Counts>);

impl Requests {
    pub(super) fn count(&self, endpoint: String, status: StatusCode) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total += 1;
        *counts.by_endpoint.entry(endpoint).or_default() += 1;
        *counts.by_status.entry(status.as_u16()).or_default() += 1;
    }

    pub(super) fn counts(&self) -> Counts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn reset(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Counts::default();
    }
}
