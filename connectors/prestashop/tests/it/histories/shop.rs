//! The shop of a history: its clock stands still between two events, and what is sold or changed may bear an older stamp
//! than the moment at which it is there to be read.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use skarv_connector::Access;
use skarv_http::{Client, Request};
use skarv_prestashop::fake::{Config, Seed, Shop, Version, start};

use crate::connection::{KEY, access};

/// How often each order has changed, by its key. Being sold is the first time.
pub(super) type Changes = BTreeMap<String, usize>;

pub(super) struct Counter {
    shop: Shop,
    client: Client,
    pub(super) now: DateTime<Utc>,
    orders: Vec<u64>,
}

impl Counter {
    /// An empty shop.
    pub(super) async fn open(client: &Client, now: DateTime<Utc>) -> Self {
        let config = Config {
            seed: Seed {
                orders: 0,
                seed: 7,
                now,
            },
            api_key: KEY.to_owned(),
            version: Version::V8_2_1,
            port: 0,
            allow_any_host: false,
        };
        let shop = start(config).await.expect("a shop");
        let mut counter = Self {
            shop,
            client: client.clone(),
            now,
            orders: Vec::new(),
        };
        counter.wait(0).await;
        counter
    }

    pub(super) fn access(&self) -> Access {
        Access {
            http: self.client.clone(),
            ..access(&self.shop.base_url(), KEY)
        }
    }

    pub(super) fn count(&self) -> usize {
        self.orders.len()
    }

    pub(super) async fn wait(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
        self.tell("clock", json!({ "now": self.now, "still": true }))
            .await;
    }

    /// Orders that were placed this many seconds ago and are there to be read now.
    pub(super) async fn sell(&mut self, count: u32, late_s: i64) {
        let body = json!({ "count": count, "now": self.stamp(late_s) });
        let placed = self.tell("orders", body).await;
        let ids = placed["ids"].as_array().expect("ids");
        self.orders
            .extend(ids.iter().map(|id| id.as_u64().expect("an id")));
    }

    /// One of the orders, which went into another state this many seconds ago and shows it now.
    pub(super) async fn change(&self, which: usize, late_s: i64) {
        let Some(id) = self.orders.get(which % self.orders.len().max(1)) else {
            return;
        };
        let shipped = json!({ "state": 4, "now": self.stamp(late_s) });
        self.tell(&format!("orders/{id}"), shipped).await;
    }

    /// What the shop itself knows of its changes.
    pub(super) async fn changes(&self) -> Changes {
        let ledger = self.send(Request::get(self.page("ledger"))).await;
        let orders = ledger["orders"].as_array().expect("orders");
        let entry = |order: &Value| {
            let states = order["states"].as_array().expect("states");
            (order["id"].to_string(), states.len())
        };
        orders.iter().map(entry).collect()
    }

    fn stamp(&self, late_s: i64) -> DateTime<Utc> {
        self.now - TimeDelta::seconds(late_s)
    }

    async fn tell(&self, path: &str, body: Value) -> Value {
        let request = Request::post(self.page(path)).body(body.to_string(), "application/json");
        self.send(request).await
    }

    async fn send(&self, request: Request) -> Value {
        let answer = self.client.send(request).await.expect("an answer");
        assert!(answer.status.is_success(), "{}", answer.text());
        serde_json::from_str(&answer.text()).expect("json")
    }

    fn page(&self, path: &str) -> skarv_http::Url {
        format!("{}/{path}", self.shop.admin_url())
            .parse()
            .expect("a url")
    }
}
