//! `orders`, with their rows as the association that real shops give: no totals and no tax, those are in `order_details`.

use super::{
    column::{Column, fixed, flag, maybe_time, money, number, rate, text, time},
    resource::{Association, Resource},
    xml::Writer,
};
use crate::fake::{
    books::Books,
    canary,
    rows::{Order, OrderDetail},
    seed::order_state,
};

pub(super) fn resource() -> Resource<Order> {
    let mut columns = heading();
    columns.extend(totals());
    Resource {
        name: "orders",
        list: "orders",
        node: "order",
        description: "The Customers orders",
        table: |books| &books.orders,
        columns,
        association: Some(Association {
            name: "order_rows",
            node: "order_row",
            attributes: "virtualEntity=\"true\"",
            write: write_rows,
            is_empty: |books, order| books.details.of_order(order.id).next().is_none(),
        }),
    }
}

fn heading() -> Vec<Column<Order>> {
    vec![
        number("id", |order: &Order| order.id),
        number("id_address_delivery", |order: &Order| order.address_delivery).to("addresses"),
        number("id_address_invoice", |order: &Order| order.address_invoice).to("addresses"),
        number("id_cart", |order: &Order| order.id + 40).to("carts"),
        number("id_currency", |order: &Order| order.currency.id()).to("currencies"),
        fixed("id_lang", "2").to("languages"),
        number("id_customer", |order: &Order| order.customer).to("customers"),
        number("id_carrier", |order: &Order| order.carrier).to("carriers"),
        number("current_state", |order: &Order| order.current_state).to("order_states"),
        text("module", |order: &Order| order.payment.module),
        number("invoice_number", |order: &Order| {
            order.invoice.map_or(0, |(number, _)| number)
        }),
        maybe_time("invoice_date", |order: &Order| order.invoice.map(|(_, at)| at)),
        number("delivery_number", |order: &Order| {
            order.delivery.map_or(0, |(number, _)| number)
        }),
        maybe_time("delivery_date", |order: &Order| order.delivery.map(|(_, at)| at)),
        flag("valid", |order: &Order| {
            order_state(order.current_state).is_some_and(|state| state.logable)
        }),
        time("date_add", |order: &Order| order.date_add),
        time("date_upd", |order: &Order| order.date_upd),
        text("shipping_number", |order: &Order| order.tracking.clone()).dynamic(),
        fixed("note", ""),
        fixed("id_shop_group", "1"),
        fixed("id_shop", "1"),
        text("secure_key", |order: &Order| canary::secure_key(order.customer)),
        text("payment", |order: &Order| order.payment.label),
        fixed("recyclable", "0"),
        flag("gift", |order: &Order| !order.totals.wrapping.gross.is_zero()),
        text("gift_message", |order: &Order| order.gift_message),
        fixed("mobile_theme", "0"),
    ]
}

fn totals() -> Vec<Column<Order>> {
    vec![
        money("total_discounts", |order: &Order| order.totals.discounts.gross),
        money("total_discounts_tax_incl", |order: &Order| {
            order.totals.discounts.gross
        }),
        money("total_discounts_tax_excl", |order: &Order| {
            order.totals.discounts.net
        }),
        money("total_paid", |order: &Order| order.totals.paid.gross),
        money("total_paid_tax_incl", |order: &Order| order.totals.paid.gross),
        money("total_paid_tax_excl", |order: &Order| order.totals.paid.net),
        money("total_paid_real", |order: &Order| order.paid_real),
        money("total_products", |order: &Order| order.totals.products.net),
        money("total_products_wt", |order: &Order| order.totals.products.gross),
        money("total_shipping", |order: &Order| order.totals.shipping.gross),
        money("total_shipping_tax_incl", |order: &Order| {
            order.totals.shipping.gross
        }),
        money("total_shipping_tax_excl", |order: &Order| {
            order.totals.shipping.net
        }),
        rate("carrier_tax_rate", |order: &Order| order.carrier_tax_rate),
        money("total_wrapping", |order: &Order| order.totals.wrapping.gross),
        money("total_wrapping_tax_incl", |order: &Order| {
            order.totals.wrapping.gross
        }),
        money("total_wrapping_tax_excl", |order: &Order| {
            order.totals.wrapping.net
        }),
        fixed("round_mode", "2"),
        number("round_type", |order: &Order| order.round_type as u32),
        money("conversion_rate", |order: &Order| {
            order.currency.conversion_rate()
        }),
        text("reference", |order: &Order| order.reference.clone()),
    ]
}

fn row_columns() -> [Column<OrderDetail>; 13] {
    [
        number("id", |row: &OrderDetail| row.id),
        number("product_id", |row: &OrderDetail| row.product.id).to("products"),
        number("product_attribute_id", |row: &OrderDetail| row.product.attribute),
        number("product_quantity", |row: &OrderDetail| row.quantity),
        text("product_name", |row: &OrderDetail| row.product.name),
        text("product_reference", |row: &OrderDetail| row.product.reference()),
        text("product_ean13", |row: &OrderDetail| row.product.ean13()),
        fixed("product_isbn", ""),
        fixed("product_upc", ""),
        money("product_price", |row: &OrderDetail| row.unit.net),
        fixed("id_customization", "0").to("customizations").linking_zero(),
        money("unit_price_tax_incl", |row: &OrderDetail| row.unit.gross),
        money("unit_price_tax_excl", |row: &OrderDetail| row.unit.net),
    ]
}

fn write_rows(writer: &mut Writer<'_>, books: &Books, order: &Order, inner: Option<&[String]>) {
    let columns = row_columns();
    for row in books.details.of_order(order.id) {
        writer.line("\t<order_row>");
        for column in &columns {
            if inner.is_none_or(|names| names.iter().any(|name| name == column.name)) {
                writer.field(column, row);
            }
        }
        writer.line("\t</order_row>");
    }
}
