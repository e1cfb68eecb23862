//! `order_details` and what reduces them: an order's own discounts, and what those were meant for.

use super::{Amount, Fields, Row, Unreadable};
use crate::api::Resource;

/// `order_details`: a row of goods.
pub(crate) struct DetailRow {
    pub(crate) id: u64,
    pub(crate) product: u64,
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) quantity: u32,
    pub(crate) unit: Amount,
    pub(crate) total: Amount,
    /// The taxes it is linked to.
    pub(crate) taxes: Vec<u64>,
}

impl Row for DetailRow {
    const RESOURCE: Resource = Resource::fields(
        "order_details",
        "order_detail",
        "[id,id_order,product_id,product_reference,product_name,product_quantity,unit_price_tax_excl,\
                  unit_price_tax_incl,total_price_tax_excl,total_price_tax_incl,taxes[id]]",
    );
    const KEY: &'static str = "id_order";
    const ALWAYS_THERE: bool = true;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            id: fields.number("id")?,
            product: fields.id("product_id"),
            sku: fields.text("product_reference"),
            name: fields.text("product_name"),
            quantity: fields.number("product_quantity")?,
            unit: fields.amount("unit_price_tax_excl", "unit_price_tax_incl")?,
            total: fields.amount("total_price_tax_excl", "total_price_tax_incl")?,
            taxes: fields.links("taxes"),
        })
    }
}

/// `order_cart_rules`: a discount of an order. A deleted one has no effect any more.
pub(crate) struct RuleRow {
    pub(crate) cart_rule: u64,
    pub(crate) name: String,
    pub(crate) value: Amount,
    pub(crate) free_shipping: bool,
    pub(crate) deleted: bool,
}

impl Row for RuleRow {
    const RESOURCE: Resource = Resource::full("order_cart_rules", "order_cart_rule");
    const KEY: &'static str = "id_order";

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            cart_rule: fields.id("id_cart_rule"),
            name: fields.text("name"),
            value: fields.amount("value_tax_excl", "value")?,
            free_shipping: fields.flag("free_shipping"),
            deleted: fields.flag("deleted"),
        })
    }
}

/// `cart_rules`: what a discount was meant for. May be gone, and may have changed since.
pub(crate) struct CartRuleRow {
    /// A product, -1 for the cheapest, -2 for a selection, 0 for the whole order.
    pub(crate) reduces: i64,
    pub(crate) gift: u64,
}

impl Row for CartRuleRow {
    const RESOURCE: Resource =
        Resource::fields("cart_rules", "cart_rule", "[id,reduction_product,gift_product]");
    const KEY: &'static str = "id";

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            reduces: fields.number("reduction_product").unwrap_or(0),
            gift: fields.id("gift_product"),
        })
    }
}
