//! `skarv demo`: a shop, an accounting system, a control plane and an agent in one process, over real gRPC on loopback.
//!
//! The tenant is set up through the public API as a partner would. At the end the two simulators' own ledgers are compared;
//! when they differ the demo fails, whatever Skarv says of itself.

pub mod articles;
pub mod books;
pub mod compare;
pub mod goods;
pub mod refunds;
pub mod setup;
mod stage;
mod summary;
mod watch;

use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tokio::time::Instant;

pub use stage::Stage;
pub use summary::Summary;

use self::{
    books::{ErpBooks, ShopBooks},
    compare::Terms,
    goods::Flow,
    setup::SetUp,
};

/// How long one demo may take before it is called stuck.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often a new order arrives while the demo stays up.
const ARRIVAL: Duration = Duration::from_secs(4);

/// What the demo is to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Orders in the shop at the start.
    pub orders: u32,
    /// What is carried beside orders; none carries orders alone.
    pub flow: Option<Flow>,
    /// Products in the shop, or items in the accounting system, whichever is their master. Only with a flow.
    pub products: u32,
    /// Both systems stumble: lost answers, 500, 429, slowness.
    pub faults: bool,
    /// The accounting system cheats, to show that the comparison notices.
    pub sabotage: Option<Sabotage>,
    /// Show progress on stderr.
    pub progress: bool,
    /// Port of the control plane; 0 takes any.
    pub port: u16,
}

/// How the accounting system cheats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Sabotage {
    /// Says yes and books nothing.
    Lose,
    /// Books twice.
    Double,
    /// Books an öre more.
    Skew,
}

/// A demo under way.
pub struct Demo {
    stage: Stage,
    set_up: SetUp,
    start_at: DateTime<Utc>,
    now: DateTime<Utc>,
    /// When the flow was switched on.
    began: Instant,
}

impl Demo {
    /// Starts everything and sets the tenant up; its flow is on when this returns.
    pub async fn start(options: &Options, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let stage = Stage::start(options, now).await?;
        if options.faults {
            stage.stumble().await?;
        }
        if let Some(sabotage) = options.sabotage {
            stage.erp_admin.faults(&switch(sabotage)).await?;
        }
        if let Some(flow) = options.flow {
            goods::stock_up(&stage, flow, options.products).await?;
        }
        let start_at = now - TimeDelta::days(30);
        let tenant = "angstroms-kok";
        let set_up = setup::set_up(&stage.api, tenant, &stage.systems(), start_at, options.flow).await?;
        Ok(Self {
            stage,
            set_up,
            start_at,
            now,
            began: Instant::now(),
        })
    }

    /// Waits until everything there is is settled, lets a clerk give some of it back, then holds the ledgers against each
    /// other.
    pub async fn finish(&self, options: &Options) -> anyhow::Result<Summary> {
        let settled = watch::until_settled(&self.stage.api, &self.set_up, options);
        tokio::time::timeout(PATIENCE, settled)
            .await
            .context("the demo did not finish in ten minutes")??;
        let elapsed = self.began.elapsed();
        let read = watch::totals(&self.stage.api, &self.set_up).await?.read;
        self.give_back().await?;
        let shop: ShopBooks = self.stage.shop_admin.ledger().await?;
        let erp: ErpBooks = self.stage.erp_admin.ledger().await?;
        let parked = watch::parked(&self.stage.api, &self.set_up).await?;
        let mut comparison = compare::compare(&shop, &erp, &parked, &self.terms());
        let goods = self.goods(options, &shop).await?;
        comparison
            .problems
            .extend(goods.iter().flat_map(|goods| goods.problems()));
        let totals = watch::totals(&self.stage.api, &self.set_up).await?;
        let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let records_per_second = read * 1000 / elapsed_ms.max(1);
        Ok(Summary {
            comparison,
            goods,
            retries: totals.retries,
            elapsed_ms,
            records_per_second,
        })
    }

    /// Carries what the template carries beside orders.
    async fn goods(&self, options: &Options, shop: &ShopBooks) -> anyhow::Result<Option<goods::Goods>> {
        let Some(flow) = options.flow else {
            return Ok(None);
        };
        let open_demand = compare::open_demand(shop, &self.terms());
        let carried = goods::carry(&self.stage, &self.set_up, flow, open_demand);
        let carried = tokio::time::timeout(PATIENCE, carried)
            .await
            .context("the articles were not carried in ten minutes")?;
        carried.map(Some)
    }

    fn terms(&self) -> Terms {
        Terms {
            start_at: self.start_at,
            shop_ref: self.set_up.shop_ref.clone(),
        }
    }

    /// Gives some invoiced orders back, and waits until that is settled too.
    async fn give_back(&self) -> anyhow::Result<()> {
        let shop: ShopBooks = self.stage.shop_admin.ledger().await?;
        let terms = self.terms();
        let invoiced =
            |order: &&books::ShopOrder| order.faulty.is_none() && compare::exempt(order, &terms).is_none();
        let orders: Vec<_> = shop.orders.iter().filter(invoiced).collect();
        refunds::give_back(&self.stage.shop_admin, &orders, self.now).await?;
        let settled = watch::run_again(&self.stage.api, &self.set_up);
        tokio::time::timeout(PATIENCE, settled)
            .await
            .context("the refunds were not settled in ten minutes")?
    }

    /// Where the console is.
    pub fn url(&self) -> String {
        self.stage.url()
    }

    /// Lets an order arrive now and then, until the caller has had enough.
    pub async fn stay_up(&self) -> anyhow::Result<()> {
        for turn in 1_u64.. {
            tokio::time::sleep(ARRIVAL).await;
            self.stage.shop_admin.place_orders(&json!({ "count": 1 })).await?;
            // a token lasts a quarter of an hour
            if turn % 100 == 0 {
                self.stage.api.renew().await?;
            }
        }
        Ok(())
    }

    /// Stops everything in order: the agent hands back what it holds, then the control plane, then the simulators.
    pub async fn stop(self) {
        self.stage.stop().await;
    }
}

fn switch(sabotage: Sabotage) -> serde_json::Value {
    match sabotage {
        Sabotage::Lose => json!({ "lose_every": 20 }),
        Sabotage::Double => json!({ "double_every": 20 }),
        Sabotage::Skew => json!({ "skew_every": 20 }),
    }
}

/// The whole demo, once.
pub async fn once(options: &Options, now: DateTime<Utc>) -> anyhow::Result<Summary> {
    let demo = Demo::start(options, now).await?;
    let summary = demo.finish(options).await;
    demo.stop().await;
    summary
}
