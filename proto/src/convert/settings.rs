//! Settings of flows and streams. Decoding checks everything a caller may get wrong and names the field; what the settings are
//! about is in the file of that name.

use chrono::{DateTime, Utc};
use skarv_canonical::spec::{StreamKind, StreamSettings, StreamSpec, Template};

use super::Malformed;
use crate::{agent::v1 as agent, v1 as pb};

mod account;
mod articles;
mod customer;
mod gift_card;
mod orders;
mod payment;
mod status;
mod trigger;

pub use articles::{
    decode_price_settings, decode_product_settings, decode_stock_settings, encode_price_settings,
    encode_product_settings, encode_stock_settings,
};
pub use orders::{decode_order_settings, encode_order_settings};
pub use status::{decode_status_settings, encode_event, encode_status_settings};

/// The wire form of a stream spec.
pub fn encode_stream_spec(spec: &StreamSpec) -> agent::StreamSpec {
    use agent::stream_spec::Settings;
    let settings = match &spec.settings {
        StreamSettings::Orders(orders) => Settings::Orders(encode_order_settings(orders)),
        StreamSettings::Products(products) => Settings::Products(encode_product_settings(products)),
        StreamSettings::Prices(prices) => Settings::Prices(encode_price_settings(prices)),
        StreamSettings::Stock(stock) => Settings::Stock(encode_stock_settings(*stock)),
        StreamSettings::OrderStatus(spec) => Settings::OrderStatus(status::encode_status_spec(spec)),
    };
    agent::StreamSpec {
        settings: Some(settings),
    }
}

/// A stream spec from its wire form.
pub fn decode_stream_spec(spec: agent::StreamSpec) -> Result<StreamSpec, Malformed> {
    use agent::stream_spec::Settings;
    let settings = match spec.settings {
        Some(Settings::Orders(orders)) => StreamSettings::Orders(decode_order_settings(orders)?),
        Some(Settings::Products(products)) => StreamSettings::Products(decode_product_settings(products)?),
        Some(Settings::Prices(prices)) => StreamSettings::Prices(decode_price_settings(&prices)?),
        Some(Settings::Stock(stock)) => StreamSettings::Stock(decode_stock_settings(stock)?),
        Some(Settings::OrderStatus(spec)) => StreamSettings::OrderStatus(status::decode_status_spec(spec)?),
        None => {
            return Err(Malformed::new(
                "settings",
                "is of a kind that this version does not know: update the agent",
            ));
        }
    };
    Ok(StreamSpec { settings })
}

/// The wire form of a template.
pub fn encode_template(template: Template) -> pb::Template {
    match template {
        Template::ShopMaster => pb::Template::ShopMaster,
        Template::ErpMaster => pb::Template::ErpMaster,
        Template::Combined => pb::Template::Combined,
    }
}

/// A template from its wire form.
pub fn decode_template(template: pb::Template) -> Option<Template> {
    match template {
        pb::Template::Unspecified => None,
        pb::Template::ShopMaster => Some(Template::ShopMaster),
        pb::Template::ErpMaster => Some(Template::ErpMaster),
        pb::Template::Combined => Some(Template::Combined),
    }
}

/// The wire form of a kind of stream.
pub fn encode_stream_kind(kind: StreamKind) -> pb::StreamKind {
    match kind {
        StreamKind::Orders => pb::StreamKind::Orders,
        StreamKind::OrderStatus => pb::StreamKind::OrderStatus,
        StreamKind::Products => pb::StreamKind::Products,
        StreamKind::Prices => pb::StreamKind::Prices,
        StreamKind::PriceLists => pb::StreamKind::PriceLists,
        StreamKind::Stock => pb::StreamKind::Stock,
    }
}

/// The wire form of an instant.
pub fn encode_time(at: DateTime<Utc>) -> prost_types::Timestamp {
    // a sub-second part is below 10⁹ (a leap second's is capped), so it fits
    let nanos = i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(999_999_999);
    prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos,
    }
}

/// An instant from its wire form. `None` when it is out of range.
pub fn decode_time(at: prost_types::Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?)
}

#[cfg(test)]
mod tests;
