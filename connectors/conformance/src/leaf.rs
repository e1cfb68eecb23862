//! The leaves of what goes over the line: each text, number and flag of a JSON or XML document by its path, without places in
//! lists, and the same document with one of them changed.
//!
//! What is neither JSON nor XML has no leaves.

use std::ops::Range;

use bytes::Bytes;
use quick_xml::{Reader, events::Event};
use serde_json::Value;

/// Paths with their values, in the order of the document.
pub type Leaves = Vec<(String, String)>;

/// All leaves of a document.
pub fn leaves(document: &[u8]) -> Leaves {
    if let Ok(json) = serde_json::from_slice::<Value>(document) {
        let mut found = Leaves::new();
        of_json(&json, "", &mut |path, value| {
            found.push((path.to_owned(), shown(value)))
        });
        return found;
    }
    let texts = of_xml(document);
    texts.into_iter().map(|text| (text.path, text.value)).collect()
}

/// The document with every leaf of this path changed.
pub fn changed(document: &[u8], path: &str, change: &dyn Fn(&str) -> Option<String>) -> Bytes {
    if let Ok(mut json) = serde_json::from_slice::<Value>(document) {
        change_json(&mut json, "", path, change);
        return json.to_string().into();
    }
    let mut text = document.to_vec();
    for leaf in of_xml(document)
        .into_iter()
        .rev()
        .filter(|leaf| leaf.path == path)
    {
        if let Some(other) = change(&leaf.value) {
            text.splice(leaf.span, format!("<![CDATA[{other}]]>").into_bytes());
        }
    }
    text.into()
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

fn below(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    }
}

fn of_json(value: &Value, path: &str, found: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(parts) => {
            for (name, part) in parts {
                of_json(part, &below(path, name), found);
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| of_json(part, path, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found(path, value),
    }
}

fn change_json(value: &mut Value, path: &str, wanted: &str, change: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::Object(parts) => {
            for (name, part) in parts {
                change_json(part, &below(path, name), wanted, change);
            }
        }
        Value::Array(parts) => {
            for part in parts {
                change_json(part, path, wanted, change);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) if path == wanted => {
            if let Some(other) = change(&shown(value)) {
                *value = like(value, &other);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The text as the kind of value that stands there.
fn like(value: &Value, text: &str) -> Value {
    match value {
        Value::String(_) => Value::from(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
        }
    }
}

struct Text {
    path: String,
    value: String,
    span: Range<usize>,
}

/// The elements with text or with nothing in them.
fn of_xml(document: &[u8]) -> Vec<Text> {
    let mut reader = Reader::from_reader(document);
    let (mut names, mut found) = (Vec::<String>::new(), Vec::<Text>::new());
    let mut opened_at = None;
    loop {
        let before = place(&reader);
        let Ok(event) = reader.read_event() else {
            return found;
        };
        match event {
            Event::Start(element) => {
                names.push(element.name().as_ref().to_owned());
                opened_at = Some(place(&reader));
            }
            Event::End(_) => {
                if let Some(from) = opened_at.take() {
                    found.extend(text(document, &names, from..before));
                }
                names.pop();
            }
            Event::Eof => return found,
            Event::Empty(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
}

fn place(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn text(document: &[u8], names: &[String], span: Range<usize>) -> Option<Text> {
    let raw = std::str::from_utf8(document.get(span.clone())?).ok()?.trim();
    let plain = raw
        .strip_prefix("<![CDATA[")
        .and_then(|rest| rest.strip_suffix("]]>"));
    Some(Text {
        path: names.join("."),
        value: plain.unwrap_or(raw).to_owned(),
        span,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(leaves: Leaves) -> Vec<String> {
        leaves
            .into_iter()
            .map(|(path, value)| format!("{path}={value}"))
            .collect()
    }

    #[test]
    fn json_and_xml_have_the_same_leaves() {
        let json = br#"{"row":{"name":"Garn","taxes":[{"id":1},{"id":2}]}}"#;
        let xml = b"<row><name><![CDATA[Garn]]></name><taxes><tax><id>1</id></tax></taxes><note/></row>";
        assert_eq!(
            told(leaves(json)),
            ["row.name=Garn", "row.taxes.id=1", "row.taxes.id=2"]
        );
        assert_eq!(told(leaves(xml)), ["row.name=Garn", "row.taxes.tax.id=1"]);
        assert!(leaves(b"neither").is_empty());
    }

    #[test]
    fn one_leaf_is_changed_and_nothing_else() {
        let other = |_: &str| Some("7".to_owned());
        let json = changed(br#"{"a":[{"id":1,"b":"1"}]}"#, "a.id", &other);
        assert_eq!(json, r#"{"a":[{"id":7,"b":"1"}]}"#);
        let xml = changed(b"<a><id>1</id><b>1</b></a>", "a.id", &other);
        assert_eq!(xml, "<a><id><![CDATA[7]]></id><b>1</b></a>");
    }
}
