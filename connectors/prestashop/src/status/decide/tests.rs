//! The table of transitions, row by row: what stands, what is wanted, what becomes of it.

use std::collections::BTreeMap;

use skarv_canonical::trigger::TriggerState;

use super::*;
use crate::{api::Listing, shop::ShopSettings, status::standing::Step, xml::Node, zone::Zone};
use OrderEvent::{Cancelled, Credited, Delivered, Invoiced, Paid};

/// The states of a fresh shop, with one that a module added (20, by its mail cancelled) and one that is deleted (30).
const STATES: [(u64, &str, &str); 12] = [
    (2, "payment", "paid invoice logable"),
    (3, "preparation", "paid invoice logable delivery"),
    (4, "shipped", "paid invoice logable delivery shipped"),
    (5, "", "paid invoice logable delivery shipped"),
    (6, "order_canceled", ""),
    (7, "refund", "invoice"),
    (8, "payment_error", ""),
    (10, "bankwire", ""),
    (15, "", ""),
    (16, "", "shipped"),
    (20, "order_canceled", ""),
    (30, "", "deleted"),
];

fn book() -> StateBook {
    let setting = |(name, value): (&str, &str)| {
        let row = Node::new("configuration");
        row.with("name", name).with("value", value)
    };
    let settings = [
        ("PS_LANG_DEFAULT", "1"),
        ("PS_OS_CANCELED", "6"),
        ("PS_OS_REFUND", "7"),
        ("PS_OS_ERROR", "8"),
        ("PS_OS_SHIPPING", "4"),
        ("PS_OS_DELIVERED", "5"),
    ];
    let listing = Listing {
        rows: settings.map(setting).into(),
        clock: None,
    };
    let state = |(id, mail, flags): (u64, &str, &str)| {
        let row = Node::new("order_state")
            .with("id", id)
            .with("send_email", i32::from(!mail.is_empty()))
            .with("template", mail);
        let row = flags.split_whitespace().fold(row, |row, flag| row.with(flag, 1));
        (id, State::of(&row))
    };
    StateBook::of(ShopSettings::of(&listing, Zone::UTC), STATES.map(state).into())
}

fn change(event: OrderEvent, state: u64) -> StateChange {
    StateChange {
        order: "1042".to_owned(),
        event,
        state: state.to_string(),
        mail: false,
        tracking: None,
        states: BTreeMap::from(
            [(Invoiced, 3), (Delivered, 5), (Paid, 2), (Cancelled, 6)]
                .map(|(event, state)| (event, state.to_string())),
        ),
        waiting: vec![TriggerState::Id("10".to_owned())],
        cancels_captured: false,
    }
}

/// An order with this history; `p` marks what a person did.
fn order(history: &str) -> Standing {
    let step = |text: &str| Step {
        state: text.trim_end_matches('p').parse().unwrap(),
        by_person: text.ends_with('p'),
    };
    let history: Vec<Step> = history.split_whitespace().map(step).collect();
    Standing::of(history.last().unwrap().state, history, false)
}

fn told(change: &StateChange, order: &Standing) -> String {
    match decide(change, order, &book()) {
        Verdict::Stands => "stands".to_owned(),
        Verdict::Enter { mail, remark } => {
            let mail = if mail { "mail" } else { "enter" };
            remark.map_or_else(|| mail.to_owned(), |remark| format!("{mail} {remark}"))
        }
        Verdict::Refused(reason) => reason.code,
    }
}

/// Each is a history, what happened, and what becomes of it.
fn table(rows: &[(&str, OrderEvent, u64, &str)]) {
    for (history, event, state, expected) in rows {
        let told = told(&change(*event, *state), &order(history));
        assert_eq!(told, *expected, "{history}: {event} as {state}");
    }
}

#[test]
fn a_state_is_entered_once() {
    table(&[
        ("10", Invoiced, 3, "enter"),
        ("10 3", Invoiced, 3, "stands"),
        ("10 3 5", Invoiced, 3, "stands"),
        ("10 3p", Invoiced, 3, "stands"),
        ("10 3 6p", Invoiced, 3, "stands"),
    ]);
}

#[test]
fn a_state_whose_history_was_cleared_stands_all_the_same() {
    let cleared = Standing::of(5, Vec::new(), false);
    assert_eq!(told(&change(Delivered, 5), &cleared), "stands");
}

#[test]
fn an_order_goes_on_and_never_back() {
    table(&[
        ("10 3", Delivered, 5, "enter"),
        ("10 3 5", Paid, 2, "enter"),
        ("10 5", Invoiced, 3, "order_moved_on"),
        ("10 2", Delivered, 5, "order_moved_on"),
        ("10 16", Delivered, 5, "order_moved_on"),
        ("10 16", Invoiced, 3, "order_moved_on"),
        ("10 16", Paid, 2, "enter"),
        ("10 15", Invoiced, 3, "enter"),
    ]);
}

#[test]
fn an_order_that_is_being_packed_has_not_left() {
    let mut wanted = change(Delivered, 5);
    wanted.states.remove(&Invoiced);
    assert_eq!(told(&wanted, &order("10 3p")), "enter");
}

#[test]
fn what_was_sent_may_still_arrive() {
    table(&[
        ("10 4p", Delivered, 5, "enter"),
        ("10 4p", Invoiced, 3, "order_moved_on"),
    ]);
    let mut as_sent = change(Delivered, 4);
    as_sent.states.insert(Delivered, "4".to_owned());
    assert_eq!(told(&as_sent, &order("10 5p")), "order_moved_on");
}

#[test]
fn a_state_of_two_events_says_that_the_first_has_happened() {
    let mut wanted = change(Delivered, 5);
    wanted.states.insert(Invoiced, "2".to_owned());
    assert_eq!(told(&wanted, &order("10 2")), "enter");
}

#[test]
fn what_has_ended_stays_ended() {
    for end in ["6", "7", "8", "20", "6p"] {
        let history = format!("10 {end}");
        table(&[
            (&history, Delivered, 5, "order_moved_on"),
            (&history, Paid, 2, "order_moved_on"),
        ]);
    }
    table(&[("10 7", Cancelled, 6, "order_moved_on")]);
}

#[test]
fn a_person_who_moved_an_order_on_is_not_overruled() {
    table(&[
        ("10 3 15p", Paid, 2, "order_moved_on"),
        // back where it waits, or before we said anything, or by a module
        ("10 3 10p", Paid, 2, "enter"),
        ("10 15p", Paid, 2, "enter"),
        ("10 3 15", Paid, 2, "enter"),
        // to another state of ours: the ranks decide
        ("10 3 5p", Paid, 2, "enter"),
    ]);
}

#[test]
fn a_state_that_is_not_there_is_said_before_anything_is_sent() {
    table(&[
        ("10", Invoiced, 99, "state_not_there"),
        ("10", Invoiced, 30, "state_not_there"),
        // nothing would be sent in any case
        ("10 6", Invoiced, 99, "order_moved_on"),
    ]);
    let reason = not_there("99");
    assert_eq!(reason.to_string(), "state_not_there state=99");
}

#[test]
fn money_that_was_taken_is_not_paid_back_unless_that_is_allowed() {
    table(&[
        ("10", Cancelled, 6, "enter"),
        ("10 3", Cancelled, 6, "cancel_would_pay_back"),
        ("10 3", Credited, 7, "cancel_would_pay_back"),
        ("10 3", Credited, 20, "cancel_would_pay_back"),
        // what a payment module does with a state of the merchant's own is not known
        ("10 3", Credited, 15, "cancel_would_pay_back"),
        ("10 3", Paid, 20, "cancel_would_pay_back"),
    ]);
    let paid = Standing::of(10, order("10").history, true);
    let mut wanted = change(Cancelled, 6);
    assert_eq!(told(&wanted, &paid), "cancel_would_pay_back");
    wanted.cancels_captured = true;
    assert_eq!(told(&wanted, &paid), "enter");
}

#[test]
fn a_mail_goes_where_the_state_has_one() {
    let mailing = |event, state| StateChange {
        mail: true,
        ..change(event, state)
    };
    assert_eq!(told(&mailing(Invoiced, 3), &order("10")), "mail");
    assert_eq!(
        told(&mailing(Delivered, 5), &order("10")),
        "enter state_has_no_mail state=5"
    );
}
