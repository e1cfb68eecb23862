//! Why something did not happen, as a code with parameters, and who can do something about it.
//!
//! Sentences for people are made elsewhere, from language files, so that the same reason reads well in Swedish and English.
//! Codes are stable: API clients match on them.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// What kind of trouble it is, which decides what Skarv does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// May well work in a moment: network, 5xx, timeouts. Tried again with backoff.
    Transient,
    /// The foreign system asks us to slow down. Tried again when it says.
    RateLimited,
    /// Sign-in refused. The connection stops until a person renews the credentials.
    Credentials,
    /// Settings on either side are wrong. One such record parks; three in a row with the same code stop the stream.
    Configuration,
    /// This record cannot be delivered as it is. It parks; the stream goes on.
    Data,
    /// A write may have happened and nothing can tell. Never repeated by itself.
    UnknownOutcome,
}

/// A stable code with the parameters that a sentence about it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The stable code, such as `sum_mismatch`.
    pub code: String,
    /// What kind of trouble it is.
    pub class: Class,
    /// Values for the sentence, such as `expected` and `found`. Never secrets, never personal data beyond what a fix needs.
    pub params: BTreeMap<String, String>,
    /// Which advice to show, such as `correct_order_rows`. Empty when there is none.
    pub fix: String,
}

impl Reason {
    /// A reason with this code and class, with neither parameters nor advice yet.
    pub fn new(class: Class, code: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            class,
            params: BTreeMap::new(),
            fix: String::new(),
        }
    }

    /// Trouble with one record.
    pub fn data(code: impl Into<String>) -> Self {
        Self::new(Class::Data, code)
    }

    /// Trouble with settings on either side.
    pub fn configuration(code: impl Into<String>) -> Self {
        Self::new(Class::Configuration, code)
    }

    /// Adds a parameter for the sentence.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// Sets the advice to show.
    #[must_use]
    pub fn fix(mut self, fix: &str) -> Self {
        fix.clone_into(&mut self.fix);
        self
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        for (name, value) in &self.params {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}
