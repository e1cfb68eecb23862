//! `order_slip`, whose list is called `order_slips`. A row of a slip bears the id of the slip and no price of a piece.

use super::{
    column::{Column, fixed, flag, money, number, time},
    resource::{Association, Resource},
    xml::Writer,
};
use crate::fake::{
    books::Books,
    rows::{OrderSlip, SlipRow},
};

pub(super) fn resource() -> Resource<OrderSlip> {
    Resource {
        name: "order_slip",
        list: "order_slips",
        node: "order_slip",
        description: "The Order slips",
        table: |books| &books.order_slips,
        columns: columns(),
        association: Some(Association {
            name: "order_slip_details",
            node: "order_slip_detail",
            attributes: "virtualEntity=\"true\"",
            write: write_rows,
            is_empty: |_, slip| slip.rows.is_empty(),
        }),
    }
}

fn columns() -> Vec<Column<OrderSlip>> {
    vec![
        number("id", |slip: &OrderSlip| slip.id),
        number("id_customer", |slip: &OrderSlip| slip.customer).to("customers"),
        number("id_order", |slip: &OrderSlip| slip.order).to("orders"),
        money("conversion_rate", |slip: &OrderSlip| {
            slip.currency.conversion_rate()
        }),
        money("total_products_tax_excl", |slip: &OrderSlip| slip.products.net),
        money("total_products_tax_incl", |slip: &OrderSlip| slip.products.gross),
        money("total_shipping_tax_excl", |slip: &OrderSlip| slip.shipping.net),
        money("total_shipping_tax_incl", |slip: &OrderSlip| slip.shipping.gross),
        money("amount", |slip: &OrderSlip| slip.amount),
        flag("shipping_cost", |slip: &OrderSlip| !slip.shipping.gross.is_zero()),
        money("shipping_cost_amount", |slip: &OrderSlip| slip.shipping.gross),
        fixed("partial", "0"),
        time("date_add", |slip: &OrderSlip| slip.date_add),
        time("date_upd", |slip: &OrderSlip| slip.date_add),
        number("order_slip_type", |slip: &OrderSlip| slip.kind),
    ]
}

fn write_rows(writer: &mut Writer<'_>, _: &Books, slip: &OrderSlip, inner: Option<&[String]>) {
    let id = slip.id;
    let columns: [Column<SlipRow>; 5] = [
        number("id", move |_| id),
        number("id_order_detail", |row: &SlipRow| row.detail),
        number("product_quantity", |row: &SlipRow| row.quantity),
        money("amount_tax_excl", |row: &SlipRow| row.total.net),
        money("amount_tax_incl", |row: &SlipRow| row.total.gross),
    ];
    for row in &slip.rows {
        writer.line("\t<order_slip_detail>");
        for column in &columns {
            if inner.is_none_or(|names| names.iter().any(|name| name == column.name)) {
                writer.field(column, row);
            }
        }
        writer.line("\t</order_slip_detail>");
    }
}
