//! What clerks do in both systems between two runs, drawn by a seed.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use skarv::demo::{books::ShopOrder, goods::Flow, setup::SetUp};
use skarv_canonical::{
    spec::{StatusRule, StatusSettings},
    status::OrderEvent,
};
use skarv_proto::{convert::settings::encode_status_settings, v1 as pb};
use skarv_tests::Platform;

/// States of a fresh shop.
const PREPARING: u32 = 3;
const DELIVERED: u32 = 5;
const CANCELLED: u32 = 6;

/// Clerks of both systems, who do what a seed says.
pub(super) struct Clerks(StdRng);

impl Clerks {
    pub(super) fn of(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// Items of books that own everything, some of them the shop's already.
    pub(super) async fn stock_up(&self, platform: &Platform, flow: Flow) -> anyhow::Result<()> {
        if flow != Flow::ErpMaster {
            return Ok(());
        }
        let _: Value = platform.erp.post("items/seed", &json!({ "items": 15 })).await?;
        let shop = platform.catalogue().await?;
        let single = |product: &&skarv::demo::articles::Product| {
            product.combinations.is_empty() && !product.reference.is_empty()
        };
        for product in shop.products.iter().filter(single).take(6) {
            let item = json!({
                "number": product.reference,
                "name": product.name.replace(['<', '>', '{', '}', '|', '\\'], ""),
                "salesAccounts": [{ "number": 3001, "type": "NationalSales" }],
                "price": { "regular": 99.5 },
            });
            let _: Value = platform.erp.post("items", &item).await?;
        }
        Ok(())
    }

    /// Has the flow tell invoices and payments to the shop.
    pub(super) async fn tell_statuses(&self, platform: &Platform, set_up: &SetUp) -> anyhow::Result<()> {
        let rule = |state: u32| StatusRule {
            state: state.to_string(),
            mail: false,
            tracking: false,
        };
        let settings = StatusSettings {
            start_on: (platform.now() - TimeDelta::days(60)).date_naive(),
            states: BTreeMap::from([
                (OrderEvent::Invoiced, rule(PREPARING)),
                (OrderEvent::Paid, rule(DELIVERED)),
                (OrderEvent::Cancelled, rule(CANCELLED)),
            ]),
            delivered_when: None,
            cancels_captured: false,
        };
        let flow = pb::Flow {
            status_settings: Some(encode_status_settings(&settings)),
            ..platform.flow(set_up).await?
        };
        platform.update(flow, "status_settings").await?;
        Ok(())
    }

    /// A day's work in both systems.
    pub(super) async fn work(
        &mut self,
        platform: &Platform,
        set_up: &SetUp,
        flow: Flow,
        day: i32,
    ) -> anyhow::Result<()> {
        self.sell(platform).await?;
        self.after_sales(platform).await?;
        self.bookkeeping(platform, set_up).await?;
        match flow {
            Flow::ShopMaster => self.shelves(platform).await?,
            Flow::ErpMaster => self.items(platform).await?,
            Flow::Combined => {
                self.shelves(platform).await?;
                self.items(platform).await?;
            }
        }
        platform
            .shop_clock(TimeDelta::minutes(1 + 10 * i64::from(day)))
            .await
    }

    async fn sell(&mut self, platform: &Platform) -> anyhow::Result<()> {
        for buyer in ["new", "existing"] {
            let count = self.0.random_range(1..4);
            let order = json!({ "count": count, "customer": buyer });
            platform.shop.place_orders(&order).await?;
        }
        Ok(())
    }

    /// Some orders are given back, some are edited, some are cancelled before anything was invoiced.
    async fn after_sales(&mut self, platform: &Platform) -> anyhow::Result<()> {
        let orders = platform.shop_books().await?.orders;
        let is_sold = |order: &&ShopOrder| order.states.contains(&2) && order.current_state != CANCELLED;
        for order in orders.iter().filter(is_sold) {
            let (what, body) = match self.0.random_range(0..12) {
                0 => ("slips", json!({ "everything": true })),
                1 => ("slips", json!({ "rows": [{ "row": 1, "quantity": 1 }] })),
                2 => ("edit", json!({ "row": 1, "quantity": 1 })),
                3 => ("state", json!({ "state": 4 })),
                _ => continue,
            };
            let at = format!("orders/{}/{what}", order.id);
            // what was given back before has nothing left to give
            platform.shop.post::<Value>(&at, &body).await.ok();
        }
        Ok(())
    }

    /// Some invoices are paid, some cancelled.
    async fn bookkeeping(&mut self, platform: &Platform, set_up: &SetUp) -> anyhow::Result<()> {
        let ledger: Value = platform.erp.ledger().await?;
        let ours = |invoice: &&Value| {
            let reference = invoice["reference"].as_str().unwrap_or_default();
            reference.starts_with(&set_up.shop_ref) && !invoice["credit"].as_bool().unwrap_or_default()
        };
        let invoices = ledger["invoices"].as_array().cloned().unwrap_or_default();
        for invoice in invoices.iter().filter(ours) {
            let number = &invoice["number"];
            let left: Decimal = serde_json::from_value(invoice["left"].clone())?;
            let today = platform.now().date_naive();
            match self.0.random_range(0..8) {
                0 if !left.is_zero() => {
                    let paid = json!({ "amount": left, "account": 1930, "date": today });
                    let at = format!("invoices/{number}/pay");
                    let _: Value = platform.erp.post(&at, &paid).await?;
                }
                1 if !left.is_zero() => {
                    let at = format!("invoices/{number}/cancel");
                    let _: Value = platform.erp.post(&at, &json!({})).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Products of the shop are renamed, repriced and taken off sale.
    async fn shelves(&mut self, platform: &Platform) -> anyhow::Result<()> {
        for product in platform.catalogue().await?.products {
            let set = match self.0.random_range(0..6) {
                0 => json!({ "name": { "1": "Pan", "2": format!("Panna {}", product.id) } }),
                1 => json!({ "price": (product.price + Decimal::TEN).to_string() }),
                2 => json!({ "active": "0" }),
                _ => continue,
            };
            platform.shop_clerk("products", product.id, &set).await?;
        }
        Ok(())
    }

    /// Items are renamed, priced and counted.
    async fn items(&mut self, platform: &Platform) -> anyhow::Result<()> {
        for item in platform.items().await? {
            match self.0.random_range(0..6) {
                0 => {
                    platform
                        .erp_clerk(&item.number, &json!({ "name": format!("Kåsa {}", item.number) }))
                        .await?
                }
                1 | 2 => {
                    platform
                        .price(&item.number, Decimal::from(self.0.random_range(10..400)))
                        .await?
                }
                3 => platform.count(&item.number, self.0.random_range(0..90)).await?,
                _ => {}
            }
        }
        Ok(())
    }
}
