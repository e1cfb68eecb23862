//! What a connector declares of its fields (`descriptor::Place`), held against what goes over the line.
//!
//! Writing: every field of full documents is changed alone, and whatever changes in the calls is where it is put. Reading: every
//! leaf of the system's answers is changed alone, and whatever changes in the records is what comes from it. What is seen must
//! be what is declared, both ways. A leaf that no field changes, such as a constant, is nobody's; a change that the connector or
//! its system refuses shows nothing, so what can only be changed together with something else is the caller's to mend or to
//! name as bound.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::{Result, ensure};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde_json::{Value, json};
use skarv_canonical::{descriptor::Place, record::Record, write::Document};

use crate::{
    leaf,
    tap::{Call, Tap},
};

/// Fields of ours with the places in a foreign system that are theirs.
pub type Pairs = BTreeMap<String, BTreeSet<String>>;

/// What the foreign system calls a leaf of a call, such as `order_details.product_reference`. `None`: it is no part of a field.
pub type Named<'a> = &'a (dyn Fn(&Call, &str) -> Option<String> + Sync);

/// What is declared must be what is seen. `bound` names what cannot be changed by itself: a field, such as a key, or a place of
/// the system's, such as one that counts only where another is empty.
pub fn agrees(declared: &[Place], seen: &Pairs, bound: &[&str]) -> Result<()> {
    let free = |field: &str, place: &str| !bound.contains(&field) && !bound.contains(&place);
    let mut wanted = Pairs::new();
    for Place { field, foreign } in declared.iter().filter(|place| free(&place.field, &place.foreign)) {
        wanted.entry(field.clone()).or_default().insert(foreign.clone());
    }
    let mut seen = seen.clone();
    for (field, places) in &mut seen {
        places.retain(|place| free(field, place));
    }
    seen.retain(|_, places| !places.is_empty());
    ensure!(
        wanted == seen,
        "declared and not seen: {:#?}\nwhat was seen, as it is to be declared:\n{}",
        less(&wanted, &seen),
        written(&seen)
    );
    Ok(())
}

fn less(these: &Pairs, those: &Pairs) -> Vec<String> {
    let of = |field: &String| those.get(field).cloned().unwrap_or_default();
    let missing = these.iter().flat_map(|(field, places)| {
        let places: Vec<_> = places.difference(&of(field)).cloned().collect();
        places.into_iter().map(move |place| format!("{field}: {place}"))
    });
    missing.collect()
}

/// As a connector writes its places down.
fn written(pairs: &Pairs) -> String {
    let line = |(field, places): (&String, &BTreeSet<String>)| {
        let places: Vec<_> = places.iter().map(|place| format!("{place:?}")).collect();
        format!("    ({field:?}, &[{}]),\n", places.join(", "))
    };
    pairs.iter().map(line).collect()
}

/// Where the fields of a document are put. `put` gives the calls of putting one, `None` where it is refused.
pub async fn put_places(
    document: &Document,
    put: impl AsyncFn(Document) -> Option<Vec<Call>>,
    named: Named<'_>,
) -> Result<Pairs> {
    let value = serde_json::to_value(document)?;
    let Some(before) = put(document.clone()).await else {
        anyhow::bail!("the sample itself is refused: {value}")
    };
    let (before, mut pairs) = (sent(&before, named), Pairs::new());
    for pointer in pointers(&value) {
        let field = field(&value["entity"], &pointer);
        for changed in others(&value, &pointer) {
            let Some(calls) = put(changed).await else { continue };
            let places = differences(&before, &sent(&calls, named));
            pairs.entry(field.clone()).or_default().extend(places);
        }
    }
    pairs.retain(|_, places| !places.is_empty());
    Ok(pairs)
}

/// What was sent under each name, in order.
fn sent(calls: &[Call], named: Named<'_>) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for call in calls.iter().filter(|call| call.writes()) {
        for (path, value) in leaf::leaves(&call.body) {
            if let Some(name) = named(call, &path) {
                found.entry(name).or_default().push(value);
            }
        }
    }
    found
}

/// Where the fields of records come from. `read` gives the records over the tapped line, `None` where that fails.
pub async fn read_places(
    tap: &Tap,
    read: impl AsyncFn() -> Option<Vec<Record>>,
    named: &'static (dyn Fn(&Call, &str) -> Option<String> + Sync),
) -> Result<Pairs> {
    tap.forget();
    let Some(before) = read().await else {
        anyhow::bail!("nothing is read")
    };
    let names: BTreeSet<String> = tap.calls().iter().flat_map(|call| names(call, named)).collect();
    let (before, mut pairs) = (by_field(&before)?, Pairs::new());
    for name in names {
        for turn in 0..TURNS {
            let wanted = name.clone();
            tap.tampers(Arc::new(move |call| tampered(call, &wanted, turn, named)));
            let Some(after) = read().await else { continue };
            for field in differences(&before, &by_field(&after)?) {
                pairs.entry(field).or_default().insert(name.clone());
            }
        }
    }
    tap.put_right();
    Ok(pairs)
}

fn names(call: &Call, named: Named<'_>) -> Vec<String> {
    let leaves = leaf::leaves(&call.answer);
    leaves.iter().filter_map(|(path, _)| named(call, path)).collect()
}

fn tampered(call: &Call, wanted: &str, turn: usize, named: Named<'_>) -> bytes::Bytes {
    let mut paths: Vec<String> = leaf::leaves(&call.answer)
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths.retain(|path| named(call, path).as_deref() == Some(wanted));
    paths.iter().fold(call.answer.clone(), |answer, path| {
        leaf::changed(&answer, path, &|value| foreign(value, turn))
    })
}

/// How many other values are tried in a place of the system's.
const TURNS: usize = 3;

/// Another value that a foreign system could have there.
fn foreign(value: &str, turn: usize) -> Option<String> {
    if let Ok(number) = value.parse::<rust_decimal::Decimal>() {
        let one = rust_decimal::Decimal::ONE;
        let others = [
            number + one,
            number + rust_decimal::Decimal::new(1, 2),
            one - number,
        ];
        return others.get(turn).map(ToString::to_string);
    }
    let later = |format: &str| {
        let at = chrono::NaiveDateTime::parse_from_str(value, format).ok()?;
        Some((at + chrono::TimeDelta::days(1)).format(format).to_string())
    };
    if let Some(later) = later("%Y-%m-%d %H:%M:%S") {
        return (turn == 0).then_some(later);
    }
    if let Ok(day) = value.parse::<NaiveDate>() {
        return (turn == 0).then(|| (day + Days::new(1)).to_string());
    }
    let flag = match value {
        "true" => Some("false"),
        "false" => Some("true"),
        _ => None,
    };
    let others = match flag {
        Some(flag) => vec![flag.to_owned()],
        None => vec![format!("{value}x"), String::new(), "SE556012579001".to_owned()],
    };
    others.get(turn).cloned()
}

fn by_field(records: &[Record]) -> Result<BTreeMap<String, Vec<String>>> {
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for record in records {
        let value = serde_json::to_value(record)?;
        for pointer in pointers(&value) {
            let shown = value
                .pointer(&pointer)
                .map(ToString::to_string)
                .unwrap_or_default();
            found
                .entry(field(&value["kind"], &pointer))
                .or_default()
                .push(shown);
        }
    }
    Ok(found)
}

/// The names under which other values stand, where as many stand as before.
fn differences(before: &BTreeMap<String, Vec<String>>, after: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let other = |(name, values): (&String, &Vec<String>)| {
        let now = after.get(name)?;
        (now.len() == values.len() && now != values).then(|| name.clone())
    };
    before.iter().filter_map(other).collect()
}

/// Pointers to all leaves, but for what kind of thing it is.
fn pointers(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found.retain(|pointer| pointer != "/kind" && pointer != "/entity");
    found
}

fn walk(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(parts) => {
            for (name, part) in parts {
                walk(part, &format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(parts) => {
            for (at, part) in parts.iter().enumerate() {
                walk(part, &format!("{pointer}/{at}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(pointer.to_owned()),
    }
}

/// The name of a field in the register.
fn field(kind: &Value, pointer: &str) -> String {
    let named = |part: &&str| !part.is_empty() && part.parse::<usize>().is_err();
    let parts: Vec<&str> = pointer.split('/').filter(named).collect();
    let path = format!("{}.{}", kind.as_str().unwrap_or_default(), parts.join("."));
    const TEXTS: [&str; 3] = ["article.name", "article.variant", "article.description"];
    let path = match path.strip_prefix("refund.order.") {
        Some(of_order) => format!("order.{of_order}"),
        None => path,
    };
    let text = TEXTS.iter().find(|text| path.starts_with(**text));
    text.map_or(path.as_str(), |text| text).to_owned()
}

/// The document with something else in one place, as often as that is still a document.
fn others(document: &Value, pointer: &str) -> Vec<Document> {
    let other = |value: Value| {
        let mut changed = document.clone();
        *changed.pointer_mut(pointer)? = value;
        serde_json::from_value(changed).ok()
    };
    let candidates = document.pointer(pointer).map(candidates).unwrap_or_default();
    candidates.into_iter().filter_map(other).collect()
}

fn candidates(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(is) => vec![json!(!is)],
        Value::Number(number) => {
            // the next number, and an account that every chart has
            let next = number.as_i64().unwrap_or_default() + 1;
            vec![json!(next), json!(2421)]
        }
        Value::String(text) => of_text(text),
        Value::Null | Value::Array(_) | Value::Object(_) => Vec::new(),
    }
}

fn of_text(text: &str) -> Vec<Value> {
    /// What means something to a document: kinds, schemes, countries, currencies, rates.
    const WORDS: [&str; 17] = [
        "person",
        "company",
        "goods",
        "shipping",
        "fee",
        "discount",
        "domestic",
        "oss",
        "export",
        "DE",
        "NO",
        "SE",
        "EUR",
        "SEK",
        "en",
        "sv",
        "delivered",
    ];
    if let Ok(amount) = text.parse::<rust_decimal::Decimal>() {
        let one = rust_decimal::Decimal::ONE;
        let others = [
            (amount + one).to_string(),
            "6".to_owned(),
            "12".to_owned(),
            format!("{text}1"),
        ];
        return others.map(Value::from).into();
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return vec![json!(day + Days::new(1))];
    }
    if let Ok(at) = text.parse::<DateTime<Utc>>() {
        return vec![json!(at + Days::new(1))];
    }
    let words = WORDS.into_iter().filter(|_| WORDS.contains(&text));
    let texts = [format!("{text}1"), format!("1{text}")];
    texts
        .into_iter()
        .map(Value::from)
        .chain(words.map(Value::from))
        .collect()
}
