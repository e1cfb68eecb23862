//! The demo of a whole template: products, prices and stock beside the orders, carried and then carried once more.
//!
//! The second time everything is read again and nothing may be written: what one system has from the other is not news.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use skarv_canonical::{
    spec::{PriceSettings, ProductSettings, StockSettings, Template},
    vat::VatRate,
};
use skarv_proto::{convert::settings as wire, v1 as pb};

use super::{
    articles::{self, Around, Articles, Catalogue, Item, Shares},
    books::Admin,
    setup::SetUp,
    stage::Stage,
    watch,
};
use crate::client::Api;

/// Numbers that both systems have from the start, in the template where the accounting system is the master: they are
/// matched, not doubled.
const MATCHED: usize = 12;

/// What the demo carries beside orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Flow {
    /// The shop owns the products.
    ShopMaster,
    /// The accounting system owns products, prices and stock.
    ErpMaster,
    /// The shop owns products, the accounting system prices and stock.
    Combined,
}

/// Counts of one stream over the whole demo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Records read.
    pub read: u64,
    /// Records written, those that were matched with what stood there included.
    pub written: u64,
    /// Records that stood there already.
    pub unchanged: u64,
    /// Records that wait for a person.
    pub parked: u64,
}

/// What became of the articles.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Goods {
    /// Both books, by article number.
    #[serde(flatten)]
    pub articles: Articles,
    /// By stream.
    pub streams: BTreeMap<String, Counts>,
    /// Writes that either system took when everything was carried a second time.
    pub second_pass_writes: u64,
}

impl Goods {
    /// What must hold, and does not.
    pub(super) fn problems(&self) -> Vec<String> {
        let again = (
            self.second_pass_writes == 0,
            "what is carried a second time writes nothing",
        );
        let laws = self.articles.laws().into_iter().chain([again]);
        laws.filter(|(holds, _)| !holds)
            .map(|(_, law)| format!("does not hold: {law}"))
            .collect()
    }
}

impl Flow {
    pub(super) fn template(self) -> Template {
        match self {
            Self::ShopMaster => Template::ShopMaster,
            Self::ErpMaster => Template::ErpMaster,
            Self::Combined => Template::Combined,
        }
    }

    /// Adds what the template carries beside orders.
    pub(super) fn settings(self, flow: pb::Flow) -> pb::Flow {
        let prices = wire::encode_price_settings(&PriceSettings::swedish());
        let stock = wire::encode_stock_settings(StockSettings::default());
        let (prices, stock) = match self {
            Self::ShopMaster => (None, None),
            Self::ErpMaster | Self::Combined => (Some(prices), Some(stock)),
        };
        // what the shop sells must leave the stock that it is told
        let order_settings = flow.order_settings.map(|orders| pb::OrderSettings {
            takes_stock: stock.is_some(),
            ..orders
        });
        pb::Flow {
            order_settings,
            template: wire::encode_template(self.template()).into(),
            product_settings: Some(wire::encode_product_settings(&products())),
            price_settings: prices,
            stock_settings: stock,
            ..flow
        }
    }

    fn shares(self) -> Shares {
        Shares {
            products_to_erp: self != Self::ErpMaster,
            products_to_shop: self == Self::ErpMaster,
            prices: self != Self::ShopMaster,
            stock: self != Self::ShopMaster,
        }
    }

    /// The streams beside orders, in the order in which a set-up loads them.
    fn streams(self) -> &'static [&'static str] {
        match self {
            Self::ShopMaster => &["products"],
            Self::ErpMaster | Self::Combined => &["products", "prices", "stock"],
        }
    }
}

/// The simulated shop's tax groups by rate.
fn products() -> ProductSettings {
    let groups = [(25, "1"), (12, "2"), (6, "4")];
    ProductSettings {
        tax_groups: groups
            .map(|(rate, group)| (VatRate::from(rate), group.to_owned()))
            .into(),
        ..ProductSettings::swedish()
    }
}

/// Fills the accounting system's books before the flow is on.
pub(super) async fn stock_up(stage: &Stage, flow: Flow, items: u32) -> anyhow::Result<()> {
    if flow != Flow::ErpMaster {
        return Ok(());
    }
    let erp = &stage.erp_admin;
    erp.post::<Value>("items/seed", &json!({ "items": items }))
        .await?;
    let shop: Catalogue = stage.shop_admin.get("catalogue/ledger").await?;
    let single = shop
        .products
        .iter()
        .filter(|p| p.combinations.is_empty() && !p.reference.is_empty());
    for product in single.take(MATCHED) {
        let item = json!({
            "number": product.reference,
            "name": product.name.replace(['<', '>', '{', '}', '|', '\\'], ""),
            "salesAccounts": [{ "number": 3001, "type": "NationalSales" }],
            "price": { "regular": 99.5 },
        });
        erp.post::<Value>("items", &item)
            .await
            .with_context(|| product.reference.clone())?;
    }
    Ok(())
}

/// Loads every stream once, in order, lets a clerk do in the books what the template leaves to them, and compares.
pub(super) async fn carry(
    stage: &Stage,
    set_up: &SetUp,
    flow: Flow,
    open_demand: BTreeMap<String, i64>,
) -> anyhow::Result<Goods> {
    let api = &stage.api;
    for stream in flow.streams() {
        load(api, set_up, stream).await?;
        if flow == Flow::Combined && *stream == "products" {
            price_and_count(&stage.erp_admin).await?;
        }
    }
    let before = writes(stage).await?;
    for stream in flow.streams() {
        load(api, set_up, stream).await?;
    }
    watch::run_again(api, set_up).await?;
    let second_pass_writes = writes(stage).await? - before;
    let shop: Catalogue = stage.shop_admin.get("catalogue/ledger").await?;
    let erp: Vec<Item> = stage.erp_admin.get("items").await?;
    let mut parked = Vec::new();
    let mut streams = BTreeMap::new();
    for stream in flow.streams() {
        let name = format!("{}/streams/{stream}", set_up.flow);
        parked.extend(watch::references(api, &name, pb::RecordState::Parked).await?);
        streams.insert(
            (*stream).to_owned(),
            watch::counts(api, &set_up.tenant, &name).await?,
        );
    }
    streams.insert(
        "orders".to_owned(),
        watch::counts(api, &set_up.tenant, &set_up.stream).await?,
    );
    Ok(Goods {
        articles: articles::compare(&shop, &erp, &Around { parked, open_demand }, flow.shares()),
        streams,
        second_pass_writes,
    })
}

/// Everything of one stream, from the first record to the last.
async fn load(api: &Api, set_up: &SetUp, stream: &str) -> anyhow::Result<()> {
    let request = pb::StartInitialSyncRequest {
        name: format!("{}/streams/{stream}", set_up.flow),
        ..pb::StartInitialSyncRequest::default()
    };
    let started = api
        .flows()
        .start_initial_sync(request)
        .await
        .with_context(|| format!("loading {stream}"))?;
    let run = started.into_inner().run.unwrap_or_default();
    watch::until_ended(api, run)
        .await
        .with_context(|| format!("loading {stream}"))
}

/// A clerk gives prices and quantities to what the shop has sent.
async fn price_and_count(erp: &Admin) -> anyhow::Result<()> {
    let items: Vec<Item> = erp.get("items").await?;
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item.active) {
        let price = json!({ "price": { "regular": 50.0 + at as f64 } });
        erp.post::<Value>(&format!("items/{}", item.number), &price)
            .await?;
        // a few are counted by nobody: what is not known is not zero
        if at % 10 != 3 {
            let count = json!({ "quantity": (at * 7 % 60).to_string() });
            erp.post::<Value>(&format!("items/{}/stock", item.number), &count)
                .await?;
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Writes {
    writes: u64,
}

#[derive(Deserialize)]
struct Journal {
    writes: Vec<Value>,
}

/// Writes that both systems have taken so far.
async fn writes(stage: &Stage) -> anyhow::Result<u64> {
    let erp: Writes = stage.erp_admin.ledger().await?;
    let shop: Journal = stage.shop_admin.get("catalogue/writes").await?;
    Ok(erp.writes + shop.writes.len() as u64)
}
