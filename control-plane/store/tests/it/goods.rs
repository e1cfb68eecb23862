//! Products, prices and stock beside orders: streams that come and go with their settings and are switched one by one. How they
//! carry everything at the beginning is in `initial_sync`.

use std::time::Duration;

use skarv_canonical::{
    Class, Reason,
    spec::{FlowSpec, OrderSettings, PriceSettings, ProductSettings, StockSettings, StreamKind, Template},
    write::Entity,
};
use skarv_domain::{
    Error,
    flow::{Flow, NewFlow},
    id::StreamId,
    record::{Link, Outcome, RecordState, SettledWrite},
    run::{FinishOutcome, Phase, Run, RunKind, RunSubject, Totals},
    stream::{Stream, StreamChange, StreamState},
};
use skarv_store::{CheckpointItem, FinishItem, HeldRun, Leased};

use crate::world::*;

const OFF: StreamChange = StreamChange {
    enabled: Some(false),
    interval: None,
};
const ON: StreamChange = StreamChange {
    enabled: Some(true),
    interval: None,
};

/// A second flow of the same tenant that carries everything, switched on.
pub(crate) struct Goods {
    pub(crate) world: World,
    pub(crate) flow: Flow,
}

fn everything(orders: OrderSettings) -> FlowSpec {
    FlowSpec {
        products: Some(ProductSettings::swedish()),
        prices: Some(PriceSettings::swedish()),
        stock: Some(StockSettings::default()),
        ..FlowSpec::of_orders(Template::Combined, "shop".to_owned(), "erp".to_owned(), orders)
    }
}

impl Goods {
    pub(crate) async fn new() -> Self {
        Self::of(Template::Combined).await
    }

    pub(crate) async fn of(template: Template) -> Self {
        let world = World::new().await;
        let spec = FlowSpec {
            template,
            ..everything(world.flow.spec.orders.clone())
        };
        let new = NewFlow {
            slug: slug("goods"),
            spec,
            interval: None,
            ..new_flow(&world.tenant, &world.shop, &world.erp)
        };
        let made = world.store.flow_create(&STAFF, &actor(), new).await.unwrap();
        let flow = world
            .store
            .flow_activate(&STAFF, &actor(), made.id)
            .await
            .unwrap();
        Self { world, flow }
    }

    pub(crate) async fn stream(&self, kind: StreamKind) -> Stream {
        let found = self.world.store.stream_get(&STAFF, self.flow.id, kind).await;
        found.unwrap()
    }

    pub(crate) async fn id(&self, kind: StreamKind) -> StreamId {
        self.stream(kind).await.id
    }

    async fn update(&self, kind: StreamKind, change: StreamChange) -> Result<Stream, Error> {
        let id = self.id(kind).await;
        self.world.store.stream_update(&STAFF, &actor(), id, change).await
    }

    /// Changes what the flow does.
    async fn respec(&self, spec: FlowSpec) -> Flow {
        let flow = self.world.store.flow_by_id(&STAFF, self.flow.id).await.unwrap();
        let (store, changed) = (&self.world.store, change(&flow, spec));
        store.flow_update(&STAFF, &actor(), changed).await.unwrap()
    }

    pub(crate) async fn initial_sync(&self, kind: StreamKind) -> Result<Run, Error> {
        let id = self.id(kind).await;
        self.world.store.stream_backfill(&STAFF, &actor(), id).await
    }

    /// Asks for a stream to run, and leases that run.
    pub(crate) async fn leased(&self, kind: StreamKind, poll: u64) -> Leased {
        let id = self.id(kind).await;
        let run = self
            .world
            .store
            .stream_request(&STAFF, &actor(), id)
            .await
            .unwrap();
        self.lease_of(run.id, poll).await
    }

    pub(crate) async fn lease_of(&self, run: skarv_domain::id::RunId, poll: u64) -> Leased {
        let leases = self.world.lease(poll).await;
        leases.into_iter().find(|lease| lease.run == run).unwrap()
    }
}

/// An article that was written, with something put right about it.
fn article(key: &str, result: RecordState, remark: Option<&str>) -> Outcome {
    let link = Link {
        entity: "article".to_owned(),
        source_key: key.to_owned(),
        target_key: format!("A-{key}"),
    };
    let write = SettledWrite {
        entity: Entity::Article,
        our_key: format!("SKU-{key}"),
        foreign_id: format!("A-{key}"),
        fingerprint: fingerprint(key),
        unknown: false,
        adopted: false,
        links: vec![link],
    };
    Outcome {
        amount: None,
        reference: format!("SKU-{key}"),
        writes: vec![write],
        reason: remark.map(Reason::data),
        ..outcome(key, result)
    }
}

#[tokio::test]
async fn each_stream_of_a_flow_has_its_own_direction_and_beat() {
    let goods = Goods::new().await;
    let (shop, erp) = (goods.world.shop.id, goods.world.erp.id);
    for (kind, source, target, minutes) in [
        (StreamKind::Orders, shop, erp, 5),
        (StreamKind::Products, shop, erp, 15),
        (StreamKind::Prices, erp, shop, 15),
        (StreamKind::Stock, erp, shop, 5),
    ] {
        let stream = goods.stream(kind).await;
        assert_eq!((stream.source, stream.target), (source, target), "{kind:?}");
        assert_eq!(stream.interval, Duration::from_secs(minutes * 60), "{kind:?}");
        assert_eq!(stream.state, StreamState::On, "{kind:?}");
    }
}

#[tokio::test]
async fn a_stream_that_loses_its_settings_is_off_and_given_them_again_goes_on_where_it_was() {
    let goods = Goods::new().await;
    let lease = goods.leased(StreamKind::Prices, 1).await;
    goods.world.checkpoint(settled(&lease, 1)).await;
    goods.world.finish(done(&lease)).await;
    let spec = goods.flow.spec.clone();
    goods
        .respec(FlowSpec {
            prices: None,
            ..spec.clone()
        })
        .await;
    let off = goods.stream(StreamKind::Prices).await;
    assert_eq!((off.state, off.next_due_at), (StreamState::Off, None));
    assert_eq!(goods.stream(StreamKind::Stock).await.state, StreamState::On);
    // and it stays off when the flow is switched on, because the flow does not have it
    goods
        .world
        .store
        .flow_activate(&STAFF, &actor(), goods.flow.id)
        .await
        .unwrap();
    assert_eq!(goods.stream(StreamKind::Prices).await.state, StreamState::Off);
    let refused = goods.update(StreamKind::Prices, ON).await;
    assert!(
        matches!(
            refused,
            Err(Error::FailedPrecondition {
                reason: "STREAM_HAS_NO_SETTINGS",
                ..
            })
        ),
        "{refused:?}"
    );
    goods.respec(spec).await;
    let again = goods.stream(StreamKind::Prices).await;
    assert_eq!((again.id, again.state), (off.id, StreamState::On));
    assert_eq!(again.cursor.unwrap().as_str(), "after-1");
}

#[tokio::test]
async fn settings_given_to_a_flow_that_is_off_make_a_stream_that_is_off() {
    let world = World::resting(config(skarv_store::Location::Temporary)).await;
    let spec = FlowSpec {
        products: Some(ProductSettings::swedish()),
        ..world.flow.spec.clone()
    };
    let changed = change(&world.flow, spec);
    world.store.flow_update(&STAFF, &actor(), changed).await.unwrap();
    let products = || {
        world
            .store
            .stream_get(&STAFF, world.flow.id, StreamKind::Products)
    };
    assert_eq!(products().await.unwrap().state, StreamState::Off);
    world.activate().await;
    assert_eq!(products().await.unwrap().state, StreamState::On);
}

#[tokio::test]
async fn a_stream_that_a_person_switched_off_stays_off_when_its_flow_is_switched_on() {
    let goods = Goods::new().await;
    goods.update(StreamKind::Stock, OFF).await.unwrap();
    for _ in 0..2 {
        goods
            .world
            .store
            .flow_pause(&STAFF, &actor(), goods.flow.id)
            .await
            .unwrap();
        goods
            .world
            .store
            .flow_activate(&STAFF, &actor(), goods.flow.id)
            .await
            .unwrap();
    }
    let stock = goods.stream(StreamKind::Stock).await;
    assert_eq!((stock.state, stock.enabled), (StreamState::Off, false));
    assert_eq!(goods.stream(StreamKind::Prices).await.state, StreamState::On);
    let on = goods.update(StreamKind::Stock, ON).await.unwrap();
    assert_eq!(
        (on.state, on.next_due_at),
        (StreamState::On, Some(goods.world.now()))
    );
}

#[tokio::test]
async fn a_stream_that_is_switched_off_loses_what_is_queued_and_stops_what_is_under_way() {
    let goods = Goods::new().await;
    let under_way = goods.leased(StreamKind::Products, 1).await;
    let queued = goods.initial_sync(StreamKind::Products).await.unwrap();
    goods.update(StreamKind::Products, OFF).await.unwrap();
    let ended = run_of(&goods.world.store, queued.id).await.unwrap();
    assert_eq!(ended.phase, Phase::Cancelled);
    let held = HeldRun {
        run: under_way.run,
        epoch: under_way.epoch,
        totals: Default::default(),
        percent: None,
    };
    let told = goods
        .world
        .store
        .run_renew(goods.world.agent, 1, vec![held])
        .await
        .unwrap();
    assert_eq!(told.results[0].answer, skarv_domain::lease::Answer::Pause);
    assert!(matches!(
        goods.initial_sync(StreamKind::Products).await,
        Err(Error::FailedPrecondition {
            reason: "STREAM_NOT_ON",
            ..
        })
    ));
}

#[tokio::test]
async fn a_shorter_interval_counts_at_once_and_a_longer_one_from_the_next_run_on() {
    let goods = Goods::new().await;
    goods.world.store.stream_schedule(100).await.unwrap();
    let of = |minutes: u64| StreamChange {
        interval: Some(Duration::from_secs(minutes * 60)),
        enabled: None,
    };
    let due = async |change| {
        let stream = goods.update(StreamKind::Prices, change).await.unwrap();
        (stream.next_due_at.unwrap() - goods.world.now()).num_minutes()
    };
    assert_eq!(due(StreamChange::default()).await, 15);
    assert_eq!(due(of(2)).await, 2);
    assert_eq!(due(of(60)).await, 2);
    assert_eq!(
        goods.stream(StreamKind::Prices).await.interval,
        Duration::from_secs(3600)
    );
}

#[tokio::test]
async fn a_check_of_a_change_to_a_stream_changes_nothing() {
    let goods = Goods::new().await;
    let id = goods.id(StreamKind::Stock).await;
    let check = actor().validate_only(true);
    let would_be = goods
        .world
        .store
        .stream_update(&STAFF, &check, id, OFF)
        .await
        .unwrap();
    assert_eq!(would_be.state, StreamState::Off);
    assert_eq!(goods.stream(StreamKind::Stock).await.state, StreamState::On);
}

#[tokio::test]
async fn a_blocked_stream_is_put_back_to_work_by_itself() {
    let goods = Goods::new().await;
    let lease = goods.leased(StreamKind::Stock, 1).await;
    let stop = FinishItem {
        block: true,
        error: Some(Reason::new(Class::Configuration, "account_missing")),
        ..ended(&lease, FinishOutcome::Failed)
    };
    goods.world.finish(stop).await;
    assert_eq!(goods.stream(StreamKind::Stock).await.state, StreamState::Blocked);
    let on = goods.update(StreamKind::Stock, ON).await.unwrap();
    assert_eq!((on.state, on.block_reason), (StreamState::On, None));
}

#[tokio::test]
async fn a_stream_is_in_order_when_its_changes_are_settled_and_not_by_an_initial_sync() {
    let goods = Goods::new().await;
    let run = goods.initial_sync(StreamKind::Prices).await.unwrap();
    let slice = goods.lease_of(run.id, 1).await;
    goods.world.finish(done(&slice)).await;
    assert_eq!(goods.stream(StreamKind::Prices).await.last_ok_at, None);
    let sync = goods.leased(StreamKind::Prices, 2).await;
    goods.world.finish(ended(&sync, FinishOutcome::Yielded)).await;
    assert_eq!(goods.stream(StreamKind::Prices).await.last_ok_at, None);
    let sync = goods.lease_of(sync.run, 3).await;
    goods.world.finish(done(&sync)).await;
    assert_eq!(
        goods.stream(StreamKind::Prices).await.last_ok_at,
        Some(goods.world.now())
    );
}

#[tokio::test]
async fn what_was_put_right_about_an_article_stays_told_while_it_stands() {
    let goods = Goods::new().await;
    let lease = goods.leased(StreamKind::Products, 1).await;
    let id = goods.id(StreamKind::Products).await;
    let outcomes = [
        article("7", RecordState::Written, Some("text_cut")),
        Outcome {
            writes: Vec::new(),
            ..article("7", RecordState::Unchanged, None)
        },
    ];
    for (seq, outcome) in (1..).zip(outcomes) {
        let item = CheckpointItem {
            outcomes: vec![outcome],
            ..settled(&lease, seq)
        };
        goods.world.checkpoint(item).await;
        let record = goods.world.store.record_get(&STAFF, id, "7").await.unwrap();
        assert_eq!(record.state, RecordState::Written);
        assert_eq!(record.reason.unwrap().code, "text_cut");
    }
    let (_, events) = goods.world.store.record_story(&STAFF, id, "7").await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].reason.as_ref().unwrap().code, "text_cut");
    assert_eq!(events[0].facts["article"], "A-7");
}

#[tokio::test]
async fn a_record_of_any_stream_is_parked_sent_again_and_set_aside() {
    let goods = Goods::new().await;
    let lease = goods.leased(StreamKind::Stock, 1).await;
    let id = goods.id(StreamKind::Stock).await;
    let doubled = |key: &str| Outcome {
        writes: Vec::new(),
        ..article(key, RecordState::Parked, Some("article_number_doubled"))
    };
    let item = CheckpointItem {
        outcomes: vec![doubled("B-1"), doubled("B-2")],
        ..settled(&lease, 1)
    };
    goods.world.checkpoint(item).await;
    goods.world.finish(done(&lease)).await;
    let store = &goods.world.store;
    let key = |key: &str| vec![key.to_owned()];
    let (by, why) = (actor(), "not sold".to_owned());
    let ignored = store.record_ignore(&STAFF, &by, id, key("B-2"), why).await;
    assert_eq!(ignored.unwrap(), 1);
    let (runs, count) = store
        .record_replay(&STAFF, &actor(), id, key("B-1"))
        .await
        .unwrap();
    assert_eq!(count, 1);
    let lease = goods.lease_of(runs[0].id, 2).await;
    assert_eq!(
        (lease.kind, lease.keys.as_slice()),
        (RunKind::Replay, &key("B-1")[..])
    );
}

/// The kinds of streams that carry everything after a run of products has written so many.
async fn following(template: Template, written: u64) -> Vec<StreamKind> {
    let goods = Goods::of(template).await;
    let lease = goods.leased(StreamKind::Products, 10).await;
    let totals = Totals {
        read: 2,
        written,
        ..Totals::default()
    };
    goods
        .world
        .finish(FinishItem {
            totals,
            ..done(&lease)
        })
        .await;
    let mut kinds = Vec::new();
    for kind in [StreamKind::Prices, StreamKind::Stock] {
        let stream = RunSubject::Stream(goods.id(kind).await);
        let runs = goods.world.runs().await;
        if runs
            .iter()
            .any(|run| run.kind == RunKind::Backfill && run.subject == stream)
        {
            kinds.push(kind);
        }
    }
    kinds
}

#[tokio::test]
async fn products_that_a_shop_got_are_followed_by_their_prices_and_stock() {
    assert_eq!(
        following(Template::ErpMaster, 1).await,
        [StreamKind::Prices, StreamKind::Stock]
    );
    assert_eq!(following(Template::ErpMaster, 0).await, []);
    // the shop's own products have nothing to wait for
    assert_eq!(following(Template::Combined, 1).await, []);
}
