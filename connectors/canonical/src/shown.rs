//! A document field by field, as a person is shown what would be written. What names a buyer is masked.

use std::collections::BTreeMap;

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
    fields.remove("entity");
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

/// Parts of a document that name a person or a place where one lives.
const PERSONAL: [&str; 14] = [
    "name",
    "first_name",
    "last_name",
    "company",
    "email",
    "phone",
    "mobile",
    "address1",
    "address2",
    "street",
    "postcode",
    "city",
    "buyer",
    "comment",
];

fn flatten(path: &str, value: &Value, fields: &mut Fields) {
    let text = match value {
        Value::Null => return,
        Value::Object(parts) => {
            for (name, part) in parts {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                flatten(&path, part, fields);
            }
            return;
        }
        Value::Array(parts) => {
            for (index, part) in parts.iter().enumerate() {
                flatten(&format!("{path}[{index}]"), part, fields);
            }
            return;
        }
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    };
    if !text.is_empty() {
        fields.insert(path.to_owned(), text);
    }
}

/// Fields with what names a buyer masked: its first letter is enough to recognise it by.
pub fn masked(fields: Fields) -> Fields {
    let masked = |(path, text): (String, String)| {
        let last = path.rsplit('.').next().unwrap_or(&path);
        let text = if PERSONAL.contains(&last) {
            mask(&text)
        } else {
            text
        };
        (path, text)
    };
    fields.into_iter().map(masked).collect()
}

fn mask(text: &str) -> String {
    text.chars().take(1).chain("…".chars()).collect()
}
