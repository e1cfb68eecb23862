//! What a write would do, seen without doing it.

use skarv_canonical::{Reason, shown::Change};

/// What a write would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// What would become of it.
    pub end: Foreseen,
    /// The fields that would change; all of them where it would be made.
    pub changes: Vec<Change>,
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
