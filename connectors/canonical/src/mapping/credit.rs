//! From a refund to a credit note that takes back what was invoiced, and never more.
//!
//! The invoice decides rates, accounts and how much there is; the shop's slip only says what is given back. A slip that the
//! invoice cannot cover, or whose tax nothing tells, is for a person: money has moved, so it is never guessed and never dropped.

use rust_decimal::Decimal;

use super::left::{Left, Settled};
use crate::{
    Reason,
    invoice::{CreditNote, Invoice},
    order::Order,
    refund::Refund,
};

/// The reason of a slip that gives nothing back. Nobody needs to act.
pub const EMPTY: &str = "refund_empty";

/// The credit note of a refund of an order, sold as this and invoiced as this.
pub(super) fn credit(refund: &Refund, sold: &Order, invoice: &Invoice) -> Result<CreditNote, Reason> {
    let mut left = Left::of(invoice, sold);
    for slip in &refund.earlier {
        match left.settle(slip) {
            Err(reason) if reason.code != EMPTY => return Err(after_unclear(refund, &slip.key)),
            Ok(_) | Err(_) => {}
        }
    }
    let settled = left
        .settle(&refund.slip)
        .map_err(|reason| reason.with("slip", &refund.key))?;
    Ok(note(refund, invoice, settled))
}

fn note(refund: &Refund, invoice: &Invoice, settled: Settled) -> CreditNote {
    let total: Decimal = settled.rows.iter().map(|row| row.gross).sum();
    CreditNote {
        reference: format!("{}-R{}", invoice.reference, refund.key),
        note: format!("Avser faktura {}", invoice.reference),
        invoice_reference: invoice.reference.clone(),
        order_number: invoice.order_number.clone(),
        customer_number: invoice.customer_number.clone(),
        date: refund.slip.date,
        currency: invoice.currency,
        conversion_rate: invoice.conversion_rate,
        scheme: invoice.scheme,
        rows: settled.rows,
        shop_difference: settled.given + total,
        total,
    }
}

/// What a person credited by hand is not known here, so neither is what is left.
fn after_unclear(refund: &Refund, earlier: &str) -> Reason {
    Reason::data("refund_after_unclear")
        .with("slip", &refund.key)
        .with("earlier", earlier)
        .fix("credit_by_hand")
}
