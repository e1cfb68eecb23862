//! The pace of one connection: requests leave only under a budget that the control plane gave, spaced as it says.
//!
//! The budget is shared by every task of a run, and comes in chunks of at most a second's worth, so that all agents
//! together keep to what the foreign system allows. Nothing leaves once the lease may be over.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use skarv_http::{Pacer, PacerClosed};
use skarv_proto::agent::v1 as pb;
use tokio::{task::JoinSet, time::Instant};

use super::{
    client::{Client, Patience},
    error::CallError,
    lease::decode_grant,
    status::decode_status,
    to_ms,
};
use crate::{
    flow::Signal,
    holding::Holding,
    lease::{Connection, RequestGrant},
};

/// Losing the lease ends the waiting long before this does.
const RESERVE: Patience = Patience {
    attempt: Duration::from_secs(5),
    all: Duration::from_secs(3_600),
};

const REPORT: Patience = Patience {
    attempt: Duration::from_secs(3),
    all: Duration::from_secs(10),
};

/// The first chunk that a run reserves: most runs need few requests.
const FIRST_CHUNK: u32 = 4;

/// At a fast pace a chunk is worth this long: asking for a few requests at a time would take longer than sending them, and
/// what is left of a chunk when a slice ends is lost.
const WORTH: Duration = Duration::from_millis(50);

/// After a chunk that allowed nothing, at least this long before asking again.
const LEAST_WAIT: Duration = Duration::from_millis(50);

/// Lets requests of one run through at the pace of one connection.
pub(crate) struct ConnectionPacer {
    client: Arc<Client>,
    holding: Arc<Holding>,
    connection: String,
    pacing: Mutex<Pacing>,
    /// One reserves, the others wait for it.
    reserving: tokio::sync::Mutex<()>,
    /// Reports under way. They end with the run.
    reports: Mutex<JoinSet<()>>,
}

impl ConnectionPacer {
    /// `most` is the most that is reserved at a time, unless the connection turns out to be much faster: a second's worth.
    pub(crate) fn new(
        client: Arc<Client>,
        holding: Arc<Holding>,
        connection: &Connection,
        most: u32,
    ) -> Self {
        Self {
            client,
            holding,
            connection: connection.reference.clone(),
            pacing: Mutex::new(Pacing::new(connection.budget, Instant::now(), most)),
            reserving: tokio::sync::Mutex::default(),
            reports: Mutex::default(),
        }
    }

    fn pacing(&self) -> MutexGuard<'_, Pacing> {
        self.pacing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The instant of the next request, reserving more when the budget is used up.
    async fn next(&self) -> Result<Instant, PacerClosed> {
        if let Some(at) = self.pacing().take(Instant::now()) {
            return Ok(at);
        }
        let _turn = self.reserving.lock().await;
        loop {
            if let Some(at) = self.pacing().take(Instant::now()) {
                return Ok(at);
            }
            let wait = self.reserve().await?;
            tokio::time::sleep(wait).await;
        }
    }

    /// Reserves a chunk. Returns how long to wait when it allows nothing.
    async fn reserve(&self) -> Result<Duration, PacerClosed> {
        let request = pb::ReserveRequestsRequest {
            agent_id: String::new(),
            run_id: self.holding.key.run_id.clone(),
            epoch: self.holding.key.epoch,
            connection_ref: self.connection.clone(),
            count: self.pacing().want(),
        };
        let call = self.client.call(RESERVE, request, |mut stub, q| async move {
            stub.reserve_requests(q).await
        });
        let answer = call.await.map_err(|error| self.closed(&error))?;
        if decode_status(answer.reply.status()) == Signal::Lost {
            self.holding.raise(Signal::Lost);
            return Err(PacerClosed);
        }
        let grant = answer.reply.grant.map(decode_grant).unwrap_or_default();
        Ok(self.pacing().refill(grant, answer.asked, Instant::now()))
    }

    fn closed(&self, error: &CallError) -> PacerClosed {
        tracing::error!(%error, connection = self.connection, "no request budget to be had");
        PacerClosed
    }

    fn report(&self, retry: Duration) {
        let request = pb::ReportThrottleRequest {
            agent_id: String::new(),
            run_id: self.holding.key.run_id.clone(),
            epoch: self.holding.key.epoch,
            connection_ref: self.connection.clone(),
            retry_ms: to_ms(retry),
            kind: pb::ThrottleKind::Rate.into(),
        };
        let client = Arc::clone(&self.client);
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        while reports.try_join_next().is_some() {}
        reports.spawn(async move {
            let told = client.call(REPORT, request, |mut stub, q| async move {
                stub.report_throttle(q).await
            });
            if let Err(error) = told.await {
                tracing::warn!(%error, "other agents were not told to slow down");
            }
        });
    }
}

#[async_trait]
impl Pacer for ConnectionPacer {
    async fn permit(&self) -> Result<(), PacerClosed> {
        let permitted = async {
            loop {
                let at = self.next().await?;
                tokio::time::sleep_until(at).await;
                // the foreign system may have asked for a pause meanwhile
                if !self.pacing().rests(Instant::now()) {
                    return Ok(());
                }
            }
        };
        tokio::select! {
            biased;
            () = self.holding.lost() => return Err(PacerClosed),
            permitted = permitted => permitted?,
        }
        if self.holding.alive(Instant::now()) {
            Ok(())
        } else {
            Err(PacerClosed)
        }
    }

    fn throttled(&self, retry_after: Duration) {
        let news = self.pacing().rest(Instant::now() + retry_after);
        if news {
            tracing::info!(
                connection = self.connection,
                ?retry_after,
                "the foreign system asks for a pause"
            );
            self.report(retry_after);
        }
    }
}

/// How many requests of this spacing a chunk is worth.
fn worth(interval: Duration) -> u32 {
    let worth = WORTH.as_micros().checked_div(interval.as_micros());
    worth
        .and_then(|worth| u32::try_from(worth).ok())
        .unwrap_or_default()
}

/// What is left of a chunk, and when the next of it may leave.
#[derive(Debug)]
struct Pacing {
    left: u32,
    next: Instant,
    interval: Duration,
    void_at: Instant,
    rests_until: Instant,
    want: u32,
    most: u32,
}

impl Pacing {
    /// Begins with what came along with the lease, at `now`.
    fn new(grant: RequestGrant, now: Instant, most: u32) -> Self {
        let most = most.max(1);
        let mut pacing = Self {
            left: 0,
            next: now,
            interval: Duration::ZERO,
            void_at: now,
            rests_until: now,
            want: FIRST_CHUNK.min(most),
            most,
        };
        pacing.refill(grant, now, now);
        pacing
    }

    /// Takes a request out of the budget; returns when it may leave.
    fn take(&mut self, now: Instant) -> Option<Instant> {
        let at = self.next.max(now).max(self.rests_until);
        if self.left == 0 || at >= self.void_at {
            self.left = 0;
            return None;
        }
        self.left -= 1;
        self.next = at + self.interval;
        Some(at)
    }

    /// How many to ask for: more each time, up to a second's worth.
    fn want(&mut self) -> u32 {
        let want = self.want;
        self.want = want.saturating_mul(2).min(self.most);
        want
    }

    /// Takes a chunk in. It may begin no earlier than its wait after the answer, and is void by its time after the
    /// question: both ways round, travel time is not ours. Returns how long to wait when the chunk allows nothing.
    fn refill(&mut self, grant: RequestGrant, asked: Instant, received: Instant) -> Duration {
        self.left = grant.count;
        self.interval = grant.interval;
        self.most = self.most.max(worth(grant.interval));
        // the chunk before this one keeps its spacing
        self.next = self.next.max(received + grant.wait);
        self.void_at = asked + grant.expires;
        let usable = grant.count > 0 && self.next.max(self.rests_until) < self.void_at;
        if usable {
            Duration::ZERO
        } else {
            grant.wait.max(LEAST_WAIT)
        }
    }

    /// Lets nothing leave before `until`. Returns whether that is news.
    fn rest(&mut self, until: Instant) -> bool {
        let news = until > self.rests_until + LEAST_WAIT;
        self.rests_until = self.rests_until.max(until);
        news
    }

    fn rests(&self, now: Instant) -> bool {
        now < self.rests_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const TENTH: Duration = Duration::from_millis(100);

    fn grant(count: u32, wait: Duration) -> RequestGrant {
        RequestGrant {
            count,
            wait,
            interval: TENTH,
            expires: SECOND,
        }
    }

    /// milliseconds after `began` at which requests may leave, all asked for at once
    fn leaving(pacing: &mut Pacing, began: Instant, now: Instant, requests: usize) -> Vec<Option<u128>> {
        (0..requests)
            .map(|_| pacing.take(now).map(|at| (at - began).as_millis()))
            .collect()
    }

    #[test]
    fn a45_requests_leave_spaced_and_no_more_than_were_granted() {
        let now = Instant::now();
        let mut pacing = Pacing::new(grant(3, TENTH), now, 10);
        assert_eq!(
            leaving(&mut pacing, now, now, 4),
            [Some(100), Some(200), Some(300), None]
        );
    }

    #[test]
    fn idle_time_is_not_saved_up_for_a_burst() {
        let began = Instant::now();
        let mut pacing = Pacing::new(grant(5, Duration::ZERO), began, 10);
        assert_eq!(leaving(&mut pacing, began, began, 1), [Some(0)]);
        assert_eq!(
            leaving(&mut pacing, began, began + SECOND / 2, 3),
            [Some(500), Some(600), Some(700)]
        );
    }

    #[test]
    fn what_is_left_of_a_chunk_is_void_after_its_time() {
        let began = Instant::now();
        let mut pacing = Pacing::new(grant(5, Duration::ZERO), began, 10);
        assert_eq!(leaving(&mut pacing, began, began + SECOND, 2), [None, None]);
        pacing.refill(grant(1, Duration::ZERO), began + SECOND, began + SECOND);
        assert_eq!(leaving(&mut pacing, began, began + SECOND, 2), [Some(1000), None]);
    }

    #[test]
    fn a_wait_counts_from_the_answer_and_the_end_from_the_question() {
        let asked = Instant::now();
        let received = asked + SECOND / 2;
        let mut pacing = Pacing::new(RequestGrant::default(), asked, 10);
        assert_eq!(
            pacing.refill(grant(9, TENTH * 3), asked, received),
            Duration::ZERO
        );
        assert_eq!(
            leaving(&mut pacing, asked, received, 3),
            [Some(800), Some(900), None]
        );
    }

    #[test]
    fn the_spacing_holds_from_one_chunk_to_the_next() {
        let now = Instant::now();
        let mut pacing = Pacing::new(grant(1, Duration::ZERO), now, 10);
        assert_eq!(leaving(&mut pacing, now, now, 2), [Some(0), None]);
        pacing.refill(grant(1, Duration::ZERO), now, now);
        assert_eq!(leaving(&mut pacing, now, now, 1), [Some(100)]);
    }

    #[test]
    fn a_pause_that_the_foreign_system_asks_for_outranks_the_budget() {
        let now = Instant::now();
        let mut pacing = Pacing::new(grant(5, Duration::ZERO), now, 10);
        assert!(pacing.rest(now + SECOND / 2));
        assert!(!pacing.rest(now + SECOND / 4), "a shorter pause is no news");
        assert!(pacing.rests(now));
        assert_eq!(leaving(&mut pacing, now, now, 1), [Some(500)]);
        assert!(!pacing.rests(now + SECOND / 2));
    }

    #[test]
    fn chunks_grow_to_a_seconds_worth() {
        let now = Instant::now();
        let wants = |most| {
            let mut pacing = Pacing::new(RequestGrant::default(), now, most);
            [pacing.want(), pacing.want(), pacing.want(), pacing.want()]
        };
        assert_eq!(wants(10), [4, 8, 10, 10]);
        assert_eq!(wants(0), [1, 1, 1, 1]);
    }

    #[test]
    fn a_fast_connection_is_asked_for_more_at_a_time() {
        let now = Instant::now();
        let mut pacing = Pacing::new(RequestGrant::default(), now, 5);
        let fast = RequestGrant {
            interval: Duration::from_millis(1),
            ..grant(4, Duration::ZERO)
        };
        pacing.refill(fast, now, now);
        let wants: Vec<u32> = (0..6).map(|_| pacing.want()).collect();
        assert_eq!(wants, [4, 8, 16, 32, 50, 50]);
    }

    #[test]
    fn an_empty_chunk_says_how_long_to_wait_and_never_not_at_all() {
        let now = Instant::now();
        let mut pacing = Pacing::new(RequestGrant::default(), now, 10);
        assert_eq!(pacing.refill(grant(0, SECOND), now, now), SECOND);
        assert_eq!(pacing.refill(grant(0, Duration::ZERO), now, now), LEAST_WAIT);
    }
}
