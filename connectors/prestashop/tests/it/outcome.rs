//! What becomes of a record, as a text that a bookkeeper could check: rows, VAT per rate, or the reason.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use skarv_canonical::{
    Reason,
    customer::CustomerCard,
    invoice::{InvoiceRow, RowKind},
    mapping,
    record::{Pulled, Record},
    spec::{AccountRule, OrderSettings},
    vat::VatScheme,
    write::{Document, Write},
};

use crate::connection::{at, triggers};

/// The BAS accounts, and one for what they leave open: sales to consumers abroad, and charges under other rates.
pub(crate) fn bookkeeping(start_at: &str) -> OrderSettings {
    let mut settings = OrderSettings::swedish(at(start_at), triggers(["2".to_owned()]));
    let rule = |row, scheme, account| AccountRule {
        row,
        scheme,
        country: None,
        rate: None,
        account,
    };
    let goods = [RowKind::Goods, RowKind::Shipping, RowKind::Wrapping, RowKind::Fee];
    let abroad = goods.map(|row| rule(row, VatScheme::Oss, 3106));
    let charges = [(RowKind::Shipping, 3520), (RowKind::Wrapping, 3540)];
    let charges = charges.map(|(row, account)| rule(row, VatScheme::Domestic, account));
    settings.accounts.extend(abroad.into_iter().chain(charges));
    settings
}

/// What becomes of a record.
pub(crate) fn told(record: &Pulled, settings: &OrderSettings) -> String {
    let (what, writes) = match &record.content {
        Err(reason) => ("not understood", Err(reason.clone())),
        Ok(Record::Order(order)) if order.cancelled => {
            return format!("{} cancelled\n", record.source_key);
        }
        Ok(Record::Order(order)) => ("order", mapping::order(order, "k3x9qa", settings)),
        Ok(Record::Refund(refund)) => {
            let mut writes = mapping::refund(refund, "k3x9qa", settings);
            // what it brings along of its order is told with the order
            let own = |write: &Write| matches!(write.document, Document::Credit(_) | Document::Payment(_));
            writes.iter_mut().for_each(|writes| writes.retain(own));
            ("refund", writes)
        }
        Ok(other) => panic!("neither order nor refund: {other:?}"),
    };
    match writes {
        Err(reason) => format!("{} {what}: {}\n", record.source_key, why(&reason)),
        Ok(writes) => writes.iter().map(document).collect(),
    }
}

fn why(reason: &Reason) -> String {
    // texts of a shop are its own; codes, amounts and rates tell enough
    let mut text = reason.code.clone();
    for (name, value) in &reason.params {
        if value.parse::<Decimal>().is_ok() || name == "country" || name == "currency" {
            write!(text, " {name}={value}").expect("a text");
        }
    }
    text
}

fn document(write: &Write) -> String {
    match &write.document {
        Document::Customer(card) => format!("card {} {}\n", write.our_key, kind(card)),
        Document::Invoice(invoice) => {
            let head = format!(
                "invoice {} {} {} {:?} to {}\n",
                invoice.date, invoice.total, invoice.currency, invoice.scheme, invoice.customer_number
            );
            head + &rows(&invoice.rows)
        }
        Document::Credit(credit) => {
            let head = format!(
                "credit {} {} {} of {}, the shop gave {} more\n",
                credit.date, credit.total, credit.currency, credit.invoice_reference, credit.shop_difference
            );
            head + &rows(&credit.rows)
        }
        Document::Article(_) | Document::Price(_) | Document::Stock(_) | Document::Status(_) => {
            panic!("an order writes no article: {write:?}")
        }
        Document::Payment(payment) => {
            format!(
                "payment {} {} on {}\n",
                payment.date, payment.amount, payment.account
            )
        }
    }
}

fn kind(card: &CustomerCard) -> String {
    let owes = if card.reverse_charge { ", owes the tax" } else { "" };
    format!("{:?}{owes}", card.customer.kind)
}

fn rows(rows: &[InvoiceRow]) -> String {
    let mut text = String::new();
    let mut rates = std::collections::BTreeMap::<_, Decimal>::new();
    for row in rows {
        *rates.entry(row.rate).or_default() += row.gross;
        writeln!(
            text,
            "  {:<8} {:>3} {:>10} {:>5}% {}",
            format!("{:?}", row.kind),
            row.quantity,
            row.gross,
            row.rate.to_string(),
            row.account
        )
        .expect("a text");
    }
    for (rate, gross) in rates {
        writeln!(
            text,
            "  VAT {:>5}% {:>10} in {gross}",
            rate.to_string(),
            rate.tax_in(gross)
        )
        .expect("a text");
    }
    text
}
