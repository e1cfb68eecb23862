//! What a write would do, seen without doing it.

use skarv_canonical::{Reason, shown::Change};

/// What a write would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// What would become of it.
    pub end: Foreseen,
    /// The fields that would change; all of them where it would be made.
    pub changes: Vec<Change>,
    /// What would be put right so that the target can take it, as a receipt tells it.
    pub remarks: Vec<Reason>,
}

impl Preview {
    /// What would become of a write, and the fields that would change.
    pub fn of(end: Foreseen, changes: Vec<Change>) -> Self {
        Self {
            end,
            changes,
            remarks: Vec::new(),
        }
    }

    /// The same, with what would be put right.
    pub fn with_remarks(self, remarks: impl IntoIterator<Item = Reason>) -> Self {
        Self {
            remarks: remarks.into_iter().collect(),
            ..self
        }
    }
}

/// What would become of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foreseen {
    /// It would be made.
    Made,
    /// What stands would be changed.
    Changed,
    /// It stands already as it is to be.
    Stands,
    /// It would be refused, or nothing is to be done, for this reason.
    Refused(Reason),
}
