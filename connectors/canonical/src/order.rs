//! An order as a shop made it: rows, fees, discounts and totals from its own snapshot, in its own currency.
//!
//! The total is the truth (the customer paid it). Whether rows add up to it is asked in `mapping::invoice`, after every hook and rule.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    Currency,
    customer::{Address, Customer},
    trigger::ShopState,
    vat::VatRate,
};

/// One order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The shop's id of the order. Never changes.
    pub key: String,
    /// What people call it, such as `ZLUSTEZBF`. Several orders may share one.
    pub number: String,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// The day it was placed, by the shop's own calendar: VAT rates and the invoice go by it.
    pub placed_on: NaiveDate,
    /// When the shop last touched it.
    pub updated_at: DateTime<Utc>,
    /// The currency of every amount in it.
    pub currency: Currency,
    /// Units of the order's currency for one unit of the shop's default currency.
    pub conversion_rate: Decimal,
    /// The id of the state it is in.
    pub state: String,
    /// All states it has been in, oldest first.
    pub states_passed: Vec<ShopState>,
    /// Whether it is cancelled now.
    pub cancelled: bool,
    /// Whether the shop calls it refunded now and has no refund of it, so that nothing tells what was given back.
    pub refunded_without_slip: bool,
    /// Who buys.
    pub customer: Customer,
    /// Where the invoice goes.
    pub billing: Address,
    /// Where the goods go. Decides the tax.
    pub delivery: Address,
    /// Goods, as ordered.
    pub lines: Vec<OrderLine>,
    /// Shipping, wrapping and other fees.
    pub fees: Vec<Fee>,
    /// Vouchers and other deductions on the whole order.
    pub discounts: Vec<Discount>,
    /// How it is paid.
    pub payment: Payment,
    /// What the shop says it comes to.
    pub totals: Totals,
    /// Tax per rate, after discounts, from the rows.
    pub taxes: Vec<TaxShare>,
    /// The buyer's note, or empty.
    pub note: String,
}

/// Goods of one kind in an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The shop's id of the row.
    pub key: String,
    /// Article number, or empty.
    pub sku: String,
    /// The name at the time of the order.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// Net of the whole row, as the shop stored it (up to six decimals).
    pub net: Decimal,
    /// Gross of the whole row, in whole öre.
    pub gross: Decimal,
    /// Tax rate of the row.
    pub rate: VatRate,
}

/// What a fee is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeKind {
    /// Freight.
    Shipping,
    /// Gift wrapping.
    Wrapping,
    /// Payment or invoice fee.
    Payment,
}

/// A charge besides goods. Free shipping is no fee: a fee of zero does not occur.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// What it is for.
    pub kind: FeeKind,
    /// What to print, such as the carrier's name.
    pub name: String,
    /// Gross amount.
    pub gross: Decimal,
    /// Tax rate. A fee that falls under several rates is several fees.
    pub rate: VatRate,
}

/// A deduction on the whole order, already split over the rates it reduces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// What to print.
    pub name: String,
    /// Positive gross amount per rate, in whole öre.
    pub shares: Vec<DiscountShare>,
}

/// The part of a discount that reduces one rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscountShare {
    /// The rate.
    pub rate: VatRate,
    /// Positive gross amount.
    pub gross: Decimal,
}

/// How an order is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// What the shop calls the method, such as `Banköverföring`.
    pub method: String,
    /// The payment module's technical name, such as `ps_wirepayment`.
    pub module: String,
    /// The provider's transaction ids, in the order they were paid.
    pub transactions: Vec<String>,
    /// What has been paid in. What was paid back later is told by refunds and takes nothing from it.
    pub paid: Decimal,
    /// The day of the latest payment in, by the shop's own calendar, where the shop tells.
    pub paid_on: Option<NaiveDate>,
}

/// What the shop says an order comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// What the buyer pays, tax included.
    pub gross: Decimal,
    /// The same without tax, as the shop rounds it. Informative: tax is declared from gross.
    pub net: Decimal,
    /// Tax included total of goods, before discounts, as the shop states it.
    pub goods_gross: Decimal,
}

/// Tax of one rate in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxShare {
    /// The rate.
    pub rate: VatRate,
    /// Gross amount under it, after discounts.
    pub gross: Decimal,
    /// Tax in that amount, rounded once.
    pub tax: Decimal,
}

impl Order {
    /// Tax per rate from rows, fees and discounts: what `taxes` should say.
    pub fn tax_shares(&self) -> Vec<TaxShare> {
        let mut by_rate = std::collections::BTreeMap::<VatRate, Decimal>::new();
        for line in &self.lines {
            *by_rate.entry(line.rate).or_default() += line.gross;
        }
        for fee in &self.fees {
            *by_rate.entry(fee.rate).or_default() += fee.gross;
        }
        for share in self.discounts.iter().flat_map(|d| &d.shares) {
            *by_rate.entry(share.rate).or_default() -= share.gross;
        }
        by_rate
            .into_iter()
            .map(|(rate, gross)| TaxShare {
                rate,
                gross,
                tax: rate.tax_in(gross),
            })
            .collect()
    }
}
