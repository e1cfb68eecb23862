//! The shop's own account of its orders and refunds, for comparing books without going through the webservice or the connector.

use chrono::SecondsFormat;
use serde::Serialize;

use super::{
    books::Books,
    rounding::ore,
    rows::{Currency, Order, OrderSlip},
};

#[derive(Serialize)]
pub(crate) struct Ledger {
    orders: Vec<Entry>,
    slips: Vec<GivenBack>,
    default_currency: &'static str,
}

#[derive(Serialize)]
struct Entry {
    id: u32,
    reference: String,
    customer_id: u32,
    /// UTC.
    date_add: String,
    current_state: u32,
    /// Every state the order has been in, oldest first.
    states: Vec<u32>,
    /// The same, with who put it there: 0 is a module, or the webservice.
    history: Vec<Entered>,
    /// What its buyer was mailed about states, oldest first.
    mails: Vec<Mailed>,
    /// The number of its parcel.
    tracking: String,
    total: String,
    currency: &'static str,
    articles: Vec<Ordered>,
    /// The reason that a faulty order should be parked for.
    faulty: Option<&'static str>,
}

#[derive(Serialize)]
struct Entered {
    id: u32,
    state: u32,
    employee: u32,
}

#[derive(Serialize)]
struct Mailed {
    state: u32,
    /// The number that it could tell.
    tracking: String,
}

#[derive(Serialize)]
struct Ordered {
    number: String,
    quantity: u32,
}

#[derive(Serialize)]
struct GivenBack {
    id: u32,
    order_id: u32,
    reference: String,
    /// UTC.
    date_add: String,
    /// What the buyer got back, tax included.
    given: String,
    currency: &'static str,
}

pub(crate) fn ledger(books: &Books) -> Ledger {
    let orders = books.orders.iter().map(|order| entry(books, order)).collect();
    let slips = books
        .order_slips
        .iter()
        .map(|slip| given_back(books, slip))
        .collect();
    Ledger {
        orders,
        slips,
        default_currency: Currency::Sek.code(),
    }
}

fn entry(books: &Books, order: &Order) -> Entry {
    Entry {
        id: order.id,
        reference: order.reference.clone(),
        customer_id: order.customer,
        date_add: order.date_add.to_rfc3339_opts(SecondsFormat::Secs, true),
        current_state: order.current_state,
        states: books
            .histories
            .of_order(order.id)
            .map(|history| history.state)
            .collect(),
        history: history(books, order),
        mails: mails(books, order),
        tracking: order.tracking.clone(),
        total: format!("{:.2}", ore(order.totals.paid.gross)),
        currency: order.currency.code(),
        articles: books
            .details
            .of_order(order.id)
            .map(|row| Ordered {
                number: row.product.reference(),
                quantity: row.quantity,
            })
            .collect(),
        faulty: order.faulty.map(|flaw| flaw.code()),
    }
}

fn history(books: &Books, order: &Order) -> Vec<Entered> {
    let rows = books.histories.of_order(order.id);
    rows.map(|row| Entered {
        id: row.id,
        state: row.state,
        employee: row.employee,
    })
    .collect()
}

fn mails(books: &Books, order: &Order) -> Vec<Mailed> {
    let mails = books.mails.iter().filter(|mail| mail.order == order.id);
    mails
        .map(|mail| Mailed {
            state: mail.state,
            tracking: mail.tracking.clone(),
        })
        .collect()
}

fn given_back(books: &Books, slip: &OrderSlip) -> GivenBack {
    let order = books.orders.get(slip.order);
    GivenBack {
        id: slip.id,
        order_id: slip.order,
        reference: order.map(|order| order.reference.clone()).unwrap_or_default(),
        date_add: slip.date_add.to_rfc3339_opts(SecondsFormat::Secs, true),
        given: format!("{:.2}", ore(slip.given)),
        currency: slip.currency.code(),
    }
}
