//! A document field by field, as a person is shown what would be written. What names a buyer is masked.
//!
//! Shown is what is written: what only tells a sink *how* to write is left out, and amounts have no idle zeros, so that two
//! forms of one amount are no change. Masking goes by the names of fields, whichever system they are of.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::write::Document;

/// Fields by their path, such as `rows[0].account`.
pub type Fields = BTreeMap<String, String>;

/// One field that would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its path, such as `rows[0].account`.
    pub path: String,
    /// What stands there; empty when nothing does.
    pub before: String,
    /// What would stand there; empty when nothing would.
    pub after: String,
}

/// The fields of a document. Empty ones, and those that are somebody else's, are left out.
pub fn fields(document: &Document) -> Fields {
    let mut fields = Fields::new();
    // plain data of our own always has a JSON form
    if let Ok(value) = serde_json::to_value(document) {
        flatten("", &value, &mut fields);
    }
    fields
}

/// The fields in which two forms differ, by path.
pub fn changes(before: &Fields, after: &Fields) -> Vec<Change> {
    let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
    paths.sort();
    paths.dedup();
    let of = |fields: &Fields, path: &String| fields.get(path).cloned().unwrap_or_default();
    let change = |path: &String| Change {
        path: path.clone(),
        before: of(before, path),
        after: of(after, path),
    };
    let all = paths.into_iter().map(change);
    all.filter(|change| change.before != change.after).collect()
}

/// Fields with what names a buyer masked: its first letter is enough to recognise it by.
pub fn masked(fields: Fields) -> Fields {
    let masked = |(path, text): (String, String)| {
        let text = mask(&path, text);
        (path, text)
    };
    fields.into_iter().map(masked).collect()
}

/// Changes with what names a buyer masked, before and after.
pub fn masked_changes(changes: Vec<Change>) -> Vec<Change> {
    let masked = |change: Change| Change {
        before: mask(&change.path, change.before),
        after: mask(&change.path, change.after),
        path: change.path,
    };
    changes.into_iter().map(masked).collect()
}

/// How to write, and not what: the kind of the document, whether one that stands is looked for, in which states an order
/// waits, and the like.
const HOW: [&str; 9] = [
    "entity",
    "match_existing",
    "collective",
    "guest",
    "twins",
    "may_create",
    "sweep",
    "waiting",
    "cancels_captured",
];

/// The same, where the name is that of something else elsewhere: the states of every event.
const HOW_AT: &str = "states";

/// Numbers that may be told with idle zeros. Others that look like numbers are not: a postcode, an article number.
const AMOUNTS: [&str; 11] = [
    "gross",
    "net",
    "total",
    "amount",
    "price",
    "regular",
    "weight",
    "rate",
    "conversion_rate",
    "first_price",
    "shop_difference",
];

/// How the names of fields end that name a person, or a place where one lives, in any of the systems.
const PERSONAL: [&str; 27] = [
    "name",
    "company",
    "email",
    "phone",
    "mobile",
    "telephone",
    "fax",
    "address",
    "address1",
    "address2",
    "line1",
    "line2",
    "street",
    "postcode",
    "zipcode",
    "postalcode",
    "city",
    "orgnumber",
    "organisationnumber",
    "vatnumber",
    "customernumber",
    "buyer",
    "yourreference",
    "contact",
    "note",
    "comment",
    "message",
];

/// A card's own number may be made of its buyer's.
const NUMBER_OF_CARD: &str = "number";

/// What a value that belongs to somebody else, or is empty, is called in `Owned`.
const UNOWNED: [&str; 2] = ["not_ours", "empty"];

fn flatten(path: &str, value: &Value, fields: &mut Fields) {
    match value {
        Value::Null => {}
        Value::Object(parts) => {
            for (name, part) in parts.iter().filter(|(name, _)| !is_how(path, name)) {
                flatten(&join(path, name), part, fields);
            }
        }
        Value::Array(parts) => {
            for (index, part) in parts.iter().enumerate() {
                flatten(&format!("{path}[{index}]"), part, fields);
            }
        }
        Value::String(text) => take(path, text, fields),
        Value::Bool(_) | Value::Number(_) => take(path, &value.to_string(), fields),
    }
}

fn is_how(path: &str, name: &str) -> bool {
    HOW.contains(&name) || (path.is_empty() && name == HOW_AT)
}

/// A value that is ours is told at its own place, without a word of whose it is.
fn join(path: &str, name: &str) -> String {
    match (path, name) {
        ("", _) => name.to_owned(),
        (_, "is") => path.to_owned(),
        _ => format!("{path}.{name}"),
    }
}

fn take(path: &str, text: &str, fields: &mut Fields) {
    let name = path.rsplit('.').next().unwrap_or(path);
    let unowned = name == "campaign" && UNOWNED.contains(&text);
    if text.is_empty() || unowned {
        return;
    }
    let amount = text.parse::<Decimal>().ok().filter(|_| AMOUNTS.contains(&name));
    let text = amount.map_or_else(|| text.to_owned(), |amount| amount.normalize().to_string());
    fields.insert(path.to_owned(), text);
}

fn mask(path: &str, text: String) -> String {
    match is_personal(path) && !text.is_empty() {
        true => text.chars().take(1).chain("…".chars()).collect(),
        false => text,
    }
}

/// Whether any part of a path is personal: `customer.email`, and `deliveryAddress.co` as well.
fn is_personal(path: &str) -> bool {
    let of_part = |part: &str| {
        let name = part.split('[').next().unwrap_or(part);
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let plain = plain.to_ascii_lowercase();
        PERSONAL.iter().any(|personal| plain.ends_with(personal))
    };
    path == NUMBER_OF_CARD || path.split('.').any(of_part)
}

#[cfg(test)]
mod tests;
