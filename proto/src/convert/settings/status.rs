//! Which events of the accounting system are told to the shop, and how.

use std::collections::BTreeMap;

use skarv_canonical::{
    spec::{StatusRule, StatusSettings, StatusSpec},
    status::OrderEvent,
};

use super::{
    orders::each,
    trigger::{Triggers, decode_triggers, encode_triggers},
};
use crate::{agent::v1 as agent, convert::Malformed, v1 as pb};

/// The wire form of status settings.
pub fn encode_status_settings(settings: &StatusSettings) -> pb::StatusSettings {
    let StatusSettings {
        start_on,
        states,
        delivered_when,
        cancels_captured,
    } = settings;
    let rule = |(event, rule): (&OrderEvent, &StatusRule)| pb::StatusRule {
        event: encode_event(*event).into(),
        state_id: rule.state.clone(),
        mail: rule.mail,
        tracking: rule.tracking,
    };
    pb::StatusSettings {
        start_on: start_on.to_string(),
        rules: states.iter().map(rule).collect(),
        delivered_when: delivered_when
            .map_or(pb::OrderEvent::Unspecified, encode_event)
            .into(),
        cancels_captured: *cancels_captured,
    }
}

/// Status settings from their wire form.
pub fn decode_status_settings(settings: pb::StatusSettings) -> Result<StatusSettings, Malformed> {
    let start_on = settings.start_on.trim().parse().map_err(|_| {
        Malformed::new(
            "start_on",
            "is required, as a day such as 2026-11-24: orders invoiced before it are left alone",
        )
    })?;
    let delivered_when = match settings.delivered_when() {
        pb::OrderEvent::Unspecified => None,
        pb::OrderEvent::Invoiced => Some(OrderEvent::Invoiced),
        pb::OrderEvent::Paid => Some(OrderEvent::Paid),
        pb::OrderEvent::Delivered | pb::OrderEvent::Cancelled | pb::OrderEvent::Credited => {
            return Err(Malformed::new("delivered_when", "must be INVOICED or PAID"));
        }
    };
    let rules = each("rules", settings.rules, |rule, at| decode_rule(&rule, at))?;
    let mut states = BTreeMap::new();
    for (index, (event, rule)) in rules.into_iter().enumerate() {
        if states.insert(event, rule).is_some() {
            let problem = format!("names {event} a second time: an event is told by one state");
            return Err(Malformed::new(format!("rules[{index}].event"), problem));
        }
    }
    if states.is_empty() {
        return Err(Malformed::new("rules", "needs at least one event that is told"));
    }
    Ok(StatusSettings {
        start_on,
        states,
        delivered_when,
        cancels_captured: settings.cancels_captured,
    })
}

pub(super) fn encode_status_spec(spec: &StatusSpec) -> agent::StatusSpec {
    let Triggers { ids, names, meanings } = encode_triggers(&spec.triggers);
    agent::StatusSpec {
        settings: Some(encode_status_settings(&spec.settings)),
        trigger_state_ids: ids,
        trigger_state_names: names,
        trigger_meanings: meanings,
    }
}

pub(super) fn decode_status_spec(spec: agent::StatusSpec) -> Result<StatusSpec, Malformed> {
    let settings = spec
        .settings
        .ok_or_else(|| Malformed::new("settings", "is required"))?;
    Ok(StatusSpec {
        settings: decode_status_settings(settings)?,
        triggers: decode_triggers(Triggers {
            ids: spec.trigger_state_ids,
            names: spec.trigger_state_names,
            meanings: spec.trigger_meanings,
        })?,
    })
}

fn decode_rule(rule: &pb::StatusRule, at: &str) -> Result<(OrderEvent, StatusRule), Malformed> {
    let event = decode_event(rule.event()).ok_or_else(|| {
        Malformed::new(
            format!("{at}.event"),
            "is required: INVOICED, DELIVERED, PAID, CANCELLED or CREDITED",
        )
    })?;
    let state = rule.state_id.trim();
    if state.is_empty() {
        return Err(Malformed::new(
            format!("{at}.state_id"),
            "is required: the shop's id of the state",
        ));
    }
    let rule = StatusRule {
        state: state.to_owned(),
        mail: rule.mail,
        tracking: rule.tracking,
    };
    Ok((event, rule))
}

/// The wire form of an event.
pub fn encode_event(event: OrderEvent) -> pb::OrderEvent {
    match event {
        OrderEvent::Invoiced => pb::OrderEvent::Invoiced,
        OrderEvent::Delivered => pb::OrderEvent::Delivered,
        OrderEvent::Paid => pb::OrderEvent::Paid,
        OrderEvent::Cancelled => pb::OrderEvent::Cancelled,
        OrderEvent::Credited => pb::OrderEvent::Credited,
    }
}

fn decode_event(event: pb::OrderEvent) -> Option<OrderEvent> {
    match event {
        pb::OrderEvent::Unspecified => None,
        pb::OrderEvent::Invoiced => Some(OrderEvent::Invoiced),
        pb::OrderEvent::Delivered => Some(OrderEvent::Delivered),
        pb::OrderEvent::Paid => Some(OrderEvent::Paid),
        pb::OrderEvent::Cancelled => Some(OrderEvent::Cancelled),
        pb::OrderEvent::Credited => Some(OrderEvent::Credited),
    }
}
