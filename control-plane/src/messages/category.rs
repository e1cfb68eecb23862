//! Whose trouble a reason is, for people. Its class decides what Skarv does next; this says where to look.
//!
//! Every code that has a sentence stands in `messages/category.toml` once, which a test holds. A code that is not there, from an
//! agent of a later version, goes by its class.

use std::collections::BTreeMap;

use serde::Deserialize;
use skarv_canonical::{Class, Reason};

/// Whose trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Category {
    /// A system does not answer, or not as it should.
    Connection,
    /// Sign-in is refused.
    Credentials,
    /// This order, as it is in the shop or in the books.
    Data,
    /// Something stands twice, or may.
    Duplicate,
    /// A system asks for a slower pace.
    RateLimit,
    /// Settings of the shop, the accounting system or the flow.
    Configuration,
    /// Skarv itself.
    Ours,
}

/// The file: codes by category.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Table(BTreeMap<Category, Vec<String>>);

impl Table {
    pub(super) fn embedded() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("../../messages/category.toml"))
    }

    pub(super) fn category(&self, reason: &Reason) -> Category {
        let line = self.0.iter().find(|(_, codes)| codes.contains(&reason.code));
        line.map_or_else(|| by_class(reason.class), |(category, _)| *category)
    }
}

fn by_class(class: Class) -> Category {
    match class {
        Class::Transient => Category::Connection,
        Class::RateLimited => Category::RateLimit,
        Class::Credentials => Category::Credentials,
        Class::Configuration => Category::Configuration,
        Class::Data => Category::Data,
        Class::UnknownOutcome => Category::Duplicate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Messages;

    #[test]
    fn every_reason_has_one_category() {
        let messages = Messages::embedded().unwrap();
        let mut lines: Vec<_> = messages.categories.0.values().flatten().collect();
        lines.sort();
        let reasons: Vec<_> = messages.sv.reasons.keys().collect();
        assert_eq!(lines, reasons);
    }

    #[test]
    fn the_line_counts_before_the_class() {
        let table = Table::embedded().unwrap();
        assert_eq!(table.category(&Reason::data("found_twice")), Category::Duplicate);
        let later = Reason::new(Class::RateLimited, "brand_new");
        assert_eq!(table.category(&later), Category::RateLimit);
    }
}
