//! From what a shop was paid to payments on the invoice: gift cards always, the rest where the settings give an account.
//!
//! A payment is registered when all of it is there. What is paid in part is the merchant's claim, and stays one.

use super::sale::Sale;
use crate::{
    invoice::{CreditNote, Invoice},
    money::to_ore,
    payment::InvoicePayment,
    spec::PaymentSettings,
};

/// The payments of an order's invoice.
pub(super) fn of_invoice(sale: &Sale, invoice: &Invoice, settings: &PaymentSettings) -> Vec<InvoicePayment> {
    let payment = |mark: &str, date, amount, account, method: &str| InvoicePayment {
        reference: format!("{}-{mark}", invoice.reference),
        document: invoice.reference.clone(),
        date,
        currency: invoice.currency,
        amount,
        account,
        method: method.to_owned(),
        twins: 0,
    };
    let cards = (1..).zip(&sale.gift_cards).map(|(n, card)| {
        let amount = to_ore(card.gross);
        payment(
            &format!("G{n}"),
            invoice.date,
            amount,
            settings.gift_cards,
            &card.name,
        )
    });
    let paid = &sale.order.payment;
    let date = paid.paid_on.unwrap_or(invoice.date);
    let money = sale
        .settled_at(settings)
        .map(|account| payment("P", date, sale.due, account, &paid.method));
    told_apart(cards.chain(money).filter(|p| !p.amount.is_zero()))
}

fn told_apart(payments: impl Iterator<Item = InvoicePayment>) -> Vec<InvoicePayment> {
    payments.fold(Vec::new(), |mut earlier, payment| {
        let alike = |other: &&InvoicePayment| {
            (other.date, other.amount, other.account) == (payment.date, payment.amount, payment.account)
        };
        let twins = earlier.iter().filter(alike).count();
        earlier.push(InvoicePayment { twins, ..payment });
        earlier
    })
}

/// What a refund paid back. Of an order that a gift card helped to pay, nothing tells which of the two was given back.
pub(super) fn of_credit(
    sale: &Sale,
    credit: &CreditNote,
    settings: &PaymentSettings,
) -> Option<InvoicePayment> {
    let account = sale.settled_at(settings)?;
    let plain = sale.gift_cards.is_empty() && !credit.total.is_zero();
    plain.then(|| InvoicePayment {
        reference: format!("{}-P", credit.reference),
        document: credit.reference.clone(),
        date: credit.date,
        currency: credit.currency,
        amount: credit.total,
        account,
        method: sale.order.payment.method.clone(),
        twins: 0,
    })
}
