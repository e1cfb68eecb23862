//! What hangs on an order beside its rows: histories, payments (joined by reference), shipping.

use super::{
    column::{Column, fixed, money, number, text, time},
    resource::{Resource, Served},
};
use crate::fake::{
    Version,
    rows::{OrderCarrier, OrderHistory, OrderPayment},
};

pub(super) fn resources(version: Version) -> Vec<Box<dyn Served>> {
    vec![
        Box::new(histories()),
        Box::new(payments(version)),
        Box::new(carriers()),
    ]
}

fn histories() -> Resource<OrderHistory> {
    Resource {
        name: "order_histories",
        list: "order_histories",
        node: "order_history",
        description: "The Order histories",
        table: |books| &books.histories,
        columns: vec![
            number("id", |history: &OrderHistory| history.id),
            number("id_employee", |history: &OrderHistory| history.employee).to("employees"),
            number("id_order_state", |history: &OrderHistory| history.state).to("order_states"),
            number("id_order", |history: &OrderHistory| history.order).to("orders"),
            time("date_add", |history: &OrderHistory| history.date_add),
        ],
        association: None,
    }
}

fn payments(version: Version) -> Resource<OrderPayment> {
    let mut columns = payment_columns();
    if version == Version::V8_2_1 {
        columns.push(fixed("id_employee", ""));
    }
    Resource {
        name: "order_payments",
        list: "order_payments",
        node: "order_payment",
        description: "The Order payments",
        table: |books| &books.payments,
        columns,
        association: None,
    }
}

fn payment_columns() -> Vec<Column<OrderPayment>> {
    vec![
        number("id", |payment: &OrderPayment| payment.id),
        text("order_reference", |payment: &OrderPayment| {
            payment.reference.clone()
        }),
        number("id_currency", |payment: &OrderPayment| payment.currency.id()),
        money("amount", |payment: &OrderPayment| payment.amount),
        text("payment_method", |payment: &OrderPayment| payment.method),
        // the real one writes 1 whatever the order's rate is
        fixed("conversion_rate", "1.000000"),
        text("transaction_id", |payment: &OrderPayment| {
            format!("GGT-{:06}", payment.id)
        }),
        fixed("card_number", ""),
        fixed("card_brand", ""),
        fixed("card_expiration", ""),
        fixed("card_holder", ""),
        time("date_add", |payment: &OrderPayment| payment.date_add),
    ]
}

fn carriers() -> Resource<OrderCarrier> {
    Resource {
        name: "order_carriers",
        list: "order_carriers",
        node: "order_carrier",
        description: "The Order carriers",
        table: |books| &books.order_carriers,
        columns: vec![
            number("id", |parcel: &OrderCarrier| parcel.id),
            number("id_order", |parcel: &OrderCarrier| parcel.order).to("orders"),
            number("id_carrier", |parcel: &OrderCarrier| parcel.carrier).to("carriers"),
            fixed("id_order_invoice", "0"),
            money("weight", |parcel: &OrderCarrier| parcel.weight),
            money("shipping_cost_tax_excl", |parcel: &OrderCarrier| parcel.cost.net),
            money("shipping_cost_tax_incl", |parcel: &OrderCarrier| {
                parcel.cost.gross
            }),
            text("tracking_number", |parcel: &OrderCarrier| parcel.tracking.clone()),
            time("date_add", |parcel: &OrderCarrier| parcel.date_add),
        ],
        association: None,
    }
}
