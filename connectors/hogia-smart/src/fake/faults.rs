//! What may go wrong on purpose: weather (500, 429, slowness, lost answers, late search), the held post
//! that frozen agents are tested with, and sabotage, which proves that a comparison of books notices.
//! Bad answers, byte by byte, are `skarv_http::hostile`'s. Every fault strikes on each n-th chance, counted from when the plan
//! was last set, so runs repeat.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use skarv_http::hostile::{self, Format, Switches};
use tokio::sync::watch;
use tokio::time::Instant;

use super::errors::Refusal;
use super::socket::until_stopped;

/// 0 or false is off. `CONTRACT.md` says what each one does.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Plan {
    lost_answer_every: u64,
    lost_answer_next: u64,
    http_500_every: u64,
    http_429_every: u64,
    retry_after_s: u64,
    max_per_s: u64,
    slow_every: u64,
    slow_ms: u64,
    pub(super) deduplicate: bool,
    visible_after_ms: u64,
    hold_next_post: u64,
    lose_every: u64,
    double_every: u64,
    skew_every: u64,
    unsettled_every: u64,
    next_expire_tokens: u64,
    expire_tokens_every: u64,
    refuse_tokens: bool,
    next_sign_in_500: u64,
    next_sign_in_html: u64,
    next_sign_in_slow: u64,
    next_not_found: u64,
    not_found_every: u64,
    next_other_id: u64,
    other_id_every: u64,
    clock_offset_s: i64,
    pub(super) without_accounting: bool,
    pub(super) without_invoicing: bool,
    pub(super) without_item_rights: bool,
    no_items: bool,
    no_stock: bool,
    blank_stock: bool,
    pub(super) stock_as_text: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fault {
    LostAnswer,
    #[serde(rename = "http_500")]
    Http500,
    #[serde(rename = "http_429")]
    Http429,
    RateLimit,
    Slow,
    Hold,
    Deduplicated,
    Lose,
    Double,
    Skew,
    Unsettled,
    ExpireTokens,
    #[serde(rename = "sign_in_500")]
    SignIn500,
    SignInHtml,
    SignInSlow,
    NotFound,
    OtherId,
    NoItems,
    NoStock,
    BlankStock,
}

/// What the list of stock says instead of what it should.
pub(super) enum HiddenStock {
    /// That there is none of anything.
    Rows,
    /// Nothing at all.
    Bytes,
}

/// What is to be done wrong with an invoice that was accepted.
pub(super) struct Sabotage {
    pub(super) lose: bool,
    pub(super) double: bool,
    pub(super) skew: bool,
}

struct Inner {
    plan: Plan,
    hostile: Switches,
    chances: BTreeMap<Fault, u64>,
    served: BTreeMap<Fault, u64>,
    held: u64,
    recent: VecDeque<Instant>,
}

pub(super) struct Faults {
    inner: Mutex<Inner>,
    released: watch::Sender<u64>,
    stopped: watch::Receiver<bool>,
}

impl Faults {
    pub(super) fn new(stopped: watch::Receiver<bool>) -> Self {
        Self {
            inner: Mutex::new(Inner {
                plan: Plan::default(),
                hostile: Switches::of(Format::Json),
                chances: BTreeMap::new(),
                served: BTreeMap::new(),
                held: 0,
                recent: VecDeque::new(),
            }),
            released: watch::Sender::new(0),
            stopped,
        }
    }

    pub(super) fn plan(&self) -> Plan {
        self.inner().plan.clone()
    }

    /// Every switch of the plan, and of the bad answers those that are on.
    pub(super) fn shown(&self) -> Value {
        let inner = self.inner();
        let mut switches = inner.plan.switches();
        switches.extend(inner.hostile.shown());
        Value::Object(switches)
    }

    /// Changes the switches that are named and starts all counts anew.
    pub(super) fn set(&self, mut changes: Map<String, Value>) -> Result<(), String> {
        let mut inner = self.inner();
        inner.hostile.take(&mut changes)?;
        let mut switches = inner.plan.switches();
        switches.extend(changes);
        inner.plan = serde_json::from_value(Value::Object(switches)).map_err(|wrong| wrong.to_string())?;
        inner.chances.clear();
        Ok(())
    }

    /// How often each fault has struck, and how many posts are held now.
    pub(super) fn served(&self) -> (Map<String, Value>, u64) {
        let inner = self.inner();
        let weather = serde_json::to_value(&inner.served)
            .ok()
            .and_then(|served| match served {
                Value::Object(served) => Some(served),
                _ => None,
            });
        let bad = inner.hostile.served().iter();
        let bad = bad.map(|(name, times)| ((*name).to_owned(), Value::from(*times)));
        (weather.into_iter().flatten().chain(bad).collect(), inner.held)
    }

    pub(super) fn forget_served(&self) {
        let mut inner = self.inner();
        inner.served.clear();
        inner.hostile.forget_served();
    }

    pub(super) fn clock_offset_s(&self) -> i64 {
        self.inner().plan.clock_offset_s
    }

    /// The bad answer that this call gets. Asked once for each.
    pub(super) fn hostile(&self) -> Option<hostile::Answer> {
        self.inner().hostile.strike()
    }

    pub(super) fn resets_connection(&self) -> bool {
        self.inner().hostile.strike_accepted()
    }

    /// Whether every token given out so far ends before this call.
    pub(super) fn tokens_end(&self) -> bool {
        self.inner().ordered(
            Fault::ExpireTokens,
            |plan| &mut plan.next_expire_tokens,
            |plan| plan.expire_tokens_every,
        )
    }

    pub(super) fn refuses_tokens(&self) -> bool {
        self.inner().plan.refuse_tokens
    }

    /// What goes wrong with this sign-in, and how long it takes.
    pub(super) fn sign_in(&self) -> (Option<Fault>, Duration) {
        let mut inner = self.inner();
        let slow = inner.ordered(Fault::SignInSlow, |plan| &mut plan.next_sign_in_slow, |_| 0);
        let delay = if slow { inner.plan.slow_ms } else { 0 };
        let fails = inner.ordered(Fault::SignIn500, |plan| &mut plan.next_sign_in_500, |_| 0);
        let fault = if fails {
            Some(Fault::SignIn500)
        } else {
            let page = inner.ordered(Fault::SignInHtml, |plan| &mut plan.next_sign_in_html, |_| 0);
            page.then_some(Fault::SignInHtml)
        };
        (fault, Duration::from_millis(delay))
    }

    /// Whether a document that is there is denied. Asked once for each read of one by its id.
    pub(super) fn denies(&self) -> bool {
        self.inner().ordered(
            Fault::NotFound,
            |plan| &mut plan.next_not_found,
            |plan| plan.not_found_every,
        )
    }

    /// Whether the receipt names another document. Asked once for each that could.
    pub(super) fn names_another(&self) -> bool {
        self.inner().ordered(
            Fault::OtherId,
            |plan| &mut plan.next_other_id,
            |plan| plan.other_id_every,
        )
    }

    /// Whether this list of items comes back without one.
    pub(super) fn hides_items(&self) -> bool {
        self.inner().stands(Fault::NoItems, |plan| plan.no_items)
    }

    pub(super) fn hidden_stock(&self) -> Option<HiddenStock> {
        let mut inner = self.inner();
        if inner.stands(Fault::BlankStock, |plan| plan.blank_stock) {
            return Some(HiddenStock::Bytes);
        }
        let none = inner.stands(Fault::NoStock, |plan| plan.no_stock);
        none.then_some(HiddenStock::Rows)
    }

    /// Faults that strike before any work is done.
    pub(super) fn before_work(&self) -> Result<(), Refusal> {
        let mut inner = self.inner();
        if inner.over_rate() {
            return Err(Refusal::TooMany { retry_after_s: 1 });
        }
        if inner.strikes(Fault::Http429, |plan| plan.http_429_every) {
            return Err(Refusal::TooMany {
                retry_after_s: inner.plan.retry_after_s.max(1),
            });
        }
        if inner.strikes(Fault::Http500, |plan| plan.http_500_every) {
            return Err(Refusal::Text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internt fel".to_owned(),
            ));
        }
        Ok(())
    }

    pub(super) fn slow(&self) -> Option<Duration> {
        let mut inner = self.inner();
        let strikes = inner.strikes(Fault::Slow, |plan| plan.slow_every);
        strikes.then(|| Duration::from_millis(inner.plan.slow_ms))
    }

    /// Asked once for each post whose work is committed.
    pub(super) fn answer_lost(&self) -> bool {
        let mut inner = self.inner();
        inner.ordered(
            Fault::LostAnswer,
            |plan| &mut plan.lost_answer_next,
            |plan| plan.lost_answer_every,
        )
    }

    /// Asked once for each invoice that was accepted.
    pub(super) fn sabotage(&self) -> Sabotage {
        let mut inner = self.inner();
        Sabotage {
            lose: inner.strikes(Fault::Lose, |plan| plan.lose_every),
            double: inner.strikes(Fault::Double, |plan| plan.double_every),
            skew: inner.strikes(Fault::Skew, |plan| plan.skew_every),
        }
    }

    /// Whether this payment is answered and not booked.
    pub(super) fn unsettled(&self) -> bool {
        self.inner()
            .strikes(Fault::Unsettled, |plan| plan.unsettled_every)
    }

    pub(super) fn deduplicated(&self) {
        self.inner().serve(Fault::Deduplicated);
    }

    /// Whether a search sees what was booked then.
    pub(super) fn visible(&self, booked_at: Instant) -> bool {
        booked_at.elapsed() >= Duration::from_millis(self.inner().plan.visible_after_ms)
    }

    /// Waits while the post is held. False when the fake stopped meanwhile: nothing may be booked then.
    pub(super) async fn hold(&self) -> bool {
        let mut released = self.released.subscribe();
        if !self.inner().take_hold() {
            return true;
        }
        let go = tokio::select! {
            changed = released.changed() => changed.is_ok(),
            () = until_stopped(self.stopped.clone()) => false,
        };
        self.inner().held -= 1;
        go
    }

    /// Lets every held post go on, and holds no more.
    pub(super) fn release(&self) -> u64 {
        let mut inner = self.inner();
        inner.plan.hold_next_post = 0;
        self.released.send_modify(|round| *round += 1);
        inner.held
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Plan {
    fn switches(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(switches)) => switches,
            _ => Map::new(),
        }
    }
}

impl Inner {
    /// What is ordered so many times goes first.
    fn ordered(
        &mut self,
        fault: Fault,
        next: impl Fn(&mut Plan) -> &mut u64,
        every: impl Fn(&Plan) -> u64,
    ) -> bool {
        let left = next(&mut self.plan);
        if *left > 0 {
            *left -= 1;
            self.serve(fault);
            return true;
        }
        self.strikes(fault, every)
    }

    fn strikes(&mut self, fault: Fault, every: impl Fn(&Plan) -> u64) -> bool {
        let every = every(&self.plan);
        if every == 0 {
            return false;
        }
        let chances = self.chances.entry(fault).or_default();
        *chances += 1;
        let due = chances.is_multiple_of(every);
        if due {
            self.serve(fault);
        }
        due
    }

    /// A fault that lasts until it is switched off.
    fn stands(&mut self, fault: Fault, on: impl Fn(&Plan) -> bool) -> bool {
        let on = on(&self.plan);
        if on {
            self.serve(fault);
        }
        on
    }

    fn serve(&mut self, fault: Fault) {
        *self.served.entry(fault).or_default() += 1;
    }

    fn take_hold(&mut self) -> bool {
        if self.plan.hold_next_post == 0 {
            return false;
        }
        self.plan.hold_next_post -= 1;
        self.held += 1;
        self.serve(Fault::Hold);
        true
    }

    /// The fixed rate: at most so many calls in any second. A refused call does not count.
    fn over_rate(&mut self) -> bool {
        if self.plan.max_per_s == 0 {
            return false;
        }
        while self
            .recent
            .front()
            .is_some_and(|at| at.elapsed() >= Duration::from_secs(1))
        {
            self.recent.pop_front();
        }
        if self.recent.len() as u64 >= self.plan.max_per_s {
            self.serve(Fault::RateLimit);
            return true;
        }
        self.recent.push_back(Instant::now());
        false
    }
}
