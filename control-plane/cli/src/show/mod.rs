//! How things are shown: tables for people, JSON for scripts. A command says what; how is said here.
//!
//! `json` writes the API's own messages, so its form changes only when the API's does. `person`, `setup` and `work` have the
//! columns of each thing, `words` what they are made of. stdout gets the answer and nothing else.

mod discovery;
mod dry_run;
mod json;
mod person;
mod preflight;
mod reconciliation;
mod revision;
mod setup;
mod story;
mod table;
mod words;
mod work;

use std::io::Write;

use anyhow::Context;
use serde_json::{Map, Value};

pub(crate) use discovery::{discovery, register};
pub(crate) use dry_run::{dry_run, not_foreseen};
pub(crate) use json::{Json, Named};
pub(crate) use preflight::preflight;
pub(crate) use reconciliation::reconciliation;
pub(crate) use revision::revisions;
pub(crate) use story::story;
pub(crate) use table::Shown;
pub(crate) use work::check;

use crate::{
    config::{Lang, Output},
    secret::NewFile,
};

/// How this command answers.
#[derive(Debug)]
pub(crate) struct View {
    output: Output,
    lang: Lang,
    json: Json,
}

impl View {
    pub(crate) fn new(output: Output, lang: Lang) -> anyhow::Result<Self> {
        Ok(Self {
            output,
            lang,
            json: Json::new()?,
        })
    }

    /// Between messages and JSON.
    pub(crate) fn json(&self) -> &Json {
        &self.json
    }

    /// The language that people are answered in.
    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// Whether scripts read the answer.
    pub(crate) fn is_json(&self) -> bool {
        self.output == Output::Json
    }

    /// Several things, as `{"key": […]}` or a table.
    pub(crate) fn list<T: Shown>(&self, key: &str, items: &[T]) -> anyhow::Result<()> {
        if !self.is_json() {
            return say(&table::list(items, self.lang));
        }
        let items = items.iter().map(|item| self.json.write(item));
        let list = Value::Array(items.collect::<anyhow::Result<_>>()?);
        say_json(&Value::Object(Map::from_iter([(key.to_owned(), list)])))
    }

    /// One thing with all that is known of it.
    pub(crate) fn one<T: Shown>(&self, item: &T) -> anyhow::Result<()> {
        if self.is_json() {
            say_json(&self.json.write(item)?)
        } else {
            say(&table::one(item, self.lang))
        }
    }

    /// A message that has a telling of its own for people.
    pub(crate) fn told<T: Named>(
        &self,
        message: &T,
        tell: impl FnOnce(Lang) -> String,
    ) -> anyhow::Result<()> {
        if self.is_json() {
            say_json(&self.json.write(message)?)
        } else {
            say(&tell(self.lang))
        }
    }

    /// A secret that is shown once: alone on stdout, in its own field for scripts, or in a file and nowhere else. What else
    /// there is to say goes to stderr, so that stdout can be kept as it is.
    pub(crate) fn once(&self, secret: &Once<'_>, file: Option<NewFile>) -> anyhow::Result<()> {
        let mut answer = secret.answer.clone();
        let kept = file.is_some();
        if let Some(file) = file {
            file.keep(secret.secret)?;
            if let Some(object) = answer.as_object_mut() {
                object.remove(secret.field);
            }
        }
        if self.is_json() {
            return say_json(&answer);
        }
        aside(secret.note);
        if kept { Ok(()) } else { say(secret.secret) }
    }
}

/// A secret that is shown once.
pub(crate) struct Once<'a> {
    /// The whole answer.
    pub(crate) answer: Value,
    /// Where the secret stands in it.
    pub(crate) field: &'a str,
    /// The secret.
    pub(crate) secret: &'a str,
    /// What people are told beside it.
    pub(crate) note: &'a str,
}

/// Puts a line, or lines, on stdout.
pub(crate) fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").context("cannot write the answer")
}

/// Puts an object on stdout, for scripts.
pub(crate) fn say_json(value: &Value) -> anyhow::Result<()> {
    say(&serde_json::to_string_pretty(value)?)
}

/// Puts an object on one line of stdout, for scripts that read on while the process stays up.
pub(crate) fn say_line(value: &Value) -> anyhow::Result<()> {
    say(&value.to_string())
}

/// Puts a line on stderr, beside the answer. Nobody to read it is no failure.
pub(crate) fn aside(text: &str) {
    writeln!(std::io::stderr(), "{text}").ok();
}
