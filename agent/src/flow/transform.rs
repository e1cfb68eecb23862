//! From a pulled record to its writes: eligibility, then the mapping with its sum check last. Pure.

use skarv_canonical::{
    Money, Reason, eligibility, mapping,
    record::{Pulled, Record},
    spec::OrderSettings,
    write::Write,
};

/// A record and what is to happen with it.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) source_key: String,
    pub(super) reference: String,
    pub(super) amount: Option<Money>,
    pub(super) excerpt: String,
    pub(super) plan: Plan,
}

/// What is to happen with a record.
#[derive(Debug)]
pub(super) enum Plan {
    /// Not to be sent, for this reason. Nobody needs to act.
    Drop(Reason),
    /// Cannot be delivered, for this reason.
    Park(Reason),
    /// These writes, in order.
    Write(Vec<Write>),
}

/// Decides what is to happen with a record.
pub(super) fn item(pulled: Pulled, shop_ref: &str, settings: &OrderSettings) -> Item {
    let (plan, excerpt) = match pulled.content {
        Err(reason) => (Plan::Park(reason), String::new()),
        Ok(Record::Order(order)) => {
            // enough to recognise the order by, nothing that names its buyer
            let excerpt = format!(
                "{} · {} · {}",
                order.placed_on, order.delivery.country, order.payment.method
            );
            let plan = match eligibility::decide(&order, settings) {
                Err(why) => Plan::Drop(Reason::data(why.code())),
                Ok(()) => mapping::order(&order, shop_ref, settings).map_or_else(Plan::Park, Plan::Write),
            };
            (plan, excerpt)
        }
        Ok(Record::Refund(_)) => (Plan::Park(Reason::data("not_supported")), String::new()),
    };
    Item {
        source_key: pulled.source_key,
        reference: pulled.reference,
        amount: pulled.amount,
        excerpt,
        plan,
    }
}
