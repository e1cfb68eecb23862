//! What an attempt asks the target about its write: whether it stands there, and whether a card of the buyer does.
//!
//! Reads change nothing, so they need no window; trouble that may pass is waited for as long as the slice has patience.

use skarv_canonical::{Class, write::Document};
use skarv_connector::{Error, Found};
use tokio::time::Instant;

use super::{Attempt, Leave, Step, TRIES, unknown_outcome};
use crate::flow::{
    control::{Prepared, Verdict},
    end::{End, How},
};

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
                Ok(Some(found)) => return taken_over(found),
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

    /// Whether a card of the buyer is to be looked for before one is made.
    pub(super) fn is_to_match(&self) -> bool {
        !self.matched && matches!(&self.write.document, Document::Customer(card) if card.match_existing)
    }

    /// Looks for a card of the buyer that stands already. Several of them are for a person: which one it is, is never chosen.
    pub(super) async fn match_card(&mut self, leave: Leave) -> Step {
        for attempt in 0..TRIES {
            match self.run.sink.match_existing(self.write).await {
                Ok(Some(found)) => return taken_over(found),
                Ok(None) => {
                    self.matched = true;
                    return Step::Send(None, leave);
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
    })
}
