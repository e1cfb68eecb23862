//! The tables of the catalogue, field by field in the order of the real webservice.

mod price;
mod product;
mod sorting;
mod variant;

pub(super) use price::{SPECIFIC_PRICES, TAX_RULE_GROUPS, TAX_RULES};
pub(super) use product::PRODUCTS;
pub(super) use sorting::CATEGORIES;
pub(super) use variant::{COMBINATIONS, PRODUCT_OPTION_VALUES, PRODUCT_OPTIONS, STOCK_AVAILABLES};

use super::kind::List;

/// A list of ids.
const fn ids(name: &'static str, node: &'static str, api: &'static str) -> List {
    List {
        name,
        node,
        api,
        inner: &["id"],
        written: false,
    }
}

const fn written(list: List) -> List {
    List {
        written: true,
        ..list
    }
}
