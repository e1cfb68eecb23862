//! From an order to an invoice whose rows equal its total to the öre.
//!
//! Rows come from the order's own snapshot, gross as the buyer paid them. What the shop's rounding leaves between them and
//! the total goes on one row without tax; when more is left than rounding can explain, the order is for a person.

use rust_decimal::Decimal;

use super::{accounts::account, sale::Sale};
use crate::{
    Reason,
    invoice::{Invoice, InvoiceRow, RowKind},
    money::to_ore,
    order::{FeeKind, Order},
    spec::OrderSettings,
    vat::{VatRate, VatScheme},
};

/// The most that rounding can leave between `rows` rows and a total: half an öre a row and half an öre for the total,
/// never less than two öre.
pub fn rounding_limit(rows: usize) -> Decimal {
    (Decimal::new(5, 3) * Decimal::from(rows + 1)).max(Decimal::new(2, 2))
}

/// Our immutable reference of an order's invoice: what it is known by, whatever becomes of the order.
pub fn reference(order: &Order, shop_ref: &str) -> String {
    format!("{shop_ref}-{}", order.key)
}

/// The invoice of a sale.
pub(super) fn invoice(sale: &Sale, shop_ref: &str, settings: &OrderSettings) -> Result<Invoice, Reason> {
    let (order, scheme) = (&sale.order, sale.scheme);
    if order.lines.is_empty() {
        return Err(Reason::data("no_rows").fix("check_order_rows"));
    }
    let mut rows = rows(order, scheme, settings)?;
    rows.extend(rounding_row(order, &rows, scheme, settings)?);
    Ok(Invoice {
        reference: reference(order, shop_ref),
        order_number: order.number.clone(),
        customer_number: sale.debtor.number.clone(),
        buyer: sale.buyer(),
        date: order.placed_on,
        payment_terms_days: settings.payment_terms_days,
        currency: order.currency,
        conversion_rate: order.conversion_rate,
        scheme,
        total: rows.iter().map(|r| r.gross).sum(),
        rows,
        payment_method: order.payment.method.clone(),
        note: order.note.clone(),
        takes_stock: settings.takes_stock,
    })
}

fn rows(order: &Order, scheme: VatScheme, settings: &OrderSettings) -> Result<Vec<InvoiceRow>, Reason> {
    let to = order.delivery.country;
    let row = |kind, sku: &str, text: &str, quantity, gross, rate: VatRate| {
        let account = account(&settings.accounts, kind, scheme, to, rate)?;
        Ok(InvoiceRow {
            kind,
            sku: sku.to_owned(),
            text: text.to_owned(),
            quantity,
            gross: to_ore(gross),
            rate,
            account,
        })
    };
    let goods = order
        .lines
        .iter()
        .map(|l| row(RowKind::Goods, &l.sku, &l.name, l.quantity, l.gross, l.rate));
    let fees = order
        .fees
        .iter()
        .filter(|fee| !fee.gross.is_zero())
        .map(|fee| row(fee_row(fee.kind), "", &fee.name, 1, fee.gross, fee.rate));
    let discounts = order.discounts.iter().flat_map(|d| {
        let shares = d.shares.iter().filter(|share| !share.gross.is_zero());
        shares.map(move |share| row(RowKind::Discount, "", &d.name, 1, -share.gross, share.rate))
    });
    goods.chain(fees).chain(discounts).collect()
}

fn fee_row(kind: FeeKind) -> RowKind {
    match kind {
        FeeKind::Shipping => RowKind::Shipping,
        FeeKind::Wrapping => RowKind::Wrapping,
        FeeKind::Payment => RowKind::Fee,
    }
}

/// What is left between rows and total: nothing, a row, or too much to be rounding.
fn rounding_row(
    order: &Order,
    rows: &[InvoiceRow],
    scheme: VatScheme,
    settings: &OrderSettings,
) -> Result<Option<InvoiceRow>, Reason> {
    let sum: Decimal = rows.iter().map(|r| r.gross).sum();
    let left = to_ore(order.totals.gross) - sum;
    if left.abs() > rounding_limit(rows.len()) {
        return Err(Reason::data("sum_mismatch")
            .with("rows", sum)
            .with("total", to_ore(order.totals.gross))
            .with("difference", left)
            .with("currency", order.currency)
            .fix("correct_order_rows"));
    }
    if left.is_zero() {
        return Ok(None);
    }
    let account = account(
        &settings.accounts,
        RowKind::Rounding,
        scheme,
        order.delivery.country,
        VatRate::ZERO,
    )?;
    let text = "Öresavrundning".to_owned();
    Ok(Some(InvoiceRow {
        kind: RowKind::Rounding,
        sku: String::new(),
        text,
        quantity: 1,
        gross: left,
        rate: VatRate::ZERO,
        account,
    }))
}
