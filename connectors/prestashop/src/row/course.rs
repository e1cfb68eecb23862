//! What becomes of an order: who carries it, the states it goes through, how it is paid.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Fields, Row, Unreadable};
use crate::api::Resource;

/// `order_carriers`: who carries an order.
pub(crate) struct CarrierRow {
    pub(crate) carrier: u64,
}

impl Row for CarrierRow {
    const RESOURCE: Resource = Resource::full("order_carriers", "order_carrier");
    const KEY: &'static str = "id_order";

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            carrier: fields.id("id_carrier"),
        })
    }
}

/// `order_histories`: a state that an order went into.
pub(crate) struct HistoryRow {
    pub(crate) state: u64,
    /// Who put it there, in the shop's back office. 0: a module, or the webservice.
    pub(crate) employee: u64,
}

impl Row for HistoryRow {
    const RESOURCE: Resource = Resource::full("order_histories", "order_history");
    const KEY: &'static str = "id_order";
    const ALWAYS_THERE: bool = true;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            state: fields.number("id_order_state")?,
            employee: fields.id("id_employee"),
        })
    }
}

/// `order_payments`: a payment, of all orders with its reference.
pub(crate) struct PaymentRow {
    pub(crate) amount: Decimal,
    pub(crate) transaction: String,
    /// The day it was made, where the shop tells.
    pub(crate) day: Option<NaiveDate>,
}

impl Row for PaymentRow {
    const RESOURCE: Resource = Resource::fields(
        "order_payments",
        "order_payment",
        "[id,order_reference,amount,transaction_id,date_add]",
    );
    const KEY: &'static str = "order_reference";

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            amount: fields.money("amount")?,
            transaction: fields.text("transaction_id"),
            day: fields.time("date_add").ok().map(|made| made.date()),
        })
    }
}
