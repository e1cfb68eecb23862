//! The shop's half of the world: orders, refunds and how they are read.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use skarv_canonical::{
    Country, Currency, Cursor, Money,
    customer::{Address, Customer, CustomerKind},
    order::{Order, OrderLine, Payment, Totals},
    record::{Pulled, Record},
    refund::{Refund, Slip, SlipKind, SlipLine},
    trigger::ShopState,
    vat::VatRate,
};
use skarv_connector::{Error, Page, PullRequest, Source};

use super::{Books, World};

fn address() -> Address {
    Address {
        name: "Åsa Öberg".to_owned(),
        company: String::new(),
        line1: "Storgatan 1".to_owned(),
        line2: String::new(),
        postcode: "11122".to_owned(),
        city: "Malmö".to_owned(),
        country: Country::SE,
        vat_number: String::new(),
        phone: String::new(),
    }
}

pub(in crate::flow::tests) fn order(n: usize, customer: usize) -> Order {
    let address = address();
    let at = DateTime::from_timestamp(1_780_000_000 + n as i64, 0).unwrap();
    Order {
        key: n.to_string(),
        number: format!("ORDER{n}"),
        placed_at: at,
        placed_on: at.date_naive(),
        updated_at: at,
        currency: Currency::SEK,
        conversion_rate: 1.into(),
        state: "2".to_owned(),
        states_passed: vec![ShopState::of_id("2")],
        cancelled: false,
        refunded_without_slip: false,
        customer: Customer {
            key: customer.to_string(),
            kind: CustomerKind::Person,
            given_name: "Åsa".to_owned(),
            family_name: "Öberg".to_owned(),
            company: String::new(),
            org_number: String::new(),
            vat_number: String::new(),
            email: format!("asa{customer}@example.se"),
            phone: String::new(),
            guest: false,
            language: "sv".to_owned(),
        },
        billing: address.clone(),
        delivery: address,
        lines: vec![OrderLine {
            key: n.to_string(),
            sku: "A1".to_owned(),
            name: "Kåsa".to_owned(),
            quantity: 1,
            net: 80.into(),
            gross: 100.into(),
            rate: VatRate::from(25),
        }],
        fees: Vec::new(),
        discounts: Vec::new(),
        payment: Payment {
            method: "Kort".to_owned(),
            module: "card".to_owned(),
            transactions: Vec::new(),
            paid: 100.into(),
            paid_on: None,
        },
        totals: Totals {
            gross: 100.into(),
            net: 80.into(),
            goods_gross: 100.into(),
        },
        taxes: Vec::new(),
        note: String::new(),
    }
}

/// A slip that gives the order's only row back.
pub(in crate::flow::tests) fn refund(slip: usize, order: &Order) -> Refund {
    let line = SlipLine {
        order_line: order.lines[0].key.clone(),
        quantity: 1,
        gross: 100.into(),
        net: 80.into(),
    };
    Refund {
        key: slip.to_string(),
        order: Box::new(order.clone()),
        slip: Slip {
            key: slip.to_string(),
            date: order.placed_on,
            created_at: order.placed_at,
            kind: SlipKind::Plain,
            lines: vec![line],
            shipping_gross: Decimal::ZERO,
            shipping_net: Decimal::ZERO,
            amount: 100.into(),
        },
        earlier: Vec::new(),
    }
}

impl Books {
    /// What the shop shows, refunds with their orders as these are now.
    fn shown(&self) -> Vec<Pulled> {
        let orders = self.orders.iter().map(|order| Pulled {
            source_key: order.key.clone(),
            reference: order.number.clone(),
            amount: Some(Money::new(order.totals.gross, order.currency)),
            content: Ok(Record::Order(Box::new(order.clone()))),
        });
        let refunds = self.refunds.iter().map(|refund| Pulled {
            source_key: format!("R{}", refund.key),
            reference: refund.order.number.clone(),
            amount: Some(Money::new(refund.slip.amount, refund.order.currency)),
            content: Ok(Record::Refund(Box::new(self.with_order(refund)))),
        });
        let mut shown: Vec<_> = match self.refunds_first {
            true => refunds.chain(orders).collect(),
            false => orders.chain(refunds).collect(),
        };
        shown.extend(self.wares.iter().cloned());
        shown
    }

    fn with_order(&self, refund: &Refund) -> Refund {
        let now = self.orders.iter().find(|order| order.key == refund.order.key);
        Refund {
            order: now.map_or_else(|| refund.order.clone(), |order| Box::new(order.clone())),
            ..refund.clone()
        }
    }
}

#[async_trait]
impl Source for World {
    async fn pull(&self, request: PullRequest) -> Result<Page, Error> {
        let from: usize = request.cursor.map_or(0, |c| c.as_str().parse().unwrap());
        let shown = {
            let mut books = self.books.lock().unwrap();
            books.calls.push(format!("pull {:?}", request.extent));
            let shown = books.shown();
            books.pass_time();
            shown
        };
        let to = shown.len().min(from + request.limit);
        Ok(Page {
            records: shown[from..to].to_vec(),
            cursor: Cursor::new(to.to_string()),
            done: to == shown.len(),
        })
    }

    async fn fetch(&self, keys: &[String], _now: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        let mut shown = self.books.lock().unwrap().shown();
        shown.retain(|pulled| keys.contains(&pulled.source_key));
        Ok(shown)
    }
}
