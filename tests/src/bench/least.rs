//! The fewest calls that an initial sync can take, to hold against those that were made. Pure.
//!
//! Counted for a client that knows nothing beforehand, asks for as much at a time as the systems give, and sends as much in a body
//! as the connectors do. What it must see before it writes is counted: the number before a create, the quantity before it is set.

use std::collections::BTreeMap;

use super::plan::Recorded;

/// Products in one answer of the shop: their texts may be long.
const PRODUCTS: usize = 50;
/// Keys in one question to the shop.
const KEYS: usize = 200;
/// Stock rows in one answer of the shop.
const LEVELS: usize = 2_000;
/// Rows in one answer of the accounting system.
const ROWS: usize = 500;
/// Prices in one body.
const PRICES: usize = 50;
/// Stock rows in one body.
const COUNTS: usize = 100;

/// What the sync was about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// Products of the shop.
    pub products: usize,
    /// Combinations of the shop.
    pub combinations: usize,
    /// Articles that both systems have in the end.
    pub shared: usize,
    /// Of those, combinations.
    pub shared_combinations: usize,
}

/// Calls by system, method and kind of thing, such as `erp POST items`.
pub type Kinds = BTreeMap<String, usize>;

/// Products of the shop become items: a look and a create for each.
pub fn products(facts: &Facts) -> Kinds {
    kinds([
        ("shop GET products", facts.products.div_ceil(PRODUCTS)),
        ("shop GET combinations", facts.combinations.div_ceil(KEYS)),
        ("erp POST token", 1),
        ("erp GET items", facts.shared),
        ("erp POST items", facts.shared),
    ])
}

/// Prices of items reach the shop. Each campaign takes as many writes as it took: none can be left out.
pub fn prices(facts: &Facts, made: &Kinds) -> Kinds {
    let singles = facts.shared - facts.shared_combinations;
    let mut least = kinds([
        ("erp POST token", 1),
        ("erp GET items", facts.shared.div_ceil(ROWS)),
        ("shop GET products", facts.shared.div_ceil(KEYS)),
        ("shop GET combinations", facts.shared.div_ceil(KEYS)),
        ("shop GET specific_prices", facts.shared.div_ceil(KEYS)),
        ("shop PATCH products", singles.div_ceil(PRICES)),
        (
            "shop PATCH combinations",
            facts.shared_combinations.div_ceil(PRICES),
        ),
    ]);
    let campaigns = made
        .iter()
        .filter(|(kind, _)| kind.ends_with(" specific_prices") && !kind.contains("GET"));
    least.extend(campaigns.map(|(kind, count)| (kind.clone(), *count)));
    least
}

/// Quantities of items reach the shop: all of them are looked at before the books are read, and each again before it is set.
pub fn stock(facts: &Facts) -> Kinds {
    let rows = facts.products + facts.combinations;
    let looks = rows.div_ceil(LEVELS) + facts.shared.div_ceil(COUNTS);
    kinds([
        ("erp POST token", 1),
        ("erp GET stockbalances", facts.shared.div_ceil(ROWS)),
        ("shop GET products", facts.shared.div_ceil(KEYS)),
        ("shop GET combinations", facts.shared.div_ceil(KEYS)),
        ("shop GET stock_availables", looks),
        ("shop PATCH stock_availables", facts.shared.div_ceil(COUNTS)),
    ])
}

/// The calls of two tapes.
pub fn made(shop: &[Recorded], erp: &[Recorded]) -> Kinds {
    let mut made = Kinds::new();
    for (system, tape) in [("shop", shop), ("erp", erp)] {
        for call in tape {
            *made
                .entry(format!("{system} {} {}", call.method, thing(&call.target)))
                .or_default() += 1;
        }
    }
    made
}

/// The last word of a path that is no id.
fn thing(target: &str) -> &str {
    let path = target.split('?').next().unwrap_or_default();
    let words = path.rsplit('/');
    let mut words = words.filter(|word| !word.is_empty() && !word.contains(|c: char| c.is_ascii_digit()));
    words.next().unwrap_or("/")
}

fn kinds<const N: usize>(counts: [(&str, usize); N]) -> Kinds {
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    counts.map(|(kind, count)| (kind.to_owned(), count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: Facts = Facts {
        products: 101,
        combinations: 30,
        shared: 120,
        shared_combinations: 20,
    };

    fn count(kinds: &Kinds, kind: &str) -> usize {
        kinds.get(kind).copied().unwrap_or_default()
    }

    #[test]
    fn a_part_of_a_page_or_of_a_body_is_a_call() {
        assert_eq!(count(&products(&FACTS), "shop GET products"), 3);
        assert_eq!(count(&products(&FACTS), "erp POST items"), 120);
        assert_eq!(count(&stock(&FACTS), "shop GET stock_availables"), 1 + 2);
        let prices = prices(&FACTS, &Kinds::new());
        assert_eq!(count(&prices, "shop PATCH products"), 2);
        assert_eq!(count(&prices, "shop PATCH combinations"), 1);
    }

    #[test]
    fn calls_are_counted_by_what_they_are_about() {
        let call = |method: &str, target: &str| Recorded {
            method: method.to_owned(),
            target: target.to_owned(),
            ..Recorded::default()
        };
        let shop = [
            call("GET", "/api/products?limit=50"),
            call("DELETE", "/api/specific_prices/17"),
        ];
        let erp = [
            call("POST", "/connect/token"),
            call(
                "PATCH",
                "/5ca70001-0000-4000-8000-000000000001/items/6a1f?version=1",
            ),
        ];
        let made = made(&shop, &erp);
        let kinds: Vec<_> = made.keys().map(String::as_str).collect();
        assert_eq!(
            kinds,
            [
                "erp PATCH items",
                "erp POST token",
                "shop DELETE specific_prices",
                "shop GET products"
            ]
        );
        let least = prices(&FACTS, &made);
        assert_eq!(count(&least, "shop DELETE specific_prices"), 1);
    }
}
