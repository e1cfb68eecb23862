//! Orders, slips and settings that the tests begin from.

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use skarv_canonical::{
    Currency, Reason,
    customer::{Address, Customer, CustomerKind},
    invoice::{CreditNote, Invoice, InvoiceRow, RowKind},
    mapping,
    order::{Discount, DiscountShare, Fee, FeeKind, Order, OrderLine, Payment, Totals},
    refund::{Refund, Slip, SlipKind, SlipLine},
    spec::{AccountRule, OrderSettings, bas_accounts},
    trigger::{ShopState, TriggerState},
    vat::{VatRate, VatScheme},
    write::Document,
};

pub(crate) const SHOP: &str = "k3x9qa";

pub(crate) fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn address(to: &str) -> Address {
    Address {
        name: "Åsa Öberg".to_owned(),
        company: String::new(),
        line1: "Storgatan 1".to_owned(),
        line2: String::new(),
        postcode: "871 31".to_owned(),
        city: "Härnösand".to_owned(),
        country: to.parse().unwrap(),
        vat_number: String::new(),
        phone: String::new(),
    }
}

fn buyer() -> Customer {
    Customer {
        key: "7".to_owned(),
        kind: CustomerKind::Person,
        given_name: "Åsa".to_owned(),
        family_name: "Öberg".to_owned(),
        company: String::new(),
        org_number: String::new(),
        vat_number: String::new(),
        email: "asa@example.se".to_owned(),
        phone: String::new(),
        guest: false,
        language: "sv".to_owned(),
    }
}

/// An order of a private person in Sweden, with these rows, fees and discounts, and this total.
pub(crate) fn order(lines: Vec<OrderLine>, fees: Vec<Fee>, discounts: Vec<Discount>, total: &str) -> Order {
    let at = DateTime::from_timestamp(1_777_000_000, 0).unwrap();
    let mut order = Order {
        key: "42".to_owned(),
        number: "ABCDEFGHI".to_owned(),
        placed_at: at,
        placed_on: at.date_naive(),
        updated_at: at,
        currency: Currency::SEK,
        conversion_rate: Decimal::ONE,
        state: "2".to_owned(),
        states_passed: vec![ShopState::of_id("2")],
        cancelled: false,
        refunded_without_slip: false,
        customer: buyer(),
        billing: address("SE"),
        delivery: address("SE"),
        totals: Totals {
            gross: d(total),
            net: d(total),
            goods_gross: lines.iter().map(|line| line.gross).sum(),
        },
        lines,
        fees,
        discounts,
        payment: Payment {
            method: "Kort".to_owned(),
            module: "card".to_owned(),
            transactions: Vec::new(),
            paid: d(total),
            paid_on: None,
        },
        taxes: Vec::new(),
        note: String::new(),
    };
    order.taxes = order.tax_shares();
    order
}

/// A row; its key is its article number too.
pub(crate) fn line(key: &str, quantity: u32, gross: &str, rate: u32) -> OrderLine {
    OrderLine {
        key: key.to_owned(),
        sku: key.to_owned(),
        name: format!("Garn {key}"),
        quantity,
        net: VatRate::from(rate).net(d(gross)),
        gross: d(gross),
        rate: rate.into(),
    }
}

pub(crate) fn shipping(gross: &str) -> Fee {
    Fee {
        kind: FeeKind::Shipping,
        name: "Frakt".to_owned(),
        gross: d(gross),
        rate: 25.into(),
    }
}

pub(crate) fn discount(name: &str, shares: &[(u32, &str)]) -> Discount {
    let share = |(rate, gross): &(u32, &str)| DiscountShare {
        rate: (*rate).into(),
        gross: d(gross),
    };
    Discount {
        name: name.to_owned(),
        shares: shares.iter().map(share).collect(),
    }
}

/// The accounts of the BAS chart, and one for shipping and wrapping at any rate.
pub(crate) fn settings() -> OrderSettings {
    let any_rate = |row, account| AccountRule {
        row,
        scheme: VatScheme::Domestic,
        country: None,
        rate: None,
        account,
    };
    let mut accounts = bas_accounts();
    accounts.extend([
        any_rate(RowKind::Shipping, 3520),
        any_rate(RowKind::Wrapping, 3540),
    ]);
    OrderSettings {
        accounts,
        ..OrderSettings::swedish(DateTime::UNIX_EPOCH, vec![TriggerState::Id("2".to_owned())])
    }
}

pub(crate) fn invoice(order: &Order) -> Result<Invoice, Reason> {
    let writes = mapping::order(order, SHOP, &settings())?;
    let invoice = writes.into_iter().find_map(|write| match write.document {
        Document::Invoice(invoice) => Some(*invoice),
        _ => None,
    });
    Ok(invoice.unwrap())
}

/// A slip about these rows of the order: key, quantity, gross and net. Its amount is what they come to.
pub(crate) fn slip(key: &str, kind: SlipKind, lines: &[(&str, u32, &str, &str)]) -> Slip {
    let line = |(order_line, quantity, gross, net): &(&str, u32, &str, &str)| SlipLine {
        order_line: (*order_line).to_owned(),
        quantity: *quantity,
        gross: d(gross),
        net: d(net),
    };
    let lines: Vec<SlipLine> = lines.iter().map(line).collect();
    Slip {
        key: key.to_owned(),
        date: day("2026-05-02"),
        created_at: DateTime::from_timestamp(1_777_700_000, 0).unwrap(),
        kind,
        shipping_gross: Decimal::ZERO,
        shipping_net: Decimal::ZERO,
        amount: lines.iter().map(|line| line.gross).sum(),
        lines,
    }
}

/// The slip with shipping on it, of the kind that the shop makes of such slips.
pub(crate) fn with_shipping(slip: Slip, gross: &str, net: &str) -> Slip {
    Slip {
        kind: SlipKind::ChosenAmount,
        shipping_gross: d(gross),
        shipping_net: d(net),
        ..slip
    }
}

/// The slip with another amount than its rows come to.
pub(crate) fn of_amount(slip: Slip, amount: &str) -> Slip {
    Slip {
        amount: d(amount),
        ..slip
    }
}

/// The credit notes of slips of one order, each with those before it as its earlier ones.
pub(crate) fn credits(order: &Order, slips: &[Slip]) -> Vec<Result<CreditNote, Reason>> {
    let refund = |n: usize| Refund {
        key: slips[n].key.clone(),
        order: Box::new(order.clone()),
        slip: slips[n].clone(),
        earlier: slips[..n].to_vec(),
    };
    (0..slips.len())
        .map(|n| mapping::credit_note(&refund(n), SHOP, &settings()))
        .collect()
}

/// The credit note of the only slip of an order.
pub(crate) fn credit(order: &Order, slip: Slip) -> Result<CreditNote, Reason> {
    credits(order, &[slip]).remove(0)
}

/// What rows come to, as text: kind, quantity, gross, rate and account.
pub(crate) fn told(rows: &[InvoiceRow]) -> Vec<String> {
    let row = |row: &InvoiceRow| {
        format!(
            "{:?} {} {} {}% {}",
            row.kind, row.quantity, row.gross, row.rate, row.account
        )
    };
    rows.iter().map(row).collect()
}
