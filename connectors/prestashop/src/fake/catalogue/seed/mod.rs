//! What is for sale when the shop opens: the assortment that orders are about, and as much again as is asked for.
//!
//! About a fifth comes in combinations, some things have no reference and some share one, one is a pack and one is not a thing at
//! all. Prices are net of what the tax of a Swedish buyer makes a whole number of kronor.

mod sorting;
mod wares;

use chrono::{DateTime, Duration, Utc};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rust_decimal::Decimal;

use super::{
    Assortment, Entry, What,
    draft::slug,
    entry::{Item, of_ids},
    format::six_decimals,
};
use crate::fake::{Seed, clock::local};
use sorting::{HOME, category_of};
use wares::{Ware, ware};

/// The pack and the virtual product.
const PACK: u32 = 33;
const VIRTUAL: u32 = 34;

pub(crate) fn stock_up(assortment: &mut Assortment, products: u32, seed: Seed) {
    // its own chance, so that the orders stay what they are without a catalogue
    let mut rng = StdRng::seed_from_u64(seed.seed ^ 0x57_4f_43_4b);
    sorting::taxes(assortment, seed.now);
    sorting::categories(assortment, seed.now);
    sorting::options(assortment);
    let mut combinations = Vec::new();
    for id in 1..=products {
        let ware = ware(id, seed.now, &mut rng);
        let quantities = quantities(&ware, &mut rng);
        let position = assortment.table(What::Products).iter();
        let position = 1 + position
            .filter(|row| row.number("id_category_default") == category_of(ware.class))
            .count();
        put_on_shelf(assortment, &ware, &quantities, position, seed.now);
        let variants = (0..).zip(&ware.variants);
        combinations.extend(variants.map(|(nth, values)| combination(&ware, nth, values)));
        price(assortment, id, seed.now);
    }
    // their ids are not without gaps, as they are not where rows were deleted
    *assortment.table_mut(What::Combinations) = combinations.into_iter().collect();
    assortment.refresh_categories();
}

/// What there is of a ware, or of each of its combinations; now and then nothing, or less.
fn quantities(ware: &Ware, rng: &mut StdRng) -> Vec<i64> {
    let rows = ware.variants.len().max(1);
    (0..rows)
        .map(|_| match rng.random_range(0..12) {
            0 => 0,
            1 => -rng.random_range(1..4),
            _ => rng.random_range(1..250),
        })
        .collect()
}

/// Adds a product and its stock.
fn put_on_shelf(
    assortment: &mut Assortment,
    ware: &Ware,
    quantities: &[i64],
    position: usize,
    now: DateTime<Utc>,
) {
    let own = (0, quantities.iter().sum());
    let variants = ware.combinations().zip(quantities.iter().copied());
    let mut stock: Vec<Item> = Vec::new();
    for (combination, quantity) in [own].into_iter().chain(variants) {
        let row = assortment.add_stock_row(ware.id, combination);
        if let Some(row) = assortment.get_mut(What::StockAvailables, row) {
            row.set("quantity", quantity.to_string());
        }
        stock.push(vec![row, combination]);
    }
    let mut product = product(ware, now);
    product.set("position_in_category", position.to_string());
    product.set_list("stock_availables", stock);
    assortment
        .table_mut(What::Products)
        .add(|id| Entry { id, ..product });
}

fn product(ware: &Ware, now: DateTime<Utc>) -> Entry {
    let id = ware.id;
    let mut row = Entry::blank(What::Products, id);
    let category = category_of(ware.class);
    for flag in [
        "state",
        "active",
        "available_for_order",
        "show_price",
        "indexed",
        "minimal_quantity",
    ] {
        row.set(flag, "1");
    }
    if id > VIRTUAL && id % 29 == 28 {
        row.set("active", "0");
    }
    if id > VIRTUAL && id % 31 == 10 {
        // a draft, that the back office does not list
        row.set("state", "0");
    }
    row.set("id_category_default", category.to_string());
    row.set("id_tax_rules_group", ware.tax_group.to_string());
    row.set("reference", ware.reference.clone());
    row.set("ean13", ware.ean13.clone());
    row.set("price", six_decimals(ware.price));
    row.set("wholesale_price", six_decimals(ware.price / Decimal::TWO));
    row.set("weight", six_decimals(ware.weight));
    row.set("redirect_type", "301-category");
    row.set("pack_stock_type", "3");
    row.say("name", ware.en.clone(), ware.sv.clone());
    row.say("link_rewrite", slug(&ware.en), slug(&ware.sv));
    let text = |name: &str| format!("<p>{name}.</p>");
    row.say("description_short", text(&ware.en), text(&ware.sv));
    row.set(
        "date_add",
        local(now - Duration::days(300) + Duration::minutes(i64::from(id))),
    );
    row.set(
        "date_upd",
        local(now - Duration::hours(i64::from(id * 7 % 2000) + 2)),
    );
    row.set_list("categories", of_ids([HOME, category]));
    row.set_list("product_features", vec![vec![1, 1 + id % 4], vec![2, 5 + id % 3]]);
    row.set_list("images", of_ids(picture(id)));
    row.set(
        "id_default_image",
        picture(id).map_or_else(String::new, |id| id.to_string()),
    );
    row.set_list("combinations", of_ids(ware.combinations()));
    let mut values: Vec<u32> = ware.variants.concat();
    values.sort_unstable();
    values.dedup();
    row.set_list("product_option_values", of_ids(values));
    if let Some(default) = ware.combinations().next() {
        row.set("cache_default_attribute", default.to_string());
        row.set("id_default_combination", default.to_string());
    }
    mark_kind(&mut row, ware);
    row
}

/// A few have none.
fn picture(product: u32) -> Option<u32> {
    (!product.is_multiple_of(13)).then_some(product + 20)
}

fn mark_kind(row: &mut Entry, ware: &Ware) {
    match ware.id {
        PACK => {
            row.set("type", "pack");
            row.set("cache_is_pack", "1");
            row.set("product_type", "pack");
            row.set_list("product_bundle", vec![vec![5, 0, 2], vec![14, 0, 1]]);
        }
        VIRTUAL => {
            row.set("type", "virtual");
            row.set("is_virtual", "1");
            row.set("product_type", "virtual");
        }
        _ if ware.variants.is_empty() => row.set("product_type", "standard"),
        _ => row.set("product_type", "combinations"),
    }
}

/// The first costs what the product costs and bears its reference; the others a little more, and a little less.
fn combination(ware: &Ware, nth: u32, values: &[u32]) -> Entry {
    let mut row = Entry::blank(What::Combinations, ware.id * 3 + nth);
    row.set("id_product", ware.id.to_string());
    row.set("minimal_quantity", "1");
    row.set_list("product_option_values", of_ids(values.iter().copied()));
    let (reference, impact) = match nth {
        0 => (ware.reference.clone(), 0),
        1 => (format!("{}-{nth}", ware.reference), 25_500_000),
        _ => (format!("{}-{nth}", ware.reference), -10_250_000),
    };
    row.set("reference", reference);
    row.set("price", six_decimals(Decimal::new(impact, 6)));
    if nth == 0 {
        row.set("default_on", "1");
        row.set_list("images", of_ids(picture(ware.id)));
    } else {
        row.set("weight", six_decimals(Decimal::new(15 * i64::from(nth), 3)));
    }
    row
}

/// Campaigns, a price by the dozen, and a price for one group of customers.
fn price(assortment: &mut Assortment, product: u32, now: DateTime<Utc>) {
    let mut row = Entry::blank(What::SpecificPrices, 0);
    row.set("id_product", product.to_string());
    row.set("price", "-1.000000");
    row.set("from_quantity", "1");
    row.set("reduction_tax", "1");
    row.set("reduction_type", "percentage");
    match product % 14 {
        3 => row.set("reduction", "0.200000"),
        7 => {
            row.set("reduction", "0.150000");
            row.set("from", local(now - Duration::days(5)));
            row.set("to", local(now + Duration::days(9)));
        }
        9 => {
            row.set("reduction", "25.000000");
            row.set("reduction_type", "amount");
            row.set("from_quantity", "12");
        }
        12 => {
            row.set("price", "9.990000");
            row.set("reduction_type", "amount");
            row.set("id_group", "3");
        }
        _ => return,
    }
    assortment
        .table_mut(What::SpecificPrices)
        .add(|id| Entry { id, ..row });
}
