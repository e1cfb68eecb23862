//! `orders`: the head of an order, and the orders that one cart was split into.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

use super::{Amount, Fields, Row, Unreadable};
use crate::api::Resource;

/// `orders`.
pub(crate) struct OrderRow {
    pub(crate) id: u64,
    pub(crate) reference: String,
    pub(crate) customer: u64,
    pub(crate) invoice_address: u64,
    pub(crate) delivery_address: u64,
    pub(crate) currency: u64,
    pub(crate) language: u64,
    pub(crate) carrier: u64,
    pub(crate) state: u64,
    pub(crate) module: String,
    pub(crate) payment: String,
    pub(crate) placed: NaiveDateTime,
    pub(crate) updated: NaiveDateTime,
    pub(crate) paid: Decimal,
    pub(crate) total: Amount,
    pub(crate) goods: Amount,
    pub(crate) shipping: Amount,
    pub(crate) wrapping: Amount,
    pub(crate) discounts: Amount,
    pub(crate) carrier_rate: Decimal,
    pub(crate) rounding: Rounding,
    pub(crate) conversion_rate: Decimal,
}

/// Where the shop rounded, which the order remembers even when the shop's setting has changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// Each piece, then times the quantity.
    Item,
    /// Each row, or the total only: a row is at most half an öre off.
    Row,
}

impl OrderRow {
    pub(crate) fn key(&self) -> String {
        self.id.to_string()
    }
}

impl Row for OrderRow {
    const RESOURCE: Resource = Resource::fields(
        "orders",
        "order",
        "[id,reference,id_customer,id_address_invoice,id_address_delivery,id_currency,id_lang,id_carrier,\
                  current_state,module,payment,date_add,date_upd,total_paid_real,total_paid_tax_excl,\
                  total_paid_tax_incl,total_products,total_products_wt,total_shipping_tax_excl,\
                  total_shipping_tax_incl,total_wrapping_tax_excl,total_wrapping_tax_incl,total_discounts_tax_excl,\
                  total_discounts_tax_incl,carrier_tax_rate,round_type,conversion_rate]",
    );
    const KEY: &'static str = "id";
    const ALWAYS_THERE: bool = true;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        let amount = |net, gross| fields.amount(net, gross);
        Ok(Self {
            id: fields.number("id")?,
            reference: fields.text("reference"),
            customer: fields.id("id_customer"),
            invoice_address: fields.id("id_address_invoice"),
            delivery_address: fields.id("id_address_delivery"),
            currency: fields.id("id_currency"),
            language: fields.id("id_lang"),
            carrier: fields.id("id_carrier"),
            state: fields.id("current_state"),
            module: fields.text("module"),
            payment: fields.text("payment"),
            placed: fields.time("date_add")?,
            updated: fields.time("date_upd")?,
            paid: fields.money("total_paid_real")?,
            total: amount("total_paid_tax_excl", "total_paid_tax_incl")?,
            goods: amount("total_products", "total_products_wt")?,
            shipping: amount("total_shipping_tax_excl", "total_shipping_tax_incl")?,
            wrapping: amount("total_wrapping_tax_excl", "total_wrapping_tax_incl")?,
            discounts: amount("total_discounts_tax_excl", "total_discounts_tax_incl")?,
            carrier_rate: fields.money("carrier_tax_rate")?,
            rounding: match fields.node.text("round_type") {
                "1" => Rounding::Item,
                _ => Rounding::Row,
            },
            conversion_rate: fields.money("conversion_rate")?,
        })
    }
}

/// `orders` again, by reference: the orders that one cart was split into.
pub(crate) struct SiblingRow {
    pub(crate) total: Decimal,
}

impl Row for SiblingRow {
    const RESOURCE: Resource = Resource::fields("orders", "order", "[id,reference,total_paid_tax_incl]");
    const KEY: &'static str = "reference";

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            total: fields.money("total_paid_tax_incl")?,
        })
    }
}

/// `orders` once more: where an order stands.
pub(crate) struct StandingRow {
    pub(crate) reference: String,
    pub(crate) state: u64,
}

impl Row for StandingRow {
    const RESOURCE: Resource = Resource::fields("orders", "order", "[id,reference,current_state]");
    const KEY: &'static str = "id";
    const ALWAYS_THERE: bool = true;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            reference: fields.text("reference"),
            state: fields.id("current_state"),
        })
    }
}
