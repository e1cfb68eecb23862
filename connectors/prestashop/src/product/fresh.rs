//! A new product: the card's own fields on a row that the shop lists, with everything else as a shop starts it.
//!
//! What is not on the card is set so that nothing is sold by accident: off sale, without a tax group, and never on sale without a price. Every language
//! gets the name that there is. The shop makes the addresses of its pages itself, where it can.

use std::collections::BTreeMap;

use skarv_canonical::article::ArticleCard;
use skarv_connector::Error;

use super::{
    card::{Rules, language_node, languages},
    fit::{self, Fit},
};
use crate::xml::Node;

/// What every new product is, unless its card says otherwise. Without `state` the back office would not list it.
const BLANK: [(&str, &str); 9] = [
    ("id_tax_rules_group", "0"),
    ("state", "1"),
    ("price", "0"),
    ("active", "0"),
    ("available_for_order", "1"),
    ("show_price", "1"),
    ("minimal_quantity", "1"),
    ("visibility", "both"),
    ("condition", "new"),
];

pub(super) fn product(
    card: &ArticleCard,
    rules: &Rules<'_>,
    category: &str,
    fit: &mut Fit<'_>,
) -> Result<Node, Error> {
    let blank = BLANK
        .iter()
        .fold(Node::new("product"), |row, (field, value)| row.with(field, value))
        .with("id_category_default", category)
        .with("reference", &card.sku);
    let mut row = blank.clone();
    for element in rules.product(card, &blank, fit)? {
        row.put(element);
    }
    match rules.first_price(card)? {
        Some(price) => row.put(Node::new("price").saying(&price.normalize().to_string())),
        // on sale for nothing is what nobody means
        None if card.active == Some(true) => {
            return Err(Error::data("article_without_price")
                .with("number", &card.sku)
                .fix("give_article_price"));
        }
        None => {}
    }
    let speaks = rules.shelf.languages.keys();
    if row.child("name").is_none() {
        // the shop shows nothing without one
        let name = fit.name(&card.sku);
        row.put(language_node(
            "name",
            &speaks.clone().map(|id| (*id, name.clone())).collect(),
        ));
    }
    let names = languages(&row, "name");
    let address = |id: &u64| {
        let name = names.get(id).map_or("", String::as_str);
        Some((*id, fit::address(name, &card.sku)?))
    };
    let addresses: BTreeMap<u64, String> = speaks.filter_map(address).collect();
    if !addresses.is_empty() {
        row.put(language_node("link_rewrite", &addresses));
    }
    let home = Node::new("category").with("id", category);
    let lists = Node::new("categories").holding(vec![home]);
    row.put(Node::new("associations").holding(vec![lists]));
    Ok(row)
}
