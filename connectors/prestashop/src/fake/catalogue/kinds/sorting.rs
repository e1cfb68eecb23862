//! `categories`: where in the shop a product is found.

use super::super::{
    format::Format::{Bool, CatalogName, GenericName, Html, Id, Int, LinkRewrite, Moment, UnsignedInt},
    kind::{
        Access::{ComputedReadOnly, ReadOnly},
        Kind, What, Writes, field, link, texts,
    },
};
use super::ids;
use crate::fake::Version::V8_2_1;

pub(in super::super) static CATEGORIES: Kind = Kind {
    what: What::Categories,
    name: "categories",
    node: "category",
    description: "The product categories",
    class: "Category",
    writes: Writes::All,
    table: |books| books.assortment.table(What::Categories),
    fields: &[
        link("id_parent", "categories"),
        field("level_depth", UnsignedInt).access(ReadOnly),
        field("nb_products_recursive", Int).access(ComputedReadOnly),
        field("active", Bool).required(),
        field("id_shop_default", Id).preset("1"),
        field("is_root_category", Bool),
        field("position", Int),
        field("date_add", Moment),
        field("date_upd", Moment),
        texts("name", CatalogName, 128).required(),
        texts("link_rewrite", LinkRewrite, 128).required(),
        texts("description", Html, 4_194_303),
        texts("additional_description", Html, 4_194_303).only(V8_2_1),
        texts("meta_title", GenericName, 255),
        texts("meta_description", GenericName, 512),
        texts("meta_keywords", GenericName, 255),
    ],
    lists: &[
        ids("categories", "category", "categories"),
        ids("products", "product", "products"),
    ],
};
