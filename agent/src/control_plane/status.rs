//! What the control plane says about one run of a batch, as what the run is told.

use skarv_proto::agent::v1::RunStatus;

use crate::flow::{Signal, control::ControlError};

/// A status that this version does not know counts as lost: whatever it means, it is not leave to go on.
pub(super) fn decode_status(status: RunStatus) -> Signal {
    match status {
        RunStatus::Ok => Signal::Go,
        RunStatus::Cancel => Signal::Cancel,
        RunStatus::Pause => Signal::Pause,
        RunStatus::NotAllowed => Signal::NotAllowed,
        RunStatus::Lost | RunStatus::Unspecified => Signal::Lost,
    }
}

/// Whether what was asked is done, and if not, why the run cannot go on.
pub(super) fn settled(signal: Signal) -> Result<(), ControlError> {
    match signal {
        Signal::Go | Signal::Drain => Ok(()),
        Signal::Pause => Err(ControlError::Paused),
        Signal::NotAllowed => Err(ControlError::NotAllowed),
        Signal::Cancel => Err(ControlError::Cancelled),
        Signal::Lost => Err(ControlError::Lost),
    }
}
