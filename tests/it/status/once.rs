//! Generated stories: people and modules move orders about in the shop, clerks pay, cancel and credit in the books, agents die
//! and answers are lost. Afterwards the books of both systems say by themselves whether each state was set once and never back.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use futures::StreamExt;
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use skarv::demo::setup::SetUp;
use skarv_canonical::write::Entity;
use skarv_proto::v1::{self as pb, OrderEvent};
use skarv_tests::{
    AgentThread, Frozen, Moment, Moments, Platform, Times,
    goods::stream,
    statuses::{Course, Invoice, rule},
};
use std::time::Duration;

use super::rules::{
    BACKORDER, Bar, CANCELLED, DELIVERED, PAID, PAYMENT_ERROR, PREPARING, REFUNDED, Rules, SHIPPED,
    UNPAID_BACKORDER, ends,
};

const SEEDS: u64 = 24;
const ROUNDS: usize = 4;
/// Stories that go on side by side: most of each is waiting.
const SIDE_BY_SIDE: usize = 6;

/// What may go wrong in the shop, each once.
const WEATHER: [&str; 5] = [
    "next_lost_write",
    "next_dead_write",
    "next_lost",
    "next_500",
    "next_429",
];

/// How much has happened.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    states: usize,
    mails: usize,
    kills: usize,
    bad_answers: usize,
    moved_on: usize,
    waiting: usize,
    replays: usize,
}

struct Story {
    platform: Platform,
    set_up: SetUp,
    dice: StdRng,
    rules: Rules,
    delivered_when: OrderEvent,
    mails: bool,
    agent: Option<AgentThread>,
    held: Vec<(AgentThread, Frozen)>,
    /// What the shop's clock shows, from the beginning.
    minutes: i64,
    /// What is to go wrong.
    weather: Vec<&'static str>,
    /// Rows of the shop's histories that somebody else made.
    theirs: BTreeSet<u32>,
    /// How long an order's history was when something happened to its invoice.
    since: BTreeMap<(u32, OrderEvent), usize>,
    seen: Seen,
}

/// Leases and grants short enough to see them end.
fn short() -> Times {
    Times {
        lease: Duration::from_millis(700),
        grant: Duration::from_millis(2000),
        call: Duration::from_millis(1000),
        slice: Duration::from_secs(10),
    }
}

impl Story {
    async fn begin(seed: u64) -> anyhow::Result<Self> {
        let mut dice = StdRng::seed_from_u64(seed);
        let platform = Platform::start(0, short()).await?;
        platform
            .shop
            .place_orders(&json!({ "count": dice.random_range(6..=8) }))
            .await?;
        platform.shop_clock(chrono::TimeDelta::minutes(5)).await?;
        let theirs = rows(&platform.courses().await?);
        let delivered = *[SHIPPED, DELIVERED].choose(&mut dice).context("states")?;
        let delivered_when = [OrderEvent::Unspecified, OrderEvent::Invoiced, OrderEvent::Paid];
        let delivered_when = *delivered_when.choose(&mut dice).context("events")?;
        let mut states = BTreeMap::from([
            (OrderEvent::Invoiced, PREPARING),
            (OrderEvent::Paid, BACKORDER),
            (OrderEvent::Cancelled, CANCELLED),
            (OrderEvent::Credited, REFUNDED),
        ]);
        if delivered_when != OrderEvent::Unspecified {
            states.insert(OrderEvent::Delivered, delivered);
        }
        let rules = Rules {
            states,
            cancels_captured: dice.random_bool(0.7),
        };
        let mails = dice.random_bool(0.8);
        let told = rules.states.iter();
        let told = told.map(|(event, state)| rule(*event, *state, mails)).collect();
        let settings = pb::StatusSettings {
            delivered_when: delivered_when.into(),
            cancels_captured: rules.cancels_captured,
            ..platform.telling(told)
        };
        let agent = platform.agent().await?;
        let set_up = platform.set_up_statuses(settings).await?;
        let mut story = Self {
            platform,
            set_up,
            dice,
            rules,
            delivered_when,
            mails,
            agent: Some(agent),
            held: Vec::new(),
            minutes: 5,
            weather: Vec::new(),
            theirs,
            since: BTreeMap::new(),
            seen: Seen::default(),
        };
        story.note().await?;
        Ok(story)
    }

    async fn told(mut self) -> anyhow::Result<Seen> {
        for _ in 0..ROUNDS {
            if self.dice.random_bool(0.3) {
                self.somebody_orders().await?;
            }
            for _ in 0..self.dice.random_range(2..=5) {
                self.something_happens().await?;
            }
            self.bad_weather().await?;
            self.a_run().await?;
            self.heal().await?;
            self.check().await?;
        }
        for (agent, frozen) in std::mem::take(&mut self.held) {
            // whatever it still had in its hand, it sends now or never
            drop(frozen);
            agent.drain().await?;
        }
        self.platform.tell(&self.set_up).await?;
        self.check().await?;
        self.check_records().await?;
        self.agent.take().context("no agent")?.drain().await?;
        Ok(self.seen)
    }

    async fn somebody_orders(&mut self) -> anyhow::Result<()> {
        let known: BTreeSet<u32> = self.platform.courses().await?.into_keys().collect();
        self.platform.shop.place_orders(&json!({ "count": 1 })).await?;
        // the shop is asked for what is a little while old
        self.minutes += 5;
        self.platform
            .shop_clock(chrono::TimeDelta::minutes(self.minutes))
            .await?;
        self.platform.run(&self.set_up).await?;
        let mut courses = self.platform.courses().await?;
        courses.retain(|order, _| !known.contains(order));
        self.theirs.extend(rows(&courses));
        self.note().await
    }

    async fn something_happens(&mut self) -> anyhow::Result<()> {
        let (invoices, amounts) = self.platform.invoices().await?;
        let all: Vec<&Invoice> = invoices.values().collect();
        let invoice = *all.choose(&mut self.dice).context("nothing is invoiced")?;
        let credited = invoice.credited_by.iter().map(|number| amounts[number]);
        let left_of_it = invoice.gross + credited.sum::<Decimal>();
        let platform = &self.platform;
        match self.dice.random_range(0..11) {
            0..3 if payable(invoice) => platform.pay(invoice, invoice.left).await?,
            3 if payable(invoice) => {
                platform
                    .pay(invoice, (invoice.left / Decimal::TWO).round_dp(2))
                    .await?
            }
            4 if !invoice.canceled => platform.cancel(invoice).await?,
            5 if !invoice.canceled && left_of_it > Decimal::ZERO => {
                platform.credit(invoice, left_of_it).await?;
            }
            6 if !invoice.canceled && left_of_it > Decimal::ONE => {
                platform.credit(invoice, Decimal::ONE).await?;
            }
            7..9 => self.somebody_moves(invoice.order().context("no order")?).await?,
            _ => platform.save_again(invoice).await?,
        }
        self.note().await
    }

    /// A person, or a module of the shop, puts an order in another state.
    async fn somebody_moves(&mut self, order: u32) -> anyhow::Result<()> {
        let states = [
            PAID,
            PREPARING,
            SHIPPED,
            DELIVERED,
            CANCELLED,
            PAYMENT_ERROR,
            BACKORDER,
            UNPAID_BACKORDER,
        ];
        let state = *states.choose(&mut self.dice).context("states")?;
        let employee = u32::from(self.dice.random_bool(0.6));
        let row = self.platform.enter(order, state, employee).await?;
        self.theirs.insert(row);
        Ok(())
    }

    /// Remembers what is true of the invoices from here on.
    async fn note(&mut self) -> anyhow::Result<()> {
        let courses = self.platform.courses().await?;
        let (invoices, amounts) = self.platform.invoices().await?;
        for (order, invoice) in &invoices {
            let length = courses[order].history.len();
            for event in self.events(invoice, &amounts) {
                // before it was invoiced its history was as long as it is
                let length = if event == OrderEvent::Invoiced { 1 } else { length };
                self.since.entry((*order, event)).or_insert(length);
            }
        }
        Ok(())
    }

    fn events(&self, invoice: &Invoice, amounts: &BTreeMap<usize, Decimal>) -> Vec<OrderEvent> {
        let credited = invoice.credited_by.iter().map(|number| amounts[number]);
        let credited = invoice.gross + credited.sum::<Decimal>() <= Decimal::ZERO;
        let mut all = vec![OrderEvent::Invoiced];
        all.extend((invoice.left.is_zero() && !credited).then_some(OrderEvent::Paid));
        all.extend(invoice.canceled.then_some(OrderEvent::Cancelled));
        all.extend(credited.then_some(OrderEvent::Credited));
        let delivered = all.contains(&self.delivered_when);
        all.extend(delivered.then_some(OrderEvent::Delivered));
        all.retain(|event| self.rules.states.contains_key(event));
        all
    }

    async fn bad_weather(&mut self) -> anyhow::Result<()> {
        self.weather = WEATHER.to_vec();
        self.weather.retain(|_| self.dice.random_bool(0.3));
        let weather: serde_json::Map<String, Value> = self
            .weather
            .iter()
            .map(|fault| ((*fault).to_owned(), 1.into()))
            .collect();
        self.platform.shop.faults(&Value::Object(weather)).await
    }

    /// A run, in which an agent may die or be frozen.
    async fn a_run(&mut self) -> anyhow::Result<()> {
        let moment = match self.dice.random_range(0..5) {
            0..2 => {
                self.platform
                    .request_run(&stream(&self.set_up, "order-status"))
                    .await?;
                return self.platform.idle(&self.set_up).await;
            }
            2..4 => Moment::AfterPut,
            _ => Moment::BeforePut,
        };
        self.agent.take().context("no agent")?.drain().await?;
        let pass = self.dice.random_range(0..3);
        let (moments, mut frozen) = Moments::freeze_after(pass, moment, Entity::Status);
        let doomed = self.platform.observed_agent(moments).await?;
        self.platform
            .request_run(&stream(&self.set_up, "order-status"))
            .await?;
        let key = tokio::select! {
            key = frozen.reached() => Some(key?),
            idle = self.platform.idle(&self.set_up) => idle.map(|()| None)?,
        };
        let Some(key) = key else {
            self.agent = Some(doomed);
            return Ok(());
        };
        self.seen.kills += 1;
        if self.dice.random_bool(0.3) {
            self.somebody_moves(order_of(&key).context("no order")?).await?;
        }
        self.held.push((doomed, frozen));
        self.agent = Some(self.platform.agent().await?);
        self.platform.idle(&self.set_up).await
    }

    /// The weather clears up, and everything is told until there is nothing to tell.
    async fn heal(&mut self) -> anyhow::Result<()> {
        let left: Value = self.platform.shop.get("faults").await?;
        let left = |fault: &&&str| left[**fault].as_u64() == Some(0);
        self.seen.bad_answers += self.weather.iter().filter(left).count();
        self.weather.clear();
        let clear: serde_json::Map<String, Value> = WEATHER
            .map(|fault| (fault.to_owned(), 0.into()))
            .into_iter()
            .collect();
        self.platform.shop.faults(&Value::Object(clear)).await?;
        self.platform.tell(&self.set_up).await?;
        let again = self.platform.tell_again(&self.set_up).await?;
        self.seen.replays += usize::try_from(again)?;
        self.platform.tell(&self.set_up).await.map(drop)
    }

    /// What the books of both systems say by themselves.
    async fn check(&mut self) -> anyhow::Result<()> {
        let courses = self.platform.courses().await?;
        (self.seen.states, self.seen.mails) = (0, 0);
        for course in courses.values() {
            self.is_once_and_never_back(course)
                .with_context(|| format!("{course:?}\n{:?}", self.rules))?;
        }
        let mut untold = self.since.iter();
        untold
            .try_for_each(|((order, event), since)| {
                let course = &courses[order];
                ensure!(
                    self.is_told(course, *event, *since),
                    "{event:?} since {since}: {course:?}"
                );
                Ok(())
            })
            .with_context(|| format!("{:?}", self.rules))
    }

    fn is_once_and_never_back(&mut self, course: &Course) -> anyhow::Result<()> {
        let mut told = Vec::new();
        for (place, row) in course.history.iter().enumerate() {
            if self.theirs.contains(&row.id) {
                continue;
            }
            let event = self.event_of(row.state).context("nobody asked for this state")?;
            ensure!(row.employee == 0, "it was no person");
            ensure!(
                self.since.contains_key(&(course.id, event)),
                "{event:?} has not happened"
            );
            let bar = self.rules.bars(&course.history[..place], event);
            ensure!(bar.is_none(), "{event:?} was told although {bar:?}");
            ensure!(told.last() < Some(&event), "{event:?} was told after {told:?}");
            told.push(event);
        }
        let mailed: Vec<u32> = course.mails.iter().map(|mail| mail.state).collect();
        let mut to_mail: Vec<u32> = told.iter().map(|event| self.rules.states[event]).collect();
        to_mail.retain(|state| self.mails && *state != DELIVERED);
        ensure!(mailed == to_mail, "mailed: {mailed:?}, to be mailed: {to_mail:?}");
        self.seen.states += told.len();
        self.seen.mails += mailed.len();
        Ok(())
    }

    fn event_of(&self, state: u32) -> Option<OrderEvent> {
        let mut states = self.rules.states.iter();
        states.find(|(_, told)| **told == state).map(|(event, _)| *event)
    }

    /// Whether it stands, or there was a time since it happened at which it could not be told.
    fn is_told(&self, course: &Course, event: OrderEvent, since: usize) -> bool {
        let has_ended = |end: OrderEvent| self.since.contains_key(&(course.id, end));
        let over = !ends(event) && (has_ended(OrderEvent::Cancelled) || has_ended(OrderEvent::Credited));
        let lengths = since.max(1)..=course.history.len();
        let mut bars = lengths.filter_map(|length| self.rules.bars(&course.history[..length], event));
        over || bars.next().is_some()
    }

    /// What the control plane says is what the books say.
    async fn check_records(&mut self) -> anyhow::Result<()> {
        let courses = self.platform.courses().await?;
        let statuses = stream(&self.set_up, "order-status");
        let unknown = self
            .platform
            .records_in(&statuses, pb::RecordState::Unknown)
            .await?;
        ensure!(unknown.is_empty(), "{unknown:?}");
        let parked = self
            .platform
            .records_in(&statuses, pb::RecordState::Parked)
            .await?;
        let why: BTreeSet<_> = parked
            .iter()
            .flat_map(|record| &record.reason)
            .collect::<Vec<_>>()
            .into_iter()
            .map(|reason| reason.code.as_str())
            .collect();
        ensure!(
            why.iter().all(|why| *why == "cancel_would_pay_back"),
            "{parked:?}"
        );
        ensure!(
            parked.len() == self.waiting(&courses),
            "{parked:?}\n{courses:?}\n{:?}",
            self.since
        );
        self.seen.waiting = parked.len();
        let dropped = self
            .platform
            .records_in(&statuses, pb::RecordState::Dropped)
            .await?;
        let moved_on = |record: &&pb::Record| {
            let why = record.reason.as_ref();
            why.is_some_and(|why| why.code == "order_moved_on")
        };
        self.seen.moved_on = dropped.iter().filter(moved_on).count();
        for course in courses.values() {
            self.story_agrees(course).await?;
        }
        Ok(())
    }

    /// How many orders have an end that only a person may allow.
    fn waiting(&self, courses: &BTreeMap<u32, Course>) -> usize {
        let wait = |course: &&Course| {
            let ends = [OrderEvent::Cancelled, OrderEvent::Credited];
            let mut happened = ends
                .into_iter()
                .filter(|end| self.since.contains_key(&(course.id, *end)));
            happened.any(|end| self.rules.bars(&course.history, end) == Some(Bar::Captured))
        };
        courses.values().filter(wait).count()
    }

    async fn story_agrees(&self, course: &Course) -> anyhow::Result<()> {
        let told = self.platform.told_of(&self.set_up, course.id).await?;
        let told = told.iter().filter_map(|event| event.facts.get("status"));
        let told: BTreeSet<&str> = told.flat_map(|events| events.split(", ")).collect();
        for row in &course.history {
            if self.theirs.contains(&row.id) {
                continue;
            }
            let event = self.event_of(row.state).context("nobody asked for this state")?;
            ensure!(
                told.contains(name(event)),
                "{event:?} is not in its story: {told:?}"
            );
        }
        for (event, state) in &self.rules.states {
            let stands = course.history.iter().any(|row| row.state == *state);
            ensure!(
                stands || !told.contains(name(*event)),
                "{event:?} is in its story only: {course:?}"
            );
        }
        Ok(())
    }
}

fn rows(courses: &BTreeMap<u32, Course>) -> BTreeSet<u32> {
    let rows = courses.values().flat_map(|course| &course.history);
    rows.map(|row| row.id).collect()
}

fn payable(invoice: &Invoice) -> bool {
    !invoice.canceled && invoice.left > Decimal::ONE
}

/// The order in a key such as `k3x9qa-1042/paid`.
fn order_of(key: &str) -> Option<u32> {
    key.split_once('-')?.1.split_once('/')?.0.parse().ok()
}

fn name(event: OrderEvent) -> &'static str {
    match event {
        OrderEvent::Unspecified => "",
        OrderEvent::Invoiced => "invoiced",
        OrderEvent::Delivered => "delivered",
        OrderEvent::Paid => "paid",
        OrderEvent::Cancelled => "cancelled",
        OrderEvent::Credited => "credited",
    }
}

impl std::ops::Add for Seen {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            states: self.states + other.states,
            mails: self.mails + other.mails,
            kills: self.kills + other.kills,
            bad_answers: self.bad_answers + other.bad_answers,
            moved_on: self.moved_on + other.moved_on,
            waiting: self.waiting + other.waiting,
            replays: self.replays + other.replays,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_is_sent_once_and_never_back() -> anyhow::Result<()> {
    let story = |seed: u64| async move {
        let story = Story::begin(seed).await.with_context(|| format!("seed {seed}"))?;
        story.told().await.with_context(|| format!("seed {seed}"))
    };
    let stories = futures::stream::iter(0..SEEDS).map(story);
    let all: Vec<anyhow::Result<Seen>> = stories.buffer_unordered(SIDE_BY_SIDE).collect().await;
    let mut seen = Seen::default();
    let mut wrong = Vec::new();
    for story in all {
        match story {
            Ok(more) => seen = seen + more,
            Err(error) => wrong.push(format!("{error:#}")),
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    ensure!(
        seen.states > 200
            && seen.mails > 100
            && seen.kills > 12
            && seen.bad_answers > 24
            && seen.moved_on > 2
            && seen.waiting > 2
            && seen.replays > 2,
        "too little happened to show anything: {seen:?}"
    );
    println!("{seen:?}");
    Ok(())
}
