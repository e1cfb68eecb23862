//! The two systems of a bench, running in a process of their own: their tapes, their books, and what is put into them by hand.

use std::path::Path;

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use skarv::demo::{
    articles::{Catalogue, Item},
    books::{ErpBooks, ShopBooks},
    compare::{Comparison, Parked, Terms, compare},
};
use skarv_tests::bench::plan::Recorded;

use crate::{
    desk::Desk,
    part::{Part, Seed, Systems},
    process::Process,
};

/// What the comparison says of the demo's shop, and which says nothing of Skarv.
const OF_MANY_ORDERS: &str = "at least 80 %";
/// Items that are put into the books side by side.
const CLERKS: usize = 8;

/// The two systems, running.
pub(crate) struct Fakes {
    pub(crate) process: Process,
    pub(crate) systems: Systems,
    pub(crate) shop: Desk,
    pub(crate) erp: Desk,
}

impl Fakes {
    /// The same seed gives the same systems.
    pub(crate) async fn start(seed: &Seed, folder: &Path) -> anyhow::Result<Self> {
        let (process, systems): (_, Systems) = Process::start(Part::Fakes, seed, folder).await?;
        let (shop, erp) = (
            Desk::new(systems.shop_admin.clone())?,
            Desk::new(systems.erp_admin.clone())?,
        );
        Ok(Self {
            process,
            systems,
            shop,
            erp,
        })
    }

    /// Takes down every call from now on, and takes so long to answer it.
    pub(crate) async fn begin(&self, answer_ms: u64) -> anyhow::Result<()> {
        let slow = json!({ "slow_every": u64::from(answer_ms > 0), "slow_ms": answer_ms });
        for desk in [&self.shop, &self.erp] {
            desk.post("faults", &slow).await?;
            desk.post("tape", &Value::Null).await?;
        }
        Ok(())
    }

    /// What was taken down, of the shop and of the accounting system.
    pub(crate) async fn tapes(&self) -> anyhow::Result<(Vec<Recorded>, Vec<Recorded>)> {
        Ok((self.shop.get("tape").await?, self.erp.get("tape").await?))
    }

    /// Where the accounting system gives out tokens, as its tape has it.
    pub(crate) fn sign_in(&self) -> &str {
        let Systems {
            erp_token_url,
            erp_url,
            ..
        } = &self.systems;
        erp_token_url.trim_start_matches(erp_url.as_str())
    }

    /// Holds the books of orders against each other.
    pub(crate) async fn comparison(&self, parked: &Parked, terms: &Terms) -> anyhow::Result<Comparison> {
        let shop: ShopBooks = self.shop.get("ledger").await?;
        let erp: ErpBooks = self.erp.get("ledger").await?;
        let mut found = compare(&shop, &erp, parked, terms);
        found.problems.retain(|problem| !problem.contains(OF_MANY_ORDERS));
        Ok(found)
    }

    /// The books of articles.
    pub(crate) async fn articles(&self) -> anyhow::Result<(Catalogue, Vec<Item>)> {
        Ok((
            self.shop.get("catalogue/ledger").await?,
            self.erp.get("items").await?,
        ))
    }

    /// Whether the shop says that it has no products.
    pub(crate) async fn hide_products(&self, hidden: bool) -> anyhow::Result<()> {
        let lie = json!({ "lies_about": "products", "empty_list_every": u64::from(hidden) });
        self.shop.post("faults", &lie).await
    }

    /// Puts these items into the accounting system's books.
    pub(crate) async fn stock_up(&self, items: Vec<Stocked>) -> anyhow::Result<()> {
        let put = |item: Stocked| async move {
            self.erp.post("items", &item.card).await?;
            let count = json!({ "quantity": item.quantity.to_string() });
            self.erp
                .post(&format!("items/{}/stock", item.number), &count)
                .await
        };
        stream::iter(items.into_iter().map(put))
            .buffer_unordered(CLERKS)
            .try_collect()
            .await
    }
}

/// An item to be put into the books.
pub(crate) struct Stocked {
    pub(crate) number: String,
    pub(crate) card: Value,
    pub(crate) quantity: i64,
}
