//! `UpdateFlow`: the parts of a flow that its mask names are put into the settings as they are, and the whole is checked.

use prost::Message;
use skarv_domain::error::{Error, Result};
use skarv_proto::{
    convert::settings::{decode_order_settings, encode_order_settings},
    v1::{self as pb, OrderSettings as Settings},
};

use super::inside;
use crate::app::{flow::UpdateFlow, name::FlowName, request::Options};

/// The one thing of a flow that can be changed.
const ALL: &str = "order_settings";

/// Puts one part of the settings that were sent into those that are.
type Put = fn(Settings, &mut Settings);

/// Every part, by its path below `order_settings`.
const PARTS: &[(&str, Put)] = &[
    ("start_at", |from, into| into.start_at = from.start_at),
    ("trigger_state_ids", |from, into| {
        into.trigger_state_ids = from.trigger_state_ids;
    }),
    ("trigger_state_names", |from, into| {
        into.trigger_state_names = from.trigger_state_names;
    }),
    ("trigger_meanings", |from, into| {
        into.trigger_meanings = from.trigger_meanings;
    }),
    ("home_country", |from, into| into.home_country = from.home_country),
    ("payment_terms_days", |from, into| {
        into.payment_terms_days = from.payment_terms_days;
    }),
    ("account_rules", |from, into| {
        into.account_rules = from.account_rules
    }),
    ("test_buyers", |from, into| into.test_buyers = from.test_buyers),
    ("gift_card_vouchers", |from, into| {
        into.gift_card_vouchers = from.gift_card_vouchers;
    }),
    ("payment_rules", |from, into| {
        into.payment_rules = from.payment_rules
    }),
    ("payment_rules.modules", |from, into| {
        rules(into).modules = from.payment_rules.unwrap_or_default().modules;
    }),
    ("payment_rules.otherwise", |from, into| {
        rules(into).otherwise = from.payment_rules.unwrap_or_default().otherwise;
    }),
    ("payment_accounts", |from, into| {
        into.payment_accounts = from.payment_accounts;
    }),
    ("payment_accounts.modules", |from, into| {
        accounts(into).modules = from.payment_accounts.unwrap_or_default().modules;
    }),
    ("payment_accounts.otherwise", |from, into| {
        accounts(into).otherwise = from.payment_accounts.unwrap_or_default().otherwise;
    }),
    ("payment_accounts.gift_cards", |from, into| {
        accounts(into).gift_cards = from.payment_accounts.unwrap_or_default().gift_cards;
    }),
    ("customer_settings", |from, into| {
        into.customer_settings = from.customer_settings;
    }),
    ("customer_settings.numbers", |from, into| {
        customers(into).numbers = from.customer_settings.unwrap_or_default().numbers;
    }),
    ("customer_settings.number_prefix", |from, into| {
        customers(into).number_prefix = from.customer_settings.unwrap_or_default().number_prefix;
    }),
    ("customer_settings.collective", |from, into| {
        customers(into).collective = from.customer_settings.unwrap_or_default().collective;
    }),
    ("customer_settings.cards", |from, into| {
        customers(into).cards = from.customer_settings.unwrap_or_default().cards;
    }),
    ("customer_settings.match_existing", |from, into| {
        customers(into).match_existing = from.customer_settings.unwrap_or_default().match_existing;
    }),
];

fn rules(settings: &mut Settings) -> &mut pb::PaymentRules {
    settings.payment_rules.get_or_insert_default()
}

fn accounts(settings: &mut Settings) -> &mut pb::PaymentAccounts {
    settings.payment_accounts.get_or_insert_default()
}

fn customers(settings: &mut Settings) -> &mut pb::CustomerSettings {
    settings.customer_settings.get_or_insert_default()
}

pub(super) fn decode(request: pb::UpdateFlowRequest) -> Result<UpdateFlow> {
    let flow = request
        .flow
        .ok_or_else(|| Error::invalid("flow", "is required"))?;
    let (name, etag) = (FlowName::parse("flow.name", &flow.name)?, etag(&flow.etag)?);
    let mut paths = request.update_mask.unwrap_or_default().paths;
    if paths.is_empty() {
        paths.push(ALL.to_owned());
    }
    let puts = paths.iter().map(|path| put(path)).collect::<Result<Vec<_>>>()?;
    let whole = paths.iter().any(|path| path == ALL);
    let sent = match flow.order_settings {
        Some(sent) => sent,
        None if whole => return Err(Error::invalid("flow.order_settings", "is required")),
        None => Settings::default(),
    };
    let content = pb::UpdateFlowRequest {
        flow: Some(pb::Flow {
            order_settings: Some(sent.clone()),
            ..pb::Flow::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths }),
        ..pb::UpdateFlowRequest::default()
    };
    let change = move |current: &skarv_canonical::spec::OrderSettings| {
        let mut settings = encode_order_settings(current);
        for put in &puts {
            put(sent.clone(), &mut settings);
        }
        decode_order_settings(settings).map_err(|malformed| inside("flow.order_settings", &malformed))
    };
    Ok(UpdateFlow {
        name,
        etag,
        change: Box::new(change),
        content: content.encode_to_vec(),
        options: Options {
            request_id: request.request_id,
            validate_only: request.validate_only,
        },
    })
}

fn etag(etag: &str) -> Result<Option<u64>> {
    let read = |_| Error::invalid("flow.etag", "must be as it was read, or empty");
    Some(etag)
        .filter(|etag| !etag.is_empty())
        .map(|etag| etag.parse().map_err(read))
        .transpose()
}

fn put(path: &str) -> Result<Put> {
    if path == ALL {
        return Ok(|from, into| *into = from);
    }
    let part = path.strip_prefix(ALL).and_then(|rest| rest.strip_prefix('.'));
    let found = part.and_then(|part| PARTS.iter().find(|(name, _)| *name == part));
    found.map(|(_, put)| *put).ok_or_else(|| {
        let problem = format!("`{path}` cannot be changed: name order_settings or a part of it");
        Error::invalid("update_mask", problem)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost_types::FileDescriptorSet;

    use super::*;

    /// Fields of a message of `skarv.v1`, by their paths below it.
    fn fields(message: &str, below: &str) -> BTreeSet<String> {
        let set = FileDescriptorSet::decode(skarv_proto::DESCRIPTOR_SET).unwrap();
        let files = set.file.iter().filter(|file| file.package() == "skarv.v1");
        let mut all = files.flat_map(|file| &file.message_type);
        let found = all.find(|of| of.name() == message).unwrap();
        found
            .field
            .iter()
            .map(|field| format!("{below}{}", field.name()))
            .collect()
    }

    #[test]
    fn every_setting_is_a_part_that_can_be_changed_alone() {
        let mut expected = fields("OrderSettings", "");
        expected.extend(fields("PaymentRules", "payment_rules."));
        expected.extend(fields("PaymentAccounts", "payment_accounts."));
        expected.extend(fields("CustomerSettings", "customer_settings."));
        let parts: BTreeSet<_> = PARTS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(parts, expected);
    }

    #[test]
    fn what_is_no_setting_cannot_be_changed() {
        for path in [
            "template",
            "order_settings.",
            "order_settingsx",
            "*",
            "shop_connection",
        ] {
            assert!(put(path).is_err(), "{path}");
        }
    }
}
