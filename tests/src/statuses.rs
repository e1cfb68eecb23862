//! Order statuses beside the orders: a flow that tells them, the clerks of both systems, and where orders stand in both books.
//!
//! What the books hold is read behind the counters and never through Skarv.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use prost_types::FieldMask;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use skarv::demo::setup::{SetUp, order_settings};
use skarv_proto::{convert::settings::encode_order_settings, v1 as pb};
use tonic::Status;

use crate::{Platform, Tenant, Wanted, goods::stream, problems};

/// The account that a clerk books payments on.
const BANK: u32 = 1930;

/// Where an order stands in the shop's own books.
#[derive(Clone, Debug, Deserialize)]
pub struct Course {
    /// The shop's id of the order.
    pub id: u32,
    /// What it has been through, oldest first.
    pub history: Vec<Entered>,
    /// What its buyer was mailed about states, oldest first.
    pub mails: Vec<Mailed>,
}

/// A state that an order was put in.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Entered {
    /// The row's id.
    pub id: u32,
    /// The state.
    pub state: u32,
    /// Who did it: 0 is a module of the shop, or the webservice.
    pub employee: u32,
}

/// A mail about a state.
#[derive(Clone, Debug, Deserialize)]
pub struct Mailed {
    /// The state.
    pub state: u32,
}

/// An invoice in the accounting system's own books.
#[derive(Clone, Debug, Deserialize)]
pub struct Invoice {
    /// Its number.
    pub number: usize,
    /// Our reference.
    pub reference: Option<String>,
    /// What it comes to.
    pub gross: Decimal,
    /// What is left to pay.
    pub left: Decimal,
    /// Its day.
    pub date: NaiveDate,
    /// Whether it was cancelled.
    pub canceled: bool,
    /// The numbers of its credits.
    pub credited_by: Vec<usize>,
}

impl Invoice {
    /// The shop's id of its order, for one of ours.
    pub fn order(&self) -> Option<u32> {
        self.reference.as_deref()?.split_once('-')?.1.parse().ok()
    }
}

/// How one event is told.
pub fn rule(event: pb::OrderEvent, state: u32, mail: bool) -> pb::StatusRule {
    pb::StatusRule {
        event: event.into(),
        state_id: state.to_string(),
        mail,
        tracking: false,
    }
}

impl Platform {
    /// Settings that tell these from the beginning of the story's month on.
    pub fn telling(&self, rules: Vec<pb::StatusRule>) -> pb::StatusSettings {
        pb::StatusSettings {
            start_on: (self.now() - TimeDelta::days(31)).date_naive().to_string(),
            rules,
            ..pb::StatusSettings::default()
        }
    }

    /// Sets the tenant up with orders and their statuses, and switches the flow on; both streams have run, and run again, when
    /// this returns. Needs an agent.
    pub async fn set_up_statuses(&self, settings: pb::StatusSettings) -> anyhow::Result<SetUp> {
        let tenant = Tenant::create(&self.api, "kunden", "Ångströms Kök & Verkstad AB").await?;
        let [shop, erp] = self.connect(&tenant).await?;
        let start_at = self.now() - TimeDelta::days(30);
        let made = self
            .create_flow(&tenant.name, &shop, &erp, start_at, settings)
            .await?;
        let request = pb::ActivateFlowRequest { name: made.clone() };
        self.api.flows().activate_flow(request).await?;
        let request = pb::GetConnectionRequest { name: shop };
        let shop = self.api.connections().get_connection(request).await?.into_inner();
        let set_up = SetUp {
            tenant: tenant.name.clone(),
            stream: format!("{made}/streams/orders"),
            flow: made,
            shop_ref: shop.connection.unwrap_or_default().shop_ref,
        };
        self.idle(&set_up).await?;
        self.run(&set_up).await?;
        self.tell(&set_up).await?;
        Ok(set_up)
    }

    async fn connect(&self, tenant: &Tenant<'_>) -> anyhow::Result<[String; 2]> {
        let systems = &self.systems;
        let pace = ("requests_per_second", "500");
        let shop = Wanted {
            id: "butiken",
            connector: "prestashop",
            settings: &[("base_url", &systems.shop_url), pace],
            secrets: &[("api_key", &systems.shop_key)],
        };
        let erp = Wanted {
            id: "ekonomin",
            connector: "hogia-smart",
            settings: &[
                ("base_url", &systems.erp_url),
                ("token_url", &systems.erp_token_url),
                ("organization_id", &systems.organization_id),
                pace,
            ],
            secrets: &[
                ("client_id", &systems.client_id),
                ("client_secret", &systems.client_secret),
            ],
        };
        let names = [tenant.connect(&shop).await?, tenant.connect(&erp).await?];
        for name in &names {
            let found = problems(&tenant.test(name).await?);
            ensure!(found.is_empty(), "{name}: {found:?}");
        }
        Ok(names)
    }

    async fn create_flow(
        &self,
        tenant: &str,
        shop: &str,
        erp: &str,
        start_at: DateTime<Utc>,
        settings: pb::StatusSettings,
    ) -> anyhow::Result<String> {
        let request = pb::CreateFlowRequest {
            parent: tenant.to_owned(),
            flow_id: "order-och-status".to_owned(),
            flow: Some(pb::Flow {
                template: pb::Template::Combined.into(),
                shop_connection: shop.to_owned(),
                erp_connection: erp.to_owned(),
                order_settings: Some(encode_order_settings(&order_settings(start_at))),
                status_settings: Some(settings),
                ..pb::Flow::default()
            }),
            ..pb::CreateFlowRequest::default()
        };
        let made = self.api.flows().create_flow(request).await?.into_inner();
        Ok(made.flow.unwrap_or_default().name)
    }

    /// Tells the shop what has changed in the books.
    pub async fn tell(&self, set_up: &SetUp) -> anyhow::Result<pb::Run> {
        self.run(&stream(set_up, "order-status")).await
    }

    /// Changes how statuses are told.
    pub async fn change_statuses(
        &self,
        set_up: &SetUp,
        change: impl FnOnce(&mut pb::StatusSettings),
    ) -> Result<(), Status> {
        let request = pb::GetFlowRequest {
            name: set_up.flow.clone(),
        };
        let found = self.api.flows().get_flow(request).await?.into_inner();
        let mut flow = found.flow.unwrap_or_default();
        change(flow.status_settings.get_or_insert_default());
        let request = pb::UpdateFlowRequest {
            flow: Some(flow),
            update_mask: Some(FieldMask {
                paths: vec!["status_settings".to_owned()],
            }),
            ..pb::UpdateFlowRequest::default()
        };
        self.api.flows().update_flow(request).await.map(drop)
    }

    /// Where every order stands in the shop, by its id.
    pub async fn courses(&self) -> anyhow::Result<BTreeMap<u32, Course>> {
        #[derive(Deserialize)]
        struct Books {
            orders: Vec<Course>,
        }
        let books: Books = self.shop.ledger().await?;
        Ok(books.orders.into_iter().map(|order| (order.id, order)).collect())
    }

    /// What has become of the invoice of every order in the books, by the shop's id of the order; and what each credit comes to.
    pub async fn invoices(&self) -> anyhow::Result<(BTreeMap<u32, Invoice>, BTreeMap<usize, Decimal>)> {
        #[derive(Deserialize)]
        struct Books {
            invoices: Vec<Invoice>,
        }
        let books: Books = self.erp.ledger().await?;
        let amounts = books.invoices.iter().map(|booked| (booked.number, booked.gross));
        let amounts = amounts.collect();
        let ours = books
            .invoices
            .into_iter()
            .filter_map(|booked| Some((booked.order()?, booked)));
        Ok((ours.collect(), amounts))
    }

    /// The invoice of one order.
    pub async fn invoice(&self, order: u32) -> anyhow::Result<Invoice> {
        let (mut invoices, _) = self.invoices().await?;
        invoices.remove(&order).context("no invoice")
    }

    /// A clerk of the accounting system books a payment of an invoice.
    pub async fn pay(&self, invoice: &Invoice, amount: Decimal) -> anyhow::Result<()> {
        let paid = json!({ "amount": amount, "account": BANK, "date": invoice.date });
        self.clerk(invoice, "pay", &paid).await
    }

    /// A clerk of the accounting system cancels an invoice.
    pub async fn cancel(&self, invoice: &Invoice) -> anyhow::Result<()> {
        self.clerk(invoice, "cancel", &json!({})).await
    }

    /// A clerk of the accounting system credits so much of an invoice.
    pub async fn credit(&self, invoice: &Invoice, amount: Decimal) -> anyhow::Result<()> {
        let credit = json!({ "gross": -amount, "date": invoice.date });
        self.clerk(invoice, "credit", &credit).await
    }

    /// A clerk of the accounting system saves an invoice as it is.
    pub async fn save_again(&self, invoice: &Invoice) -> anyhow::Result<()> {
        let total = json!({ "gross": invoice.gross });
        self.clerk(invoice, "total", &total).await
    }

    async fn clerk(&self, invoice: &Invoice, act: &str, body: &Value) -> anyhow::Result<()> {
        let at = format!("invoices/{}/{act}", invoice.number);
        self.erp.post(&at, body).await.map(|_: Value| ())
    }

    /// Puts an order in a state in the shop: a person, or with 0 a module. Returns the row of its history.
    pub async fn enter(&self, order: u32, state: u32, employee: u32) -> anyhow::Result<u32> {
        let entered: Value = self
            .shop
            .post(
                &format!("orders/{order}/state"),
                &json!({ "state": state, "employee": employee }),
            )
            .await?;
        let row = entered["row"].as_u64().context("no row")?;
        Ok(row.try_into()?)
    }

    /// Sends what is parked in the stream of statuses once more. Returns how many that were.
    pub async fn tell_again(&self, set_up: &SetUp) -> anyhow::Result<i32> {
        let statuses = stream(set_up, "order-status");
        if self
            .records_in(&statuses, pb::RecordState::Parked)
            .await?
            .is_empty()
        {
            return Ok(0);
        }
        let request = pb::ReplayRecordsRequest {
            parent: statuses.stream,
            filter: Some(pb::RecordFilter::default()),
            ..pb::ReplayRecordsRequest::default()
        };
        let sent = self.api.records().replay_records(request).await?.into_inner();
        if let Some(run) = sent.run {
            self.succeeded(&run).await?;
        }
        Ok(sent.count)
    }

    /// What an order's story says that the shop was told.
    pub async fn told_of(&self, set_up: &SetUp, order: u32) -> anyhow::Result<Vec<pb::RecordEvent>> {
        let request = pb::GetStoryRequest {
            name: format!("{}/records/{order}", set_up.stream),
        };
        let story = self.api.records().get_story(request).await?.into_inner();
        let of_statuses =
            |event: &pb::RecordEvent| event.facts.get("stream").map(String::as_str) == Some("order-status");
        Ok(story.events.into_iter().filter(of_statuses).collect())
    }
}
