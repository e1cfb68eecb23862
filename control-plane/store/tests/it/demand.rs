//! Open demand: what is ordered and does not stand in the books yet is told to whoever carries stock levels.

use skarv_canonical::spec::StreamKind;
use skarv_domain::{
    id::StreamId,
    lease::Answer,
    record::{Outcome, RecordState},
    stream::StreamChange,
    write::Finding,
};
use skarv_store::{CheckpointItem, Leased, OrderDemand, PreparePage, Resolution};

use crate::{goods::Goods, world::*};

fn wants(order: &str, sku: &str, quantity: i64) -> OrderDemand {
    OrderDemand {
        order_key: order.to_owned(),
        sku: sku.to_owned(),
        quantity,
    }
}

/// A story about one orders stream and the stock stream that reads the same accounting system.
struct Story {
    goods: Goods,
    orders: Leased,
    stock: Leased,
    seq: u64,
}

impl Story {
    async fn new() -> Self {
        let goods = Goods::new().await;
        let orders = goods.leased(StreamKind::Orders, 1).await;
        let stock = goods.leased(StreamKind::Stock, 2).await;
        Self {
            goods,
            orders,
            stock,
            seq: 0,
        }
    }

    fn stream(&self) -> StreamId {
        self.orders.stream.as_ref().unwrap().id
    }

    async fn settles(&mut self, outcome: Outcome, demand: Vec<OrderDemand>) {
        self.seq += 1;
        let item = CheckpointItem {
            outcomes: vec![outcome],
            demand,
            ..settled(&self.orders, self.seq)
        };
        self.goods.world.checkpoint(item).await;
    }

    /// Two buns of order 1 that is parked.
    async fn parks(&mut self) {
        self.settles(parked("1", "no_account"), vec![wants("1", "BULLE", 2)])
            .await;
        assert_eq!(self.open("BULLE").await, 2);
    }

    async fn open(&self, sku: &str) -> i64 {
        open_of(&self.goods.world, &self.stock, sku).await
    }
}

/// What is told of everything at once: open demand, and which of these orders nobody has read.
async fn told(world: &World, lease: &Leased, orders: &[&str]) -> (Vec<(String, i64)>, Vec<String>) {
    let page = PreparePage {
        want_all_demand: true,
        want_unread: orders.iter().map(|order| (*order).to_owned()).collect(),
        ..page(lease, &[])
    };
    let told = world.prepare_by(world.agent, page).await;
    assert!(told.demand_complete);
    (told.demand, told.unread)
}

async fn open_of(world: &World, lease: &Leased, sku: &str) -> i64 {
    let page = PreparePage {
        want_demand: vec![sku.to_owned()],
        ..page(lease, &[])
    };
    let told = world.prepare_by(world.agent, page).await.demand;
    assert_eq!(told[0].0, sku);
    told[0].1
}

#[tokio::test]
async fn what_parked_and_doubtful_orders_hold_is_summed_by_article() {
    let mut story = Story::new().await;
    story.parks().await;
    let two_rows = vec![
        wants("2", "BULLE", 1),
        wants("2", "BULLE", 4),
        wants("2", "KAKA", 1),
    ];
    story.settles(outcome("2", RecordState::Unknown), two_rows).await;
    assert_eq!(story.open("BULLE").await, 7);
    assert_eq!(story.open("KAKA").await, 1);
    assert_eq!(story.open("SMUL").await, 0);
}

#[tokio::test]
async fn an_order_that_waits_for_its_payment_holds_its_articles_and_a_cancelled_one_does_not() {
    let mut story = Story::new().await;
    let dropped = || outcome("1", RecordState::Dropped);
    story.settles(dropped(), vec![wants("1", "BULLE", 2)]).await;
    assert_eq!(story.open("BULLE").await, 2);
    story.settles(dropped(), Vec::new()).await;
    assert_eq!(story.open("BULLE").await, 0);
}

#[tokio::test]
async fn an_invoiced_order_holds_nothing_whether_its_agent_says_so_or_not() {
    for told in [
        vec![wants("1", "BULLE", 0)],
        Vec::new(),
        vec![wants("1", "BULLE", 2)],
    ] {
        let mut story = Story::new().await;
        story.parks().await;
        let invoiced = Outcome {
            writes: invoiced("k3x9qa-1", "F-1").writes,
            ..outcome("1", RecordState::Written)
        };
        story.settles(invoiced, told).await;
        assert_eq!(story.open("BULLE").await, 0);
    }
}

#[tokio::test]
async fn an_order_that_was_edited_holds_what_it_holds_now() {
    let mut story = Story::new().await;
    story.parks().await;
    story
        .settles(parked("1", "no_account"), vec![wants("1", "KAKA", 1)])
        .await;
    assert_eq!((story.open("BULLE").await, story.open("KAKA").await), (0, 1));
}

#[tokio::test]
async fn an_order_that_cannot_be_read_any_more_still_holds_what_it_held() {
    let mut story = Story::new().await;
    story.parks().await;
    story.settles(parked("1", "record_unreadable"), Vec::new()).await;
    assert_eq!(story.open("BULLE").await, 2);
}

#[tokio::test]
async fn an_order_that_was_set_aside_holds_nothing_even_when_it_is_met_again() {
    let mut story = Story::new().await;
    story.parks().await;
    let keys = vec!["1".to_owned()];
    let store = &story.goods.world.store;
    let (by, why) = (actor(), "sold by phone".to_owned());
    let ignored = store.record_ignore(&STAFF, &by, story.stream(), keys, why).await;
    assert_eq!(ignored.unwrap(), 1);
    assert_eq!(story.open("BULLE").await, 0);
    story
        .settles(parked("1", "no_account"), vec![wants("1", "BULLE", 2)])
        .await;
    assert_eq!(story.open("BULLE").await, 0);
}

#[tokio::test]
async fn an_order_whose_invoice_a_person_found_holds_nothing() {
    let mut story = Story::new().await;
    let mut doubtful = invoiced("1", "");
    doubtful.result = RecordState::Unknown;
    doubtful.writes[0].unknown = true;
    let page = page(&story.orders, &["1"]);
    story.goods.world.prepare_by(story.goods.world.agent, page).await;
    story.settles(doubtful, vec![wants("1", "BULLE", 2)]).await;
    assert_eq!(story.open("BULLE").await, 2);
    story.goods.world.finish(done(&story.orders)).await;
    story.goods.world.finish(done(&story.stock)).await;
    story.goods.world.pass(std::time::Duration::from_secs(600));
    let found = Resolution {
        entity: None,
        finding: Finding::ExistsAs("F-1".to_owned()),
        why: "it stands there".to_owned(),
    };
    let store = &story.goods.world.store;
    store
        .record_resolve(&STAFF, &actor(), story.stream(), "1", found)
        .await
        .unwrap();
    let stock = story.goods.leased(StreamKind::Stock, 3).await;
    assert_eq!(open_of(&story.goods.world, &stock, "BULLE").await, 0);
}

#[tokio::test]
async fn a_second_shop_of_the_same_accounting_system_counts_and_another_tenant_does_not() {
    let mut story = Story::new().await;
    story.parks().await;
    let world = &story.goods.world;
    world.finish(done(&story.orders)).await;
    // the tenant's other flow goes to the same accounting system
    let second = world.leased(3).await;
    let held = |lease: &Leased| CheckpointItem {
        outcomes: vec![parked("1", "no_account")],
        demand: vec![wants("1", "BULLE", 10)],
        ..settled(lease, 1)
    };
    world.checkpoint(held(&second)).await;
    assert_eq!(story.open("BULLE").await, 12);
    let stranger = stranger(world).await;
    assert_eq!(world.checkpoint(held(&stranger)).await.answer, Answer::Ok);
    assert_eq!(story.open("BULLE").await, 12);
}

/// The orders of another tenant.
async fn stranger(world: &World) -> Leased {
    let (_, shop, erp, flow, stream) = settle(&world.store, "kvarnen").await;
    for (connection, host) in [(shop.id, "other.example/1"), (erp.id, "")] {
        world.check(world.agent, connection, host, None).await;
    }
    world
        .store
        .flow_activate(&STAFF, &actor(), flow.id)
        .await
        .unwrap();
    let run = world
        .store
        .stream_request(&STAFF, &actor(), stream)
        .await
        .unwrap();
    let leases = world.lease(4).await;
    leases.into_iter().find(|lease| lease.run == run.id).unwrap()
}

#[tokio::test]
async fn all_open_demand_is_told_at_once_by_article() {
    let mut story = Story::new().await;
    assert_eq!(told(&story.goods.world, &story.stock, &[]).await.0, []);
    story.parks().await;
    let more = vec![wants("2", "BULLE", 1), wants("2", "KAKA", 4)];
    story.settles(outcome("2", RecordState::Unknown), more).await;
    let (demand, _) = told(&story.goods.world, &story.stock, &[]).await;
    assert_eq!(demand, [("BULLE".to_owned(), 3), ("KAKA".to_owned(), 4)]);
}

#[tokio::test]
async fn an_order_is_unread_until_its_stream_has_settled_it_whatever_became_of_it() {
    let mut story = Story::new().await;
    let all = ["1", "2", "3"];
    assert_eq!(told(&story.goods.world, &story.stock, &all).await.1, all);
    story.parks().await;
    story
        .settles(outcome("2", RecordState::Dropped), Vec::new())
        .await;
    assert_eq!(told(&story.goods.world, &story.stock, &all).await.1, ["3"]);
    // what another flow has read of its own orders says nothing of these
    let world = &story.goods.world;
    world.finish(done(&story.orders)).await;
    let second = world.leased(3).await;
    let item = CheckpointItem {
        outcomes: vec![parked("3", "no_account")],
        ..settled(&second, 1)
    };
    world.checkpoint(item).await;
    assert_eq!(told(world, &story.stock, &all).await.1, ["3"]);
}

#[tokio::test]
async fn where_orders_are_not_read_at_all_none_of_them_is_waited_for() {
    let story = Story::new().await;
    let off = StreamChange {
        enabled: Some(false),
        interval: None,
    };
    let store = &story.goods.world.store;
    store
        .stream_update(&STAFF, &actor(), story.stream(), off)
        .await
        .unwrap();
    let (_, unread) = told(&story.goods.world, &story.stock, &["1"]).await;
    assert_eq!(unread, Vec::<String>::new());
}

#[tokio::test]
async fn a_run_that_is_lost_is_told_nothing_of_demand() {
    let story = Story::new().await;
    let page = PreparePage {
        want_all_demand: true,
        want_unread: vec!["1".to_owned()],
        epoch: story.stock.epoch + 1,
        ..page(&story.stock, &[])
    };
    let told = story.goods.world.prepare_by(story.goods.world.agent, page).await;
    assert_eq!(
        (told.answer, told.demand, told.unread),
        (Answer::Lost, vec![], vec![])
    );
}
