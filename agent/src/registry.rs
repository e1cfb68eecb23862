//! The connectors that this agent has, by id.
//!
//! What is in here is what `connectors/catalog.json` says: a test compares the two, and the control plane gives no work
//! to a connector whose descriptor differs from its catalog.

use std::{collections::BTreeMap, fmt, sync::Arc};

use skarv_canonical::catalog::Catalog;
use skarv_connector::{Connector, noop::Noop};
use skarv_hogia_smart::HogiaSmart;
use skarv_prestashop::PrestaShop;

/// Connectors by id.
#[derive(Clone)]
pub struct Registry {
    connectors: BTreeMap<String, Arc<dyn Connector>>,
}

impl Registry {
    /// Exactly these connectors. Of two with one id the later counts.
    pub fn new(connectors: Vec<Arc<dyn Connector>>) -> Self {
        Self {
            connectors: connectors.into_iter().map(|c| (c.descriptor().id, c)).collect(),
        }
    }

    /// Every connector of this release.
    pub fn standard() -> Self {
        Self::new(vec![
            Arc::new(PrestaShop),
            Arc::new(HogiaSmart::default()),
            Arc::new(Noop),
        ])
    }

    /// What all of them are and can do.
    pub fn catalog(&self) -> Catalog {
        Catalog::new(self.connectors.values().map(|c| c.descriptor()).collect())
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Arc<dyn Connector>> {
        self.connectors.get(id)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.connectors.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_on_file_is_the_registrys_own() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../connectors/catalog.json");
        let on_file = std::fs::read_to_string(path).unwrap();
        let own = Registry::standard().catalog().to_json().unwrap();
        assert_eq!(
            on_file, own,
            "write it anew: cargo run -p skarv-agent -- catalog > connectors/catalog.json"
        );
    }

    #[test]
    fn a_connector_is_found_by_its_descriptors_id() {
        let registry = Registry::new(vec![Arc::new(Noop)]);
        assert!(registry.get("noop").is_some());
        assert!(registry.get("prestashop").is_none());
    }
}
