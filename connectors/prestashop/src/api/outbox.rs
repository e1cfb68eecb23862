//! What would be sent: rows that are kept instead of sent while somebody only looks.

use std::sync::{Mutex, PoisonError};

use super::Resource;
use crate::xml::Node;

/// What would become of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Made,
    Changed,
    Deleted,
}

/// A row that would be sent.
pub(crate) struct Draft {
    pub(crate) way: Way,
    pub(crate) resource: Resource,
    pub(crate) row: Node,
}

/// Rows that would have been sent.
#[derive(Default)]
pub(crate) struct Outbox(Mutex<Vec<Draft>>);

impl Outbox {
    /// Keeps rows; what a shop would answer. A row that is only foreseen has the id 0, which no shop gives.
    pub(super) fn keep(&self, way: Way, resource: Resource, rows: Vec<Node>) -> Vec<Node> {
        let mut drafts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let draft = |row: &Node| Draft {
            way,
            resource,
            row: row.clone(),
        };
        drafts.extend(rows.iter().map(draft));
        let answered = |row: Node| match row.child("id") {
            Some(_) => row,
            None => row.with("id", 0),
        };
        rows.into_iter().map(answered).collect()
    }

    /// Everything that was kept since this was last asked.
    pub(crate) fn take(&self) -> Vec<Draft> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
