//! Who acts on a reason: whoever can do what its advice says.
//!
//! Advice has its line in `messages/who.toml`, which a test holds. Without advice the reason's own line counts, and without
//! that its class: what Skarv tries again is nobody's, and the rest is the operator's to look at.

use std::collections::BTreeMap;

use serde::Deserialize;
use skarv_canonical::{Class, Reason};

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WhoActs {
    /// The merchant, in their shop and their books.
    Merchant,
    /// Whoever set the shop and the flow up.
    Partner,
    /// We who run Skarv.
    Operator,
    /// The maker of the foreign system.
    Vendor,
    /// Skarv goes on by itself, or there is nothing to do.
    Nobody,
}

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) fixes: BTreeMap<String, WhoActs>,
    pub(super) reasons: BTreeMap<String, WhoActs>,
}

impl Table {
    pub(super) fn embedded() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("../../messages/who.toml"))
    }

    pub(super) fn who(&self, reason: &Reason) -> WhoActs {
        let line = self
            .fixes
            .get(&reason.fix)
            .or_else(|| self.reasons.get(&reason.code));
        line.copied().unwrap_or(match reason.class {
            Class::Transient | Class::RateLimited => WhoActs::Nobody,
            Class::Credentials | Class::Configuration | Class::Data | Class::UnknownOutcome => {
                WhoActs::Operator
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Messages;

    #[test]
    fn every_advice_has_somebody_who_can_follow_it() {
        let messages = Messages::embedded().unwrap();
        let advice: Vec<_> = messages.sv.fixes.keys().collect();
        let lines: Vec<_> = messages.who.fixes.keys().collect();
        assert_eq!(lines, advice);
        let idle: Vec<_> = messages
            .who
            .fixes
            .iter()
            .filter(|(_, who)| **who == WhoActs::Nobody)
            .collect();
        assert!(idle.is_empty(), "advice that nobody is to follow: {idle:?}");
    }

    #[test]
    fn every_reason_with_a_line_of_its_own_has_a_sentence() {
        let messages = Messages::embedded().unwrap();
        let without: Vec<_> = messages
            .who
            .reasons
            .keys()
            .filter(|code| !messages.sv.reasons.contains_key(*code))
            .collect();
        assert!(without.is_empty(), "{without:?}");
    }

    #[test]
    fn advice_counts_before_the_reason_and_the_reason_before_its_class() {
        let table = Table::embedded().unwrap();
        let who = |reason: Reason| table.who(&reason);
        assert_eq!(who(Reason::data("cancelled")), WhoActs::Nobody);
        assert_eq!(
            who(Reason::data("cancelled").fix("contact_support")),
            WhoActs::Operator
        );
        assert_eq!(who(Reason::new(Class::Transient, "unreachable")), WhoActs::Nobody);
        assert_eq!(
            who(Reason::new(Class::RateLimited, "rate_limited")),
            WhoActs::Nobody
        );
        assert_eq!(who(Reason::data("brand_new")), WhoActs::Operator);
        assert_eq!(
            who(Reason::configuration("key_not_received").fix("pass_authorization_header")),
            WhoActs::Partner
        );
    }
}
