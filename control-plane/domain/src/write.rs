//! One foreign effect, and how it happens once on systems that cannot tell a repeat from a new one.
//!
//! A write that doing twice would show is granted only together with an intent, and an intent says until when it may be
//! sent. Whoever finds another's intent waits until that span is over and the target's search has caught up, looks the
//! write up, and only then creates it. A done write is never pointed elsewhere.

use std::time::Duration;

use chrono::{DateTime, Utc};
use skarv_canonical::{Fingerprint, write::Effect};

use crate::{
    clock::{after, until},
    id::RunId,
};

mod resolve;

pub use resolve::{Finding, Unresolved, resolve};

/// How far a write is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteState {
    /// Started; nobody has said what became of it.
    Intent,
    /// It stands in the target.
    Done,
    /// It may stand in the target and nothing can tell; a person decides.
    Unknown,
    /// A person has found that it does not stand in the target: whoever asks next may make it.
    Freed,
}

impl WriteState {
    /// The number it is stored by.
    pub fn as_i16(self) -> i16 {
        match self {
            Self::Intent => 1,
            Self::Done => 2,
            Self::Unknown => 3,
            Self::Freed => 4,
        }
    }

    /// The state of this number; an unknown number is an unknown outcome.
    pub fn from_i16(number: i16) -> Self {
        match number {
            1 => Self::Intent,
            2 => Self::Done,
            4 => Self::Freed,
            _ => Self::Unknown,
        }
    }
}

/// What is known of one write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRow {
    /// How far it is.
    pub state: WriteState,
    /// The run that last asked for it or settled it.
    pub run: RunId,
    /// That run's epoch.
    pub epoch: u64,
    /// Until when it may be sent.
    pub write_until: DateTime<Utc>,
    /// Set when someone before this holder may have sent it: from then on a look-up can tell.
    pub look_after: Option<DateTime<Utc>>,
    /// The target's id; empty until done.
    pub foreign_id: String,
    /// Over the target form that was last written.
    pub fingerprint: Option<Fingerprint>,
}

/// What an agent asks about one write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Over the target form that is to stand there.
    pub fingerprint: Fingerprint,
    /// What it does to what is there.
    pub effect: Effect,
    /// Whether doing it twice would be seen.
    pub needs_intent: bool,
    /// Whether the target can be searched by our key.
    pub searchable: bool,
    /// How long the target's search may lag behind.
    pub visible_after: Duration,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The run.
    pub run: RunId,
    /// Its epoch.
    pub epoch: u64,
    /// Whether its stream looks every create up first.
    pub verify: bool,
}

/// The lengths that the rules go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long a granted write may be sent.
    pub grant: Duration,
    /// How long after that the foreign system may still take it in.
    pub slack: Duration,
    /// How long to leave another run alone before asking again.
    pub busy: Duration,
}

/// What a write is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody wrote it: create it while the grant lasts.
    New {
        /// How long it may be sent.
        grant: Duration,
    },
    /// This run asked before, in this epoch: look it up unless it is known not to have been sent.
    Held {
        /// How long it may be sent.
        grant: Duration,
    },
    /// It stands there as it is to be.
    Unchanged {
        /// The target's id.
        foreign_id: String,
    },
    /// It stands there, with another fingerprint.
    Linked {
        /// The target's id.
        foreign_id: String,
        /// How long it may be brought up to date; zero when it is never touched again.
        grant: Duration,
    },
    /// Someone may have written it: wait, look it up, adopt or create it while the grant lasts.
    Pending {
        /// How long to wait first.
        wait: Duration,
        /// How long it may be sent, counted from the end of the wait.
        grant: Duration,
    },
    /// Another run holds it: ask again.
    Busy {
        /// How long to wait first.
        wait: Duration,
    },
    /// It may have been written and nothing can tell: a person decides.
    Unknown,
}

/// A verdict, and what is to be stored before it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The verdict.
    pub verdict: Verdict,
    /// The row as it is from now on; `None` leaves it.
    pub keep: Option<WriteRow>,
}

impl Ruling {
    fn only(verdict: Verdict) -> Self {
        Self { verdict, keep: None }
    }
}

/// What a write is to be. `holder_live` says whether the run that has the intent still holds its lease in that epoch.
pub fn verdict(
    row: Option<&WriteRow>,
    holder_live: bool,
    asker: Asker,
    question: &Question,
    now: DateTime<Utc>,
    timing: Timing,
) -> Ruling {
    match row {
        Some(row) if row.state == WriteState::Done => Ruling::only(done(row, question, timing)),
        Some(row) if row.state == WriteState::Unknown => Ruling::only(Verdict::Unknown),
        _ if !question.needs_intent => Ruling::only(Verdict::New { grant: timing.grant }),
        None => first(asker, asker.verify, now, timing),
        // a person can be mistaken: where looking is possible, it is looked up first
        Some(row) if row.state == WriteState::Freed => {
            first(asker, asker.verify || question.searchable, now, timing)
        }
        Some(row) if row.run == asker.run && row.epoch == asker.epoch => again(row, now, timing),
        Some(_) if holder_live => Ruling::only(Verdict::Busy { wait: timing.busy }),
        Some(_) if !question.searchable => Ruling::only(Verdict::Unknown),
        Some(row) => take_over(row, asker, question.visible_after, now, timing),
    }
}

fn done(row: &WriteRow, question: &Question, timing: Timing) -> Verdict {
    let foreign_id = row.foreign_id.clone();
    if row.fingerprint == Some(question.fingerprint) {
        return Verdict::Unchanged { foreign_id };
    }
    let grant = match question.effect {
        Effect::Create => Duration::ZERO,
        Effect::Update | Effect::Set => timing.grant,
    };
    Verdict::Linked { foreign_id, grant }
}

fn first(asker: Asker, verify: bool, now: DateTime<Utc>, timing: Timing) -> Ruling {
    let row = intent(asker, after(now, timing.grant), verify.then_some(now));
    let verdict = if verify {
        Verdict::Pending {
            wait: Duration::ZERO,
            grant: timing.grant,
        }
    } else {
        Verdict::New { grant: timing.grant }
    };
    Ruling {
        verdict,
        keep: Some(row),
    }
}

/// The same holder asks again: its answer went missing, or its window closed. If someone before it may have sent the write,
/// it is told so every time: that *it* did not send it proves nothing.
fn again(row: &WriteRow, now: DateTime<Utc>, timing: Timing) -> Ruling {
    let wait = row.look_after.map(|at| until(now, at)).unwrap_or_default();
    let grant = grant_after(wait, timing);
    let write_until = after(now, grant).max(row.write_until);
    let verdict = match row.look_after {
        Some(_) => Verdict::Pending { wait, grant },
        None => Verdict::Held { grant },
    };
    Ruling {
        verdict,
        keep: Some(WriteRow {
            write_until,
            ..row.clone()
        }),
    }
}

fn take_over(row: &WriteRow, asker: Asker, visible: Duration, now: DateTime<Utc>, timing: Timing) -> Ruling {
    let look_after = after(after(row.write_until, timing.slack), visible).max(now);
    let wait = until(now, look_after);
    let grant = grant_after(wait, timing);
    let write_until = after(now, grant).max(row.write_until);
    Ruling {
        verdict: Verdict::Pending { wait, grant },
        keep: Some(intent(asker, write_until, Some(look_after))),
    }
}

/// Nothing may be sent before the wait is over, and then only after asking again: otherwise one that takes a write over
/// and ends without sending it would make the next wait for a grant that nobody used, for ever.
fn grant_after(wait: Duration, timing: Timing) -> Duration {
    if wait.is_zero() {
        timing.grant
    } else {
        Duration::ZERO
    }
}

fn intent(asker: Asker, write_until: DateTime<Utc>, look_after: Option<DateTime<Utc>>) -> WriteRow {
    WriteRow {
        state: WriteState::Intent,
        run: asker.run,
        epoch: asker.epoch,
        write_until,
        look_after,
        foreign_id: String::new(),
        fingerprint: None,
    }
}

/// What an agent says became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settling<'a> {
    /// The run.
    pub run: RunId,
    /// Its epoch.
    pub epoch: u64,
    /// The target's id; empty when nothing can tell.
    pub foreign_id: &'a str,
    /// Over the target form.
    pub fingerprint: Fingerprint,
    /// Whether nothing can tell.
    pub unknown: bool,
    /// Whether what it is about may stand somewhere else than it did: an article that was made anew, and what belongs to it.
    /// A document never moves.
    pub may_move: bool,
    /// The instant now.
    pub now: DateTime<Utc>,
}

/// What settling a write does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The row is this from now on.
    Keep(WriteRow),
    /// It is settled better than that already.
    Nothing,
    /// It was settled with this other id before: two documents may stand in the target.
    Conflict {
        /// The id that stands.
        stands: String,
    },
}

/// What settling a write does to what is known of it. `holder_live` says whether the run that has the intent still holds its
/// lease in that epoch.
pub fn settle(row: Option<&WriteRow>, holder_live: bool, by: Settling<'_>) -> Settlement {
    let done = row.filter(|row| row.state == WriteState::Done);
    match done {
        None if by.unknown && row.is_some_and(|row| is_past(row, holder_live, by)) => Settlement::Nothing,
        Some(_) if by.unknown => Settlement::Nothing,
        Some(row) if row.foreign_id != by.foreign_id && !by.may_move => Settlement::Conflict {
            stands: row.foreign_id.clone(),
        },
        _ => Settlement::Keep(WriteRow {
            state: if by.unknown {
                WriteState::Unknown
            } else {
                WriteState::Done
            },
            run: by.run,
            epoch: by.epoch,
            write_until: row.map_or(by.now, |row| row.write_until),
            look_after: None,
            foreign_id: if by.unknown {
                String::new()
            } else {
                by.foreign_id.to_owned()
            },
            fingerprint: Some(by.fingerprint),
        }),
    }
}

/// Whether a word of doubt is about what was: a person has told since, and maybe another holds the write by now.
fn is_past(row: &WriteRow, holder_live: bool, by: Settling<'_>) -> bool {
    let holds = row.run == by.run && row.epoch == by.epoch;
    match row.state {
        WriteState::Freed => true,
        WriteState::Intent => holder_live && !holds,
        WriteState::Done | WriteState::Unknown => false,
    }
}

#[cfg(test)]
mod tests;
