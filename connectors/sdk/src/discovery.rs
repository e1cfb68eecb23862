//! What a foreign system has to choose from in settings: its states, carriers, accounts and the like.

use std::collections::BTreeMap;

/// The lists of one system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// Lists, each by one of the names of `list`.
    pub lists: Vec<DiscoveredList>,
}

/// The names of lists, the same for every system.
pub mod list {
    /// States of orders. Facts: `paid`, `shipped`, `delivered`, `invoice`, `logable`, `mail` (the state has a mail), and
    /// `ends` (`cancelled`, `refunded` or `error`) where an order ends in it.
    pub const ORDER_STATES: &str = "order_states";
    /// Languages. Facts: `code`, `active`.
    pub const LANGUAGES: &str = "languages";
    /// Currencies. Facts: `code`, `active`, `default`.
    pub const CURRENCIES: &str = "currencies";
    /// Carriers. Facts: `active`, `tracking_url`.
    pub const CARRIERS: &str = "carriers";
    /// Groups of tax rules. Facts: `active`, and `rate` in the shop's own country.
    pub const TAX_GROUPS: &str = "tax_groups";
    /// Groups of customers. Facts: `prices` (`with_tax` or `without_tax`), `reduction`.
    pub const CUSTOMER_GROUPS: &str = "customer_groups";
    /// Shops of one installation. Facts: `active`.
    pub const SHOPS: &str = "shops";
    /// Payment modules that orders were paid by. Facts: `capture` (`on_state`, `not_on_state` or `unknown`).
    pub const PAYMENT_MODULES: &str = "payment_modules";
    /// Accounts. Facts: `active`, `vat_percent`.
    pub const ACCOUNTS: &str = "accounts";
    /// VAT codes or settings. Facts: `percent`, `account`.
    pub const VAT_CODES: &str = "vat_codes";
    /// Fiscal years. Facts: `from`, `to`, `closed`.
    pub const FISCAL_YEARS: &str = "fiscal_years";
}

/// One list to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscoveredList {
    /// Its name.
    pub name: String,
    /// What there is.
    pub values: Vec<DiscoveredValue>,
}

/// One value to choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiscoveredValue {
    /// The foreign system's id of it.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Further facts by name. What is not known is left out; yes and no are `true` and `false`.
    pub facts: BTreeMap<String, String>,
}
