//! The three shapes in which the system says no (`CONTRACT.md`, errors), read into one: what is wrong with which
//! field, in its own words. What it means is decided in `error`.

use serde::Deserialize;
use serde_json::Value;

/// More flaws than this help nobody.
const MOST: usize = 20;
const LONGEST_MESSAGE: usize = 200;

/// One thing that the system finds wrong.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// 0 in the shapes that have none.
    pub(crate) code: u64,
    /// The field's name or path, or empty.
    pub(crate) field: String,
    pub(crate) message: String,
}

/// Everything that an answer finds wrong, in its order. A body in no known shape is one flaw in its own words.
pub(crate) fn flaws(body: &str) -> Vec<Flaw> {
    match serde_json::from_str(body) {
        Ok(Value::Array(listed)) => listed.into_iter().filter_map(listed_flaw).take(MOST).collect(),
        Ok(Value::Object(mut problem)) => match problem.remove("errors") {
            Some(Value::Object(errors)) => errors.into_iter().map(field_flaw).take(MOST).collect(),
            _ => said(problem.get("title").and_then(Value::as_str).unwrap_or_default()),
        },
        Ok(Value::String(text)) => said(&text),
        _ => said(body),
    }
}

/// All of it in one line.
pub(crate) fn words(flaws: &[Flaw]) -> String {
    let all: Vec<String> = flaws.iter().map(Flaw::words).collect();
    all.join("; ")
}

impl Flaw {
    fn new(code: u64, field: &str, message: &str) -> Self {
        Self {
            code,
            field: field.to_owned(),
            message: message.trim().chars().take(LONGEST_MESSAGE).collect(),
        }
    }

    /// The place among an invoice's lines that it is about, from 0.
    pub(crate) fn line(&self) -> Option<usize> {
        let (_, rest) = self.field.split_once('[')?;
        rest.split_once(']')?.0.parse().ok()
    }

    fn words(&self) -> String {
        let code = if self.code == 0 {
            String::new()
        } else {
            format!("{} ", self.code)
        };
        let field = if self.field.is_empty() {
            String::new()
        } else {
            format!("{}: ", self.field)
        };
        format!("{code}{field}{}", self.message)
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Listed {
    error_code: Value,
    reference: Option<String>,
    message: Option<String>,
}

fn listed_flaw(entry: Value) -> Option<Flaw> {
    let Listed {
        error_code,
        reference,
        message,
    } = serde_json::from_value(entry).ok()?;
    Some(Flaw::new(
        error_code.as_u64().unwrap_or(0),
        &reference.unwrap_or_default(),
        &message.unwrap_or_default(),
    ))
}

fn field_flaw((field, messages): (String, Value)) -> Flaw {
    let all: Vec<&str> = match &messages {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one],
        _ => Vec::new(),
    };
    Flaw::new(0, &field, &all.join(", "))
}

fn said(text: &str) -> Vec<Flaw> {
    vec![Flaw::new(0, "", text)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_shape_keeps_code_field_and_words_of_every_flaw() {
        let flaws = flaws(include_str!("../fixtures/refused-list.json"));
        assert_eq!(
            flaws,
            [
                Flaw::new(
                    1_001_002,
                    "comment",
                    "comment är 1200 tecken; högst 1000 får plats"
                ),
                Flaw::new(
                    1_002_004,
                    "invoiceLines[1].salesAccountNumber",
                    "konto 3011 är inte aktivt"
                ),
            ]
        );
        assert_eq!((flaws[0].line(), flaws[1].line()), (None, Some(1)));
    }

    #[test]
    fn the_problem_shape_is_read_field_by_field() {
        let flaws = flaws(include_str!("../fixtures/refused-problem.json"));
        let expected = [
            Flaw::new(0, "sequenceId", "värdet '' är inte giltigt"),
            Flaw::new(
                0,
                "invoiceLines[0].invoiceLine.quantity",
                "ett heltal, högst 1000000, inte 1,5",
            ),
        ];
        assert_eq!(flaws, expected);
    }

    #[test]
    fn the_text_shape_and_bodies_in_no_shape_are_their_own_words() {
        assert_eq!(
            flaws(include_str!("../fixtures/refused-text.json")),
            [Flaw::new(0, "", "företaget finns inte")]
        );
        assert_eq!(
            flaws("<html>Bad gateway</html>"),
            [Flaw::new(0, "", "<html>Bad gateway</html>")]
        );
        assert_eq!(flaws(r#"{"title":"Oväntat"}"#), [Flaw::new(0, "", "Oväntat")]);
        assert_eq!(flaws(""), [Flaw::default()]);
    }

    #[test]
    fn a_flood_of_flaws_and_words_is_cut() {
        let entry = format!(
            r#"{{"errorCode":1,"reference":null,"message":"{}"}}"#,
            "å".repeat(1000)
        );
        let flaws = flaws(&format!("[{}]", vec![entry; 100].join(",")));
        assert_eq!((flaws.len(), flaws[0].message.chars().count()), (MOST, 200));
    }
}
