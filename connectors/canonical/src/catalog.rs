//! All connectors of a release: the one thing the control plane knows of them.

use serde::{Deserialize, Serialize};

use crate::descriptor::Descriptor;

/// The descriptors of every connector, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Descriptors, sorted by id.
    pub connectors: Vec<Descriptor>,
}

impl Catalog {
    /// A catalog of these descriptors.
    pub fn new(mut connectors: Vec<Descriptor>) -> Self {
        connectors.sort_by(|a, b| a.id.cmp(&b.id));
        Self { connectors }
    }

    /// The catalog in a JSON text.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The catalog as it is written to `catalog.json`.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// One connector's descriptor.
    pub fn get(&self, id: &str) -> Option<&Descriptor> {
        self.connectors.iter().find(|d| d.id == id)
    }
}
