//! How one write ended. The words between whoever carries a write out and whoever settles its record.

use std::time::Duration;

use skarv_canonical::{
    Reason,
    write::{Entity, Write},
};
use skarv_connector::Receipt;

use super::control::ControlError;

/// How one write ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It stands in the target.
    Stands {
        foreign_id: String,
        how: How,
        mismatch: Option<Reason>,
        /// What was put right so that the target could take it.
        remarks: Vec<Reason>,
    },
    /// The target refuses it as it is, and nothing was written.
    Refused(Reason),
    /// It stands there already with another content, and is not to be touched.
    Changed { foreign_id: String },
    /// It may stand there, and nothing can tell.
    Unknown(Reason),
    /// It is neither done nor refused: later. Without a wait, trying is used up for now.
    Later {
        trouble: Option<Reason>,
        wait: Option<Duration>,
        /// Whether it is certain that nothing was written.
        unwritten: bool,
    },
    /// The control plane said stop.
    Stop(ControlError),
}

/// How a write came to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Made,
    Found,
    /// Found there for the first time, and left as it is.
    Left,
    Unchanged,
}

impl End {
    pub(super) fn unchanged(foreign_id: &str) -> Self {
        Self::stands(foreign_id.to_owned(), How::Unchanged)
    }

    /// It stands there as it should.
    pub(super) fn stands(foreign_id: String, how: How) -> Self {
        Self::Stands {
            foreign_id,
            how,
            mismatch: None,
            remarks: Vec::new(),
        }
    }

    /// What a request that went through left behind.
    pub(super) fn of(receipt: Receipt, how: How) -> Self {
        Self::Stands {
            foreign_id: receipt.foreign_id,
            how,
            mismatch: receipt.mismatch,
            remarks: receipt.remarks,
        }
    }

    /// The target's id, if it stands there as it should: only then does the next write of its record go out.
    pub(super) fn stands_well(&self) -> Option<&str> {
        match self {
            Self::Stands {
                foreign_id,
                mismatch: None,
                ..
            } => Some(foreign_id),
            _ => None,
        }
    }

    /// Whether the target took part in it. What was unchanged never touched it, and says nothing about whether it answers.
    pub(super) fn was_answered(&self) -> bool {
        matches!(
            self,
            Self::Stands {
                how: How::Made | How::Found | How::Left,
                ..
            }
        )
    }
}

/// One write of a record that is settled: which it was, and how it came to stand, if it does.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) entity: Entity,
    pub(super) our_key: String,
    /// The target's id of what stands there; empty when nothing is known to.
    pub(super) foreign_id: String,
    /// `None`: it does not stand as it should.
    pub(super) how: Option<How>,
}

impl Step {
    pub(super) fn of(write: &Write, end: &End) -> Self {
        let (foreign_id, how) = match end {
            End::Stands { foreign_id, how, .. } => (foreign_id.clone(), Some(*how)),
            End::Changed { foreign_id } => (foreign_id.clone(), None),
            End::Refused(_) | End::Unknown(_) | End::Later { .. } | End::Stop(_) => (String::new(), None),
        };
        Self {
            entity: write.entity(),
            our_key: write.our_key.clone(),
            foreign_id,
            how,
        }
    }
}
