//! `products`: the price is net, the quantity is always 0 (it is in `stock_availables`), the type tells nothing of combinations.

use super::super::{
    format::Format::{
        Bool, CatalogName, Day, Ean13, GenericName, Html, Id, Int, Isbn, LinkRewrite, MaybeInt, Measure,
        Moment, Price, Reference, Text, UnsignedInt, Upc, Visibility,
    },
    kind::{
        Access::{Computed, ComputedReadOnly},
        Field, Kind, List, What, Writes, field, link, texts,
    },
};
use super::{ids, written};
use crate::fake::Version::V8_2_1;

pub(in super::super) static PRODUCTS: Kind = Kind {
    what: What::Products,
    name: "products",
    node: "product",
    description: "The products",
    class: "Product",
    writes: Writes::All,
    table: |books| books.assortment.table(What::Products),
    fields: &FIELDS,
    lists: &LISTS,
};

const HTML: usize = 4_194_303;

static FIELDS: [Field; 71] = [
    link("id_manufacturer", "manufacturers"),
    link("id_supplier", "suppliers"),
    link("id_category_default", "categories"),
    field("new", Text),
    field("cache_default_attribute", Int),
    field("id_default_image", Text).access(Computed),
    link("id_default_combination", "combinations").access(Computed),
    link("id_tax_rules_group", "tax_rule_groups"),
    field("position_in_category", Text).access(Computed),
    field("manufacturer_name", Text).access(ComputedReadOnly),
    field("quantity", Int).access(ComputedReadOnly),
    field("type", Text).preset("simple").access(Computed),
    field("id_shop_default", Id).preset("1"),
    field("reference", Reference).size(64),
    field("supplier_reference", Reference).size(64),
    field("location", Text).size(255),
    field("width", Measure),
    field("height", Measure),
    field("depth", Measure),
    field("weight", Measure),
    field("quantity_discount", Bool),
    field("ean13", Ean13).size(13),
    field("isbn", Isbn).size(32),
    field("upc", Upc).size(12),
    field("mpn", Text).size(40),
    field("cache_is_pack", Bool),
    field("cache_has_attachments", Bool),
    field("is_virtual", Bool),
    field("state", Id),
    field("additional_delivery_times", Id),
    texts("delivery_in_stock", GenericName, 255),
    texts("delivery_out_stock", GenericName, 255),
    field("product_type", GenericName),
    field("on_sale", Bool),
    field("online_only", Bool),
    field("ecotax", Price),
    field("minimal_quantity", UnsignedInt),
    field("low_stock_threshold", MaybeInt),
    field("low_stock_alert", Bool),
    field("price", Price).required(),
    field("wholesale_price", Price),
    field("unity", Text),
    field("unit_price", Price).only(V8_2_1),
    field("unit_price_ratio", Price),
    field("additional_shipping_cost", Price),
    field("customizable", UnsignedInt),
    field("text_fields", UnsignedInt),
    field("uploadable_files", UnsignedInt),
    field("active", Bool),
    field("redirect_type", Text),
    field("id_type_redirected", Id),
    field("available_for_order", Bool),
    field("available_date", Day),
    field("show_condition", Bool),
    field("condition", GenericName).preset("new"),
    field("show_price", Bool),
    field("indexed", Bool),
    field("visibility", Visibility).preset("both"),
    field("advanced_stock_management", Bool),
    field("date_add", Moment),
    field("date_upd", Moment),
    field("pack_stock_type", UnsignedInt),
    texts("meta_description", GenericName, 512),
    texts("meta_keywords", GenericName, 255),
    texts("meta_title", GenericName, 255),
    texts("link_rewrite", LinkRewrite, 128),
    texts("name", CatalogName, 128),
    texts("description", Html, HTML),
    texts("description_short", Html, HTML),
    texts("available_now", GenericName, 255),
    texts("available_later", GenericName, 255),
];

static LISTS: [List; 10] = [
    written(ids("categories", "category", "categories")),
    ids("images", "image", "images"),
    // what is left out is deleted
    written(ids("combinations", "combination", "combinations")),
    ids(
        "product_option_values",
        "product_option_value",
        "product_option_values",
    ),
    List {
        inner: &["id", "id_feature_value"],
        ..written(ids("product_features", "product_feature", "product_features"))
    },
    ids("tags", "tag", "tags"),
    List {
        inner: &["id", "id_product_attribute"],
        ..ids("stock_availables", "stock_available", "stock_availables")
    },
    ids("attachments", "attachment", "attachments"),
    written(ids("accessories", "product", "products")),
    List {
        inner: &["id", "id_product_attribute", "quantity"],
        ..written(ids("product_bundle", "product", "products"))
    },
];
