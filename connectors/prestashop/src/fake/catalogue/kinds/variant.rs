//! What a product comes in: `combinations`, the options they are made of, and the `stock_availables` of each.
//!
//! The price and the weight of a combination are an impact on those of its product.

use super::super::{
    format::Format::{
        Bool, Color, Day, Ean13, GenericName, Id, Int, Isbn, Mark, MaybeInt, Price, SignedMeasure,
        SignedPrice, Text, UnsignedInt, Upc,
    },
    kind::{Field, Kind, List, What, Writes, field, link, texts},
};
use super::{ids, written};
use crate::fake::Version::{V1_7_8_11, V8_2_1};

pub(in super::super) static COMBINATIONS: Kind = Kind {
    what: What::Combinations,
    name: "combinations",
    node: "combination",
    description: "The product combinations",
    class: "Combination",
    writes: Writes::All,
    table: |books| books.assortment.table(What::Combinations),
    fields: &COMBINATION_FIELDS,
    lists: &COMBINATION_LISTS,
};

static COMBINATION_FIELDS: [Field; 21] = [
    link("id_product", "products").required(),
    field("location", Text).size(255).only(V1_7_8_11),
    field("ean13", Ean13).size(13),
    field("isbn", Isbn).size(32),
    field("upc", Upc).size(12),
    field("mpn", Text).size(40),
    // a column that the stock of a combination has nothing to do with
    field("quantity", Int).size(10).only(V1_7_8_11),
    field("reference", Text).size(64),
    field("supplier_reference", Text).size(64),
    field("wholesale_price", SignedPrice).size(27),
    field("price", SignedPrice).size(20),
    field("ecotax", Price).size(20),
    field("weight", SignedMeasure),
    field("unit_price_impact", SignedPrice).size(20),
    field("minimal_quantity", UnsignedInt).required(),
    field("low_stock_threshold", MaybeInt),
    field("low_stock_alert", Bool),
    field("default_on", Mark),
    field("available_date", Day),
    texts("available_now", GenericName, 255).only(V8_2_1),
    texts("available_later", GenericName, 255).only(V8_2_1),
];

static COMBINATION_LISTS: [List; 2] = [
    written(ids(
        "product_option_values",
        "product_option_value",
        "product_option_values",
    )),
    written(ids("images", "image", "images/products")),
];

pub(in super::super) static PRODUCT_OPTIONS: Kind = Kind {
    what: What::ProductOptions,
    name: "product_options",
    node: "product_option",
    description: "The product options",
    class: "AttributeGroup",
    writes: Writes::All,
    table: |books| books.assortment.table(What::ProductOptions),
    fields: &[
        field("is_color_group", Bool),
        field("group_type", Text).required(),
        field("position", Int),
        texts("name", GenericName, 128).required(),
        texts("public_name", GenericName, 64).required(),
    ],
    lists: &[ids(
        "product_option_values",
        "product_option_value",
        "product_option_values",
    )],
};

pub(in super::super) static PRODUCT_OPTION_VALUES: Kind = Kind {
    what: What::ProductOptionValues,
    name: "product_option_values",
    node: "product_option_value",
    description: "The product options value",
    class: "ProductAttribute",
    writes: Writes::All,
    table: |books| books.assortment.table(What::ProductOptionValues),
    fields: &[
        link("id_attribute_group", "product_options").required(),
        field("color", Color),
        field("position", Int),
        texts("name", GenericName, 128).required(),
    ],
    lists: &[],
};

pub(in super::super) static STOCK_AVAILABLES: Kind = Kind {
    what: What::StockAvailables,
    name: "stock_availables",
    node: "stock_available",
    description: "Available quantities",
    class: "StockAvailable",
    writes: Writes::Changes,
    table: |books| books.assortment.table(What::StockAvailables),
    fields: &[
        link("id_product", "products").required(),
        link("id_product_attribute", "combinations").required(),
        link("id_shop", "shops"),
        field("id_shop_group", Id),
        field("quantity", Int).required(),
        field("depends_on_stock", Bool).required(),
        field("out_of_stock", Int).required(),
        field("location", Text).size(255),
    ],
    lists: &[],
};
