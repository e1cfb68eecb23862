//! A product and its combinations, whose prices hang together: a combination holds what it differs by from its product.
//!
//! A product that gets another price would take all of its combinations along. One that has an article number of its own has a
//! price of its own, so its difference is changed against that; the others follow their product. The shop has no transaction round
//! both: a process that dies between the two writes leaves such combinations moved until their own prices change.

use std::{
    collections::{BTreeSet, HashMap},
    str::FromStr,
};

use rust_decimal::Decimal;
use skarv_connector::Error;

use crate::{
    api::{Api, Resource},
    batch,
    numbers::Place,
    row::Unreadable,
    xml::Node,
};

/// What a price needs to know of a product.
pub(super) const PRODUCTS: Resource =
    Resource::fields("products", "product", "[id,price,id_tax_rules_group]");
const COMBINATIONS: Resource =
    Resource::fields("combinations", "combination", "[id,id_product,reference,price]");

/// Net prices by the ids of combinations.
pub(super) type Nets = HashMap<u64, Decimal>;

pub(super) struct Family {
    pub(super) tax_group: u64,
    price: Decimal,
    combinations: Vec<Combination>,
}

struct Combination {
    id: u64,
    has_number: bool,
    difference: Decimal,
}

/// What is to be written.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Changes {
    pub(super) product: Option<Decimal>,
    /// Differences by the ids of combinations.
    pub(super) combinations: Vec<(u64, Decimal)>,
    /// Combinations that have to keep their price, with that price.
    pub(super) kept: Nets,
}

/// Families by their products, or why they cannot be told.
pub(super) type Families = HashMap<u64, Result<Family, Error>>;

/// The families that these places are in.
pub(super) async fn families(
    api: &Api,
    places: impl Iterator<Item = &Place> + Clone,
) -> Result<Families, Error> {
    let ids = keys(places.clone());
    let with_combinations = keys(places.filter(|place| place.in_combinations || place.combination.is_some()));
    let (products, combinations) = tokio::try_join!(
        batch::nodes(api, PRODUCTS, "id", ids),
        batch::nodes(api, COMBINATIONS, "id_product", with_combinations),
    )?;
    let mut families: Families = HashMap::new();
    for row in &products.rows {
        families.insert(number(row, "id").unwrap_or(0), family(row));
    }
    for row in &combinations.rows {
        let product = number(row, "id_product").unwrap_or(0);
        if let Some(Ok(family)) = families.get_mut(&product) {
            match combination(row) {
                Ok(combination) => family.combinations.push(combination),
                // a difference that cannot be read would make a wrong price of a right one
                Err(error) => drop(families.insert(product, Err(error))),
            }
        }
    }
    let lost = [
        (PRODUCTS, "id", products.unreadable),
        (COMBINATIONS, "id_product", combinations.unreadable),
    ];
    for (resource, field, keys) in lost {
        for key in keys {
            families.insert(key.parse().unwrap_or(0), Err(not_shown(resource, field, key)));
        }
    }
    Ok(families)
}

/// What the shop fails at when it is asked for it.
pub(super) fn not_shown(resource: Resource, field: &'static str, value: String) -> Error {
    let stuck = Unreadable::NotShown {
        resource: resource.path,
        field,
        value,
    };
    Error::new(stuck.reason())
}

pub(super) fn keys<'a>(places: impl Iterator<Item = &'a Place>) -> Vec<String> {
    let ids: BTreeSet<u64> = places.map(|place| place.product).collect();
    ids.iter().map(u64::to_string).collect()
}

fn family(row: &Node) -> Result<Family, Error> {
    Ok(Family {
        tax_group: number(row, "id_tax_rules_group").unwrap_or(0),
        price: needed(PRODUCTS, row, "price")?,
        combinations: Vec::new(),
    })
}

fn combination(row: &Node) -> Result<Combination, Error> {
    Ok(Combination {
        id: needed(COMBINATIONS, row, "id")?,
        has_number: !row.text("reference").is_empty(),
        difference: needed(COMBINATIONS, row, "price")?,
    })
}

fn number<T: FromStr>(row: &Node, field: &str) -> Option<T> {
    row.text(field).parse().ok()
}

fn needed<T: FromStr>(resource: Resource, row: &Node, field: &'static str) -> Result<T, Error> {
    number(row, field).ok_or_else(|| {
        let unreadable = Unreadable::Field {
            resource: resource.path,
            id: row.text("id").to_owned(),
            field,
        };
        Error::new(unreadable.reason())
    })
}

impl Family {
    /// What has to be written so that the product and these combinations cost this. `owed` are prices that an earlier write
    /// has moved and not put right.
    pub(super) fn changes(&self, product: Option<Decimal>, wanted: &Nets, owed: &Nets) -> Changes {
        let price = product.unwrap_or(self.price);
        let mut changes = Changes {
            product: (price != self.price).then_some(price),
            ..Changes::default()
        };
        let moved = changes.product.is_some();
        for combination in &self.combinations {
            let own = wanted.get(&combination.id).copied();
            let Some(net) = own.or_else(|| self.kept(combination, moved, owed)) else {
                continue;
            };
            let difference = net - price;
            if difference != combination.difference {
                changes.combinations.push((combination.id, difference));
                if own.is_none() {
                    changes.kept.insert(combination.id, net);
                }
            }
        }
        changes
    }

    /// The price that a combination has to keep, if it has one of its own.
    fn kept(&self, combination: &Combination, moved: bool, owed: &Nets) -> Option<Decimal> {
        let now = self.price + combination.difference;
        let owed = owed.get(&combination.id).copied();
        owed.or_else(|| (moved && combination.has_number).then_some(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn family() -> Family {
        let combination = |id, has_number, difference: &str| Combination {
            id,
            has_number,
            difference: dec(difference),
        };
        Family {
            tax_group: 1,
            price: dec("100.000000"),
            combinations: vec![
                combination(12, true, "0.000000"),
                combination(13, true, "25.500000"),
                combination(14, false, "-10.250000"),
            ],
        }
    }

    #[test]
    fn a_combination_is_written_as_what_it_differs_by() {
        let wanted = Nets::from([(12, dec("110")), (13, dec("125.50"))]);
        let changes = family().changes(None, &wanted, &Nets::new());
        assert_eq!(changes.product, None);
        assert_eq!(changes.combinations, [(12, dec("10"))], "the other stands");
    }

    #[test]
    fn a_product_and_its_combinations_of_one_page_end_where_each_should() {
        let wanted = Nets::from([(13, dec("125.50"))]);
        let changes = family().changes(Some(dec("90")), &wanted, &Nets::new());
        assert_eq!(changes.product, Some(dec("90")));
        assert_eq!(changes.combinations, [(12, dec("10")), (13, dec("35.5"))]);
        assert_eq!(changes.kept, Nets::from([(12, dec("100"))]));
    }

    #[test]
    fn what_was_moved_and_not_put_right_is_put_right_later() {
        let mut moved = family();
        moved.price = dec("90");
        let owed = Nets::from([(12, dec("100"))]);
        let changes = moved.changes(Some(dec("90")), &Nets::new(), &owed);
        assert_eq!(changes.product, None);
        assert_eq!(changes.combinations, [(12, dec("10"))]);
    }
}
