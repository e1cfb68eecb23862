//! What hangs on a page of orders, read by lists of ids and never order by order.

use std::collections::{BTreeSet, HashSet};

use rust_decimal::Decimal;
use skarv_canonical::Reason;
use skarv_connector::Error;

use crate::{
    api::Api,
    batch::Batch,
    row::{
        AddressRow, CarrierRow, CartRuleRow, CustomerRow, DetailRow, HistoryRow, OrderRow, PaymentRow,
        RuleRow, SiblingRow, Unreadable,
    },
    shop::Wanted,
};

/// Everything read around a page of orders.
#[derive(Default)]
pub(crate) struct Related {
    details: Batch<DetailRow>,
    rules: Batch<RuleRow>,
    cart_rules: Batch<CartRuleRow>,
    carriers: Batch<CarrierRow>,
    histories: Batch<HistoryRow>,
    payments: Batch<PaymentRow>,
    siblings: Batch<SiblingRow>,
    customers: Batch<CustomerRow>,
    addresses: Batch<AddressRow>,
}

/// What belongs to one order.
#[derive(Default)]
pub(crate) struct Around<'a> {
    pub(crate) details: &'a [DetailRow],
    /// Discounts that are in effect.
    pub(crate) rules: Vec<(&'a RuleRow, Option<&'a CartRuleRow>)>,
    pub(crate) carriers: &'a [CarrierRow],
    pub(crate) histories: &'a [HistoryRow],
    pub(crate) payments: &'a [PaymentRow],
    /// Orders of the same cart, this one included. Only read where there may be others that matter.
    pub(crate) siblings: &'a [SiblingRow],
    pub(crate) customer: Option<&'a CustomerRow>,
    pub(crate) billing: Option<&'a AddressRow>,
    pub(crate) delivery: Option<&'a AddressRow>,
}

impl Related {
    pub(crate) async fn read(api: &Api, orders: &[&OrderRow]) -> Result<Self, Error> {
        let ids = keys(orders.iter().map(|order| order.id));
        let references = orders.iter().map(|order| order.reference.clone());
        let addresses = orders
            .iter()
            .flat_map(|o| [o.invoice_address, o.delivery_address]);
        let (details, rules, carriers, histories, payments, customers, addresses) = tokio::try_join!(
            Batch::read(api, ids.clone()),
            Batch::read(api, ids.clone()),
            Batch::read(api, ids.clone()),
            Batch::read(api, ids.clone()),
            Batch::read(api, references.filter(|r| can_be_asked_for(r)).collect()),
            Batch::read(api, keys(orders.iter().map(|order| order.customer))),
            Batch::read(api, keys(addresses)),
        )?;
        let first = Self {
            details,
            rules,
            carriers,
            histories,
            payments,
            customers,
            addresses,
            ..Self::default()
        };
        let (cart_rules, siblings) = tokio::try_join!(
            Batch::read(api, first.undecided_rules(orders)),
            Batch::read(api, first.doubtful_references(orders)),
        )?;
        Ok(Self {
            cart_rules,
            siblings,
            ..first
        })
    }

    pub(crate) fn around(&self, order: &OrderRow) -> Result<Around<'_>, Reason> {
        self.gather(order).map_err(Unreadable::reason)
    }

    /// What of an order's surroundings decides whether it is sent at all, as far as it can be read.
    pub(crate) fn readable(&self, order: &OrderRow) -> Around<'_> {
        let customer = self.customers.one(&order.customer.to_string());
        Around {
            customer: customer.unwrap_or_default(),
            histories: self.histories.all(&order.key()).unwrap_or_default(),
            ..Around::default()
        }
    }

    fn gather(&self, order: &OrderRow) -> Result<Around<'_>, Unreadable> {
        let key = order.key();
        let rules = self.rules.all(&key)?.iter().filter(|rule| !rule.deleted);
        let with_source = |rule| Ok((rule, self.cart_rule(rule)?));
        Ok(Around {
            details: self.details.all(&key)?,
            rules: rules.map(with_source).collect::<Result<_, _>>()?,
            carriers: self.carriers.all(&key)?,
            histories: self.histories.all(&key)?,
            payments: self.payments.all(&order.reference)?,
            siblings: self.siblings.all(&order.reference)?,
            customer: self.customers.one(&order.customer.to_string())?,
            billing: self.addresses.one(&order.invoice_address.to_string())?,
            delivery: self.addresses.one(&order.delivery_address.to_string())?,
        })
    }

    fn cart_rule(&self, rule: &RuleRow) -> Result<Option<&CartRuleRow>, Unreadable> {
        self.cart_rules.one(&rule.cart_rule.to_string())
    }

    /// With one rate a discount needs no splitting and with two its net tells how; with three it takes the rule itself.
    fn undecided_rules(&self, orders: &[&OrderRow]) -> BTreeSet<String> {
        let many_rates = |order: &&&OrderRow| {
            let details = self.details.all(&order.key()).unwrap_or_default();
            details.iter().map(|row| &row.taxes).collect::<HashSet<_>>().len() > 2
        };
        let rules = orders.iter().filter(many_rates).flat_map(|order| {
            let rules = self.rules.all(&order.key()).unwrap_or_default();
            rules.iter().map(|rule| rule.cart_rule)
        });
        keys(rules)
    }

    /// A cart that was split into several orders is paid once: the payments of each then differ from its total. Before it is
    /// paid, only what the shop books on each of them can be wrong.
    fn doubtful_references(&self, orders: &[&OrderRow]) -> BTreeSet<String> {
        let doubtful = |order: &&&OrderRow| {
            let payments = self.payments.all(&order.reference).unwrap_or_default();
            let paid: Decimal = payments.iter().map(|payment| payment.amount).sum();
            match payments.is_empty() {
                true => !order.discounts.gross.is_zero() || !order.wrapping.gross.is_zero(),
                false => paid != order.total.gross,
            }
        };
        let doubtful = orders
            .iter()
            .filter(doubtful)
            .map(|order| order.reference.clone());
        doubtful.filter(|reference| can_be_asked_for(reference)).collect()
    }

    /// The rows of the shop's tables that these orders point to.
    pub(crate) fn wanted(&self, orders: &[&OrderRow]) -> Wanted {
        let carriers = self.carriers.iter().map(|row| row.carrier);
        Wanted {
            currencies: orders.iter().map(|order| order.currency).collect(),
            countries: self.addresses.iter().map(|address| address.country).collect(),
            languages: orders.iter().map(|order| order.language).collect(),
            carriers: orders.iter().map(|order| order.carrier).chain(carriers).collect(),
            taxes: self
                .details
                .iter()
                .flat_map(|row| row.taxes.iter().copied())
                .collect(),
            states: orders
                .iter()
                .map(|order| order.state)
                .chain(self.histories.iter().map(|row| row.state))
                .collect(),
        }
    }
}

fn keys(ids: impl Iterator<Item = u64>) -> BTreeSet<String> {
    let there = ids.filter(|id| *id != 0);
    there.map(|id| id.to_string()).collect()
}

/// Brackets, bars and commas mean something in a filter.
fn can_be_asked_for(reference: &str) -> bool {
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.' | '#');
    !reference.is_empty() && reference.chars().all(plain)
}
