//! What a person found out about a write that nothing else could tell about.
//!
//! Only a write in doubt can be settled so, and only when nobody may still send it: a done write is never pointed elsewhere,
//! and an intent is its holder's to tell about.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{WriteRow, WriteState};
use crate::clock::{after, until};

/// What a person found in the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It is there, under this id of the target's.
    ExistsAs(String),
    /// It is not there.
    DoesNotExist,
}

/// Why a person cannot settle a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// It is not in doubt.
    NotUnknown,
    /// A run has it.
    Underway,
    /// It turned out to stand in the target.
    Stands {
        /// The target's id.
        foreign_id: String,
    },
    /// It may still arrive: what a person sees now may not last.
    MayArrive {
        /// How long.
        wait: Duration,
    },
}

/// What is known of a write when a person has told. `slack` is how long after a grant the target may still take it in.
pub fn resolve(
    row: Option<&WriteRow>,
    finding: &Finding,
    slack: Duration,
    now: DateTime<Utc>,
) -> Result<WriteRow, Unresolved> {
    let row = row.ok_or(Unresolved::NotUnknown)?;
    match row.state {
        WriteState::Unknown => {}
        WriteState::Freed => return Err(Unresolved::NotUnknown),
        WriteState::Intent => return Err(Unresolved::Underway),
        WriteState::Done => {
            return Err(Unresolved::Stands {
                foreign_id: row.foreign_id.clone(),
            });
        }
    }
    let wait = until(now, after(row.write_until, slack));
    if !wait.is_zero() {
        return Err(Unresolved::MayArrive { wait });
    }
    let (state, foreign_id, fingerprint) = match finding {
        Finding::ExistsAs(id) => (WriteState::Done, id.clone(), row.fingerprint),
        Finding::DoesNotExist => (WriteState::Freed, String::new(), None),
    };
    Ok(WriteRow {
        state,
        look_after: None,
        foreign_id,
        fingerprint,
        ..row.clone()
    })
}
