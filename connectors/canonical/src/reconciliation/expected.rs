//! What should stand in the books for one record: by the same eligibility and mapping that make the document.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::figures::Figures;
use crate::{
    Money, Reason, eligibility,
    gift_card::redeem,
    invoice::{CreditNote, Invoice},
    mapping::{self, credit},
    money::to_ore,
    order::Order,
    record::{Pulled, Record},
    refund::Refund,
    spec::OrderSettings,
    write::Document,
};

/// What should stand in the books for one record.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) order_number: String,
    /// Our reference on the document; empty where it cannot be known.
    pub(super) reference: String,
    /// The day of the order or refund, where the record could be read.
    pub(super) date: Option<NaiveDate>,
    /// The order that a refund takes back from.
    pub(super) order: Option<OfOrder>,
    pub(super) when: When,
    pub(super) what: Result<Figures, Refused>,
}

/// The order of a refund.
#[derive(Debug)]
pub(super) struct OfOrder {
    pub(super) key: String,
    pub(super) date: NaiveDate,
}

/// Whether it is to stand there.
#[derive(Debug)]
pub(super) enum When {
    Always,
    /// A refund of an order that is not to be invoiced, for this reason: only if the order was invoiced before.
    IfInvoiced(&'static str),
    Never(&'static str),
}

/// Why it cannot be made, and what it would come to.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) reason: Reason,
    pub(super) amount: Option<Money>,
}

impl Expected {
    pub(super) fn of(pulled: &Pulled, shop_ref: &str, settings: &OrderSettings) -> Self {
        match &pulled.content {
            Ok(Record::Order(order)) => of_order(order, shop_ref, settings),
            Ok(Record::Refund(refund)) => of_refund(refund, pulled.amount, shop_ref, settings),
            Ok(Record::Article(_) | Record::Price(_) | Record::Stock(_) | Record::Status(_)) => {
                of_unreadable(pulled, &Reason::data("not_supported"), shop_ref)
            }
            Err(reason) => of_unreadable(pulled, reason, shop_ref),
        }
    }

    /// What it comes to, where that is known.
    pub(super) fn amount(&self) -> Option<Money> {
        match &self.what {
            Ok(figures) => Some(Money::new(figures.total, figures.currency)),
            Err(refused) => refused.amount,
        }
    }
}

fn of_order(order: &Order, shop_ref: &str, settings: &OrderSettings) -> Expected {
    let when = match eligibility::decide(order, settings) {
        Ok(()) => When::Always,
        Err(why) => When::Never(why.code()),
    };
    let writes = mapping::order(order, shop_ref, settings);
    let invoice = writes.map(|writes| writes.into_iter().find_map(|write| invoice_of(write.document)));
    let refused = |reason| Refused {
        reason,
        amount: Some(sold_for(order, settings)),
    };
    Expected {
        order_number: order.number.clone(),
        reference: format!("{shop_ref}-{}", order.key),
        date: Some(order.placed_on),
        order: None,
        when,
        what: match invoice {
            Ok(Some(invoice)) => Ok(of_invoice(&invoice)),
            Ok(None) => Err(refused(Reason::data("no_rows"))),
            Err(reason) => Err(refused(reason)),
        },
    }
}

fn invoice_of(document: Document) -> Option<Box<Invoice>> {
    match document {
        Document::Invoice(invoice) => Some(invoice),
        Document::Customer(_)
        | Document::Payment(_)
        | Document::Credit(_)
        | Document::Article(_)
        | Document::Price(_)
        | Document::Stock(_)
        | Document::Status(_) => None,
    }
}

/// What an order was sold for: gift cards pay for it and make it no cheaper.
fn sold_for(order: &Order, settings: &OrderSettings) -> Money {
    let (sold, _) = redeem(order, &settings.gift_cards);
    Money::new(to_ore(sold.totals.gross), order.currency)
}

fn of_invoice(invoice: &Invoice) -> Figures {
    Figures::of_rows(invoice.date, invoice.currency, invoice.total, &invoice.rows)
}

fn of_credit(note: &CreditNote) -> Figures {
    Figures::of_rows(note.date, note.currency, note.total, &note.rows)
}

fn of_refund(refund: &Refund, amount: Option<Money>, shop_ref: &str, settings: &OrderSettings) -> Expected {
    let order = &refund.order;
    let what = mapping::credit_note(refund, shop_ref, settings)
        .map(|note| of_credit(&note))
        .map_err(|reason| Refused {
            reason,
            amount: amount.map(given_back),
        });
    let when = match (&what, eligibility::decide(order, settings)) {
        (Err(refused), _) if refused.reason.code == credit::EMPTY => When::Never(credit::EMPTY),
        (_, Ok(())) => When::Always,
        (_, Err(why)) => When::IfInvoiced(why.code()),
    };
    Expected {
        order_number: order.number.clone(),
        reference: format!("{shop_ref}-{}-R{}", order.key, refund.key),
        date: Some(refund.slip.date),
        order: Some(OfOrder {
            key: order.key.clone(),
            date: order.placed_on,
        }),
        when,
        what,
    }
}

/// A record that the source could not make sense of: it is expected all the same, unless it is gone.
fn of_unreadable(pulled: &Pulled, reason: &Reason, shop_ref: &str) -> Expected {
    const GONE: &str = "record_gone";
    let is_refund = pulled.source_key.starts_with('R');
    Expected {
        order_number: pulled.reference.clone(),
        reference: if is_refund {
            String::new()
        } else {
            format!("{shop_ref}-{}", pulled.source_key)
        },
        date: None,
        order: None,
        when: if reason.code == GONE {
            When::Never(GONE)
        } else {
            When::Always
        },
        what: Err(Refused {
            reason: reason.clone(),
            amount: if is_refund {
                pulled.amount.map(given_back)
            } else {
                pulled.amount
            },
        }),
    }
}

/// In the books, what is given back is negative.
fn given_back(amount: Money) -> Money {
    Money::new(Decimal::ZERO - amount.amount.abs(), amount.currency)
}
