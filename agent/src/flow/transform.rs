//! From a pulled record to its writes: eligibility, then the mapping with its sum check last. Pure.
//! Articles, prices and stock levels go the way in `ware`.
//!
//! A refund goes the way of its order. Of an order that is not sent nothing is made for it: whether an invoice stands that
//! it can take back is looked at first (`look`).

mod ware;

use std::{collections::BTreeMap, time::Duration};

use skarv_canonical::{
    Money, Reason,
    eligibility::{self, NotEligible},
    mapping::{self, credit, invoice},
    order::Order,
    payment_rule::Withheld,
    record::{Pulled, Record},
    refund::Refund,
    spec::{OrderSettings, StreamSettings, StreamSpec},
    write::{Entity, Write},
};

use super::{demand, end::End};

/// The code of an order that the shop calls refunded and has no refund of. The control plane knows it: a credit note ends it.
const REFUNDED_WITHOUT_SLIP: &str = "refunded_without_slip";

pub(super) use ware::{Beside, park_doubled};

/// A record and what is to happen with it.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) source_key: String,
    /// The source's key of its order: its own, if it is one.
    pub(super) order_key: String,
    pub(super) reference: String,
    /// The article number that it is known by; empty for orders and what is part of them.
    pub(super) number: String,
    /// What it asks for by article number, for as long as it is not invoiced; zero where it is not awaited.
    pub(super) demand: BTreeMap<String, i64>,
    pub(super) amount: Option<Money>,
    pub(super) excerpt: String,
    pub(super) plan: Plan,
    /// What somebody must see to once all of it stands.
    pub(super) afterwards: Option<Reason>,
    /// Writes that were only looked at, and what was seen.
    pub(super) seen: Vec<(Write, End)>,
}

/// What is to happen with a record.
#[derive(Debug)]
pub(super) enum Plan {
    /// Not to be sent, for this reason. Nobody needs to act.
    Drop(Reason),
    /// Cannot be delivered, for this reason; tried by itself again after this time, if at all.
    Park(Reason, Option<Duration>),
    /// These writes, in order.
    Write(Vec<Write>),
    /// To be decided by whether its order's invoice stands.
    Look(Box<Look>),
}

impl Plan {
    pub(super) fn park(reason: Reason) -> Self {
        Self::Park(reason, None)
    }
}

/// A refund of an order that is not sent.
#[derive(Debug)]
pub(super) struct Look {
    /// Our key of the order's invoice.
    pub(super) our_key: String,
    /// The invoice as it should stand and what is to follow it, or why there cannot be one.
    pub(super) sale: Result<Sold, Reason>,
    /// Whether the order may be invoiced later.
    pub(super) awaited: bool,
}

/// An order's invoice, and what a refund puts beside it.
#[derive(Debug)]
pub(super) struct Sold {
    pub(super) invoice: Write,
    pub(super) given_back: Result<Vec<Write>, Reason>,
}

/// Decides what is to happen with a record.
pub(super) fn item(pulled: Pulled, shop_ref: &str, spec: &StreamSpec, beside: &Beside) -> Item {
    let record = pulled.content.as_ref().ok();
    let number = record.map_or("", ware::number).to_owned();
    let demand = record
        .zip(spec.orders())
        .map_or_else(BTreeMap::new, |(record, settings)| awaited(record, settings));
    let afterwards = record.and_then(afterwards);
    let excerpt = record.map_or_else(String::new, excerpt);
    let (plan, order) = match (pulled.content, &spec.settings) {
        (Err(reason), _) => (Plan::park(reason), None),
        (Ok(Record::Order(order)), StreamSettings::Orders(settings)) => {
            (sent(&order, shop_ref, settings), Some(order))
        }
        (Ok(Record::Refund(refund)), StreamSettings::Orders(settings)) => {
            (given_back(&refund, shop_ref, settings), Some(refund.order))
        }
        (Ok(Record::Article(article)), StreamSettings::Products(settings)) => {
            (ware::article(&article, settings), None)
        }
        (Ok(Record::Price(price)), StreamSettings::Prices(settings)) => (ware::price(&price, settings), None),
        (Ok(Record::Stock(level)), StreamSettings::Stock(settings)) => {
            (ware::stock(&level, beside, settings), None)
        }
        (Ok(Record::Status(status)), StreamSettings::OrderStatus(spec)) => {
            let writes = mapping::status::status(&status, shop_ref, spec);
            // what is not told is nobody's business
            (writes.map_or_else(Plan::Drop, Plan::Write), None)
        }
        (Ok(_), _) => (Plan::park(Reason::configuration("not_supported")), None),
    };
    Item {
        order_key: match &order {
            Some(order) => order.key.clone(),
            None => pulled.source_key.clone(),
        },
        excerpt,
        source_key: pulled.source_key,
        reference: pulled.reference,
        number,
        demand,
        amount: pulled.amount,
        plan,
        afterwards,
        seen: Vec::new(),
    }
}

/// Enough to recognise a record by, and nothing that names a buyer.
fn excerpt(record: &Record) -> String {
    let of_order =
        |day, order: &Order| format!("{day} · {} · {}", order.delivery.country, order.payment.method);
    match record {
        Record::Order(order) => of_order(order.placed_on, order),
        Record::Refund(refund) => of_order(refund.slip.date, &refund.order),
        Record::Status(status) => format!("{} · {}", status.invoiced_on, status.reference),
        Record::Article(_) | Record::Price(_) | Record::Stock(_) => String::new(),
    }
}

fn sent(order: &Order, shop_ref: &str, settings: &OrderSettings) -> Plan {
    match eligibility::decide(order, settings) {
        Err(why) => Plan::Drop(Reason::data(why.code())),
        Ok(()) => mapping::order(order, shop_ref, settings).map_or_else(Plan::park, Plan::Write),
    }
}

/// An order that its shop calls refunded is invoiced all the same: it was sold. Of what was given back nothing tells.
fn afterwards(record: &Record) -> Option<Reason> {
    let Record::Order(order) = record else { return None };
    let unsaid = || Reason::data(REFUNDED_WITHOUT_SLIP).fix("say_what_is_refunded");
    order.refunded_without_slip.then(unsaid)
}

/// What an order asks for. Of one that will never be sent there is nothing to wait for.
fn awaited(record: &Record, settings: &OrderSettings) -> BTreeMap<String, i64> {
    let Record::Order(order) = record else {
        return BTreeMap::new();
    };
    let mut demand = demand::of_order(order);
    if eligibility::decide(order, settings).is_err_and(|why| !is_awaited(why)) {
        demand.values_mut().for_each(|quantity| *quantity = 0);
    }
    demand
}

fn given_back(refund: &Refund, shop_ref: &str, settings: &OrderSettings) -> Plan {
    let writes = mapping::refund(refund, shop_ref, settings);
    match (writes, eligibility::decide(&refund.order, settings)) {
        (Err(reason), _) if reason.code == credit::EMPTY => Plan::Drop(reason),
        (writes, Ok(())) => writes.map_or_else(Plan::park, Plan::Write),
        (writes, Err(why)) => Plan::Look(Box::new(Look {
            our_key: invoice::reference(&refund.order, shop_ref),
            sale: sold(&refund.order, writes, shop_ref, settings),
            awaited: is_awaited(why),
        })),
    }
}

fn sold(
    order: &Order,
    refund: Result<Vec<Write>, Reason>,
    shop_ref: &str,
    settings: &OrderSettings,
) -> Result<Sold, Reason> {
    let invoice = mapping::order(order, shop_ref, settings)?
        .into_iter()
        .find(|write| write.entity() == Entity::Invoice)
        .ok_or_else(|| Reason::data("order_not_invoiced"))?;
    let beside = |write: &Write| matches!(write.entity(), Entity::Credit | Entity::Payment);
    Ok(Sold {
        invoice,
        given_back: refund.map(|writes| writes.into_iter().filter(beside).collect()),
    })
}

/// Whether an order that is not sent now may be sent later: a refund of it must not be forgotten then.
fn is_awaited(why: NotEligible) -> bool {
    match why {
        NotEligible::NotInTriggerState | NotEligible::Payment(Withheld::NotPaid) => true,
        NotEligible::BeforeStartDate
        | NotEligible::TestOrder
        | NotEligible::Cancelled
        | NotEligible::Payment(Withheld::MethodNotSent) => false,
    }
}
