//! `order_details`: the rows with their totals, and the ids (never the rate) of the taxes they bear.

use super::{
    column::{Column, fixed, money, number, text},
    resource::{Association, Resource},
    xml::{Writer, cdata},
};
use crate::fake::{books::Books, rows::OrderDetail};

pub(super) fn resource() -> Resource<OrderDetail> {
    let mut columns = product();
    columns.extend(prices());
    Resource {
        name: "order_details",
        list: "order_details",
        node: "order_detail",
        description: "Details of an order",
        table: |books| &books.details,
        columns,
        association: Some(Association {
            name: "taxes",
            node: "tax",
            attributes: "api=\"taxes\"",
            write: write_taxes,
            is_empty: |_, row| row.tax.is_none(),
        }),
    }
}

fn product() -> Vec<Column<OrderDetail>> {
    vec![
        number("id", |row: &OrderDetail| row.id),
        number("id_order", |row: &OrderDetail| row.order).to("orders"),
        number("product_id", |row: &OrderDetail| row.product.id).to("products"),
        number("product_attribute_id", |row: &OrderDetail| row.product.attribute)
            .to("combinations")
            .linking_zero(),
        fixed("product_quantity_reinjected", "0"),
        fixed("group_reduction", "0.00"),
        fixed("discount_quantity_applied", "0"),
        fixed("download_hash", ""),
        fixed("download_deadline", "0000-00-00 00:00:00"),
        fixed("id_order_invoice", "0"),
        fixed("id_warehouse", "0"),
        fixed("id_shop", "1"),
        fixed("id_customization", "0"),
        text("product_name", |row: &OrderDetail| row.product.name),
        number("product_quantity", |row: &OrderDetail| row.quantity),
        number("product_quantity_in_stock", |row: &OrderDetail| row.quantity),
        fixed("product_quantity_return", "0"),
        fixed("product_quantity_refunded", "0"),
    ]
}

fn prices() -> Vec<Column<OrderDetail>> {
    vec![
        money("product_price", |row: &OrderDetail| row.unit.net),
        text("reduction_percent", |row: &OrderDetail| {
            format!("{}.00", row.reduction_percent)
        }),
        fixed("reduction_amount", "0.000000"),
        fixed("reduction_amount_tax_incl", "0.000000"),
        fixed("reduction_amount_tax_excl", "0.000000"),
        fixed("product_quantity_discount", "0.000000"),
        text("product_ean13", |row: &OrderDetail| row.product.ean13()),
        fixed("product_isbn", ""),
        fixed("product_upc", ""),
        fixed("product_mpn", ""),
        text("product_reference", |row: &OrderDetail| row.product.reference()),
        fixed("product_supplier_reference", ""),
        money("product_weight", |row: &OrderDetail| row.product.weight()),
        fixed("tax_computation_method", "0"),
        number("id_tax_rules_group", |row: &OrderDetail| row.product.class as u32),
        fixed("ecotax", "0.000000"),
        fixed("ecotax_tax_rate", "0.000"),
        fixed("download_nb", "0"),
        money("unit_price_tax_incl", |row: &OrderDetail| row.unit.gross),
        money("unit_price_tax_excl", |row: &OrderDetail| row.unit.net),
        money("total_price_tax_incl", |row: &OrderDetail| row.total.gross),
        money("total_price_tax_excl", |row: &OrderDetail| row.total.net),
        fixed("total_shipping_price_tax_excl", "0.000000"),
        fixed("total_shipping_price_tax_incl", "0.000000"),
        fixed("purchase_supplier_price", "0.000000"),
        money("original_product_price", |row: &OrderDetail| row.original_price),
        fixed("original_wholesale_price", "0.000000"),
        fixed("total_refunded_tax_excl", "0.000000"),
        fixed("total_refunded_tax_incl", "0.000000"),
    ]
}

fn write_taxes(writer: &mut Writer<'_>, _: &Books, row: &OrderDetail, _: Option<&[String]>) {
    if let Some(id) = row.tax {
        let api = writer.api;
        writer.line(&format!("\t<tax xlink:href=\"{api}taxes/{id}\">"));
        writer.line(&format!("\t<id>{}</id>", cdata(&id.to_string())));
        writer.line("\t</tax>");
    }
}
