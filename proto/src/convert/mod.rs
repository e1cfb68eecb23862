//! Wire forms of the canonical vocabulary that both sides need: reasons, settings, stream specs. Free functions, since
//! neither type is this crate's own.

pub mod reason;
pub mod settings;

/// A message that does not say what it must.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{field}: {problem}")]
pub struct Malformed {
    /// Path of the field, such as `order_settings.home_country`.
    pub field: String,
    /// What is wrong with it and what to send instead.
    pub problem: String,
}

impl Malformed {
    /// A field and what is wrong with it.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
        }
    }
}
