//! What cells are made of: times, amounts, states and reasons.

use chrono::DateTime;
use prost_types::Timestamp;
use skarv_proto::v1 as pb;

use crate::config::Lang;

/// A time to the minute, in UTC; empty when it is not set.
pub(super) fn time(at: Option<&Timestamp>) -> String {
    let instant = at.and_then(|at| DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?));
    instant.map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M").to_string())
}

/// A time to the second, where what happened first matters.
pub(super) fn moment(at: Option<&Timestamp>) -> String {
    let instant = at.and_then(|at| DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?));
    instant.map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// A value of an enum without the enum's name: `RUN_STATE_QUEUED` is "queued".
pub(super) fn word(value: &str, prefix: &str) -> String {
    value
        .strip_prefix(prefix)
        .unwrap_or(value)
        .trim_start_matches('_')
        .to_lowercase()
        .replace('_', " ")
}

/// A stream by its kind, as people of a language call it. One that is not known stays as it is.
pub(super) fn stream(kind: &str, lang: Lang) -> &str {
    match (lang, kind) {
        (Lang::Sv, "orders") => "ordrar",
        (Lang::Sv, "products") => "produkter",
        (Lang::Sv, "prices") => "priser",
        (Lang::Sv, "stock") => "lager",
        (Lang::Sv, "order-status") => "orderstatus",
        (Lang::En, "order-status") => "order statuses",
        _ => kind,
    }
}

/// What a write is about, as people of a language call it. What is not known stays as it is.
pub(super) fn entity(entity: &str, lang: Lang) -> &str {
    match (lang, entity) {
        (Lang::Sv, "customer") => "kund",
        (Lang::Sv, "invoice") => "faktura",
        (Lang::Sv, "payment") => "betalning",
        (Lang::Sv, "credit") => "kreditfaktura",
        (Lang::Sv, "article") => "artikel",
        (Lang::Sv, "price") => "pris",
        (Lang::Sv, "stock") => "lagersaldo",
        (Lang::Sv, "status") => "orderstatus",
        (Lang::En, "credit") => "credit note",
        _ => entity,
    }
}

/// The last part of a resource name: what its owner calls it.
pub(super) fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// An amount with its currency.
pub(super) fn amount(money: Option<&pb::Money>) -> String {
    money.map_or_else(String::new, |money| {
        format!("{} {}", money.amount, money.currency_code)
    })
}

/// What happened.
pub(super) fn message(reason: &pb::Reason, lang: Lang) -> &str {
    let sentence = match lang {
        Lang::Sv => &reason.message_sv,
        Lang::En => &reason.message_en,
    };
    if sentence.is_empty() {
        &reason.code
    } else {
        sentence
    }
}

/// What to do about it; empty when there is nothing.
pub(super) fn fix(reason: &pb::Reason, lang: Lang) -> &str {
    match lang {
        Lang::Sv => &reason.fix_sv,
        Lang::En => &reason.fix_en,
    }
}

/// Who can do that; empty where the server does not say.
fn who(reason: &pb::Reason) -> String {
    match reason.who_acts() {
        pb::WhoActs::Unspecified => String::new(),
        acts => word(acts.as_str_name(), "WHO_ACTS"),
    }
}

/// Whose trouble it is; empty where the server does not say.
fn category(reason: &pb::Reason) -> String {
    match reason.category() {
        pb::ReasonCategory::Unspecified => String::new(),
        category => word(category.as_str_name(), "REASON_CATEGORY"),
    }
}

/// What happened and what to do, in one paragraph.
pub(super) fn sentences(reason: &pb::Reason, lang: Lang) -> String {
    format!("{} {}", message(reason, lang), fix(reason, lang))
        .trim_end()
        .to_owned()
}

/// A reason as facts of the thing that it belongs to.
pub(super) fn reason(reason: Option<&pb::Reason>, lang: Lang) -> Vec<(String, String)> {
    let Some(reason) = reason else { return Vec::new() };
    vec![
        ("reason".to_owned(), reason.code.clone()),
        ("what happened".to_owned(), message(reason, lang).to_owned()),
        ("what to do".to_owned(), fix(reason, lang).to_owned()),
        ("who acts".to_owned(), who(reason)),
        ("category".to_owned(), category(reason)),
    ]
}
