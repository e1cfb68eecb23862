//! What products are sorted by: taxes, categories and options.
//!
//! The food rule points at the tax that food bears when the shop opens; a clerk turns it when the law does.

use chrono::{DateTime, Duration, Utc};

use super::super::{Assortment, Entry, What, draft::slug, entry::of_ids};
use crate::fake::{
    clock::local,
    seed::{GERMANY, Market, SWEDEN, VatClass, due},
};

const GROUPS: [(VatClass, &str); 4] = [
    (VatClass::Standard, "Moms 25 %"),
    (VatClass::Repair, "Moms 12 %"),
    (VatClass::Food, "Moms livsmedel"),
    (VatClass::Book, "Moms 6 %"),
];

pub(super) fn taxes(assortment: &mut Assortment, now: DateTime<Utc>) {
    for (class, name) in GROUPS {
        let mut row = Entry::blank(What::TaxRuleGroups, 0);
        row.set("name", name);
        row.set("active", "1");
        dates(&mut row, now);
        let group = assortment
            .table_mut(What::TaxRuleGroups)
            .add(|id| Entry { id, ..row });
        for (market, country) in [(Market::Sweden, SWEDEN), (Market::GermanConsumer, GERMANY)] {
            let Some((tax, _)) = due(market, class, now) else {
                continue;
            };
            let mut row = Entry::blank(What::TaxRules, 0);
            row.set("id_tax_rules_group", group.to_string());
            row.set("id_country", country.to_string());
            row.set("id_tax", tax.to_string());
            assortment.table_mut(What::TaxRules).add(|id| Entry { id, ..row });
        }
    }
}

/// The category that everything is in.
pub(super) const HOME: u32 = 2;

pub(super) fn category_of(class: VatClass) -> u32 {
    HOME + class as u32
}

/// In the order of their ids: in English, in Swedish, and what they are in.
const CATEGORIES: [(&str, &str, u32); 6] = [
    ("Root", "Rot", 0),
    ("Home", "Hem", 1),
    ("Kitchen and garden", "Kök och trädgård", HOME),
    ("Mending", "Lagning", HOME),
    ("Pantry", "Skafferiet", HOME),
    ("Books", "Böcker", HOME),
];

pub(super) fn categories(assortment: &mut Assortment, now: DateTime<Utc>) {
    for (en, sv, parent) in CATEGORIES {
        let mut row = Entry::blank(What::Categories, 0);
        row.set("id_parent", parent.to_string());
        row.set("level_depth", parent.to_string());
        row.set("active", "1");
        row.set("is_root_category", if parent == 1 { "1" } else { "0" });
        row.say("name", en, sv);
        row.say("link_rewrite", slug(en), slug(sv));
        dates(&mut row, now);
        assortment
            .table_mut(What::Categories)
            .add(|id| Entry { id, ..row });
    }
}

/// Options with their values, whose ids count through all of them.
const OPTIONS: [(&str, &str, &[&str]); 4] = [
    ("Size", "Storlek", &["S", "M", "L", "6-pack", "12-pack"]),
    ("Colour", "Färg", &["Blå", "Grå", "Röd"]),
    ("Number", "Antal", &["3", "6", "10"]),
    ("Mending", "Lagning", &["Söm", "Dragkedja", "Sula"]),
];
/// The values S, M and L.
pub(super) const SIZES: [u32; 3] = [1, 2, 3];

pub(super) fn options(assortment: &mut Assortment) {
    for (place, (en, sv, values)) in (0..).zip(OPTIONS) {
        let mut row = Entry::blank(What::ProductOptions, 0);
        row.set("group_type", if en == "Colour" { "color" } else { "select" });
        row.set("is_color_group", if en == "Colour" { "1" } else { "0" });
        row.set("position", place.to_string());
        row.say("name", en, sv);
        row.say("public_name", en, sv);
        let option = assortment
            .table_mut(What::ProductOptions)
            .add(|id| Entry { id, ..row });
        let mut ids = Vec::new();
        for (place, value) in (0..).zip(values.iter().copied()) {
            let mut row = Entry::blank(What::ProductOptionValues, 0);
            row.set("id_attribute_group", option.to_string());
            row.set("position", place.to_string());
            row.say("name", value, value);
            ids.push(
                assortment
                    .table_mut(What::ProductOptionValues)
                    .add(|id| Entry { id, ..row }),
            );
        }
        if let Some(option) = assortment.get_mut(What::ProductOptions, option) {
            option.set_list("product_option_values", of_ids(ids));
        }
    }
}

/// The combinations of `Färg : Blå, Storlek : M`: that one, and two with another value of the last option.
pub(super) fn values_of(variant: &str) -> Vec<Vec<u32>> {
    let pairs = variant.split(", ").filter_map(|pair| pair.split_once(" : "));
    let chosen: Vec<(usize, u32)> = pairs.filter_map(|(option, value)| find(option, value)).collect();
    let Some((&(option, last), fixed)) = chosen.split_last() else {
        return Vec::new();
    };
    let (first, count) = range_of(option);
    let others = (first..first + count).filter(|&value| value != last).take(2);
    let fixed: Vec<u32> = fixed.iter().map(|&(_, value)| value).collect();
    [last]
        .into_iter()
        .chain(others)
        .map(|value| [fixed.as_slice(), &[value]].concat())
        .collect()
}

/// The place of an option and the id of a value of it.
fn find(option: &str, value: &str) -> Option<(usize, u32)> {
    let place = OPTIONS.iter().position(|(_, sv, _)| *sv == option)?;
    let nth = (0..).zip(OPTIONS[place].2).find(|(_, known)| **known == value)?.0;
    Some((place, range_of(place).0 + nth))
}

/// The first value of an option and how many it has.
fn range_of(option: usize) -> (u32, u32) {
    let count = |(_, _, values): &(&str, &str, &[&str])| values.len() as u32;
    let before: u32 = OPTIONS[..option].iter().map(count).sum();
    (before + 1, count(&OPTIONS[option]))
}

fn dates(row: &mut Entry, now: DateTime<Utc>) {
    // the shop was installed a good year ago
    let since = local(now - Duration::days(400));
    row.set("date_add", since.clone());
    row.set("date_upd", since);
}
