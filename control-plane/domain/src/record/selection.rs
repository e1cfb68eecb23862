//! Which records of a stream a person means: some by their keys, or all that match.

use super::{Record, RecordState};

/// Which records of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Those with these source keys.
    Keys(Vec<String>),
    /// All that match.
    Matching(Filter),
}

/// What listed records must be like; what is `None` takes any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// How they are.
    pub state: Option<RecordState>,
    /// The code of their reason.
    pub reason_code: Option<String>,
}

impl From<Option<RecordState>> for Only {
    fn from(state: Option<RecordState>) -> Self {
        Self {
            state,
            reason_code: None,
        }
    }
}

/// What chosen records must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// How they are.
    pub state: RecordState,
    /// The code of their reason; `None` takes any.
    pub reason_code: Option<String>,
}

impl From<Vec<String>> for Selection {
    fn from(keys: Vec<String>) -> Self {
        Self::Keys(keys)
    }
}

/// What a selection comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// How many records.
    pub count: u64,
    /// How many by the code of their reason, most first; those without have an empty code.
    pub by_reason: Vec<(String, u64)>,
    /// Some of them, latest change first.
    pub first: Vec<Record>,
}
