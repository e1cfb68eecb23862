//! `products` and what they come in: `combinations`, the values that set those apart, and the rules that tax both.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

use super::{Fields, Row, Unreadable};
use crate::{api::Resource, xml::Node, zone};

/// Texts by the shop's ids of languages.
pub(crate) type Languages = BTreeMap<u64, String>;

/// `products`: the price is net, and that of its combinations is put to it.
pub(crate) struct ProductRow {
    pub(crate) reference: String,
    pub(crate) ean: String,
    pub(crate) weight: Decimal,
    pub(crate) price: Decimal,
    pub(crate) tax_group: u64,
    /// Whether it is sold: a draft that the back office does not list is not, whatever it says of itself.
    pub(crate) active: bool,
    pub(crate) name: Languages,
    /// In HTML; the short one where there is no long one.
    pub(crate) description: Languages,
    pub(crate) updated: Option<NaiveDateTime>,
    /// Its combinations, by their ids. A product that has any is sold as those alone.
    pub(crate) combinations: Vec<u64>,
}

impl Row for ProductRow {
    const RESOURCE: Resource = Resource::fields(
        "products",
        "product",
        "[id,reference,ean13,weight,price,id_tax_rules_group,active,state,date_upd,name,description,\
                  description_short,combinations[id]]",
    );
    const KEY: &'static str = "id";

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        let mut combinations = fields.links("combinations");
        combinations.sort_unstable();
        combinations.dedup();
        Ok(Self {
            reference: fields.text("reference"),
            ean: fields.text("ean13"),
            weight: fields.measure("weight")?,
            price: fields.money("price")?,
            tax_group: fields.id("id_tax_rules_group"),
            active: fields.flag("active") && fields.flag("state"),
            name: fields.languages("name"),
            description: long_or_short(fields),
            updated: zone::parse(fields.node.text("date_upd")),
            combinations,
        })
    }
}

fn long_or_short(fields: &Fields<'_>) -> Languages {
    let mut texts = fields.languages("description");
    for (language, short) in fields.languages("description_short") {
        let long = texts.entry(language).or_default();
        if long.trim().is_empty() {
            *long = short;
        }
    }
    texts
}

/// `combinations`: its price and its weight are what it differs by from its product.
pub(crate) struct CombinationRow {
    pub(crate) reference: String,
    pub(crate) ean: String,
    pub(crate) weight: Decimal,
    pub(crate) price: Decimal,
    pub(crate) values: Vec<u64>,
}

impl Row for CombinationRow {
    const RESOURCE: Resource = Resource::fields(
        "combinations",
        "combination",
        "[id,reference,ean13,weight,price,product_option_values[id]]",
    );
    const KEY: &'static str = "id";
    const ALWAYS_THERE: bool = true;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            reference: fields.text("reference"),
            ean: fields.text("ean13"),
            weight: fields.measure("weight")?,
            price: fields.money("price")?,
            values: fields.links("product_option_values"),
        })
    }
}

/// `product_option_values`: `M` of `Storlek`.
pub(crate) struct ValueRow {
    pub(crate) id: u64,
    pub(crate) option: u64,
    pub(crate) name: Languages,
}

impl Row for ValueRow {
    const RESOURCE: Resource = Resource::fields(
        "product_option_values",
        "product_option_value",
        "[id,id_attribute_group,name]",
    );
    const KEY: &'static str = "id";
    const ALWAYS_THERE: bool = true;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            id: fields.number("id")?,
            option: fields.id("id_attribute_group"),
            name: fields.languages("name"),
        })
    }
}

/// `product_options`: what a value is one of, by the name that buyers see.
pub(crate) struct OptionRow {
    pub(crate) position: i64,
    pub(crate) name: Languages,
}

impl Row for OptionRow {
    const RESOURCE: Resource =
        Resource::fields("product_options", "product_option", "[id,position,public_name]");
    const KEY: &'static str = "id";
    const ALWAYS_THERE: bool = true;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            position: fields.number("position").unwrap_or(0),
            name: fields.languages("public_name"),
        })
    }
}

/// `tax_rules`: the tax that a group bears in a country, or in a part of one.
pub(crate) struct TaxRuleRow {
    pub(crate) group: u64,
    pub(crate) tax: u64,
    pub(crate) whole_country: bool,
}

impl Row for TaxRuleRow {
    const RESOURCE: Resource = Resource::fields(
        "tax_rules",
        "tax_rule",
        "[id,id_tax_rules_group,id_country,id_state,zipcode_from,id_tax]",
    );
    const KEY: &'static str = "id_country";

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            group: fields.id("id_tax_rules_group"),
            tax: fields.id("id_tax"),
            whole_country: fields.id("id_state") == 0 && matches!(fields.node.text("zipcode_from"), "" | "0"),
        })
    }
}

impl Fields<'_> {
    /// A text in every language of the shop.
    fn languages(&self, field: &str) -> Languages {
        let texts = self.node.child(field).map(Node::children).unwrap_or_default();
        let text = |text: &Node| {
            let language = text.attribute("id")?.parse().ok()?;
            Some((language, text.own_text().to_owned()))
        };
        texts.iter().filter_map(text).collect()
    }

    /// What nobody filled in weighs nothing.
    fn measure(&self, field: &'static str) -> Result<Decimal, Unreadable> {
        match self.node.text(field) {
            "" => Ok(Decimal::ZERO),
            _ => self.number(field),
        }
    }
}
