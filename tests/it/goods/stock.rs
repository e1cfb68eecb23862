//! Stock in two systems that both sell: what the shop sells and what the books know of it never undo each other.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Context;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use skarv::demo::{books::ShopOrder, goods::Flow, setup::SetUp};
use skarv_canonical::write::Entity;
use skarv_proto::v1 as pb;
use skarv_tests::{
    AgentThread, Moment, Moments, Opening, Platform, Times,
    goods::{Quantities, in_erp, in_shop, stream},
};

/// What a clerk has counted of everything at the beginning.
const COUNTED: u32 = 40;
/// The shop's state of cancelled orders.
const CANCELLED: u32 = 6;

/// A shop and books that share their products; the shop sells, the books count.
struct Shared {
    platform: Platform,
    set_up: SetUp,
    stock: SetUp,
}

fn opening(till: bool) -> Opening {
    Opening {
        products: 32,
        till,
        ..Opening::default()
    }
}

impl Shared {
    async fn of(platform: Platform) -> anyhow::Result<Self> {
        let set_up = platform.set_up_goods(Flow::Combined).await?;
        platform
            .change_orders(&set_up, |orders| orders.takes_stock = true)
            .await?;
        platform.load(&stream(&set_up, "products")).await?;
        platform.price_and_count(Decimal::from(100), COUNTED).await?;
        Ok(Self {
            stock: stream(&set_up, "stock"),
            platform,
            set_up,
        })
    }

    /// Both systems have as many of everything, as the clerk counted.
    async fn counted(till: bool) -> anyhow::Result<(Self, AgentThread)> {
        let platform = Platform::open(opening(till), Times::default()).await?;
        let agent = platform.agent().await?;
        let story = Self::of(platform).await?;
        story.platform.load(&story.stock).await?;
        let (shop, erp) = (story.in_shop().await?, story.in_erp().await?);
        assert!(erp.len() >= 32 && erp.values().all(|quantity| *quantity == i64::from(COUNTED)));
        assert_eq!(shop, erp);
        Ok((story, agent))
    }

    async fn in_shop(&self) -> anyhow::Result<Quantities> {
        Ok(in_shop(&self.platform.catalogue().await?))
    }

    async fn in_erp(&self) -> anyhow::Result<Quantities> {
        Ok(in_erp(&self.platform.items().await?))
    }

    /// Somebody orders, and the shop takes what was ordered from its shelves.
    async fn order(&self) -> anyhow::Result<ShopOrder> {
        let before = self.in_shop().await?;
        let now = self.platform.now() + chrono::TimeDelta::minutes(2);
        let order = json!({ "count": 1, "now": now });
        self.platform.shop.place_orders(&order).await?;
        let books = self.platform.shop_books().await?;
        let order = books
            .orders
            .into_iter()
            .max_by_key(|order| order.id)
            .context("no order")?;
        assert_eq!(self.in_shop().await?, less(before, &order), "the shop took it");
        self.platform.shop_clock(chrono::TimeDelta::minutes(5)).await?;
        Ok(order)
    }

    /// Ten more come in of everything that is ordered, and the books count them.
    async fn delivered(&self, order: &ShopOrder) -> anyhow::Result<Quantities> {
        for ordered in &order.articles {
            self.platform.count(&ordered.number, COUNTED + 10).await?;
        }
        self.in_erp().await
    }

    async fn takes_no_more(&self, taken: &Quantities) -> anyhow::Result<()> {
        self.platform.load(&self.stock).await?;
        assert_eq!(&self.in_shop().await?, taken);
        assert_eq!(&self.in_erp().await?, taken);
        Ok(())
    }
}

/// These quantities without what an order is about.
fn less(mut quantities: Quantities, order: &ShopOrder) -> Quantities {
    assert!(!order.articles.is_empty(), "an order of nothing shows nothing");
    for ordered in &order.articles {
        if let Some(quantity) = quantities.get_mut(&ordered.number) {
            *quantity -= ordered.quantity;
        }
    }
    quantities
}

#[tokio::test]
async fn a_sale_between_reading_and_writing_is_not_lost() -> anyhow::Result<()> {
    // however long the story holds the agent, its lease holds longer: a slice that began anew would look at the shop anew
    let times = Times {
        lease: Duration::from_secs(30),
        ..Times::default()
    };
    let platform = Platform::open(opening(false), times).await?;
    let (moments, mut frozen) = Moments::freeze_after(0, Moment::BeforePut, Entity::Stock);
    let agent = platform.observed_agent(moments).await?;
    let story = Shared::of(platform).await?;
    let run = story.platform.start_load(&story.stock).await?;
    // the books are read, and nothing is written
    frozen.reached().await?;
    let before = story.in_shop().await?;
    let counted = story.in_erp().await?;
    assert_ne!(
        before, counted,
        "there is nothing to write: the story shows nothing"
    );
    let order = story.order().await?;
    frozen.thaw();
    story.platform.succeeded(&run).await?;
    let sold = less(counted, &order);
    assert_eq!(story.in_shop().await?, sold);

    story.platform.run(&story.set_up).await?;
    assert_eq!(story.in_erp().await?, sold, "the invoice took it from the books");
    story.takes_no_more(&sold).await?;
    agent.drain().await
}

#[tokio::test]
async fn a_sale_that_no_order_run_has_read_is_not_sold_again() -> anyhow::Result<()> {
    let (story, agent) = Shared::counted(false).await?;
    let order = story.order().await?;
    // the stock stream runs before the one of orders does
    let delivered = story.delivered(&order).await?;
    story.platform.run(&story.stock).await?;
    assert_eq!(story.in_erp().await?, delivered, "the books do not know of it");
    let taken = less(delivered, &order);
    assert_eq!(story.in_shop().await?, taken);

    story.platform.run(&story.set_up).await?;
    assert_eq!(story.in_erp().await?, taken, "the invoice took it");
    story.takes_no_more(&taken).await?;
    // a buyer who has changed his mind is read as such, and holds nothing any more
    let order = story.order().await?;
    let cancelled = json!({ "state": CANCELLED });
    let path = format!("orders/{}", order.id);
    let _: Value = story.platform.shop.post(&path, &cancelled).await?;
    let delivered = story.delivered(&order).await?;
    story.platform.run(&story.stock).await?;
    assert_eq!(story.in_shop().await?, delivered);
    agent.drain().await
}

#[tokio::test]
async fn an_order_that_is_invoiced_between_reading_the_books_and_writing_is_not_sold_again()
-> anyhow::Result<()> {
    let times = Times {
        lease: Duration::from_secs(30),
        ..Times::default()
    };
    let platform = Platform::open(opening(false), times).await?;
    let (moments, mut frozen) = Moments::freeze_after(0, Moment::AfterRead, Entity::Stock);
    let agent = platform.observed_agent(moments).await?;
    let story = Shared::of(platform).await?;
    let order = story.order().await?;
    let counted = story.in_erp().await?;
    let run = story.platform.start_load(&story.stock).await?;
    // the books were read before there was an invoice
    frozen.reached().await?;
    let another = story.platform.agent().await?;
    story.platform.run(&story.set_up).await?;
    let sold = less(counted, &order);
    assert_eq!(story.in_erp().await?, sold, "the invoice took it");
    frozen.thaw();
    story.platform.succeeded(&run).await?;
    assert_eq!(story.in_shop().await?, sold);
    story.takes_no_more(&sold).await?;
    another.drain().await?;
    agent.drain().await
}

#[tokio::test]
async fn a_sale_in_the_instant_of_the_write_is_made_good_when_the_books_know_of_it() -> anyhow::Result<()> {
    let (story, agent) = Shared::counted(false).await?;
    let shop = story.platform.catalogue().await?;
    let single = shop
        .products
        .iter()
        .find(|product| product.combinations.is_empty());
    let product = single.context("no product without combinations")?;
    let sale = json!({ "product": product.id, "quantity": 3, "before_next_write": true });
    let _: Value = story.platform.shop.post("catalogue/sales", &sale).await?;
    story.platform.count(&product.reference, COUNTED + 10).await?;
    story.platform.load(&story.stock).await?;
    let stands = story.in_shop().await?;
    assert_eq!(
        stands[&product.reference],
        i64::from(COUNTED + 10),
        "it is gone for now"
    );

    story.platform.count(&product.reference, COUNTED + 7).await?;
    story.platform.run(&story.stock).await?;
    assert_eq!(story.in_shop().await?[&product.reference], i64::from(COUNTED + 7));
    agent.drain().await
}

#[tokio::test]
async fn an_order_takes_its_articles_from_both_systems_once() -> anyhow::Result<()> {
    let (story, agent) = Shared::counted(false).await?;
    let platform = &story.platform;
    let mut rules = Vec::new();
    let forget_accounts = |orders: &mut pb::OrderSettings| {
        rules = std::mem::take(&mut orders.account_rules);
        orders.account_rules = rules
            .iter()
            .filter(|rule| rule.row() != pb::RowKind::Goods)
            .cloned()
            .collect();
    };
    platform.change_orders(&story.set_up, forget_accounts).await?;
    let order = story.order().await?;
    platform.run(&story.set_up).await?;
    let parked = platform
        .records_in(&story.set_up, pb::RecordState::Parked)
        .await?;
    let codes: Vec<_> = parked
        .iter()
        .flat_map(|record| &record.reason)
        .map(|reason| &reason.code)
        .collect();
    assert_eq!(codes, ["account_missing"]);

    // it waits: the books know nothing of it, and yet what comes in is for sale without it
    let counted = story.delivered(&order).await?;
    let taken = less(counted.clone(), &order);
    platform.run(&story.stock).await?;
    assert_eq!(story.in_erp().await?, counted);
    assert_eq!(story.in_shop().await?, taken);

    platform
        .change_orders(&story.set_up, |orders| orders.account_rules = rules)
        .await?;
    assert_eq!(platform.replay(&story.set_up).await?, 1);
    assert_eq!(story.in_erp().await?, taken, "the invoice took it");
    story.takes_no_more(&taken).await?;
    assert_eq!(platform.erp_books().await?.invoices.len(), 1);
    agent.drain().await
}

#[tokio::test]
async fn a_till_sale_reaches_the_shop_and_is_no_order() -> anyhow::Result<()> {
    let (story, agent) = Shared::counted(true).await?;
    let platform = &story.platform;
    let mut left = story.in_erp().await?;
    let number = left.keys().next().context("no item")?.clone();
    let sale = json!({ "lines": [{ "item_number": number, "quantity": 4 }] });
    let _: Value = platform.erp.post("till/sales", &sale).await?;
    left.insert(number, i64::from(COUNTED) - 4);
    platform.run(&story.set_up).await?;
    platform.run(&story.stock).await?;
    assert_eq!(story.in_erp().await?, left);
    assert_eq!(story.in_shop().await?, left);

    let ledger: Value = platform.erp.ledger().await?;
    assert_eq!(
        ledger["invoices"].as_array().map(Vec::len),
        Some(1),
        "the till's own: {ledger}"
    );
    let orders = platform
        .records_in(&story.set_up, pb::RecordState::Unspecified)
        .await?;
    assert_eq!(orders, []);
    let today = (platform.now() + chrono::TimeDelta::hours(2)).date_naive();
    let from = today - chrono::Days::new(7);
    let found = platform.reconcile(&story.set_up, from, today).await?;
    let told: BTreeSet<_> = found.differences.iter().map(|d| d.code.as_str()).collect();
    assert_eq!(
        told,
        BTreeSet::new(),
        "a sale over the counter is nothing the shop should know"
    );
    agent.drain().await
}

#[tokio::test]
async fn an_empty_answer_of_the_books_changes_nothing() -> anyhow::Result<()> {
    let platform = Platform::open(opening(false), Times::default()).await?;
    let agent = platform.agent().await?;
    let items = json!({ "items": 20 });
    let _: Value = platform.erp.post("items/seed", &items).await?;
    let set_up = platform.set_up_goods(Flow::ErpMaster).await?;
    let streams = ["products", "prices", "stock"].map(|kind| stream(&set_up, kind));
    for stream in &streams {
        platform.load(stream).await?;
    }
    let before = platform.shop_writes().await?;

    platform
        .erp
        .faults(&json!({ "no_items": true, "no_stock": true }))
        .await?;
    platform.price("HS-00002", Decimal::from(77)).await?;
    platform.count("HS-00002", 5).await?;
    for stream in &streams {
        // whether it waits or takes the answer for what it is, it ends or says why it waits
        for run in [
            platform.request_run(stream).await?,
            platform.start_load(stream).await?,
        ] {
            let settled = |run: &pb::Run| run.error.is_some() || run.state() == pb::RunState::Succeeded;
            platform.run_until(&run, settled).await?;
        }
    }
    assert_eq!(
        platform.shop_writes().await?,
        before,
        "something was written of nothing"
    );

    platform
        .erp
        .faults(&json!({ "no_items": false, "no_stock": false }))
        .await?;
    for stream in &streams {
        platform.run(stream).await?;
    }
    let shop = platform.catalogue().await?;
    let product = shop
        .products
        .iter()
        .find(|product| product.reference == "HS-00002");
    let product = product.context("it is gone")?;
    assert_eq!((product.price, product.quantity), (Decimal::from(77), 5));
    agent.drain().await
}
