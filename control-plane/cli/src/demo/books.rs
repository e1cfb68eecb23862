//! Both simulators' own books, read behind Skarv's back: what the comparison rests on.

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use skarv_http::{Client, ClientConfig, Request, Url};

/// An order in the shop's books.
#[derive(Clone, Debug, Deserialize)]
pub struct ShopOrder {
    /// The shop's id.
    pub id: u32,
    /// What people call it.
    pub reference: String,
    /// Who ordered.
    pub customer_id: u32,
    /// When it was placed.
    pub date_add: DateTime<Utc>,
    /// The state it is in.
    pub current_state: u32,
    /// All states it has been in.
    pub states: Vec<u32>,
    /// What it comes to.
    pub total: Decimal,
    /// In which currency.
    pub currency: String,
    /// What was ordered.
    pub articles: Vec<Ordered>,
    /// Why it cannot be invoiced, for the orders that were made faulty on purpose.
    pub faulty: Option<String>,
}

/// An article in an order.
#[derive(Clone, Debug, Deserialize)]
pub struct Ordered {
    /// Article number.
    pub number: String,
    /// How many.
    pub quantity: i64,
}

/// A credit slip in the shop's books.
#[derive(Clone, Debug, Deserialize)]
pub struct ShopSlip {
    /// The shop's id.
    pub id: u32,
    /// The order that it takes back from.
    pub order_id: u32,
    /// What was given back, tax included.
    pub given: Decimal,
    /// In which currency.
    pub currency: String,
}

/// The shop's books.
#[derive(Clone, Debug, Deserialize)]
pub struct ShopBooks {
    /// Every order.
    pub orders: Vec<ShopOrder>,
    /// Every credit slip.
    pub slips: Vec<ShopSlip>,
    /// The shop's own currency.
    pub default_currency: String,
}

/// An invoice, or a credit note, in the accounting system's books.
#[derive(Clone, Debug, Deserialize)]
pub struct ErpInvoice {
    /// Our reference.
    pub reference: String,
    /// What it comes to, added up from the posted rows.
    pub gross: Decimal,
    /// In which currency.
    pub currency: String,
    /// Whether it takes an invoice back.
    pub credit: bool,
    /// What has been paid of it.
    pub paid: Decimal,
    /// What is left to pay.
    pub left: Decimal,
}

/// A customer card in the accounting system's books.
#[derive(Clone, Debug, Deserialize)]
pub struct ErpContact {
    /// Its number.
    pub number: String,
}

/// The accounting system's books.
#[derive(Clone, Debug, Deserialize)]
pub struct ErpBooks {
    /// Every invoice.
    pub invoices: Vec<ErpInvoice>,
    /// Every customer card.
    pub contacts: Vec<ErpContact>,
}

/// The way behind a simulator's counter.
#[derive(Clone)]
pub struct Admin {
    http: Client,
    url: String,
}

impl Admin {
    /// Behind the counter of the simulator whose admin endpoints are here.
    pub fn new(url: String) -> anyhow::Result<Self> {
        let http = Client::new(ClientConfig {
            allow_private: true,
            ..ClientConfig::default()
        })?;
        Ok(Self { http, url })
    }

    /// Its books.
    pub async fn ledger<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        self.get("ledger").await
    }

    /// Reads one of its endpoints.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.send(Request::get(self.at(path)?)).await
    }

    /// Sets its fault switches.
    pub async fn faults(&self, switches: &Value) -> anyhow::Result<()> {
        self.post("faults", switches).await.map(|_: Value| ())
    }

    /// Places orders, now.
    pub async fn place_orders(&self, order: &Value) -> anyhow::Result<()> {
        self.post("orders", order).await.map(|_: Value| ())
    }

    /// Posts to one of its endpoints.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        self.send(Request::post(self.at(path)?).json(body)).await
    }

    fn at(&self, path: &str) -> anyhow::Result<Url> {
        Ok(Url::parse(&format!("{}/{path}", self.url))?)
    }

    async fn send<T: DeserializeOwned>(&self, request: Request) -> anyhow::Result<T> {
        let answer = self
            .http
            .send(request)
            .await
            .with_context(|| format!("asking {}", self.url))?;
        if !answer.status.is_success() {
            bail!("{} answered {}: {}", self.url, answer.status, answer.text());
        }
        // an endpoint that has nothing to say answers nothing
        let body = if answer.body.is_empty() {
            b"null"
        } else {
            &answer.body[..]
        };
        serde_json::from_slice(body).with_context(|| format!("reading the answer of {}", self.url))
    }
}
