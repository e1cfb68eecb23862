//! An article: one sellable thing. A shop's product with combinations is several, one for each combination.
//!
//! `Article` is what a source has; `ArticleCard` is what is to stand in a target, where a field that is `None` belongs to
//! somebody else and is never touched.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Currency, Fingerprint, vat::VatRate};

/// A text by language, such as `sv`. A system with one language has one entry.
pub type Texts = BTreeMap<String, String>;

/// An article as its source has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// The source's id of it, such as `12` or, for a combination, `12-34`. Never changes.
    pub key: String,
    /// The article number: what both systems know it by. Empty when the source has none.
    pub sku: String,
    /// Its name; of a combination without what sets it apart.
    pub name: Texts,
    /// What sets a combination apart, such as `Storlek M`; empty for a product of its own.
    pub variant: Texts,
    /// What it is, in words. HTML where the source writes HTML.
    pub description: Texts,
    /// Whether it is sold.
    pub active: bool,
    /// European article number, or empty.
    pub ean: String,
    /// Kilograms.
    pub weight: Option<Decimal>,
    /// Tax rate in the seller's own country when it was read. `None`: the source has no rate for it.
    pub rate: Option<VatRate>,
    /// Regular price of one without tax.
    pub price: Option<Decimal>,
    /// Currency of the price.
    pub currency: Currency,
    /// When the source last touched it, where it tells.
    pub updated_at: Option<DateTime<Utc>>,
}

impl Article {
    /// Its whole name in every language: a combination's name and what sets it apart.
    pub fn full_name(&self) -> Texts {
        let whole = |(language, name): (&String, &String)| {
            let variant = self
                .variant
                .get(language)
                .or_else(|| self.variant.values().next());
            let name = match variant.filter(|variant| !variant.is_empty()) {
                Some(variant) => format!("{name} - {variant}"),
                None => name.clone(),
            };
            (language.clone(), name)
        };
        self.name.iter().map(whole).collect()
    }
}

/// The text in this language, or in the first that there is.
pub fn in_language<'a>(texts: &'a Texts, language: &str) -> &'a str {
    let wanted = texts.get(language).filter(|text| !text.is_empty());
    wanted
        .or_else(|| texts.values().find(|text| !text.is_empty()))
        .map_or("", String::as_str)
}

/// A part of an article that one system owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArticleField {
    /// Its name.
    Name,
    /// What it is, in words.
    Description,
    /// Whether it is sold.
    Active,
    /// European article number.
    Ean,
    /// Its weight.
    Weight,
    /// Its tax rate.
    Vat,
    /// Its regular price. Only where no price stream owns it.
    Price,
}

/// What is to stand in the target. `None` is not ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleCard {
    /// The article number.
    pub sku: String,
    /// Its name.
    pub name: Option<Texts>,
    /// What it is, as plain text.
    pub description: Option<Texts>,
    /// Whether it is sold.
    pub active: Option<bool>,
    /// European article number; empty takes one away.
    pub ean: Option<String>,
    /// Kilograms.
    pub weight: Option<Decimal>,
    /// Tax rate in the seller's own country.
    pub rate: Option<VatRate>,
    /// Regular price of one without tax.
    pub price: Option<Decimal>,
    /// Currency of the price.
    pub currency: Currency,
    /// Regular price of one without tax for an article that is made now, where prices are not ours: it must not be given away
    /// until its own price comes. Never part of what is compared.
    pub first_price: Option<Decimal>,
    /// Whether it may be made where it is missing. Never part of what is compared.
    pub may_create: bool,
}

impl ArticleCard {
    /// Over the parts that are ours.
    pub fn fingerprint(&self) -> Fingerprint {
        let compared = Self {
            weight: self.weight.map(|weight| weight.normalize()),
            price: self.price.map(|price| price.normalize()),
            first_price: None,
            may_create: true,
            ..self.clone()
        };
        Fingerprint::of(&compared)
    }
}
