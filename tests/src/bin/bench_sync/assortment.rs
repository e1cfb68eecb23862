//! What is for sale in a bench: how many products make so many articles, and the items that belong to them in the books.

use std::collections::{HashMap, HashSet};

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use skarv::demo::articles::{Catalogue, Item};
use skarv_tests::bench::least::Facts;

use crate::fakes::Stocked;

/// Each fifth product comes in three combinations: so many products are so many articles.
const PRODUCTS: u32 = 5;
const ARTICLES: u32 = 7;
/// The least that the shop's catalogue has: what its orders are about.
const FEWEST: u32 = 32;
/// Each so-manyth item has a campaign.
const CAMPAIGNS: usize = 20;
const CAMPAIGN_DAYS: Days = Days::new(7);

/// Products that make about so many articles.
pub(crate) fn products(articles: u32) -> u32 {
    (articles * PRODUCTS / ARTICLES).max(FEWEST)
}

/// Article numbers that one article of the shop bears, and whether that is a combination.
fn numbers(shop: &Catalogue) -> Vec<(&str, bool)> {
    let all = shop.products.iter().flat_map(|product| {
        let variants = product.combinations.iter();
        let variants: Vec<_> = variants
            .map(|variant| (variant.reference.as_str(), true))
            .collect();
        match variants.is_empty() {
            true => vec![(product.reference.as_str(), false)],
            false => variants,
        }
    });
    let all: Vec<_> = all.filter(|(number, _)| !number.is_empty()).collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for (number, _) in &all {
        *times.entry(number).or_default() += 1;
    }
    all.into_iter().filter(|(number, _)| times[number] == 1).collect()
}

/// An item for each of them, with another price and another quantity than in the shop.
pub(crate) fn items(shop: &Catalogue, today: NaiveDate) -> Vec<Stocked> {
    let item = |(at, (number, _)): (usize, (&str, bool))| Stocked {
        number: number.to_owned(),
        card: json!({
            "number": number,
            "name": format!("Artikel {number}"),
            "salesAccounts": [{ "number": 3001, "type": "NationalSales" }],
            "price": price(at, today),
        }),
        quantity: 1_000 + (at * 7 % 90) as i64,
    };
    numbers(shop).into_iter().enumerate().map(item).collect()
}

fn price(at: usize, today: NaiveDate) -> Value {
    let kronor = 1_000 + at * 37 % 900;
    let regular = kronor as f64 + 0.5;
    if !at.is_multiple_of(CAMPAIGNS) {
        return json!({ "regular": regular });
    }
    json!({
        "regular": regular,
        "campaign": kronor - 100,
        "campaignFrom": today.checked_sub_days(CAMPAIGN_DAYS),
        "campaignTo": today.checked_add_days(CAMPAIGN_DAYS),
    })
}

/// What both books hold, counted.
pub(crate) fn facts(shop: &Catalogue, erp: &[Item]) -> Facts {
    let items: HashSet<&str> = erp.iter().map(|item| item.number.as_str()).collect();
    let shared: Vec<_> = numbers(shop)
        .into_iter()
        .filter(|(number, _)| items.contains(number))
        .collect();
    Facts {
        products: shop.products.len(),
        combinations: shop.products.iter().map(|p| p.combinations.len()).sum(),
        shared: shared.len(),
        shared_combinations: shared.iter().filter(|(_, combination)| *combination).count(),
    }
}
