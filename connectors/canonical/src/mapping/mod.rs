//! From a record to its writes. The sum check is the last thing that happens, always.

mod accounts;
pub mod credit;
pub mod customer;
pub mod invoice;
mod left;
mod scheme;
#[cfg(test)]
mod tests;

use crate::{
    Reason,
    invoice::CreditNote,
    order::Order,
    refund::Refund,
    spec::OrderSettings,
    write::{Document, Effect, Write},
};

/// The writes of an order, in the order they happen: its customer, then its invoice.
///
/// `shop_ref` is the shop's immutable six characters. An order that cannot be invoiced to the öre is refused with the reason.
pub fn order(order: &Order, shop_ref: &str, settings: &OrderSettings) -> Result<Vec<Write>, Reason> {
    let scheme = scheme::of(order, settings.home_country)?;
    let card = customer::card(order, shop_ref, scheme)?;
    let invoice = invoice::invoice(order, shop_ref, &card.number, scheme, settings)?;
    Ok(vec![
        Write {
            our_key: card.number.clone(),
            effect: Effect::Create,
            document: Document::Customer(Box::new(card)),
        },
        Write {
            our_key: invoice.reference.clone(),
            effect: Effect::Create,
            document: Document::Invoice(Box::new(invoice)),
        },
    ])
}

/// The credit note of a refund, to the card and under the VAT rules of the order's invoice.
pub fn refund(refund: &Refund, shop_ref: &str, settings: &OrderSettings) -> Result<CreditNote, Reason> {
    let scheme = scheme::of(&refund.order, settings.home_country)?;
    let card = customer::card(&refund.order, shop_ref, scheme)?;
    credit::credit(refund, shop_ref, &card.number, scheme, settings)
}
