//! The shop's tables, and the one way in which an order changes after it was made: by entering a state.
//!
//! Rows are kept in id order and never renumbered; everything that belongs to an order is found without a scan.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{
    catalogue::Assortment,
    rows::{
        Address, Customer, Mail, Order, OrderCarrier, OrderCartRule, OrderDetail, OrderHistory, OrderPayment,
        OrderSlip, Row,
    },
    seed::{OrderState, Setup, order_state},
};

/// Rows by id, and by order where they belong to one.
pub(crate) struct Table<T> {
    rows: Vec<T>,
    by_order: HashMap<u32, Vec<u32>>,
    last_id: u32,
}

impl<T: Row> Table<T> {
    pub(crate) fn new() -> Self {
        Self {
            rows: Vec::new(),
            by_order: HashMap::new(),
            last_id: 0,
        }
    }

    /// Adds the row that `make` builds round its new id.
    pub(crate) fn add(&mut self, make: impl FnOnce(u32) -> T) -> u32 {
        self.last_id += 1;
        let row = make(self.last_id);
        if let Some(order) = row.order_id() {
            self.by_order.entry(order).or_default().push(row.id());
        }
        self.rows.push(row);
        self.last_id
    }

    fn place(&self, id: u32) -> Option<usize> {
        self.rows.binary_search_by_key(&id, Row::id).ok()
    }

    pub(crate) fn get(&self, id: u32) -> Option<&T> {
        self.place(id).map(|place| &self.rows[place])
    }

    pub(crate) fn get_mut(&mut self, id: u32) -> Option<&mut T> {
        self.place(id).map(|place| &mut self.rows[place])
    }

    /// A hard delete, as the back office does it: what refers to the row is left alone.
    pub(crate) fn delete(&mut self, id: u32) {
        if let Some(place) = self.place(id) {
            self.rows.remove(place);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.iter()
    }

    pub(crate) fn of_order(&self, order: u32) -> impl Iterator<Item = &T> {
        self.by_order
            .get(&order)
            .into_iter()
            .flatten()
            .filter_map(|&id| self.get(id))
    }
}

impl<T: Row> FromIterator<T> for Table<T> {
    /// Rows with ids of their own, in id order.
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        let rows: Vec<T> = rows.into_iter().collect();
        let last_id = rows.last().map_or(0, Row::id);
        Self {
            rows,
            by_order: HashMap::new(),
            last_id,
        }
    }
}

pub(crate) struct Books {
    pub(crate) setup: Setup,
    pub(crate) orders: Table<Order>,
    pub(crate) details: Table<OrderDetail>,
    pub(crate) histories: Table<OrderHistory>,
    pub(crate) payments: Table<OrderPayment>,
    pub(crate) order_carriers: Table<OrderCarrier>,
    pub(crate) order_cart_rules: Table<OrderCartRule>,
    pub(crate) order_slips: Table<OrderSlip>,
    pub(crate) customers: Table<Customer>,
    pub(crate) addresses: Table<Address>,
    pub(crate) assortment: Assortment,
    /// What the shop mailed about states, oldest first.
    pub(crate) mails: Vec<Mail>,
    last_invoice: u32,
    last_delivery: u32,
}

impl Books {
    pub(crate) fn new(setup: Setup) -> Self {
        Self {
            setup,
            orders: Table::new(),
            details: Table::new(),
            histories: Table::new(),
            payments: Table::new(),
            order_carriers: Table::new(),
            order_cart_rules: Table::new(),
            order_slips: Table::new(),
            customers: Table::new(),
            addresses: Table::new(),
            assortment: Assortment::default(),
            mails: Vec::new(),
            last_invoice: 0,
            last_delivery: 0,
        }
    }

    /// Puts an order into a state: by the purchase itself, and later by a person.
    pub(crate) fn enter_state(&mut self, order_id: u32, state_id: u32, at: DateTime<Utc>) -> bool {
        let placed = self.orders.get(order_id).map(|order| order.date_add);
        self.enter_state_by(order_id, state_id, at, u32::from(placed != Some(at)))
    }

    /// Mails the buyer about a state, if it has a mail.
    pub(crate) fn mail(&mut self, order: u32, state: u32) {
        let mails = self.setup.states.get(state).is_some_and(OrderState::mails);
        let Some(row) = self.orders.get(order).filter(|_| mails) else {
            return;
        };
        let tracking = row.tracking.clone();
        self.mails.push(Mail {
            order,
            state,
            tracking,
        });
    }

    /// Puts an order into a state: history, invoice, delivery note and payment follow from what the state stands for.
    /// False where the order or the state does not exist.
    ///
    /// `employee` 0 is a module, or the webservice.
    pub(crate) fn enter_state_by(
        &mut self,
        order_id: u32,
        state_id: u32,
        at: DateTime<Utc>,
        employee: u32,
    ) -> bool {
        let (Some(state), Some(order)) = (order_state(state_id), self.orders.get_mut(order_id)) else {
            return false;
        };
        order.current_state = state_id;
        order.date_upd = at;
        if state.invoice && order.invoice.is_none() {
            self.last_invoice += 1;
            order.invoice = Some((self.last_invoice, at));
        }
        if state.delivery && order.delivery.is_none() {
            self.last_delivery += 1;
            order.delivery = Some((self.last_delivery, at));
        }
        let first_payment = state.paid && order.paid_real == Decimal::ZERO;
        self.histories.add(|id| OrderHistory {
            id,
            order: order_id,
            state: state_id,
            employee,
            date_add: at,
        });
        let due = order.totals.paid.gross;
        if first_payment {
            self.pay(order_id, due, at);
        }
        true
    }

    /// Registers a payment, or with a negative amount what is paid back. False where there is no such order.
    pub(crate) fn pay(&mut self, order_id: u32, amount: Decimal, at: DateTime<Utc>) -> bool {
        let Some(order) = self.orders.get_mut(order_id) else {
            return false;
        };
        order.paid_real += amount;
        order.date_upd = at;
        let (reference, currency) = (order.reference.clone(), order.currency);
        let method = order.payment.label;
        self.payments.add(|id| OrderPayment {
            id,
            reference,
            currency,
            amount,
            method,
            date_add: at,
        });
        true
    }
}
