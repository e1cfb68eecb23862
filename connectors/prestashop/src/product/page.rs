//! Which articles of some products come next: each product is one, or one for each of its combinations.
//!
//! A page never holds more than was asked for; it may end inside a product. Pure: nothing is read here.

use std::collections::BTreeMap;

use super::place::Inside;
use crate::{
    batch::Nodes,
    row::{ProductRow, Row, Unreadable},
    xml::Node,
};

/// What a product came as.
pub(crate) enum Shown {
    Row(Box<ProductRow>),
    /// One that cannot be read, as what it bears of a name, and why.
    Stuck(String, Unreadable),
}

/// An article of a product: itself, or one of its combinations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) product: u64,
    pub(crate) combination: Option<u64>,
}

/// The articles of a page, and where the next one begins.
pub(crate) struct Choice {
    pub(crate) articles: Vec<Chosen>,
    /// The last product that is in it to its end.
    pub(crate) last_id: Option<u64>,
    pub(crate) inside: Option<Inside>,
}

/// Products by their ids.
pub(crate) type Products = BTreeMap<u64, Shown>;

pub(crate) fn products(nodes: &Nodes) -> Products {
    let hidden = |id: &String| {
        let stuck = Unreadable::NotShown {
            resource: ProductRow::RESOURCE.path,
            field: ProductRow::KEY,
            value: id.clone(),
        };
        Some((id.parse().ok()?, Shown::Stuck(String::new(), stuck)))
    };
    let mut products: Products = nodes.unreadable.iter().filter_map(hidden).collect();
    products.extend(nodes.rows.iter().filter_map(shown));
    products
}

fn shown(node: &Node) -> Option<(u64, Shown)> {
    let id = node.text("id").parse().ok()?;
    let shown = match ProductRow::of(node) {
        Ok(row) => Shown::Row(Box::new(row)),
        Err(stuck) => Shown::Stuck(node.text("reference").to_owned(), stuck),
    };
    Some((id, shown))
}

/// The first articles of these products, past what was read of one of them.
pub(crate) fn choose(products: &Products, inside: Option<Inside>, limit: usize) -> Choice {
    let mut choice = Choice {
        articles: Vec::new(),
        last_id: None,
        inside: None,
    };
    for (&product, shown) in products {
        let read = inside.filter(|inside| inside.product == product);
        let mut left = articles(product, shown);
        if let Some(read) = read {
            left.retain(|article| article.combination.is_none_or(|id| id > read.combination));
        }
        let room = limit - choice.articles.len();
        if left.len() > room {
            left.truncate(room);
            let last = left.last().and_then(|article| article.combination);
            choice.inside = match last {
                Some(combination) => Some(Inside { product, combination }),
                None => read,
            };
            choice.articles.extend(left);
            break;
        }
        choice.articles.extend(left);
        choice.last_id = Some(product);
    }
    choice
}

pub(crate) fn articles(product: u64, shown: &Shown) -> Vec<Chosen> {
    let combinations = match shown {
        Shown::Row(row) => row.combinations.as_slice(),
        Shown::Stuck(..) => &[],
    };
    let one = |combination| Chosen { product, combination };
    match combinations {
        [] => vec![one(None)],
        _ => combinations.iter().map(|id| one(Some(*id))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(id: u64, combinations: &[u64]) -> (u64, Shown) {
        let links: String = combinations
            .iter()
            .map(|id| format!("<combination><id>{id}</id></combination>"))
            .collect();
        let text = format!(
            "<product><id>{id}</id><price>1.0</price><associations><combinations>{links}</combinations>\
             </associations></product>"
        );
        shown(&Node::parse(&text).unwrap()).unwrap()
    }

    fn keys(choice: &Choice) -> String {
        let key = |chosen: &Chosen| match chosen.combination {
            Some(combination) => format!("{}-{combination}", chosen.product),
            None => chosen.product.to_string(),
        };
        choice.articles.iter().map(key).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_page_holds_what_was_asked_for_and_may_end_inside_a_product() {
        let products: Products = [product(4, &[]), product(5, &[17, 15, 16]), product(9, &[])].into();
        let first = choose(&products, None, 2);
        assert_eq!((keys(&first).as_str(), first.last_id), ("4 5-15", Some(4)));
        let left: Products = products.into_iter().filter(|(id, _)| *id > 4).collect();
        let second = choose(&left, first.inside, 2);
        assert_eq!((keys(&second).as_str(), second.last_id), ("5-16 5-17", Some(5)));
        assert_eq!(second.inside, None);
    }

    #[test]
    fn a_full_page_leaves_the_next_product_whole() {
        let products: Products = [product(4, &[]), product(5, &[15, 16])].into();
        let choice = choose(&products, None, 1);
        assert_eq!(
            (keys(&choice).as_str(), choice.last_id, choice.inside),
            ("4", Some(4), None)
        );
    }

    #[test]
    fn a_product_that_changed_since_is_read_on_behind_what_was_read() {
        let products: Products = [product(5, &[16, 18])].into();
        let inside = Some(Inside {
            product: 5,
            combination: 17,
        });
        assert_eq!(keys(&choose(&products, inside, 9)), "5-18");
    }
}
