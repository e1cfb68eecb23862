//! Single things for sale: what they are called, what they cost and what they come in.

use chrono::{DateTime, Utc};
use rand::{RngExt, rngs::StdRng};
use rust_decimal::Decimal;

use super::{
    PACK, VIRTUAL,
    sorting::{SIZES, values_of},
};
use crate::fake::seed::{Market, PRODUCTS, Product, VatClass, due, ean13};

pub(super) struct Ware {
    pub(super) id: u32,
    pub(super) en: String,
    pub(super) sv: String,
    pub(super) class: VatClass,
    /// 0 where no tax is charged.
    pub(super) tax_group: u32,
    pub(super) price: Decimal,
    pub(super) weight: Decimal,
    pub(super) reference: String,
    pub(super) ean13: String,
    /// The option values of each combination.
    pub(super) variants: Vec<Vec<u32>>,
}

impl Ware {
    /// The ids of its combinations, none of which any other ware can have.
    pub(super) fn combinations(&self) -> impl Iterator<Item = u32> + use<> {
        (self.id * 3..).take(self.variants.len())
    }
}

pub(super) fn ware(id: u32, now: DateTime<Utc>, rng: &mut StdRng) -> Ware {
    let known = PRODUCTS.iter().find(|product| product.id == id);
    known.map_or_else(|| invented(id, now, rng), known_ware)
}

/// What orders are about, under the same id, reference and price.
fn known_ware(product: &Product) -> Ware {
    let (name, variant) = product.name.split_once(" - ").unwrap_or((product.name, ""));
    Ware {
        id: product.id,
        en: name.to_owned(),
        sv: name.to_owned(),
        class: product.class,
        tax_group: product.class as u32,
        price: product.price(),
        weight: product.weight(),
        reference: product.reference(),
        ean13: product.ean13(),
        variants: if product.attribute > 0 {
            values_of(variant)
        } else {
            Vec::new()
        },
    }
}

const THINGS: [(&str, &str, VatClass); 10] = [
    ("bowl", "skål", VatClass::Standard),
    ("cutting board", "skärbräda", VatClass::Standard),
    ("broom", "sopkvast", VatClass::Standard),
    ("apron", "förkläde", VatClass::Standard),
    ("jam", "sylt", VatClass::Food),
    ("rye bread", "rågbröd", VatClass::Food),
    ("honey", "honung", VatClass::Food),
    ("book of recipes", "receptbok", VatClass::Book),
    ("mending of a bag", "väsklagning", VatClass::Repair),
    ("lantern", "lykta", VatClass::Standard),
];
const PLACES: [&str; 12] = [
    "Åmål",
    "Älmhult",
    "Österbymo",
    "Västernäs",
    "Töreboda",
    "Härnösand",
    "Båstad",
    "Sälen",
    "Öregrund",
    "Årjäng",
    "Mölnbo",
    "Kåge",
];

fn invented(id: u32, now: DateTime<Utc>, rng: &mut StdRng) -> Ware {
    let (en, sv, class) = THINGS[id as usize % THINGS.len()];
    let place = PLACES[id as usize / THINGS.len() % PLACES.len()];
    let (en, sv) = match id {
        PACK => (
            "Gift set, thermos and candlestick".to_owned(),
            "Gåvoset, termos och ljusstake".to_owned(),
        ),
        VIRTUAL => (
            "Knitting pattern (PDF)".to_owned(),
            "Stickmönster för vantar, att ladda ned".to_owned(),
        ),
        _ => (
            format!("{place} {en}, no. {id}"),
            format!("{place}s {sv}, nr {id}"),
        ),
    };
    let class = if matches!(id, PACK | VIRTUAL) {
        VatClass::Standard
    } else {
        class
    };
    let tax_free = id % 23 == 22;
    let tax = due(Market::Sweden, class, now).filter(|_| !tax_free);
    let rate = tax.map_or(Decimal::ZERO, |(_, rate)| rate);
    let gross = Decimal::from(rng.random_range(9..900));
    Ware {
        id,
        en,
        sv,
        class,
        tax_group: if tax_free { 0 } else { class as u32 },
        price: gross * Decimal::ONE_HUNDRED / (Decimal::ONE_HUNDRED + rate),
        weight: if id == VIRTUAL {
            Decimal::ZERO
        } else {
            Decimal::new(rng.random_range(10..5000), 3)
        },
        reference: reference(id),
        ean13: if id % 4 == 3 { String::new() } else { ean13(id) },
        variants: if id.is_multiple_of(5) {
            SIZES.map(|size| vec![size]).to_vec()
        } else {
            Vec::new()
        },
    }
}

/// Some have none, and some that of their neighbour.
fn reference(id: u32) -> String {
    match id {
        _ if id % 17 == 11 => String::new(),
        _ if id % 19 == 9 => format!("GG-{:04}", 1000 + id - 1),
        _ => format!("GG-{:04}", 1000 + id),
    }
}
