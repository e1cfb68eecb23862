//! The table of what travels, held against the mapping: every field of full samples is changed alone, and whatever changes in
//! the documents must be what the table says. And how the register is put together.

mod samples;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::*;
use crate::{
    descriptor::Places,
    record::Record,
    write::{Document, Effect, Entity, Write},
};
use samples::Sample;

/// Which fields of a record change which fields of documents.
type Pairs = BTreeMap<String, BTreeSet<String>>;

/// Texts that mean something somewhere: kinds, countries, currencies, numbers that are right.
const WORDS: [&str; 23] = [
    "",
    "person",
    "company",
    "shipping",
    "wrapping",
    "payment",
    "plain",
    "minus_voucher",
    "chosen_amount",
    "invoiced",
    "paid",
    "cancelled",
    "delivered",
    "SEK",
    "EUR",
    "NO",
    "DE",
    "FI",
    "SE",
    "5560125790",
    "556012-5790",
    "SE556012579001",
    "DE136695976",
];

#[test]
fn what_travels_is_what_the_table_says() {
    let wrong = STREAMS.into_iter().filter_map(|stream| {
        let seen = observed(samples::of(stream));
        (seen != tabled(stream)).then(|| format!("{stream:?}\n{}", written(&seen)))
    });
    let wrong: String = wrong.collect();
    assert!(
        wrong.is_empty(),
        "the mapping carries this, write it into travels.rs:\n{wrong}"
    );
}

fn tabled(stream: StreamKind) -> Pairs {
    let named = |to: &[&str]| to.iter().map(|to| (*to).to_owned()).collect();
    let table = travels::table(stream).iter();
    table.map(|(from, to)| ((*from).to_owned(), named(to))).collect()
}

/// The table as it is to stand in the source.
fn written(pairs: &Pairs) -> String {
    let line = |(from, to): (&String, &BTreeSet<String>)| {
        let to: Vec<_> = to.iter().map(|to| format!("{to:?}")).collect();
        format!("    ({from:?}, &[{}]),\n", to.join(", "))
    };
    pairs.iter().map(line).collect()
}

fn observed(samples: Vec<Sample>) -> Pairs {
    let mut pairs = Pairs::new();
    for sample in samples {
        let record = serde_json::to_value(&sample.record).unwrap();
        let before = (sample.carries)(&sample.record).expect("a sample that is carried");
        for pointer in leaves(&record) {
            let from = field(&record["kind"], &pointer);
            for changed in changed(&record, &pointer) {
                let after = (sample.carries)(&changed).unwrap_or_else(|_| before.clone());
                if after != before {
                    let found = differences(&by_entity(&before), &by_entity(&after));
                    pairs.entry(from.clone()).or_default().extend(found);
                }
            }
        }
    }
    pairs.retain(|_, found| !found.is_empty());
    pairs
}

/// The record with something else there, as often as something else is still a record.
fn changed(record: &Value, pointer: &str) -> Vec<Record> {
    let other = |value: Value| {
        let mut changed = record.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        serde_json::from_value(changed).ok()
    };
    let candidates = candidates(record.pointer(pointer).unwrap());
    candidates.into_iter().filter_map(other).collect()
}

type ByEntity = BTreeMap<&'static str, Vec<Value>>;

fn by_entity(documents: &[Document]) -> ByEntity {
    let mut found = ByEntity::new();
    for document in documents {
        let mut value = serde_json::to_value(document).unwrap();
        value.as_object_mut().unwrap().remove("entity");
        found.entry(entity(document)).or_default().push(value);
    }
    found
}

fn entity(document: &Document) -> &'static str {
    let write = Write {
        our_key: String::new(),
        effect: Effect::Create,
        document: document.clone(),
    };
    write.entity().as_str()
}

/// Pointers to everything that holds no further fields, but for what kind of record it is.
fn leaves(record: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(record, "", &mut found);
    found.retain(|pointer| pointer != "/kind");
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

/// The field's name: a refund carries its order, whose fields are an order's.
fn field(kind: &Value, pointer: &str) -> String {
    let named = |name: &&str| !name.is_empty() && name.parse::<usize>().is_err();
    let parts: Vec<&str> = pointer.split('/').filter(named).collect();
    let path = format!("{}.{}", kind.as_str().unwrap(), parts.join("."));
    let path = match path.strip_prefix("refund.order.") {
        Some(of_order) => format!("order.{of_order}"),
        None => path,
    };
    without_language(&path)
}

fn without_language(path: &str) -> String {
    const TEXTS: [&str; 3] = ["article.name", "article.variant", "article.description"];
    let text = TEXTS.iter().find(|text| path.starts_with(**text));
    text.map_or(path, |text| *text).to_owned()
}

/// Other values that could stand there.
fn candidates(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(is) => vec![json!(!is)],
        Value::Number(number) => {
            let number = number.as_i64().unwrap_or_default();
            vec![json!(number + 1), json!(number + 2)]
        }
        Value::String(text) => of_text(text),
        Value::Null => [json!(true), json!("1.5"), json!("2026-05-03"), json!("x")].into(),
        Value::Array(_) | Value::Object(_) => Vec::new(),
    }
}

fn of_text(text: &str) -> Vec<Value> {
    if let Ok(amount) = text.parse::<Decimal>() {
        let near = [Decimal::new(1, 2), Decimal::ONE, amount, Decimal::new(-1, 2)];
        let near = near.map(|more| json!((amount + more).to_string()));
        let plain = ["0", "6", "12", "7x"].map(|text| json!(text));
        return near.into_iter().chain(plain).collect();
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return vec![json!(day + Days::new(1)), Value::Null];
    }
    if let Ok(instant) = text.parse::<DateTime<Utc>>() {
        return vec![json!(instant + Days::new(1)), Value::Null];
    }
    let others = [format!("{text}x"), format!("x{text}"), String::new()].map(Value::from);
    let words = words().filter(|_| WORDS.contains(&text));
    others.into_iter().chain([Value::Null]).chain(words).collect()
}

fn words() -> impl Iterator<Item = Value> {
    WORDS.into_iter().map(|word| json!(word))
}

/// The fields in which documents differ that are there both before and after. A document or row that comes or goes is no
/// field of its own: what is in it is seen where it stays.
fn differences(before: &ByEntity, after: &ByEntity) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (entity, before) in before {
        let after = after.get(entity).map(Vec::as_slice).unwrap_or_default();
        if before.len() == after.len() {
            for (before, after) in before.iter().zip(after) {
                differ(before, after, entity, &mut found);
            }
        }
    }
    found.iter().map(|path| without_language(path)).collect()
}

fn differ(before: &Value, after: &Value, path: &str, found: &mut BTreeSet<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, before) in before {
                if let Some(after) = after.get(name) {
                    differ(before, after, &format!("{path}.{name}"), found);
                }
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (before, after) in before.iter().zip(after) {
                differ(before, after, path, found);
            }
        }
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => {}
        (before, after) if before != after => {
            found.insert(path.to_owned());
        }
        (_, _) => {}
    }
}

fn system(id: &str, side: Side) -> Descriptor {
    Descriptor {
        id: id.to_owned(),
        title: id.to_owned(),
        version: "1".to_owned(),
        side,
        verified: true,
        notice: String::new(),
        reads: Vec::new(),
        writes: Vec::new(),
        payment_modules: Vec::new(),
        settings: Vec::new(),
        secrets: Vec::new(),
        requests_per_second: 1,
        max_parallel: 1,
    }
}

fn shop() -> Descriptor {
    let mut shop = system("shop", Side::Shop);
    shop.reads = [StreamKind::Orders, StreamKind::Products]
        .map(Reads::changes_of)
        .into();
    let orders: Places = &[
        ("order.customer.email", &["buyers.mail"]),
        ("order.lines.sku", &["rows.number"]),
    ];
    let products: Places = &[("article.sku", &["goods.number"])];
    shop.with_places(
        &[(StreamKind::Orders, orders), (StreamKind::Products, products)],
        &[],
    )
}

fn books() -> Descriptor {
    let mut books = system("books", Side::Erp);
    let written = |entity| Writes {
        entity,
        effect: Effect::Create,
        searchable: true,
        visible_after_ms: 0,
        batch: 1,
        fields: Vec::new(),
    };
    books.writes = [Entity::Invoice, Entity::Customer].map(written).into();
    let invoice: Places = &[("invoice.rows.sku", &["bill.rows.article", "bill.rows.text"])];
    let customer: Places = &[("customer.customer.email", &["card.mail"])];
    books.with_places(&[], &[(Entity::Invoice, invoice), (Entity::Customer, customer)])
}

#[test]
fn the_register_joins_where_a_field_is_read_with_where_it_is_put() {
    let fields = register(&shop(), &books(), |_| Some((Side::Shop, Side::Erp)));
    let told = fields.iter().map(|field| {
        let mark = if field.personal { "!" } else { "" };
        format!(
            "{} -> {} -> {}{mark}",
            field.source_field, field.field, field.target_field
        )
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "buyers.mail -> order.customer.email -> card.mail!",
            "rows.number -> order.lines.sku -> bill.rows.article",
            "rows.number -> order.lines.sku -> bill.rows.text",
        ]
    );
}

#[test]
fn a_stream_that_a_system_cannot_carry_or_a_flow_does_not_have_is_left_out() {
    // the shop reads products, and these books hold none
    assert!(books().write_of(&Entity::Article).is_none());
    assert!(register(&shop(), &books(), |_| None).is_empty());
    assert!(register(&shop(), &books(), |_| Some((Side::Erp, Side::Shop))).is_empty());
}
