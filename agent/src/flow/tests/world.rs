//! A shop, a ledger and a control plane in memory. The ledger counts every document, so a doubled invoice shows.

mod plane;
mod preview;
mod shop;
mod status;
mod target;
mod ware;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use skarv_canonical::{
    Reason,
    descriptor::{Descriptor, Side, Writes},
    order::Order,
    record::Pulled,
    refund::Refund,
    spec::{OrderSettings, StreamSettings, StreamSpec},
    trigger::TriggerState,
    write::{Entity, Write},
};
use skarv_connector::{Connector, RecentOrder, noop::Noop};
use tokio::{sync::watch, time::Instant};

pub(super) use shop::{order, refund};
pub(super) use status::invoice;
pub(super) use target::{Card, Fault, times};
pub(super) use ware::{article, price, stock};

use crate::flow::{
    Doubts, Observer, Progress, Run, Signal, Work,
    control::{Checkpoint, Outcome, Settled},
};

/// How long a write may be sent.
pub(super) const GRANT: Duration = Duration::from_secs(60);

/// What an orders stream does beside the one that is watched.
pub(super) enum Meanwhile {
    /// Reads an order, which waits from then on.
    Reads(RecentOrder),
    /// Invoices an order.
    Invoices(String),
}

#[derive(Default)]
pub(super) struct Books {
    pub(super) documents: Vec<(Entity, String)>,
    pub(super) cards: Vec<Card>,
    /// Cards that were brought up to date.
    pub(super) updates: Vec<Write>,
    pub(super) sends: Vec<(String, Instant)>,
    /// By our key: the ids of what stood before it, at the last send.
    pub(super) earlier: HashMap<String, Vec<String>>,
    /// Booked once their time has come.
    late: Vec<(Instant, Write)>,
    /// How many of the next look-ups of a key fail.
    pub(super) lost_look_ups: HashMap<String, u32>,
    pub(super) faults: HashMap<String, VecDeque<Fault>>,
    pub(super) obstacles: Vec<Reason>,
    pub(super) checkpoints: Vec<Checkpoint>,
    pub(super) peeks: usize,
    rows: HashMap<(Entity, String), plane::Row>,
    epochs: u64,
    pub(super) orders: Vec<Order>,
    pub(super) refunds: Vec<Refund>,
    /// Whether the shop shows refunds before orders.
    pub(super) refunds_first: bool,
    /// Articles, prices or stock levels, for a stream of such.
    pub(super) wares: Vec<Pulled>,
    pub(super) shelf: ware::Shelf,
    /// The states that each order of the target has been in, in order.
    pub(super) states: BTreeMap<String, Vec<String>>,
    /// What orders wait for, by order and article number.
    pub(super) demand: BTreeMap<(String, String), i64>,
    /// What was ordered in the target lately.
    pub(super) recent: Vec<RecentOrder>,
    /// Why that cannot be read.
    pub(super) recent_refused: Option<Reason>,
    /// Orders that a run has read.
    pub(super) read: BTreeSet<String>,
    /// Whether the control plane tells of open demand only when it is asked by article.
    pub(super) tells_by_article: bool,
    /// What becomes of orders while the next page is read, which shows nothing of it.
    pub(super) meanwhile: Vec<Meanwhile>,
    /// Reads and what is done before them, in order, with how much is read.
    pub(super) calls: Vec<String>,
}

impl Books {
    fn book_what_is_due(&mut self) {
        let now = Instant::now();
        let all = std::mem::take(&mut self.late);
        let (due, late): (Vec<_>, Vec<_>) = all.into_iter().partition(|(at, _)| *at <= now);
        self.late = late;
        for (at, write) in due {
            self.book(&write, at);
        }
    }

    pub(super) fn count(&self, entity: &Entity) -> BTreeMap<String, usize> {
        let mut count = BTreeMap::new();
        for (_, key) in self.documents.iter().filter(|(e, _)| e == entity) {
            *count.entry(key.clone()).or_default() += 1;
        }
        count
    }

    /// What was last said of a record.
    pub(super) fn outcome_of(&self, key: &str) -> Option<&Outcome> {
        let mut all = self.checkpoints.iter().flat_map(|c| &c.outcomes).rev();
        all.find(|o| o.source_key == key)
    }

    pub(super) fn result_of(&self, key: &str) -> Option<Settled> {
        self.outcome_of(key).map(|o| o.result)
    }

    /// The code of the reason that was last given for a record.
    pub(super) fn reason_of(&self, key: &str) -> Option<&str> {
        let reason = self.outcome_of(key)?.reason.as_ref()?;
        Some(&reason.code)
    }

    pub(super) fn pass_time(&mut self) {
        for event in std::mem::take(&mut self.meanwhile) {
            match event {
                Meanwhile::Reads(order) => {
                    self.read.insert(order.key.clone());
                    let rows = order.rows.into_iter();
                    self.demand
                        .extend(rows.map(|(sku, quantity)| ((order.key.clone(), sku), quantity)));
                }
                Meanwhile::Invoices(key) => {
                    self.demand.retain(|(order, _), _| *order != key);
                    self.read.insert(key);
                }
            }
        }
    }

    pub(super) fn sends_of(&self, key: &str) -> usize {
        self.sends.iter().filter(|(sent, _)| sent == key).count()
    }
}

/// Everything in memory, shared by source, sink and control plane.
#[derive(Clone)]
pub(super) struct World {
    pub(super) books: Arc<Mutex<Books>>,
    pub(super) settings: OrderSettings,
    /// Settings of a stream of another kind.
    wares: Option<StreamSettings>,
    pub(super) searchable: bool,
    /// How long the target's search lags behind.
    pub(super) visible_after: Duration,
    /// The control plane wants every create looked up first.
    pub(super) verify: bool,
    /// The lease is lost right after a write of this kind was made.
    pub(super) killed_after: Option<Entity>,
    pub(super) signal: watch::Sender<Signal>,
    epoch: u64,
    origin: (Instant, DateTime<Utc>),
}

impl World {
    /// A shop with orders 1 to `orders`, each of a customer of its own.
    pub(super) fn new(orders: usize) -> Self {
        let world = Self {
            books: Arc::default(),
            settings: settings(),
            wares: None,
            searchable: true,
            visible_after: Duration::ZERO,
            verify: false,
            killed_after: None,
            signal: watch::Sender::new(Signal::Go),
            epoch: 0,
            origin: (
                Instant::now(),
                DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
            ),
        };
        world.books.lock().unwrap().orders = (1..=orders).map(|n| order(n, n)).collect();
        world
    }

    pub(super) fn fault(&self, key: &str, faults: impl IntoIterator<Item = Fault>) {
        self.books
            .lock()
            .unwrap()
            .faults
            .insert(key.to_owned(), faults.into_iter().collect());
    }

    /// Changes the shop or the ledger.
    pub(super) fn with(&self, change: impl FnOnce(&mut Books)) {
        change(&mut self.books.lock().unwrap());
    }

    /// A refund of one of the orders.
    pub(super) fn refund(&self, slip: usize, order: usize) {
        self.with(|books| {
            let refund = refund(slip, &books.orders[order - 1]);
            books.refunds.push(refund);
        });
    }

    /// A run under a new epoch.
    pub(super) fn run(&self, work: Work, page_size: usize) -> Run {
        let mut world = self.clone();
        world.with(|books| books.epochs += 1);
        world.epoch = world.books.lock().unwrap().epochs;
        let wall = self.origin;
        Run {
            work,
            spec: StreamSpec {
                settings: match &self.wares {
                    Some(wares) => wares.clone(),
                    None => StreamSettings::Orders(self.settings.clone()),
                },
            },
            shop_ref: "abc123".to_owned(),
            cursor: None,
            source: Box::new(world.clone()),
            sink: Box::new(world.clone()),
            target: world.target(),
            control: Arc::new(world.clone()),
            signal: self.signal.subscribe(),
            doubts: Doubts::default(),
            progress: Arc::new(Progress::default()),
            observer: Arc::new(world),
            wall: Arc::new(move || wall.1 + (Instant::now() - wall.0)),
            page_size,
            parallel: 4,
            ends_at: Instant::now() + Duration::from_secs(600),
            max_records: 10_000,
        }
    }

    fn target(&self) -> Descriptor {
        let writes = |entity| Writes {
            effect: ware::writes(&entity).0,
            batch: ware::writes(&entity).1,
            fields: Vec::new(),
            entity,
            searchable: self.searchable,
            visible_after_ms: self.visible_after.as_millis().try_into().unwrap(),
        };
        let entities = [
            Entity::Customer,
            Entity::Invoice,
            Entity::Payment,
            Entity::Credit,
            Entity::Article,
            Entity::Price,
            Entity::Stock,
            Entity::Status,
        ];
        Descriptor {
            side: Side::Erp,
            writes: entities.map(writes).into(),
            ..Noop.descriptor()
        }
    }
}

impl Observer for World {
    fn before_put(&self, _write: &Write) {}

    fn after_put(&self, write: &Write) {
        if self.killed_after == Some(write.entity()) {
            self.signal.send_replace(Signal::Lost);
        }
    }
}

pub(super) fn settings() -> OrderSettings {
    let paid = TriggerState::Id("2".to_owned());
    OrderSettings::swedish(DateTime::from_timestamp(1_700_000_000, 0).unwrap(), vec![paid])
}
