//! One write, from its verdict to an end that can be settled. Here an invoice is made once or twice.
//!
//! After anything that may have had an effect the write is looked up before it is sent again; a look-up that finds
//! nothing counts only once the request is certainly over and the target's search has caught up. Where nothing can be
//! looked up, a person decides. A customer's card, an article and the state of an order are looked for before they are made; how the target is
//! asked, and what a find means, is in `reads`.

mod reads;

pub(super) use reads::NOTHING_TO_DO;

use std::time::Duration;

use skarv_canonical::{
    Class, Reason,
    write::{Document, Effect, Write},
};
use skarv_connector::{Delivery, Error, Put};
use skarv_http::SendWindow;
use tokio::time::Instant;

use super::{
    control::{Grant, Prepared, Verdict},
    end::{End, How},
    engine::Run,
    put::question,
    tries::{Next, Tries},
};

/// How long a request that broke may still be at work in the target after its send window.
const AFTERMATH: Duration = Duration::from_secs(5);

/// What a sink says of an article that is to be brought up to date and is there no more.
const ARTICLE_GONE: &str = "article_gone";

/// What to do next.
enum Step {
    /// Look for one that was there before us; without one, send it while this lasts.
    Match(Leave),
    /// Send it, while this lasts: to make it, or to bring up to date what stands under this id.
    Send(Option<String>, Leave),
    /// Look it up; finding nothing counts from this instant on.
    LookUp(Instant),
    /// Ask again, at this instant. `settled` says that a look-up has shown that nothing was written.
    Ask {
        at: Instant,
        settled: bool,
    },
    Done(End),
}

/// The right to send a write.
#[derive(Clone, Copy)]
struct Leave {
    window: SendWindow,
    /// When the window is over by the monotonic clock, whatever the wall clock does.
    ends_at: Instant,
}

impl Leave {
    fn of(grant: &Grant, prepared: &Prepared) -> Self {
        let window = SendWindow::new(prepared.asked, prepared.asked_wall, grant.length);
        Self {
            window,
            ends_at: prepared.asked + grant.length,
        }
    }
}

/// Carries one write to its end.
pub(super) struct Attempt<'a> {
    run: &'a Run,
    write: &'a Write,
    earlier: &'a [String],
    /// Whether what stands with another content is to be brought up to date.
    upkeep: bool,
    searchable: bool,
    pub(super) visible_after: Duration,
    tries: Tries,
    /// Whether it may stand in the target: a send that did not say, or someone else's, not looked up since.
    doubt: bool,
    /// Whether one that was there before us has been looked for in vain.
    matched: bool,
    /// What was found and is to be brought up to date.
    adopted: Option<String>,
    /// Whether what it was linked to is there no more.
    gone: bool,
    /// The last trouble, for the reason when patience ends.
    trouble: Option<Reason>,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(run: &'a Run, write: &'a Write, earlier: &'a [String]) -> Self {
        let target = run.target.write_of(&write.entity());
        Self {
            run,
            write,
            earlier,
            upkeep: false,
            searchable: target.is_some_and(|t| t.searchable),
            visible_after: Duration::from_millis(target.map_or(0, |t| t.visible_after_ms)),
            tries: Tries::default(),
            doubt: false,
            matched: false,
            adopted: None,
            gone: false,
            trouble: None,
        }
    }

    /// Whether a card that stands is to be brought up to date.
    pub(super) fn keeping_up(mut self, upkeep: bool) -> Self {
        self.upkeep = upkeep;
        self
    }

    /// Goes from step to step until there is an end.
    pub(super) async fn carry_out(mut self, verdict: &Verdict, prepared: &Prepared) -> End {
        self.doubt = matches!(verdict, Verdict::Held(_) | Verdict::Pending { .. });
        let mut step = self.begin(verdict, prepared, false);
        loop {
            step = match step {
                Step::Done(end) => return end,
                Step::Match(leave) => self.match_standing(leave).await,
                Step::Send(existing, leave) => self.send(existing, leave).await,
                Step::LookUp(settles_at) => self.look_up(settles_at).await,
                Step::Ask { at, settled } => self.ask(at, settled).await,
            };
        }
    }

    /// The first step by the verdict. `settled` says that a look-up has just shown that nothing was written.
    fn begin(&self, verdict: &Verdict, prepared: &Prepared, settled: bool) -> Step {
        match verdict {
            Verdict::New(grant) => self.make(Leave::of(grant, prepared)),
            Verdict::Held(grant) if settled => self.make(Leave::of(grant, prepared)),
            // this very run may have sent it, earlier in the slice
            Verdict::Held(_) => Step::LookUp(
                self.run
                    .doubts
                    .settles_at(self.write)
                    .unwrap_or_else(Instant::now),
            ),
            // a look-up has settled what someone else may have done, and nobody else can have asked since
            Verdict::Pending { wait, grant } if settled && wait.is_zero() => {
                self.make(Leave::of(grant, prepared))
            }
            // it is found already, and is brought up to date once nobody else can be at it
            Verdict::Pending { wait, .. } if self.adopted.is_some() => {
                self.wait_to_ask(prepared.answered + *wait, true)
            }
            Verdict::Pending { wait, .. } => Step::LookUp(prepared.answered + *wait),
            Verdict::Unchanged { foreign_id } => Step::Done(End::unchanged(foreign_id)),
            Verdict::Linked { foreign_id, grant } => self.linked(foreign_id, Leave::of(grant, prepared)),
            // whoever holds it may write meanwhile
            Verdict::Busy { wait } => self.wait_to_ask(Instant::now() + *wait, false),
            Verdict::Unknown => Step::Done(End::Unknown(unknown_outcome())),
        }
    }

    /// Asks again at this instant, if the slice has the patience.
    fn wait_to_ask(&self, at: Instant, settled: bool) -> Step {
        let wait = at.saturating_duration_since(Instant::now());
        match wait > self.run.patience() {
            true => Step::Done(self.later(Some(wait))),
            false => Step::Ask { at, settled },
        }
    }

    /// Nothing of it is known to stand: one that was there before us is looked for first.
    fn make(&self, leave: Leave) -> Step {
        match &self.adopted {
            Some(found) => Step::Send(Some(found.clone()), leave),
            None if self.is_to_match() => Step::Match(leave),
            None => Step::Send(None, leave),
        }
    }

    /// What stands there has another content. A customer's card belongs to the books once it is made, unless the settings
    /// say that a new order brings it up to date, and an article unless they say that it is only made; a document is never
    /// rewritten.
    fn linked(&self, foreign_id: &str, leave: Leave) -> Step {
        match self.write.document {
            Document::Customer(_) if self.upkeep && self.write.effect == Effect::Update => {
                Step::Send(Some(foreign_id.to_owned()), leave)
            }
            // and what was told is told once, however it would be told now
            Document::Customer(_) | Document::Status(_) => Step::Done(End::unchanged(foreign_id)),
            Document::Article(_) if self.write.effect == Effect::Create => {
                Step::Done(End::unchanged(foreign_id))
            }
            Document::Article(_) if self.gone => self.make(leave),
            Document::Article(_) | Document::Price(_) | Document::Stock(_) => {
                Step::Send(Some(foreign_id.to_owned()), leave)
            }
            Document::Invoice(_) | Document::Payment(_) | Document::Credit(_) => Step::Done(End::Changed {
                foreign_id: foreign_id.to_owned(),
            }),
        }
    }

    async fn send(&mut self, existing: Option<String>, leave: Leave) -> Step {
        if let Some(stop) = self.run.stopped() {
            return Step::Done(End::Stop(stop));
        }
        self.tries.sent += 1;
        self.run.observer.before_put(self.write);
        let put = Put {
            write: self.write,
            existing: existing.as_deref(),
            earlier: self.earlier,
            window: Some(leave.window),
        };
        match self.run.sink.put(put).await {
            Ok(receipt) => {
                self.run.observer.after_put(self.write);
                let how = match existing.is_some() && self.adopted.is_some() {
                    true => How::Found,
                    false => How::Made,
                };
                Step::Done(End::of(receipt, how))
            }
            Err(error) if existing.is_some() && self.is_gone(&error) => Step::Match(leave),
            Err(error) if existing.is_some() => self.not_updated(error),
            Err(error) => self.after_failure(error, leave),
        }
    }

    /// Whether the article to be brought up to date is there no more. Then the link leads nowhere, and is not followed again.
    fn is_gone(&mut self, error: &Error) -> bool {
        if self.gone || error.reason.code != ARTICLE_GONE {
            return false;
        }
        tracing::info!(our_key = %self.write.our_key, "a linked article is gone; looking for another of its number");
        (self.gone, self.adopted, self.matched) = (true, None, false);
        true
    }

    /// Bringing a card up to date twice is doing it once, so whether the first try arrived makes no difference.
    fn not_updated(&mut self, error: Error) -> Step {
        tracing::info!(code = %error.reason.code, sent = self.tries.sent, "a card was not brought up to date");
        self.trouble = Some(error.reason.clone());
        self.not_delivered(error)
    }

    /// A write that failed: what may be done about it depends on whether it may have happened.
    fn after_failure(&mut self, error: Error, leave: Leave) -> Step {
        tracing::info!(code = %error.reason.code, delivery = ?error.delivery, sent = self.tries.sent, "a write failed");
        self.trouble = Some(error.reason.clone());
        self.doubt = error.delivery != Delivery::NotDelivered;
        match error.delivery {
            Delivery::NotDelivered => self.not_delivered(error),
            Delivery::Answered | Delivery::InFlight if !self.searchable => {
                Step::Done(End::Unknown(unknown_outcome()))
            }
            Delivery::Answered => {
                self.run.progress.retried();
                Step::LookUp(Instant::now() + self.visible_after)
            }
            Delivery::InFlight => {
                self.run.progress.retried();
                let settles_at = leave.ends_at.max(Instant::now()) + AFTERMATH + self.visible_after;
                self.run.doubts.note(self.write, settles_at);
                Step::LookUp(settles_at)
            }
        }
    }

    fn not_delivered(&mut self, error: Error) -> Step {
        match self.tries.after(self.run, &error) {
            Next::Again(wait) => Step::Ask {
                at: Instant::now() + wait,
                settled: true,
            },
            Next::Later(wait) => Step::Done(self.later(wait)),
            Next::Refused => Step::Done(End::Refused(error.reason)),
            Next::Unknown => Step::Done(End::Unknown(error.reason)),
        }
    }

    /// Nothing was written, that is settled. A new grant is needed: the old one may be all but over.
    fn send_again(&mut self) -> Step {
        self.doubt = false;
        self.run.doubts.clear(self.write);
        if self.tries.used_up() {
            return Step::Done(self.later(None));
        }
        let wait = match self.tries.sent {
            0 => Duration::ZERO,
            sent => self.run.backoff(sent).min(self.run.patience()),
        };
        Step::Ask {
            at: Instant::now() + wait,
            settled: true,
        }
    }

    async fn ask(&mut self, at: Instant, settled: bool) -> Step {
        tokio::time::sleep_until(at).await;
        match self
            .run
            .control
            .prepare(vec![question(self.run, self.write)])
            .await
        {
            Err(stop) => Step::Done(End::Stop(stop)),
            Ok(prepared) => match prepared.verdicts.first() {
                Some(verdict) => self.begin(verdict, &prepared, settled),
                None => Step::Done(self.later(None)),
            },
        }
    }

    fn later(&self, wait: Option<Duration>) -> End {
        End::Later {
            trouble: self.trouble.clone(),
            wait,
            unwritten: !self.doubt,
        }
    }
}

fn unknown_outcome() -> Reason {
    Reason::new(Class::UnknownOutcome, "unknown_outcome").fix("resolve_by_hand")
}
