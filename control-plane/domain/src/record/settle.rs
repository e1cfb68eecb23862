//! What an outcome, or a person's word, makes of a record.
//!
//! What stands in the books is never forgotten: an order that is cancelled after it was invoiced waits for a person, or for
//! refunds that take all of it back.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use skarv_canonical::{Class, Reason, write::Entity};

use super::{Doubt, Outcome, RecordState};
use crate::{clock::after, retry::record_backoff, write::Finding};

/// The code of an order that is cancelled now.
pub(super) const CANCELLED: &str = "cancelled";
/// The code of one whose invoice stands all the same.
const CANCELLED_AFTER_INVOICING: &str = "cancelled_after_invoicing";
/// The code of an invoiced order that the shop calls refunded, and has no refund of.
const REFUNDED_WITHOUT_SLIP: &str = "refunded_without_slip";

/// What is remembered of a record between runs, apart from what people see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How it is.
    pub state: RecordState,
    /// Why.
    pub reason: Option<Reason>,
    /// Tries of a parked record.
    pub attempt: u32,
    /// When it is tried again by itself.
    pub retry_at: Option<DateTime<Utc>>,
    /// The writes that a person is to settle.
    pub doubts: Vec<Doubt>,
    /// Whether a document of its own is known to stand in the books.
    pub booked: bool,
}

/// What bears on an outcome beside the record itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The writes of which nothing can tell, as far as nobody knows better.
    pub doubts: Vec<Doubt>,
    /// The record was asked for once more, by a person or a timer, rather than met on the way.
    pub again: bool,
    /// Refunds take back all of the order, so that its invoice is settled by their credit notes.
    pub credited: bool,
    /// It is an article, its prices or its stock, or how far an order has come: what it is now counts, and not that it was
    /// delivered once.
    pub goods: bool,
}

/// What an outcome makes of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// How it is from now on.
    pub standing: Standing,
    /// Whether its story tells of it.
    pub tell: bool,
}

/// What an outcome makes of a record.
pub fn settle(before: Option<&Standing>, outcome: &Outcome, known: Known, now: DateTime<Utc>) -> Settlement {
    let booked = !known.goods && outcome.books() || before.is_some_and(|before| before.booked);
    let outcome = &in_the_books(before.filter(|before| before.booked), outcome, &known);
    if let Some(before) = before.filter(|before| stays(before, outcome, &known)) {
        return Settlement {
            standing: Standing {
                booked,
                ..before.clone()
            },
            tell: false,
        };
    }
    // what stands in the target goes on standing there, whatever a later look finds not worth doing
    let stands = before.filter(|before| {
        let quiet = outcome.result == RecordState::Unchanged || !known.goods && is_quiet(outcome.result);
        before.state.stands_in_target() && quiet
    });
    let state = stands.map_or(outcome.result, |before| before.state);
    let (attempt, retry_at) = retry_of(before, outcome, known.again, now);
    // and so does what was put right about it
    let remark = stands.filter(|_| outcome.result == RecordState::Unchanged);
    let reason = outcome.reason.clone().or_else(|| remark?.reason.clone());
    let same = before.is_some_and(|before| before.state == state && before.reason == reason);
    let tell = match outcome.result {
        RecordState::Written | RecordState::Adopted => true,
        // nothing was written, but it waits no more
        RecordState::Unchanged => before.is_some_and(|before| before.state == RecordState::Parked),
        RecordState::Dropped | RecordState::Parked | RecordState::Unknown | RecordState::Ignored => {
            known.again || !same
        }
    };
    Settlement {
        standing: Standing {
            state,
            reason,
            attempt,
            retry_at,
            doubts: known.doubts,
            booked,
        },
        tell,
    }
}

/// What an order that is not to be sent means when its invoice stands. Cancelled, the invoice must be credited: that waits
/// for a person, until refunds have done it. Anything else came too late to matter.
fn in_the_books<'o>(booked: Option<&Standing>, outcome: &'o Outcome, known: &Known) -> Cow<'o, Outcome> {
    let doubtful = booked.is_some_and(|before| !before.doubts.is_empty());
    if booked.is_none() || doubtful || outcome.result != RecordState::Dropped {
        return Cow::Borrowed(outcome);
    }
    let (result, reason) = match (outcome.cancelled(), known.credited) {
        (true, true) => return Cow::Borrowed(outcome),
        (true, false) => (RecordState::Parked, Some(cancelled_after_invoicing())),
        (false, _) => (RecordState::Unchanged, None),
    };
    Cow::Owned(Outcome {
        result,
        reason,
        retry: None,
        ..outcome.clone()
    })
}

fn cancelled_after_invoicing() -> Reason {
    Reason::data(CANCELLED_AFTER_INVOICING).fix("refund_or_credit")
}

/// What a parked order waits to have refunded, if it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    /// All of it: it is cancelled.
    Everything,
    /// Whatever was given back: the shop only says that something was.
    Something,
}

fn awaited_refund(standing: &Standing) -> Option<Awaited> {
    let reason = standing.reason.as_ref();
    match reason
        .filter(|_| standing.state == RecordState::Parked)?
        .code
        .as_str()
    {
        CANCELLED_AFTER_INVOICING => Some(Awaited::Everything),
        REFUNDED_WITHOUT_SLIP => Some(Awaited::Something),
        _ => None,
    }
}

/// What an order that waits to be refunded is, when a credit note of it stands. `all` says whether they take back all of it.
/// `None` when it goes on waiting, or waits for nothing of the kind.
pub fn credited(order: &Standing, all: bool) -> Option<Standing> {
    let (state, reason) = match awaited_refund(order)? {
        Awaited::Everything if !all => return None,
        Awaited::Everything => (RecordState::Dropped, Some(Reason::data(CANCELLED))),
        Awaited::Something => (RecordState::Unchanged, None),
    };
    Some(Standing {
        state,
        reason,
        attempt: 0,
        retry_at: None,
        ..order.clone()
    })
}

/// What an outcome says nothing new about.
fn stays(before: &Standing, outcome: &Outcome, known: &Known) -> bool {
    use RecordState::{Adopted, Dropped, Ignored, Parked, Unchanged, Unknown, Written};
    match (before.state, outcome.result) {
        // it is in doubt whatever the shop says of it now: only knowing ends a doubt
        (Unknown, Parked | Dropped) => !before.doubts.is_empty(),
        // it comes late: somebody has told meanwhile
        (_, Unknown) => known.doubts.is_empty() && outcome.writes.iter().any(|write| write.unknown),
        // its invoice and the credit notes of it stand as they should
        (Written | Adopted | Unchanged, Dropped) => before.booked,
        // it is not cancelled any more, or the shop says what was given back
        (Parked, Unchanged) if awaited_refund(before).is_some() || known.goods => false,
        // what stands in the target otherwise than it should is not put right by being found there again; what was set
        // aside comes back by being delivered: otherwise both by being sent again
        (Parked, Unchanged) | (Ignored, Parked | Dropped | Unchanged) => !known.again,
        _ => false,
    }
}

/// What a record is when a person has told what became of one of its writes. What is still in doubt stays unknown. A
/// document that stands is taken over. A customer, an article or a state that stands, or a write that was not made, leaves
/// something to send.
pub fn resolved(before: &Standing, doubt: &Doubt, finding: &Finding, retry_at: DateTime<Utc>) -> Standing {
    let doubts: Vec<_> = before
        .doubts
        .iter()
        .filter(|other| *other != doubt)
        .cloned()
        .collect();
    let more_follows = matches!(doubt.entity, Entity::Customer | Entity::Article | Entity::Status);
    let stands = matches!(finding, Finding::ExistsAs(_)) && !more_follows;
    let (state, reason, retry_at) = if !doubts.is_empty() {
        (RecordState::Unknown, before.reason.clone(), None)
    } else if stands {
        (RecordState::Adopted, None, None)
    } else {
        let reason = Reason::new(Class::Transient, "resolved_by_hand");
        (RecordState::Parked, Some(reason), Some(retry_at))
    };
    Standing {
        state,
        reason,
        attempt: 0,
        retry_at,
        doubts,
        booked: before.booked || stands && matches!(doubt.entity, Entity::Invoice | Entity::Credit),
    }
}

fn is_quiet(result: RecordState) -> bool {
    match result {
        RecordState::Unchanged | RecordState::Dropped => true,
        RecordState::Written
        | RecordState::Adopted
        | RecordState::Parked
        | RecordState::Unknown
        | RecordState::Ignored => false,
    }
}

/// A parked record that is met again on the way keeps the try it waits for; only a try counts as one.
fn retry_of(
    before: Option<&Standing>,
    outcome: &Outcome,
    again: bool,
    now: DateTime<Utc>,
) -> (u32, Option<DateTime<Utc>>) {
    let parked = before.filter(|before| before.state == RecordState::Parked);
    match (outcome.result, outcome.retry) {
        (RecordState::Parked, Some(base)) => match parked {
            Some(parked) if !again && parked.attempt > 0 => (parked.attempt, parked.retry_at),
            parked => {
                let attempt = parked.map_or(0, |parked| parked.attempt).saturating_add(1);
                (
                    attempt,
                    record_backoff(base, attempt).map(|wait| after(now, wait)),
                )
            }
        },
        _ => (0, None),
    }
}
