//! What is asked for a product beside its own price: `specific_prices`, and the tax that its group bears in each country.

use super::super::{
    format::Format::{Bool, GenericName, Id, Moment, Price, Reduction, SignedPrice, Text, UnsignedInt},
    kind::{Kind, What, Writes, field, link},
};

pub(in super::super) static SPECIFIC_PRICES: Kind = Kind {
    what: What::SpecificPrices,
    name: "specific_prices",
    node: "specific_price",
    description: "Specific price management",
    class: "SpecificPrice",
    writes: Writes::All,
    table: |books| books.assortment.table(What::SpecificPrices),
    fields: &[
        link("id_shop_group", "shop_groups"),
        link("id_shop", "shops").required(),
        link("id_cart", "carts").required(),
        link("id_product", "products").required(),
        link("id_product_attribute", "combinations"),
        link("id_currency", "currencies").required(),
        link("id_country", "countries").required(),
        link("id_group", "groups").required(),
        link("id_customer", "customers").required(),
        link("id_specific_price_rule", "specific_price_rules"),
        // -1 leaves the product's own price standing
        field("price", SignedPrice).required(),
        field("from_quantity", UnsignedInt).required(),
        field("reduction", Price).required(),
        field("reduction_tax", Bool).required(),
        field("reduction_type", Reduction).required(),
        field("from", Moment).required(),
        field("to", Moment).required(),
    ],
    lists: &[],
};

pub(in super::super) static TAX_RULE_GROUPS: Kind = Kind {
    what: What::TaxRuleGroups,
    name: "tax_rule_groups",
    node: "tax_rule_group",
    description: "Tax rule groups",
    class: "TaxRulesGroup",
    writes: Writes::None,
    table: |books| books.assortment.table(What::TaxRuleGroups),
    fields: &[
        field("name", GenericName).size(64).required(),
        field("active", Bool),
        field("deleted", Bool),
        field("date_add", Moment),
        field("date_upd", Moment),
    ],
    lists: &[],
};

pub(in super::super) static TAX_RULES: Kind = Kind {
    what: What::TaxRules,
    name: "tax_rules",
    node: "tax_rule",
    description: "Tax rules entity",
    class: "TaxRule",
    writes: Writes::None,
    table: |books| books.assortment.table(What::TaxRules),
    fields: &[
        link("id_tax_rules_group", "tax_rule_groups").required(),
        link("id_state", "states"),
        link("id_country", "countries").required(),
        field("zipcode_from", Text).preset("0"),
        field("zipcode_to", Text).preset("0"),
        field("id_tax", Id).required(),
        field("behavior", UnsignedInt),
        field("description", Text),
    ],
    lists: &[],
};
