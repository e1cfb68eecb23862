//! Revisions of a flow on the wire: who changed what, field by field, by the names that the API itself uses.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use chrono::{DateTime, SecondsFormat};
use prost::Message;
use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor,
    ReflectMessage, Value,
};
use skarv_canonical::spec::FlowSpec;
use skarv_domain::error::{Error, Result};
use skarv_proto::{
    DESCRIPTOR_SET,
    convert::settings::{encode_template, encode_time},
    v1 as pb,
};

use super::update;
use crate::app::{
    flow::{Changed, RevertFlow},
    name::FlowName,
    request::Options,
};

static FLOW: LazyLock<Option<MessageDescriptor>> = LazyLock::new(|| {
    let pool = DescriptorPool::decode(DESCRIPTOR_SET).ok()?;
    pool.get_message_by_name("skarv.v1.Flow")
});

/// What a flow is set up to do; everything else of it is not its caller's.
const SET_UP: [&str; 8] = [
    "template",
    "shop_connection",
    "erp_connection",
    "order_settings",
    "product_settings",
    "price_settings",
    "stock_settings",
    "status_settings",
];

/// The texts of fields by their paths, in the order of the contract.
type Fields = Vec<(String, String)>;

pub(super) fn decode_revert(request: pb::RevertFlowRequest) -> Result<RevertFlow> {
    Ok(RevertFlow {
        name: FlowName::parse("name", &request.name)?,
        revision: request.revision,
        etag: update::etag("etag", &request.etag)?,
        options: Options {
            request_id: request.request_id,
            validate_only: request.validate_only,
        },
    })
}

pub(super) fn encode_revision(flow: &FlowName, (revision, before): &Changed) -> Result<pb::FlowRevision> {
    let was = match before {
        Some(before) => fields(flow, &before.spec)?,
        None => Fields::new(),
    };
    Ok(pb::FlowRevision {
        revision: revision.number,
        create_time: Some(encode_time(revision.created_at)),
        author: revision.author.clone(),
        changes: changes(was, fields(flow, &revision.spec)?),
    })
}

/// Fields that differ: those that are there since, then those that are gone.
fn changes(before: Fields, after: Fields) -> Vec<pb::FieldChange> {
    let paths: BTreeSet<_> = after.iter().map(|(path, _)| path.clone()).collect();
    let mut was: BTreeMap<_, _> = before.iter().cloned().collect();
    let since = after.into_iter().map(|(path, after)| pb::FieldChange {
        before: was.remove(&path).unwrap_or_default(),
        path,
        after,
    });
    let mut all: Vec<_> = since.filter(|change| change.before != change.after).collect();
    let gone = before.into_iter().filter(|(path, _)| !paths.contains(path));
    all.extend(gone.map(|(path, before)| pb::FieldChange {
        path,
        before,
        after: String::new(),
    }));
    all
}

/// What a flow is set up to do, field by field.
fn fields(flow: &FlowName, spec: &FlowSpec) -> Result<Fields> {
    let connection = |slug: &str| format!("tenants/{}/connections/{slug}", flow.tenant);
    let told = pb::Flow {
        template: encode_template(spec.template).into(),
        shop_connection: connection(&spec.shop),
        erp_connection: connection(&spec.erp),
        ..update::encode(spec)
    };
    let descriptor = FLOW
        .clone()
        .ok_or_else(|| Error::internal("the contract of a flow cannot be read"))?;
    let message =
        DynamicMessage::decode(descriptor, told.encode_to_vec().as_slice()).map_err(Error::internal)?;
    let mut fields = Fields::new();
    for field in message.descriptor().fields() {
        if SET_UP.contains(&field.name()) {
            put_field(field.name(), &message, &field, &mut fields);
        }
    }
    Ok(fields)
}

fn put_field(path: &str, message: &DynamicMessage, field: &FieldDescriptor, fields: &mut Fields) {
    // what can be left out says something by being there
    if !field.supports_presence() || message.has_field(field) {
        put(path, &message.get_field(field), field, fields);
    }
}

fn put(path: &str, value: &Value, field: &FieldDescriptor, fields: &mut Fields) {
    match value {
        Value::Message(message) => put_message(path, message, fields),
        Value::List(values) => {
            for (index, value) in values.iter().enumerate() {
                put(&format!("{path}[{index}]"), value, field, fields);
            }
        }
        Value::Map(values) => put_map(path, values.iter(), field, fields),
        Value::EnumNumber(number) => {
            let listed = field.cardinality() == Cardinality::Repeated;
            if *number != 0 || listed {
                fields.push((path.to_owned(), name_of(&field.kind(), *number)));
            }
        }
        other => {
            let text = text_of(other);
            if !text.is_empty() {
                fields.push((path.to_owned(), text));
            }
        }
    }
}

fn put_message(path: &str, message: &DynamicMessage, fields: &mut Fields) {
    if let Some(instant) = instant(message) {
        fields.push((path.to_owned(), instant));
        return;
    }
    for field in message.descriptor().fields() {
        put_field(&format!("{path}.{}", field.name()), message, &field, fields);
    }
}

fn put_map<'v>(
    path: &str,
    values: impl Iterator<Item = (&'v MapKey, &'v Value)>,
    field: &FieldDescriptor,
    fields: &mut Fields,
) {
    let Kind::Message(entry) = field.kind() else {
        return;
    };
    let named = values.map(|(key, value)| (text_of(&Value::from(key.clone())), value));
    for (key, value) in named.collect::<BTreeMap<_, _>>() {
        put(
            &format!("{path}[{key}]"),
            value,
            &entry.map_entry_value_field(),
            fields,
        );
    }
}

fn name_of(kind: &Kind, number: i32) -> String {
    let named = match kind {
        Kind::Enum(values) => values.get_value(number),
        _ => None,
    };
    named.map_or_else(|| number.to_string(), |value| value.name().to_owned())
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Bool(yes) => yes.to_string(),
        Value::I32(number) => number.to_string(),
        Value::I64(number) => number.to_string(),
        Value::U32(number) => number.to_string(),
        Value::U64(number) => number.to_string(),
        Value::F32(number) => number.to_string(),
        Value::F64(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => String::new(),
    }
}

/// An instant as people write it.
fn instant(message: &DynamicMessage) -> Option<String> {
    if message.descriptor().full_name() != "google.protobuf.Timestamp" {
        return None;
    }
    let time: prost_types::Timestamp = message.transcode_to().ok()?;
    let at = DateTime::from_timestamp(time.seconds, u32::try_from(time.nanos).ok()?)?;
    Some(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

#[cfg(test)]
mod tests {
    use skarv_canonical::{
        spec::{OrderSettings, StockSettings, Template},
        trigger::TriggerState,
    };

    use super::*;

    fn name() -> FlowName {
        FlowName::parse("name", "tenants/bagarn/flows/orders").unwrap()
    }

    fn spec() -> FlowSpec {
        let start = DateTime::from_timestamp(1_760_000_000, 0).unwrap();
        let orders = OrderSettings::swedish(start, vec![TriggerState::Id("2".to_owned())]);
        FlowSpec::of_orders(Template::Combined, "shop".to_owned(), "erp".to_owned(), orders)
    }

    fn told(before: &FlowSpec, after: &FlowSpec) -> Vec<(String, String, String)> {
        let of = |spec| fields(&name(), spec).unwrap();
        let all = changes(of(before), of(after)).into_iter();
        all.map(|change| (change.path, change.before, change.after))
            .collect()
    }

    fn text(path: &str, before: &str, after: &str) -> (String, String, String) {
        (path.to_owned(), before.to_owned(), after.to_owned())
    }

    #[test]
    fn a_changed_field_is_told_by_its_path_with_what_was_and_what_is() {
        let mut after = spec();
        after.orders.payment_terms_days = 10;
        after.orders.takes_stock = true;
        let account = after.orders.accounts[2].account.to_string();
        after.orders.accounts[2].account = "3999".parse().unwrap();
        assert_eq!(
            told(&spec(), &after),
            [
                text("order_settings.payment_terms_days", "30", "10"),
                text("order_settings.account_rules[2].account", &account, "3999"),
                text("order_settings.takes_stock", "false", "true"),
            ]
        );
    }

    #[test]
    fn settings_that_come_and_go_are_told_whole() {
        let mut with = spec();
        with.stock = Some(StockSettings {
            buffer: 2,
            ..StockSettings::default()
        });
        assert_eq!(
            told(&spec(), &with),
            [
                text("stock_settings.buffer", "", "2"),
                text("stock_settings.decides_sold_when_empty", "", "false"),
            ]
        );
        let gone = told(&with, &spec());
        assert_eq!(gone[0], text("stock_settings.buffer", "2", ""));
    }

    #[test]
    fn the_first_revision_tells_everything_in_words() {
        let all = changes(Fields::new(), fields(&name(), &spec()).unwrap());
        let of = |path: &str| {
            all.iter()
                .find(|change| change.path == path)
                .map(|change| change.after.as_str())
        };
        assert_eq!(of("template"), Some("TEMPLATE_COMBINED"));
        assert_eq!(of("shop_connection"), Some("tenants/bagarn/connections/shop"));
        assert_eq!(of("order_settings.start_at"), Some("2025-10-09T08:53:20Z"));
        assert_eq!(of("order_settings.trigger_state_ids[0]"), Some("2"));
        assert_eq!(of("name"), None);
        assert_eq!(of("revision"), None);
    }

    #[test]
    fn every_setting_of_a_flow_is_told() {
        let flow = FLOW.clone().unwrap();
        let named = flow.fields().filter(|field| field.name().ends_with("_settings"));
        for field in named {
            assert!(SET_UP.contains(&field.name()), "{}", field.name());
        }
    }
}
