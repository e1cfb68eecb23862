//! A shop, a ledger and a control plane in memory. The ledger counts every document, so a doubled invoice shows.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{
    Class, Country, Currency, Cursor, Fingerprint, Money, Reason,
    customer::{Address, Customer, CustomerKind},
    descriptor::{Descriptor, Side, Writes},
    order::{Order, OrderLine, Payment, Totals},
    record::{Pulled, Record},
    spec::{OrderSettings, StreamSettings, StreamSpec},
    trigger::{ShopState, TriggerState},
    vat::VatRate,
    write::{Effect, Entity, Write},
};
use skarv_connector::{
    Connector, Delivery, Error, Found, Page, PullRequest, Put, Receipt, Sink, Source, noop::Noop,
};
use tokio::{sync::watch, time::Instant};

use crate::flow::{
    Doubts, Progress, Run, Signal, Unobserved, Work,
    control::{Checkpoint, Control, ControlError, Grant, Prepared, Question, Settled, Verdict},
};

/// How long a write may be sent.
pub(super) const GRANT: Duration = Duration::from_secs(60);

/// What the target does with the next attempts at one of our keys.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// Books it and loses the answer.
    LostAnswer,
    /// Loses the request, and with it the answer.
    LostRequest,
    /// Loses the answer, and books it half a minute later.
    BookedLate,
    /// Answers 500 and books nothing.
    Broken,
    /// Is not sent, because its window is over.
    WindowClosed,
    /// Answers that this cannot be booked.
    Refused(Class),
}

#[derive(Default)]
pub(super) struct Books {
    pub(super) documents: Vec<(Entity, String)>,
    pub(super) sends: Vec<(String, Instant)>,
    /// Booked once their time has come.
    late: Vec<(Instant, Entity, String)>,
    /// How many of the next look-ups of a key fail.
    pub(super) lost_look_ups: HashMap<String, u32>,
    pub(super) faults: HashMap<String, VecDeque<Fault>>,
    pub(super) checkpoints: Vec<Checkpoint>,
    intents: HashMap<(Entity, String), Option<(String, Fingerprint)>>,
    pub(super) orders: Vec<Order>,
}

impl Books {
    fn book_what_is_due(&mut self) {
        let now = Instant::now();
        let (due, late) = std::mem::take(&mut self.late)
            .into_iter()
            .partition(|(at, ..)| *at <= now);
        self.late = late;
        let due: Vec<(Instant, Entity, String)> = due;
        self.documents
            .extend(due.into_iter().map(|(_, entity, key)| (entity, key)));
    }

    pub(super) fn count(&self, entity: &Entity) -> BTreeMap<String, usize> {
        let mut count = BTreeMap::new();
        for (_, key) in self.documents.iter().filter(|(e, _)| e == entity) {
            *count.entry(key.clone()).or_default() += 1;
        }
        count
    }

    pub(super) fn result_of(&self, key: &str) -> Option<Settled> {
        self.checkpoints
            .iter()
            .flat_map(|c| &c.outcomes)
            .rev()
            .find(|o| o.source_key == key)
            .map(|o| o.result)
    }
}

/// Everything in memory, shared by source, sink and control plane.
#[derive(Clone)]
pub(super) struct World {
    pub(super) books: Arc<Mutex<Books>>,
    pub(super) searchable: bool,
    /// The control plane wants every create looked up first.
    pub(super) verify: bool,
    pub(super) signal: watch::Sender<Signal>,
    origin: (Instant, DateTime<Utc>),
}

impl World {
    /// A shop with orders 1 to `orders`, each of a customer of its own.
    pub(super) fn new(orders: usize) -> Self {
        let world = Self {
            books: Arc::default(),
            searchable: true,
            verify: false,
            signal: watch::Sender::new(Signal::Go),
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

    pub(super) fn run(&self, work: Work, page_size: usize) -> Run {
        let mut target = Noop.descriptor();
        let writes = |entity| Writes {
            entity,
            effect: Effect::Create,
            searchable: self.searchable,
            visible_after_ms: 0,
        };
        target.side = Side::Erp;
        target.writes = vec![writes(Entity::Customer), writes(Entity::Invoice)];
        let wall = self.origin;
        Run {
            work,
            spec: StreamSpec {
                settings: StreamSettings::Orders(settings()),
            },
            shop_ref: "abc123".to_owned(),
            cursor: None,
            source: Box::new(self.clone()),
            sink: Box::new(self.clone()),
            target: Descriptor { ..target },
            control: Arc::new(self.clone()),
            signal: self.signal.subscribe(),
            doubts: Doubts::default(),
            progress: Arc::new(Progress::default()),
            observer: Arc::new(Unobserved),
            wall: Arc::new(move || wall.1 + (Instant::now() - wall.0)),
            page_size,
            parallel: 4,
            ends_at: Instant::now() + Duration::from_secs(600),
            max_records: 10_000,
        }
    }
}

pub(super) fn settings() -> OrderSettings {
    let paid = TriggerState::Id("2".to_owned());
    OrderSettings::swedish(DateTime::from_timestamp(1_700_000_000, 0).unwrap(), vec![paid])
}

fn address() -> Address {
    Address {
        name: "Åsa Öberg".to_owned(),
        company: String::new(),
        line1: "Storgatan 1".to_owned(),
        line2: String::new(),
        postcode: "11122".to_owned(),
        city: "Malmö".to_owned(),
        country: Country::SE,
        vat_number: String::new(),
        phone: String::new(),
    }
}

pub(super) fn order(n: usize, customer: usize) -> Order {
    let address = address();
    let at = DateTime::from_timestamp(1_780_000_000 + n as i64, 0).unwrap();
    Order {
        key: n.to_string(),
        number: format!("ORDER{n}"),
        placed_at: at,
        placed_on: at.date_naive(),
        updated_at: at,
        currency: Currency::SEK,
        conversion_rate: 1.into(),
        state: "2".to_owned(),
        states_passed: vec![ShopState::of_id("2")],
        cancelled: false,
        customer: Customer {
            key: customer.to_string(),
            kind: CustomerKind::Person,
            given_name: "Åsa".to_owned(),
            family_name: "Öberg".to_owned(),
            company: String::new(),
            org_number: String::new(),
            vat_number: String::new(),
            email: "asa@example.se".to_owned(),
            phone: String::new(),
            guest: false,
            language: "sv".to_owned(),
        },
        billing: address.clone(),
        delivery: address,
        lines: vec![OrderLine {
            key: n.to_string(),
            sku: "A1".to_owned(),
            name: "Kåsa".to_owned(),
            quantity: 1,
            net: 80.into(),
            gross: 100.into(),
            rate: VatRate::from(25),
        }],
        fees: Vec::new(),
        discounts: Vec::new(),
        payment: Payment {
            method: "Kort".to_owned(),
            module: "card".to_owned(),
            transactions: Vec::new(),
            paid: 100.into(),
            paid_on: None,
        },
        totals: Totals {
            gross: 100.into(),
            net: 80.into(),
            goods_gross: 100.into(),
        },
        taxes: Vec::new(),
        note: String::new(),
    }
}

fn pulled(order: &Order) -> Pulled {
    Pulled {
        source_key: order.key.clone(),
        reference: order.number.clone(),
        amount: Some(Money::new(order.totals.gross, order.currency)),
        content: Ok(Record::Order(Box::new(order.clone()))),
    }
}

#[async_trait]
impl Source for World {
    async fn pull(&self, request: PullRequest) -> Result<Page, Error> {
        let from: usize = request.cursor.map_or(0, |c| c.as_str().parse().unwrap());
        let books = self.books.lock().unwrap();
        let to = books.orders.len().min(from + request.limit);
        let records = books.orders[from..to].iter().map(pulled).collect();
        Ok(Page {
            records,
            cursor: Cursor::new(to.to_string()),
            done: to == books.orders.len(),
        })
    }

    async fn fetch(&self, keys: &[String], _now: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        let books = self.books.lock().unwrap();
        Ok(books
            .orders
            .iter()
            .filter(|o| keys.contains(&o.key))
            .map(pulled)
            .collect())
    }
}

#[async_trait]
impl Sink for World {
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        let mut books = self.books.lock().unwrap();
        books.book_what_is_due();
        if let Some(left @ 1..) = books.lost_look_ups.get_mut(&write.our_key) {
            *left -= 1;
            return Err(Error::transient("erp_error"));
        }
        let found = books
            .documents
            .iter()
            .any(|(e, k)| *e == write.entity() && *k == write.our_key);
        Ok(found.then(|| Found {
            foreign_id: format!("f-{}", write.our_key),
            mismatch: None,
        }))
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        // a target is never quite instant: lets records meet
        tokio::time::sleep(Duration::from_millis(5)).await;
        let mut books = self.books.lock().unwrap();
        let key = put.write.our_key.clone();
        books.sends.push((key.clone(), Instant::now()));
        let fault = books.faults.get_mut(&key).and_then(VecDeque::pop_front);
        if matches!(fault, None | Some(Fault::LostAnswer)) {
            books.documents.push((put.write.entity(), key.clone()));
        }
        match fault {
            None => Ok(Receipt {
                foreign_id: format!("f-{key}"),
                mismatch: None,
            }),
            Some(Fault::BookedLate) => {
                let at = Instant::now() + Duration::from_secs(30);
                books.late.push((at, put.write.entity(), key));
                Err(Error::transient("unreachable").delivery(Delivery::InFlight))
            }
            Some(Fault::LostAnswer | Fault::LostRequest) => {
                Err(Error::transient("unreachable").delivery(Delivery::InFlight))
            }
            Some(Fault::Broken) => Err(Error::transient("erp_error").delivery(Delivery::Answered)),
            Some(Fault::WindowClosed) => Err(Error::transient("send_window_closed")),
            Some(Fault::Refused(class)) => Err(Error::new(Reason::new(class, "refused"))),
        }
    }
}

#[async_trait]
impl Control for World {
    async fn prepare(&self, questions: Vec<Question>) -> Result<Prepared, ControlError> {
        let mut books = self.books.lock().unwrap();
        let grant = Grant { length: GRANT };
        let verdict = |q: Question| {
            let place = (q.entity, q.our_key);
            let asked_before = books.intents.contains_key(&place);
            match books.intents.entry(place).or_insert_with(|| None) {
                Some((foreign_id, fingerprint)) if *fingerprint == q.fingerprint => Verdict::Unchanged {
                    foreign_id: foreign_id.clone(),
                },
                Some((foreign_id, _)) => Verdict::Linked {
                    foreign_id: foreign_id.clone(),
                },
                None if self.verify => Verdict::Pending {
                    wait: Duration::ZERO,
                    grant,
                },
                None if asked_before => Verdict::Held(grant),
                None => Verdict::New(grant),
            }
        };
        let verdicts = questions.into_iter().map(verdict).collect();
        Ok(Prepared {
            asked: Instant::now(),
            answered: Instant::now(),
            asked_wall: self.origin.1 + (Instant::now() - self.origin.0),
            verdicts,
        })
    }

    async fn checkpoint(&self, checkpoint: Checkpoint) -> Result<Vec<String>, ControlError> {
        let mut books = self.books.lock().unwrap();
        for write in checkpoint.outcomes.iter().flat_map(|o| &o.writes) {
            let key = (write.entity.clone(), write.our_key.clone());
            books
                .intents
                .insert(key, Some((write.foreign_id.clone(), write.fingerprint)));
        }
        for given_back in &checkpoint.released {
            books.intents.remove(given_back);
        }
        books.checkpoints.push(checkpoint);
        Ok(Vec::new())
    }
}
