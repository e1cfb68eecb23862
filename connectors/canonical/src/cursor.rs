//! How far a stream has read. Opaque to everyone but the source connector that made it.

use serde::{Deserialize, Serialize};

/// A position in a source, in the words of the connector that wrote it (JSON text by custom).
///
/// The control plane stores it and hands it back; it never reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// A cursor of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, as its connector wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
