//! How articles, their prices and their stock levels are carried: which parts, by which rules.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Country, article::ArticleField, vat::VatRate};

/// How products become articles, in either direction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductSettings {
    /// What an article that the target lacks, or has, leads to.
    pub mode: ProductMode,
    /// The parts that this stream owns. Everything else is the target's own.
    pub fields: BTreeSet<ArticleField>,
    /// The language of a system that knows only one, such as `sv`.
    pub language: String,
    /// The country whose tax rates are meant.
    pub home_country: Country,
    /// The shop's tax group for each rate, by its id. Needed to write tax rates into a shop.
    pub tax_groups: BTreeMap<VatRate, String>,
    /// The shop's category that new products are put in, by its id. `None` is the shop's own root.
    pub category: Option<String>,
}

/// What an article that the target lacks, or has, leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductMode {
    /// Missing ones are made, the others left alone.
    Create,
    /// Standing ones are brought up to date, missing ones left out.
    Update,
    /// Both.
    #[default]
    CreateAndUpdate,
}

impl ProductSettings {
    /// Everything but prices, for a Swedish shop.
    pub fn swedish() -> Self {
        use ArticleField::{Active, Description, Ean, Name, Vat, Weight};
        Self {
            mode: ProductMode::default(),
            fields: BTreeSet::from([Name, Description, Active, Ean, Weight, Vat]),
            language: "sv".to_owned(),
            home_country: Country::SE,
            tax_groups: BTreeMap::new(),
            category: None,
        }
    }
}

/// How prices reach the shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceSettings {
    /// Whether the accounting system's prices have tax in them.
    pub with_tax: bool,
    /// Whether campaign prices are carried too. When not, the shop's own are left alone.
    pub campaigns: bool,
    /// The country whose tax is in prices with tax.
    pub home_country: Country,
}

impl PriceSettings {
    /// Regular and campaign prices without tax.
    pub fn swedish() -> Self {
        Self {
            with_tax: false,
            campaigns: true,
            home_country: Country::SE,
        }
    }
}

/// How stock levels reach the shop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockSettings {
    /// So many are kept back of each article.
    pub buffer: u32,
    /// Whether the accounting system also decides what may be sold when there is none.
    pub decides_sold_when_empty: bool,
}
