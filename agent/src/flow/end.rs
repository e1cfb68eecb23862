//! How one write ended. The words between whoever carries a write out and whoever settles its record.

use std::time::Duration;

use skarv_canonical::Reason;

use super::control::ControlError;

/// How one write ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It stands in the target.
    Stands {
        foreign_id: String,
        how: How,
        mismatch: Option<Reason>,
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
    Unchanged,
}

impl End {
    pub(super) fn unchanged(foreign_id: &str) -> Self {
        Self::Stands {
            foreign_id: foreign_id.to_owned(),
            how: How::Unchanged,
            mismatch: None,
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
                how: How::Made | How::Found,
                ..
            }
        )
    }
}
