//! What is to become of a state change, by what stands in the shop. Pure: this is the table of transitions.
//!
//! The shop itself guards nothing: it puts an order into any state as often as it is asked, mails each time, and lets payment
//! modules capture or pay back. So nothing is sent that has been there, nothing goes back, and nobody is overruled.

use skarv_canonical::{
    Reason,
    status::{OrderEvent, StateChange},
};

use super::standing::Standing;
use crate::state::{Ending, State, StateBook};

/// The order has gone its own way in the shop: nothing is told. Nobody needs to act.
const MOVED_ON: &str = "order_moved_on";

/// What is to become of a state change.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The order is, or has been, in the state.
    Stands,
    /// It is to be put there, with a mail or without.
    Enter {
        mail: bool,
        remark: Option<Reason>,
    },
    Refused(Reason),
}

/// Whether the order has been put into the state, by whomever. Its current state counts by itself: the shop sets that before it
/// writes history, and some clear their history.
pub(super) fn stands(change: &StateChange, order: &Standing) -> bool {
    order.has_been_in(|state| is(&change.state, state))
}

/// Whether putting an order where the change says cancels it or gives it back, or is meant to: what a payment module does then
/// can be chosen for any state.
pub(super) fn ends_the_order(change: &StateChange, book: &StateBook) -> bool {
    let ending = change.state.parse().ok().and_then(|state| book.ending(state));
    change.event.ends_the_order() || matches!(ending, Some(Ending::Cancelled | Ending::Refunded))
}

pub(super) fn decide(change: &StateChange, order: &Standing, book: &StateBook) -> Verdict {
    if stands(change, order) {
        return Verdict::Stands;
    }
    if has_moved_on(change, order, book) {
        return Verdict::Refused(Reason::data(MOVED_ON).with("state", book.title(order.state)));
    }
    let Some(state) = book.living(&change.state) else {
        return Verdict::Refused(not_there(&change.state));
    };
    let captured = order.paid || order.has_been_in(|state| book.is_paid(state));
    if ends_the_order(change, book) && captured && !change.cancels_captured {
        return Verdict::Refused(
            Reason::data("cancel_would_pay_back")
                .with("state", book.title(&change.state))
                .fix("cancel_by_hand_or_allow"),
        );
    }
    enter(change, state, book)
}

fn enter(change: &StateChange, state: &State, book: &StateBook) -> Verdict {
    let mute = change.mail && !state.mails;
    Verdict::Enter {
        mail: change.mail && state.mails,
        remark: mute.then(|| without_mail(&book.title(&change.state))),
    }
}

/// A state that the shop does not have, or has deleted.
pub(crate) fn not_there(state: &str) -> Reason {
    Reason::configuration("state_not_there")
        .with("state", state)
        .fix("choose_state")
}

/// A mail is wanted of a state that has none: the state is set all the same.
pub(crate) fn without_mail(state: &str) -> Reason {
    Reason::data("state_has_no_mail").with("state", state)
}

fn has_moved_on(change: &StateChange, order: &Standing, book: &StateBook) -> bool {
    // what is cancelled, paid back or not paid for must not be called delivered, nor cancelled a second way
    book.ending(order.state).is_some()
        // what has come as far must not go back: events are told late, and out of order
        || rank(change, order.state, book) >= Some(change.event)
        || a_person_moved_it(change, order, book)
}

/// How far an order in a state has come. Of several events with one state the first counts: that it is there says no more.
fn rank(change: &StateChange, current: u64, book: &StateBook) -> Option<OrderEvent> {
    let told = change.states.iter().find(|(_, state)| is(state, current));
    if let Some((event, _)) = told {
        return Some(*event);
    }
    // a shop that keeps sent and arrived apart can be told of the second
    let goes_on = change
        .state
        .parse()
        .is_ok_and(|to| book.arrives_after(current, to));
    (book.has_left(current) && !goes_on).then_some(OrderEvent::Delivered)
}

/// A person took the order out of a state of ours and put it in one of their own: they know something that the accounting system
/// does not, and a mail or a capture on top of it would be wrong. Whoever put it where it waits for its invoice, or moved it
/// before we did, has not moved it on.
fn a_person_moved_it(change: &StateChange, order: &Standing, book: &StateBook) -> bool {
    let ours = |state: u64| change.states.values().any(|ours| is(ours, state));
    let waits = |state: u64| {
        let state = book.get(state);
        state.is_some_and(|state| change.waiting.iter().any(|wanted| wanted.means(&state.shown)))
    };
    let Some((last, earlier)) = order.history.split_last() else {
        return false;
    };
    last.by_person && !ours(last.state) && !waits(last.state) && earlier.iter().any(|step| ours(step.state))
}

fn is(id: &str, state: u64) -> bool {
    id.parse() == Ok(state)
}

#[cfg(test)]
mod tests;
