//! Settings of flows and streams. Decoding checks everything a caller may get wrong and names the field.

use chrono::{DateTime, Utc};
use skarv_canonical::{
    invoice::RowKind,
    spec::{AccountRule, OrderSettings, StreamKind, StreamSettings, StreamSpec, Template, bas_accounts},
    trigger::TriggerState,
    vat::VatScheme,
};

use super::Malformed;
use crate::{agent::v1 as agent, v1 as pb};

/// The wire form of a stream spec.
pub fn encode_stream_spec(spec: &StreamSpec) -> agent::StreamSpec {
    let settings = match &spec.settings {
        StreamSettings::Orders(orders) => agent::stream_spec::Settings::Orders(encode_order_settings(orders)),
    };
    agent::StreamSpec {
        settings: Some(settings),
    }
}

/// A stream spec from its wire form.
pub fn decode_stream_spec(spec: agent::StreamSpec) -> Result<StreamSpec, Malformed> {
    match spec.settings {
        Some(agent::stream_spec::Settings::Orders(orders)) => Ok(StreamSpec {
            settings: StreamSettings::Orders(decode_order_settings(orders)?),
        }),
        None => Err(Malformed::new(
            "settings",
            "is of a kind that this version does not know: update the agent",
        )),
    }
}

/// The wire form of order settings.
pub fn encode_order_settings(settings: &OrderSettings) -> pb::OrderSettings {
    pb::OrderSettings {
        start_at: Some(encode_time(settings.start_at)),
        trigger_state_ids: settings
            .triggers
            .iter()
            .filter_map(|trigger| match trigger {
                TriggerState::Id(id) => Some(id.clone()),
                TriggerState::Name(_) | TriggerState::Flag(_) => None,
            })
            .collect(),
        home_country: settings.home_country.to_string(),
        payment_terms_days: settings.payment_terms_days,
        account_rules: settings.accounts.iter().map(encode_account_rule).collect(),
    }
}

/// Order settings from their wire form. No account rules means the Swedish BAS defaults.
pub fn decode_order_settings(settings: pb::OrderSettings) -> Result<OrderSettings, Malformed> {
    let start_at = settings
        .start_at
        .and_then(decode_time)
        .ok_or_else(|| Malformed::new("start_at", "is required: orders before it are never sent"))?;
    if settings.trigger_state_ids.is_empty() {
        return Err(Malformed::new(
            "trigger_state_ids",
            "needs at least one order state of the shop",
        ));
    }
    if settings.payment_terms_days > 365 {
        return Err(Malformed::new("payment_terms_days", "must be 0 to 365"));
    }
    let home_country =
        settings
            .home_country
            .parse()
            .map_err(|e: skarv_canonical::country::UnknownCountry| {
                Malformed::new("home_country", e.to_string())
            })?;
    let rules: Result<Vec<_>, _> = settings
        .account_rules
        .into_iter()
        .enumerate()
        .map(|(i, rule)| decode_account_rule(rule, &format!("account_rules[{i}]")))
        .collect();
    let accounts = Some(rules?)
        .filter(|rules| !rules.is_empty())
        .unwrap_or_else(bas_accounts);
    let triggers = settings.trigger_state_ids.into_iter().map(TriggerState::Id).collect();
    Ok(OrderSettings {
        home_country,
        payment_terms_days: settings.payment_terms_days,
        accounts,
        ..OrderSettings::swedish(start_at, triggers)
    })
}

fn encode_account_rule(rule: &AccountRule) -> pb::AccountRule {
    pb::AccountRule {
        row: encode_row_kind(rule.row).into(),
        scheme: encode_scheme(rule.scheme).into(),
        country: rule.country.map(|country| country.to_string()),
        rate: rule.rate.map(|rate| rate.to_string()),
        account: rule.account,
    }
}

fn decode_account_rule(rule: pb::AccountRule, at: &str) -> Result<AccountRule, Malformed> {
    let row =
        decode_row_kind(rule.row()).ok_or_else(|| Malformed::new(format!("{at}.row"), "is required"))?;
    let scheme =
        decode_scheme(rule.scheme()).ok_or_else(|| Malformed::new(format!("{at}.scheme"), "is required"))?;
    if !(1000..=9999).contains(&rule.account) {
        return Err(Malformed::new(
            format!("{at}.account"),
            "must be an account number of four digits",
        ));
    }
    let country = rule.country.map(|code| code.parse()).transpose().map_err(
        |e: skarv_canonical::country::UnknownCountry| Malformed::new(format!("{at}.country"), e.to_string()),
    )?;
    let rate = rule.rate.map(|rate| rate.parse()).transpose().map_err(|_| {
        Malformed::new(
            format!("{at}.rate"),
            "must be a decimal number of percent such as \"25\"",
        )
    })?;
    Ok(AccountRule {
        row,
        scheme,
        country,
        rate,
        account: rule.account,
    })
}

fn encode_row_kind(kind: RowKind) -> pb::RowKind {
    match kind {
        RowKind::Goods | RowKind::Discount => pb::RowKind::Goods,
        RowKind::Shipping => pb::RowKind::Shipping,
        RowKind::Wrapping => pb::RowKind::Wrapping,
        RowKind::Fee => pb::RowKind::Fee,
        RowKind::Rounding => pb::RowKind::Rounding,
    }
}

fn decode_row_kind(kind: pb::RowKind) -> Option<RowKind> {
    match kind {
        pb::RowKind::Unspecified => None,
        pb::RowKind::Goods => Some(RowKind::Goods),
        pb::RowKind::Shipping => Some(RowKind::Shipping),
        pb::RowKind::Wrapping => Some(RowKind::Wrapping),
        pb::RowKind::Fee => Some(RowKind::Fee),
        pb::RowKind::Rounding => Some(RowKind::Rounding),
    }
}

fn encode_scheme(scheme: VatScheme) -> pb::VatScheme {
    match scheme {
        VatScheme::Domestic => pb::VatScheme::Domestic,
        VatScheme::Oss => pb::VatScheme::Oss,
        VatScheme::ReverseCharge => pb::VatScheme::ReverseCharge,
        VatScheme::Export => pb::VatScheme::Export,
    }
}

fn decode_scheme(scheme: pb::VatScheme) -> Option<VatScheme> {
    match scheme {
        pb::VatScheme::Unspecified => None,
        pb::VatScheme::Domestic => Some(VatScheme::Domestic),
        pb::VatScheme::Oss => Some(VatScheme::Oss),
        pb::VatScheme::ReverseCharge => Some(VatScheme::ReverseCharge),
        pb::VatScheme::Export => Some(VatScheme::Export),
    }
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
mod tests {
    use super::*;

    fn settings() -> OrderSettings {
        OrderSettings {
            ..OrderSettings::swedish(
                DateTime::from_timestamp(1_770_000_000, 5_000).unwrap(),
                ["2", "11"].map(|id| TriggerState::Id(id.to_owned())).to_vec(),
            )
        }
    }

    #[test]
    fn a_stream_spec_survives_the_wire_with_its_hash() {
        let spec = StreamSpec {
            settings: StreamSettings::Orders(settings()),
        };
        let back = decode_stream_spec(encode_stream_spec(&spec)).unwrap();
        assert_eq!(back, spec);
        assert_eq!(back.hash(), spec.hash());
    }

    #[test]
    fn a_wrong_account_is_named_by_its_place() {
        let mut wire = encode_order_settings(&settings());
        wire.account_rules[2].account = 31;
        assert_eq!(
            decode_order_settings(wire).unwrap_err().field,
            "account_rules[2].account"
        );
    }
}
