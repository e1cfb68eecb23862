//! What a connection test found.

use skarv_canonical::Reason;

/// The answer of a connection test: what works, what does not, and which shop it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Each thing that was tried, in the order it was tried.
    pub items: Vec<CheckItem>,
    /// Which shop answered. Only shops have one.
    pub identity: Option<ShopIdentity>,
    /// Version of the foreign system, or empty.
    pub system_version: String,
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckItem {
    /// What was tried, such as `read_orders`.
    pub code: String,
    /// What was wrong. `None` when it worked.
    pub problem: Option<Reason>,
}

/// Tells one shop from another, so that references survive deleting and re-creating its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopIdentity {
    /// Host and installation, in a form that stays the same for the same shop.
    pub host_key: String,
    /// What the shop calls itself.
    pub title: String,
}

impl CheckReport {
    /// Whether everything that was tried works.
    pub fn ok(&self) -> bool {
        self.items.iter().all(|item| item.problem.is_none())
    }
}
