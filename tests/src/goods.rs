//! Streams beside the orders, run and loaded as a partner's program does it, and both systems' books by article number.
//!
//! What the books hold is read behind the counters and never through Skarv.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, bail};
use chrono::TimeDelta;
use prost_types::FieldMask;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::{Value, json};
use skarv::demo::{
    articles::{Catalogue, Item},
    goods::Flow,
    setup::{self, SetUp},
};
use skarv_proto::v1 as pb;
use tokio::time::Instant;

use crate::{Platform, platform::PATIENCE};

/// How often a story looks. Polling a real server: an interval, not a guess at how long something takes.
const LOOK: Duration = Duration::from_millis(20);

/// Quantities by article number.
pub type Quantities = BTreeMap<String, i64>;

/// The same set-up, looked at from another stream of its flow.
pub fn stream(set_up: &SetUp, kind: &str) -> SetUp {
    SetUp {
        stream: format!("{}/streams/{kind}", set_up.flow),
        ..set_up.clone()
    }
}

/// What the shop has of every article that has a number.
pub fn in_shop(shop: &Catalogue) -> Quantities {
    let articles = shop.products.iter().flat_map(|product| {
        let own = (product.reference.clone(), product.quantity);
        let variants = product.combinations.iter();
        let variants = variants.map(|variant| (variant.reference.clone(), variant.quantity));
        match product.combinations.is_empty() {
            true => vec![own],
            false => variants.collect(),
        }
    });
    articles.filter(|(number, _)| !number.is_empty()).collect()
}

/// What the accounting system has to sell of every item that somebody counts.
pub fn in_erp(items: &[Item]) -> Quantities {
    let counted = items.iter().filter_map(|item| {
        let available = item.stock.as_ref()?.available;
        Some((item.number.clone(), available.floor().to_i64()?))
    });
    counted.collect()
}

impl Platform {
    /// Sets the tenant up with a whole template and switches its flow on; every stream has run once when this returns.
    /// Needs an agent.
    pub async fn set_up_goods(&self, flow: Flow) -> anyhow::Result<SetUp> {
        let start_at = self.now() - TimeDelta::days(30);
        let set_up = setup::set_up(&self.api, "kunden", &self.systems, start_at, Some(flow)).await?;
        let has_run = |stream: &pb::Stream| stream.last_ok_time.is_some() && stream.active_run.is_empty();
        self.streams_until(&set_up, has_run).await?;
        Ok(set_up)
    }

    /// Asks for an initial sync of the stream, without waiting.
    pub async fn start_load(&self, set_up: &SetUp) -> anyhow::Result<pb::Run> {
        let request = pb::StartInitialSyncRequest {
            name: set_up.stream.clone(),
            ..pb::StartInitialSyncRequest::default()
        };
        let started = self.api.flows().start_initial_sync(request).await?;
        started.into_inner().run.context("no run")
    }

    /// Carries everything of the stream once, and what follows of itself.
    pub async fn load(&self, set_up: &SetUp) -> anyhow::Result<pb::Run> {
        let run = self.start_load(set_up).await?;
        let run = self.succeeded(&run).await?;
        self.idle(set_up).await?;
        Ok(run)
    }

    /// Waits until no stream of the flow has anything to do.
    pub async fn idle(&self, set_up: &SetUp) -> anyhow::Result<()> {
        self.streams_until(set_up, |stream| stream.active_run.is_empty())
            .await
    }

    async fn streams_until(&self, set_up: &SetUp, done: impl Fn(&pb::Stream) -> bool) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let request = pb::ListStreamsRequest {
                parent: set_up.flow.clone(),
            };
            let streams = self.api.flows().list_streams(request).await?.into_inner().streams;
            if streams.iter().all(&done) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("the streams never got there: {streams:?}");
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Carries what has changed in the stream.
    pub async fn run(&self, set_up: &SetUp) -> anyhow::Result<pb::Run> {
        let run = self.request_run(set_up).await?;
        self.succeeded(&run).await
    }

    /// Waits until a run has settled everything there was.
    pub async fn succeeded(&self, run: &pb::Run) -> anyhow::Result<pb::Run> {
        let run = self.run_until(run, is_over).await?;
        match run.state() {
            pb::RunState::Succeeded => Ok(run),
            _ => bail!("it ended otherwise: {run:?}"),
        }
    }

    /// Waits until a run looks like this.
    pub async fn run_until(&self, run: &pb::Run, done: impl Fn(&pb::Run) -> bool) -> anyhow::Result<pb::Run> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let request = pb::GetRunRequest {
                name: run.name.clone(),
            };
            let found = self.api.runs().get_run(request).await?.into_inner();
            let found = found.run.context("no run")?;
            if done(&found) {
                return Ok(found);
            }
            if is_over(&found) || Instant::now() > deadline {
                bail!("the run never got there: {found:?}");
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Changes how orders become invoices.
    pub async fn change_orders(
        &self,
        set_up: &SetUp,
        change: impl FnOnce(&mut pb::OrderSettings),
    ) -> anyhow::Result<()> {
        let request = pb::GetFlowRequest {
            name: set_up.flow.clone(),
        };
        let found = self.api.flows().get_flow(request).await?.into_inner();
        let mut flow = found.flow.context("no flow")?;
        change(flow.order_settings.get_or_insert_default());
        let request = pb::UpdateFlowRequest {
            flow: Some(flow),
            update_mask: Some(FieldMask {
                paths: vec!["order_settings".to_owned()],
            }),
            ..pb::UpdateFlowRequest::default()
        };
        self.api.flows().update_flow(request).await?;
        Ok(())
    }

    /// Sends everything of a stream that is parked once more, and waits for it.
    pub async fn replay(&self, set_up: &SetUp) -> anyhow::Result<i32> {
        let request = pb::ReplayRecordsRequest {
            parent: set_up.stream.clone(),
            filter: Some(pb::RecordFilter::default()),
            ..pb::ReplayRecordsRequest::default()
        };
        let sent = self.api.records().replay_records(request).await?.into_inner();
        self.succeeded(&sent.run.context("no run")?).await?;
        Ok(sent.count)
    }

    /// The shop's own catalogue.
    pub async fn catalogue(&self) -> anyhow::Result<Catalogue> {
        self.shop.get("catalogue/ledger").await
    }

    /// The accounting system's own items.
    pub async fn items(&self) -> anyhow::Result<Vec<Item>> {
        self.erp.get("items").await
    }

    /// Writes that anybody has made in the shop's catalogue so far.
    pub async fn shop_writes(&self) -> anyhow::Result<usize> {
        let journal: Value = self.shop.get("catalogue/writes").await?;
        journal["writes"].as_array().map(Vec::len).context("no writes")
    }

    /// A clerk of the accounting system prices everything that is sold there, and counts it.
    pub async fn price_and_count(&self, price: Decimal, quantity: u32) -> anyhow::Result<()> {
        for item in self.items().await?.iter().filter(|item| item.active) {
            self.price(&item.number, price).await?;
            self.count(&item.number, quantity).await?;
        }
        Ok(())
    }

    /// A clerk of the accounting system prices an item.
    pub async fn price(&self, number: &str, price: Decimal) -> anyhow::Result<()> {
        let price = json!({ "price": { "regular": price.to_f64() } });
        self.erp_clerk(number, &price).await
    }

    /// A clerk of the accounting system changes an item.
    pub async fn erp_clerk(&self, number: &str, fields: &Value) -> anyhow::Result<()> {
        let at = format!("items/{number}");
        self.erp.post(&at, fields).await.map(|_: Value| ())
    }

    /// A clerk of the accounting system counts an item.
    pub async fn count(&self, number: &str, quantity: u32) -> anyhow::Result<()> {
        let count = json!({ "quantity": quantity.to_string() });
        let at = format!("items/{number}/stock");
        self.erp.post(&at, &count).await.map(|_: Value| ())
    }

    /// A clerk of the shop changes a row of its catalogue, such as `products` 7.
    pub async fn shop_clerk(&self, kind: &str, id: u32, set: &Value) -> anyhow::Result<()> {
        let at = format!("catalogue/rows/{kind}/{id}");
        self.shop
            .post(&at, &json!({ "set": set }))
            .await
            .map(|_: Value| ())
    }
}

fn is_over(run: &pb::Run) -> bool {
    !matches!(run.state(), pb::RunState::Queued | pb::RunState::Running)
}
