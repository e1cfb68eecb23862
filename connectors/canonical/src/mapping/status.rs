//! From what happened to an invoice to the states that its order is to be put in, one write for each event, by rank.

use crate::{
    Reason,
    spec::StatusSpec,
    status::{OrderEvent, OrderStatus, StateChange},
    write::{Document, Effect, Write},
};

/// An invoice that Skarv did not make for this shop. Nobody needs to act.
pub const NOT_OUR_ORDER: &str = "not_our_order";
/// An invoice from before statuses were told. Nobody needs to act.
pub const BEFORE_STATUS_START: &str = "before_status_start";
/// Nothing has happened that is told. Nobody needs to act.
pub const NO_STATUS_TO_TELL: &str = "no_status_to_tell";

/// What is to be written for an order. An error is why nothing is.
pub fn status(status: &OrderStatus, shop_ref: &str, spec: &StatusSpec) -> Result<Vec<Write>, Reason> {
    let order = order_key(&status.reference, shop_ref).ok_or_else(|| Reason::data(NOT_OUR_ORDER))?;
    if status.invoiced_on < spec.settings.start_on {
        return Err(Reason::data(BEFORE_STATUS_START));
    }
    let writes: Vec<Write> = OrderEvent::ALL
        .into_iter()
        .filter(|event| happened(status, *event, spec))
        .filter_map(|event| told(status, order, event, spec))
        .collect();
    if writes.is_empty() {
        return Err(Reason::data(NO_STATUS_TO_TELL));
    }
    Ok(writes)
}

/// The shop's key of the order in a reference of ours: not of a refund, and not of another shop.
pub fn order_key<'a>(reference: &'a str, shop_ref: &str) -> Option<&'a str> {
    let key = reference.strip_prefix(shop_ref)?.strip_prefix('-')?;
    (!shop_ref.is_empty() && !key.is_empty() && !key.contains('-')).then_some(key)
}

fn happened(status: &OrderStatus, event: OrderEvent, spec: &StatusSpec) -> bool {
    let has = |event: OrderEvent| status.events.contains(&event);
    // nothing but its end is told of an order that has ended
    if !event.ends_the_order() && status.events.iter().any(|event| event.ends_the_order()) {
        return false;
    }
    has(event) || (event == OrderEvent::Delivered && spec.settings.delivered_when.is_some_and(has))
}

fn told(status: &OrderStatus, order: &str, event: OrderEvent, spec: &StatusSpec) -> Option<Write> {
    let settings = &spec.settings;
    let rule = settings.states.get(&event)?;
    let states = settings.states.iter();
    let change = StateChange {
        order: order.to_owned(),
        event,
        state: rule.state.clone(),
        mail: rule.mail,
        tracking: status.tracking.clone().filter(|_| rule.tracking),
        states: states.map(|(event, rule)| (*event, rule.state.clone())).collect(),
        waiting: spec.triggers.clone(),
        cancels_captured: settings.cancels_captured,
    };
    Some(Write {
        our_key: format!("{}/{event}", status.reference),
        effect: Effect::Create,
        document: Document::Status(Box::new(change)),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::spec::{StatusRule, StatusSettings};

    fn spec(events: &[OrderEvent], delivered_when: Option<OrderEvent>) -> StatusSpec {
        let rule = |event: &OrderEvent| {
            let rule = StatusRule {
                state: format!("state of {event}"),
                mail: true,
                tracking: true,
            };
            (*event, rule)
        };
        StatusSpec {
            settings: StatusSettings {
                start_on: "2026-11-01".parse().unwrap(),
                states: events.iter().map(rule).collect::<BTreeMap<_, _>>(),
                delivered_when,
                cancels_captured: false,
            },
            triggers: Vec::new(),
        }
    }

    fn invoice(events: &[OrderEvent]) -> OrderStatus {
        OrderStatus {
            key: "7d3c".to_owned(),
            reference: "k3x9qa-1042".to_owned(),
            order_number: "XKBKNABJK".to_owned(),
            invoiced_on: "2026-11-20".parse().unwrap(),
            events: events.to_vec(),
            tracking: None,
        }
    }

    fn told_of(status: &OrderStatus, spec: &StatusSpec) -> Vec<String> {
        let writes = super::status(status, "k3x9qa", spec);
        writes.map_or_else(
            |why| vec![why.code],
            |all| all.into_iter().map(|write| write.our_key).collect(),
        )
    }

    #[test]
    fn each_event_that_has_a_state_is_told_by_rank() {
        use OrderEvent::{Delivered, Invoiced, Paid};
        let spec = spec(&[Paid, Invoiced], None);
        assert_eq!(
            told_of(&invoice(&[Paid, Delivered, Invoiced]), &spec),
            ["k3x9qa-1042/invoiced", "k3x9qa-1042/paid"]
        );
    }

    #[test]
    fn what_counts_as_delivered_is_told_as_delivered() {
        use OrderEvent::{Delivered, Invoiced};
        let both = told_of(&invoice(&[Invoiced]), &spec(&[Delivered], Some(Invoiced)));
        assert_eq!(both, ["k3x9qa-1042/delivered"]);
        assert_eq!(
            told_of(&invoice(&[Invoiced]), &spec(&[Delivered], None)),
            [NO_STATUS_TO_TELL]
        );
    }

    #[test]
    fn of_an_order_that_has_ended_only_its_end_is_told() {
        use OrderEvent::{Cancelled, Invoiced, Paid};
        let spec = spec(&[Invoiced, Paid, Cancelled], None);
        assert_eq!(
            told_of(&invoice(&[Invoiced, Paid, Cancelled]), &spec),
            ["k3x9qa-1042/cancelled"]
        );
    }

    #[test]
    fn invoices_of_others_refunds_and_invoices_from_before_are_left_alone() {
        let spec = spec(&[OrderEvent::Invoiced], None);
        let with = |reference: &str, day: &str| OrderStatus {
            reference: reference.to_owned(),
            invoiced_on: day.parse().unwrap(),
            ..invoice(&[OrderEvent::Invoiced])
        };
        for (status, why) in [
            (with("aaaaaa-1042", "2026-11-20"), NOT_OUR_ORDER),
            (with("k3x9qa-1042-R7", "2026-11-20"), NOT_OUR_ORDER),
            (with("", "2026-11-20"), NOT_OUR_ORDER),
            (with("k3x9qa-1042", "2026-10-31"), BEFORE_STATUS_START),
        ] {
            assert_eq!(told_of(&status, &spec), [why]);
        }
    }

    #[test]
    fn another_choice_of_state_or_mail_is_no_other_event() {
        let of = |mail: bool| StateChange {
            order: "1042".to_owned(),
            event: OrderEvent::Paid,
            state: if mail { "2" } else { "11" }.to_owned(),
            mail,
            tracking: None,
            states: BTreeMap::new(),
            waiting: Vec::new(),
            cancels_captured: mail,
        };
        assert_eq!(of(true).fingerprint(), of(false).fingerprint());
    }
}
