//! From a record to its writes. The sum check is the last thing that happens, always.

mod accounts;
pub mod article;
pub mod credit;
mod customer;
pub mod invoice;
mod left;
mod payment;
mod sale;
mod scheme;
pub mod status;
#[cfg(test)]
mod tests;

use crate::{
    Reason,
    invoice::{CreditNote, Invoice},
    order::Order,
    payment::InvoicePayment,
    refund::Refund,
    spec::OrderSettings,
    write::{Document, Effect, Write},
};
use sale::Sale;

/// The writes of an order, in the order they happen: its customer's card, its invoice, what has been paid.
///
/// `shop_ref` is the shop's immutable six characters. An order that cannot be invoiced to the öre is refused with the reason.
pub fn order(order: &Order, shop_ref: &str, settings: &OrderSettings) -> Result<Vec<Write>, Reason> {
    let sale = Sale::of(order, shop_ref, settings)?;
    let invoice = invoice::invoice(&sale, shop_ref, settings)?;
    let payments = payment::of_invoice(&sale, &invoice, &settings.payments);
    let mut writes = invoiced(sale, invoice);
    writes.extend(payments.into_iter().map(paid));
    Ok(writes)
}

/// The writes of a refund, in the order they happen: those that its order's invoice needs, which usually stand already, the
/// credit note, what has been paid back.
pub fn refund(refund: &Refund, shop_ref: &str, settings: &OrderSettings) -> Result<Vec<Write>, Reason> {
    let sale = Sale::of(&refund.order, shop_ref, settings)?;
    let invoice = invoice::invoice(&sale, shop_ref, settings)?;
    let credit = credit::credit(refund, &sale.order, &invoice)?;
    let paid_back = payment::of_credit(&sale, &credit, &settings.payments);
    let mut writes = invoiced(sale, invoice);
    writes.push(credited(credit));
    writes.extend(paid_back.map(paid));
    Ok(writes)
}

/// The credit note of a refund, to the card and under the VAT rules of the order's invoice.
pub fn credit_note(refund: &Refund, shop_ref: &str, settings: &OrderSettings) -> Result<CreditNote, Reason> {
    let sale = Sale::of(&refund.order, shop_ref, settings)?;
    let invoice = invoice::invoice(&sale, shop_ref, settings)?;
    credit::credit(refund, &sale.order, &invoice)
}

fn invoiced(sale: Sale, invoice: Invoice) -> Vec<Write> {
    let invoice = Write {
        our_key: invoice.reference.clone(),
        effect: Effect::Create,
        document: Document::Invoice(Box::new(invoice)),
    };
    sale.debtor.card.into_iter().chain([invoice]).collect()
}

fn credited(credit: CreditNote) -> Write {
    Write {
        our_key: credit.reference.clone(),
        effect: Effect::Create,
        document: Document::Credit(Box::new(credit)),
    }
}

fn paid(payment: InvoicePayment) -> Write {
    Write {
        our_key: payment.reference.clone(),
        effect: Effect::Create,
        document: Document::Payment(Box::new(payment)),
    }
}
