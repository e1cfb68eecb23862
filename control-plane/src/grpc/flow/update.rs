//! `UpdateFlow`: the parts of a flow that its mask names are put into the settings as they are, and the whole is checked.

use prost::Message;
use skarv_canonical::spec::FlowSpec;
use skarv_domain::error::{Error, Result};
use skarv_proto::{
    convert::settings::{
        encode_order_settings, encode_price_settings, encode_product_settings, encode_status_settings,
        encode_stock_settings,
    },
    v1::{self as pb, Flow},
};

use super::decode_settings;
use crate::app::{flow::UpdateFlow, name::FlowName, request::Options};

/// Puts one part of the flow that was sent into the one that is.
type Put = fn(Flow, &mut Flow);

/// Every part that can be changed, by its path: settings as a whole, each of them, and of messages among them each field.
macro_rules! parts {
    ($($outer:ident { $($field:ident $({ $($inner:ident)* })?)* })*) => {
        &[$(
            (stringify!($outer), |from, into| into.$outer = from.$outer),
            $(
                (concat!(stringify!($outer), ".", stringify!($field)), |from, into| {
                    into.$outer.get_or_insert_default().$field = from.$outer.unwrap_or_default().$field;
                }),
                $($((concat!(stringify!($outer), ".", stringify!($field), ".", stringify!($inner)), |from, into| {
                    let from = from.$outer.unwrap_or_default().$field.unwrap_or_default().$inner;
                    into.$outer.get_or_insert_default().$field.get_or_insert_default().$inner = from;
                }),)*)?
            )*
        )*]
    };
}

const PARTS: &[(&str, Put)] = parts! {
    order_settings {
        start_at trigger_state_ids trigger_state_names trigger_meanings
        home_country payment_terms_days account_rules test_buyers gift_card_vouchers takes_stock
        payment_rules { modules otherwise }
        payment_accounts { modules otherwise gift_cards }
        customer_settings { numbers number_prefix collective cards match_existing }
    }
    product_settings { mode fields language home_country tax_groups category }
    price_settings { with_tax without_campaigns home_country }
    stock_settings { buffer decides_sold_when_empty }
    status_settings { start_on rules delivered_when cancels_captured }
};

pub(super) fn decode(request: pb::UpdateFlowRequest) -> Result<UpdateFlow> {
    let flow = request
        .flow
        .ok_or_else(|| Error::invalid("flow", "is required"))?;
    let (name, etag) = (
        FlowName::parse("flow.name", &flow.name)?,
        etag("flow.etag", &flow.etag)?,
    );
    let sent = settings_of(flow);
    let mut paths = request.update_mask.unwrap_or_default().paths;
    if paths.is_empty() {
        paths = given(&sent);
    }
    let puts = paths.iter().map(|path| put(path)).collect::<Result<Vec<_>>>()?;
    let content = pb::UpdateFlowRequest {
        flow: Some(sent.clone()),
        update_mask: Some(prost_types::FieldMask { paths: paths.clone() }),
        ..pb::UpdateFlowRequest::default()
    };
    let change = move |current: &FlowSpec| {
        let mut flow = encode(current);
        has_what_is_named(&flow, &paths)?;
        for put in &puts {
            put(sent.clone(), &mut flow);
        }
        decode_settings(flow)
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

/// What of a flow can be changed, and nothing else of it.
fn settings_of(flow: Flow) -> Flow {
    Flow {
        order_settings: flow.order_settings,
        product_settings: flow.product_settings,
        price_settings: flow.price_settings,
        stock_settings: flow.stock_settings,
        status_settings: flow.status_settings,
        ..Flow::default()
    }
}

/// The settings that a flow has, by name.
fn given(flow: &Flow) -> Vec<String> {
    let all = [
        ("order_settings", flow.order_settings.is_some()),
        ("product_settings", flow.product_settings.is_some()),
        ("price_settings", flow.price_settings.is_some()),
        ("stock_settings", flow.stock_settings.is_some()),
        ("status_settings", flow.status_settings.is_some()),
    ];
    let given = all.iter().filter(|(_, given)| *given);
    given.map(|(name, _)| (*name).to_owned()).collect()
}

/// A part of settings that a flow does not have would make a stream by the way.
fn has_what_is_named(flow: &Flow, paths: &[String]) -> Result<()> {
    let has = given(flow);
    let mut parts = paths
        .iter()
        .filter_map(|path| Some((path, path.split_once('.')?.0)));
    let Some((path, outer)) = parts.find(|(_, outer)| !has.iter().any(|has| has == outer)) else {
        return Ok(());
    };
    let problem = format!(
        "`{path}` is a part of settings that the flow does not have: name {outer} and give all of it"
    );
    Err(Error::invalid("update_mask", problem))
}

pub(super) fn encode(spec: &FlowSpec) -> Flow {
    Flow {
        order_settings: Some(encode_order_settings(&spec.orders)),
        product_settings: spec.products.as_ref().map(encode_product_settings),
        price_settings: spec.prices.as_ref().map(encode_price_settings),
        stock_settings: spec.stock.map(encode_stock_settings),
        status_settings: spec.status.as_ref().map(encode_status_settings),
        ..Flow::default()
    }
}

pub(super) fn etag(field: &str, etag: &str) -> Result<Option<u64>> {
    let read = |_| Error::invalid(field, "must be as it was read, or empty");
    Some(etag)
        .filter(|etag| !etag.is_empty())
        .map(|etag| etag.parse().map_err(read))
        .transpose()
}

fn put(path: &str) -> Result<Put> {
    let found = PARTS.iter().find(|(name, _)| *name == path);
    found.map(|(_, put)| *put).ok_or_else(|| {
        let problem =
            format!("`{path}` cannot be changed: name settings such as order_settings, or a part of them");
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
        let mut expected = BTreeSet::new();
        for (message, path) in [
            ("OrderSettings", "order_settings"),
            ("PaymentRules", "order_settings.payment_rules"),
            ("PaymentAccounts", "order_settings.payment_accounts"),
            ("CustomerSettings", "order_settings.customer_settings"),
            ("ProductSettings", "product_settings"),
            ("PriceSettings", "price_settings"),
            ("StockSettings", "stock_settings"),
            ("StatusSettings", "status_settings"),
        ] {
            expected.insert(path.to_owned());
            expected.extend(fields(message, &format!("{path}.")));
        }
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
