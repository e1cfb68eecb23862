//! The ledger: what was accepted, added up by the fake from the posted lines. Books are compared through
//! this view and never through connector code, so amounts here are texts with two decimals.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::arithmetic::VatShare;
use super::contact::Contact;
use super::draft::Line;
use super::invoice::{Invoice, Payment};
use super::state::Books;

pub(super) fn ledger(books: &Books) -> Value {
    json!({
        "invoices": books.invoices().map(|known| invoice(known, books)).collect::<Vec<_>>(),
        "contacts": books.contacts().map(contact).collect::<Vec<_>>(),
        "writes": books.writes(),
    })
}

fn invoice(invoice: &Invoice, books: &Books) -> Value {
    let numbers = |kind: &str| -> Vec<usize> {
        let known = invoice.referenced(kind).filter_map(|id| books.invoice(id));
        known.map(|known| known.number).collect()
    };
    json!({
        "id": invoice.id,
        "number": invoice.number,
        "reference": invoice.header.invoice_reference,
        "order_number": invoice.header.customer_order_number,
        "customer_number": invoice.header.customer_number,
        "sequence_id": invoice.sequence_id,
        "currency": invoice.header.currency.code,
        "gross": money(invoice.amounts.gross),
        "net": money(invoice.amounts.net),
        "vat": invoice.amounts.vat.iter().map(vat).collect::<Vec<_>>(),
        "rounding": money(invoice.amounts.rounding),
        "paid": money(invoice.paid),
        "lines": invoice.lines.iter().filter(|line| matches!(line, Line::Amount { .. })).count(),
        "date": invoice.header.invoice_date,
        "texts": invoice.lines.iter().map(text).collect::<Vec<_>>(),
        "comment": invoice.header.comment,
        "your_reference": invoice.header.your_reference,
        "left": money(invoice.left_to_pay()),
        "payments": invoice.payments().iter().map(payment).collect::<Vec<_>>(),
        "credits": numbers("Credit"),
        "credited_by": numbers("CreditedBy"),
        "credit": invoice.is_credit(),
        "canceled": invoice.canceled,
    })
}

fn text(line: &Line) -> &str {
    match line {
        Line::Amount { posted, .. } => &posted.description,
        Line::Text(text) => &text.description,
    }
}

fn payment(payment: &Payment) -> Value {
    json!({ "date": payment.date, "amount": money(payment.amount), "account": payment.account })
}

fn vat(share: &VatShare) -> Value {
    json!({ "rate": share.rate.normalize().to_string(), "amount": money(share.amount) })
}

fn contact(contact: &Contact) -> Value {
    json!({ "id": contact.id, "number": contact.number(), "name": contact.name() })
}

/// Normalized first: a credit without VAT has no minus before its zero.
fn money(amount: Decimal) -> String {
    format!("{:.2}", amount.normalize())
}
