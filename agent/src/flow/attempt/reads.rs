//! What an attempt asks the target about its write: whether it stands there, and whether a card of the buyer, an article of
//! its number, or the order in its state, does. Of an article a find says only that it is there: it is brought up to date where the settings say so.
//!
//! Reads change nothing, so they need no window; trouble that may pass is waited for as long as the slice has patience.

use skarv_canonical::{
    Class, Reason,
    write::{Document, Effect},
};
use skarv_connector::{Error, Found};
use tokio::time::Instant;

use super::{Attempt, Leave, Step, unknown_outcome};
use crate::flow::{
    control::{Prepared, Verdict},
    end::{End, How},
};

/// How often one question is asked within a slice.
const TRIES: u32 = 5;

/// The reason of an article that is not in the target, where none may be made. Nobody needs to act.
const ARTICLE_NOT_THERE: &str = "article_not_there";

/// What a shop says of an order that has come further than the state that it is to be put in, or that a person moved on.
const ORDER_MOVED_ON: &str = "order_moved_on";

/// Reasons for which a write is left undone because there is nothing to do. Nobody needs to act.
pub(in crate::flow) const NOTHING_TO_DO: [&str; 2] = [ARTICLE_NOT_THERE, ORDER_MOVED_ON];

impl Attempt<'_> {
    /// Whether the write stands, without ever making it. `None`: it does not.
    pub(in crate::flow) async fn look(mut self, verdict: &Verdict, prepared: &Prepared) -> Option<End> {
        let step = match self.begin(verdict, prepared, false) {
            Step::LookUp(settles_at) => self.look_up(settles_at).await,
            Step::Ask { at, .. } => Step::Done(self.later(Some(at - Instant::now()))),
            step => step,
        };
        match step {
            Step::Done(end) => Some(end),
            Step::Match(_) | Step::Send(..) | Step::LookUp(_) | Step::Ask { .. } => None,
        }
    }

    /// Looks the write up. Finding it ends the matter at once; finding nothing does so only from `settles_at` on.
    pub(super) async fn look_up(&mut self, settles_at: Instant) -> Step {
        if !self.searchable {
            return Step::Done(End::Unknown(unknown_outcome()));
        }
        for attempt in 0..TRIES {
            let began = Instant::now();
            match self.run.sink.find(self.write).await {
                Ok(Some(found)) => return self.found_again(found),
                Ok(None) if began >= settles_at => return self.send_again(),
                Ok(None) => {
                    let wait = settles_at - Instant::now();
                    if wait > self.run.patience() {
                        return Step::Done(self.later(Some(wait)));
                    }
                    tokio::time::sleep_until(settles_at).await;
                }
                Err(error) => match error.class() {
                    Class::Transient | Class::RateLimited => {
                        if let Some(step) = self.rest(error, attempt).await {
                            return step;
                        }
                    }
                    Class::UnknownOutcome => return Step::Done(End::Unknown(error.reason)),
                    // it may stand there, so its intent stays; a person can do something about this and send it again
                    Class::Data | Class::Configuration | Class::Credentials => {
                        self.trouble = Some(error.reason);
                        return Step::Done(self.later(None));
                    }
                },
            }
        }
        Step::Done(self.later(None))
    }

    /// Whether one that was there before us is to be looked for before it is made.
    pub(super) fn is_to_match(&self) -> bool {
        !self.matched
            && match &self.write.document {
                Document::Customer(card) => card.match_existing,
                // the shop itself, or a module of it, may have put the order there
                Document::Article(_) | Document::Status(_) => true,
                Document::Invoice(_)
                | Document::Payment(_)
                | Document::Credit(_)
                | Document::Price(_)
                | Document::Stock(_) => false,
            }
    }

    /// Looks for one that was there before us. Several of them are for a person: which one it is, is never chosen.
    pub(super) async fn match_standing(&mut self, leave: Leave) -> Step {
        for attempt in 0..TRIES {
            match self.run.sink.match_existing(self.write).await {
                Ok(Some(found)) => return self.matched(found, leave),
                Ok(None) => {
                    self.matched = true;
                    return self.nothing_there(leave);
                }
                Err(error) => match error.class() {
                    Class::Transient | Class::RateLimited => {
                        if let Some(step) = self.rest(error, attempt).await {
                            return step;
                        }
                    }
                    _ => return Step::Done(End::Refused(error.reason)),
                },
            }
        }
        Step::Done(self.later(None))
    }

    /// What was there before us is taken over. An article is brought up to date at once, unless it is only to be made.
    fn matched(&mut self, found: Found, leave: Leave) -> Step {
        match (&self.write.document, self.write.effect) {
            _ if found.mismatch.is_some() => taken_over(found),
            (Document::Article(_), Effect::Create) => Step::Done(End::stands(found.foreign_id, How::Left)),
            (Document::Article(_), Effect::Update | Effect::Set) => {
                self.adopted = Some(found.foreign_id.clone());
                Step::Send(Some(found.foreign_id), leave)
            }
            _ => taken_over(found),
        }
    }

    /// What stands under our key. An article of this number may have been there before us, whoever tried to write it, so
    /// that what is to stand on it is sent once more.
    fn found_again(&mut self, found: Found) -> Step {
        let is_article = matches!(self.write.document, Document::Article(_));
        if !is_article || self.write.effect == Effect::Create || found.mismatch.is_some() {
            return taken_over(found);
        }
        (self.adopted, self.doubt) = (Some(found.foreign_id), false);
        self.run.doubts.clear(self.write);
        Step::Ask {
            at: Instant::now(),
            settled: true,
        }
    }

    /// Makes it, unless the settings say that missing articles are left out.
    fn nothing_there(&self, leave: Leave) -> Step {
        match &self.write.document {
            Document::Article(card) if !card.may_create => {
                let reason = Reason::data(ARTICLE_NOT_THERE).with("number", &card.sku);
                Step::Done(End::Refused(reason))
            }
            _ => Step::Send(None, leave),
        }
    }

    /// Waits before a read is repeated; the end instead, if that is longer than the slice has patience.
    async fn rest(&mut self, error: Error, attempt: u32) -> Option<Step> {
        let wait = error.retry_after.unwrap_or_else(|| self.run.backoff(attempt));
        self.trouble = Some(error.reason);
        if wait > self.run.patience() {
            return Some(Step::Done(self.later(Some(wait))));
        }
        self.run.progress.retried();
        tokio::time::sleep(wait).await;
        None
    }
}

fn taken_over(found: Found) -> Step {
    Step::Done(End::Stands {
        foreign_id: found.foreign_id,
        how: How::Found,
        mismatch: found.mismatch,
        remarks: Vec::new(),
    })
}
