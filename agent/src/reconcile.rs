//! A reconcile run: reads what a shop made in a period and what stands in the books, side by side, and says what differs.
//!
//! It only reads. It asks for no grant, settles nothing and has no cursor, so it may be stopped anywhere and starts over
//! elsewhere. It is not cut into slices: half a comparison is none. What it holds is bounded, and so is what it reads, whatever
//! the systems answer. The comparison itself is `skarv_canonical::reconciliation`.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{Stream, TryStreamExt, stream};
use skarv_canonical::{
    Reason,
    ledger::BookedDocument,
    reconciliation::{Compared, Reconciliation},
    record::Pulled,
    spec::OrderSettings,
};
use skarv_connector::{BoxedLedger, BoxedSource, Error, Period, PeriodRequest};
use skarv_http::{Backoff, WallClock};
use tokio::sync::watch;

use crate::{
    flow::{Progress, Signal, SliceEnd},
    lease::{Ending, Found},
    reading::Reading,
};

/// Records a page.
const PAGE: usize = 50;

/// The most records and documents that one comparison holds.
const MOST: usize = 200_000;

/// How often a read is tried. Nobody waits in line behind a comparison, so it has more patience than a slice.
const TRIES: u32 = 8;

/// Waits between tries.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));

/// The longest wait that is sat out. After a longer one the run is better queued again.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Everything a comparison needs.
pub(crate) struct Reconcile {
    pub(crate) source: BoxedSource,
    pub(crate) ledger: BoxedLedger,
    /// The shop's immutable reference: what our documents' references begin with.
    pub(crate) shop_ref: String,
    pub(crate) settings: OrderSettings,
    pub(crate) period: Period,
    /// What the lease keeper says.
    pub(crate) signal: watch::Receiver<Signal>,
    /// Counts, for the lease keeper.
    pub(crate) progress: Arc<Progress>,
    pub(crate) wall: Arc<dyn WallClock>,
}

/// A page of either system.
enum Page {
    Records(Vec<Pulled>),
    Documents(Vec<BookedDocument>),
}

impl Reconcile {
    /// Compares, unless someone says stop.
    pub(crate) async fn run(&self) -> Ending {
        let mut signal = self.signal.clone();
        tokio::select! {
            biased;
            _ = signal.wait_for(|told| *told != Signal::Go) => self.stopped().into(),
            compared = self.compared() => match compared {
                Ok(compared) => Ending::found(Found::Reconciliation(self.period, compared)),
                Err(error) => failed(error).into(),
            },
        }
    }

    fn stopped(&self) -> SliceEnd {
        match *self.signal.borrow() {
            Signal::Cancel => SliceEnd::Cancelled,
            Signal::Lost => SliceEnd::Lost,
            Signal::Pause | Signal::NotAllowed => SliceEnd::Yielded { retry: None },
            Signal::Drain | Signal::Go => SliceEnd::HandedBack,
        }
    }

    async fn compared(&self) -> Result<Compared, Error> {
        let days = self.period.from..=self.period.to;
        let mut comparison = Reconciliation::new(&self.shop_ref, self.settings.clone(), days);
        let pages_left = AtomicUsize::new(MOST);
        let both = stream::select(self.records(), self.documents(self.period));
        self.take_in(&mut comparison, both, &pages_left).await?;
        for days in comparison.days_to_look_again() {
            let period = Period {
                from: *days.start(),
                to: *days.end(),
            };
            self.take_in(&mut comparison, self.documents(period), &pages_left)
                .await?;
        }
        for keys in comparison.keys_to_ask_for().chunks(PAGE) {
            let records = self
                .patiently(|| self.source.fetch(keys, self.wall.now()))
                .await?;
            self.progress.read(records.len());
            records.iter().for_each(|pulled| comparison.expect(pulled));
        }
        // many documents are a while's work, and this thread has leases to keep
        let compared = tokio::task::spawn_blocking(|| comparison.compare()).await;
        compared.map_err(|_| Error::transient("agent_fault"))
    }

    /// Takes pages in as they come. A system that never comes to an end, or shows more than can be held, is given up.
    async fn take_in(
        &self,
        comparison: &mut Reconciliation,
        pages: impl Stream<Item = Result<Page, Error>>,
        pages_left: &AtomicUsize,
    ) -> Result<(), Error> {
        let mut pages = pin!(pages);
        while let Some(page) = pages.try_next().await? {
            match page {
                Page::Records(records) => {
                    self.progress.read(records.len());
                    records.iter().for_each(|pulled| comparison.expect(pulled));
                }
                Page::Documents(documents) => {
                    self.progress.read(documents.len());
                    documents
                        .into_iter()
                        .for_each(|document| comparison.book(document));
                }
            }
            if comparison.size() > MOST || pages_left.fetch_sub(1, Ordering::Relaxed) == 1 {
                return Err(too_many());
            }
        }
        Ok(())
    }

    /// What the shop made in the period.
    fn records(&self) -> impl Stream<Item = Result<Page, Error>> {
        stream::try_unfold(Some(None), move |next| async move {
            let Some(cursor) = next else { return Ok(None) };
            let request = PeriodRequest {
                period: self.period,
                cursor,
                limit: PAGE,
            };
            let page = self.patiently(|| self.source.made_in(request.clone())).await?;
            let next = (!page.done).then_some(Some(page.cursor));
            Ok(Some((Page::Records(page.records), next)))
        })
    }

    /// What stands in the books on these days.
    fn documents(&self, period: Period) -> impl Stream<Item = Result<Page, Error>> {
        stream::try_unfold(Some(None), move |next: Option<Option<String>>| async move {
            let Some(next) = next else { return Ok(None) };
            let page = self
                .patiently(|| self.ledger.documents(period, next.as_deref()))
                .await?;
            Ok(Some((Page::Documents(page.documents), page.next.map(Some))))
        })
    }

    /// Tries a read again while trouble may pass.
    async fn patiently<T, F: Future<Output = Result<T, Error>>>(
        &self,
        read: impl FnMut() -> F,
    ) -> Result<T, Error> {
        let reading = Reading {
            tries: TRIES,
            backoff: BACKOFF,
            progress: &self.progress,
        };
        reading.patiently(|| LONGEST_WAIT, read).await
    }
}

fn too_many() -> Error {
    Error::new(
        Reason::data("too_many_documents")
            .with("limit", MOST)
            .fix("choose_shorter_period"),
    )
}

/// A comparison that fails says so, and leaves the stream as it is: orders may well go through.
pub(crate) fn failed(error: Error) -> SliceEnd {
    tracing::info!(%error, "a comparison cannot be made");
    SliceEnd::Failed {
        reason: error.reason,
        retry: error.retry_after,
        block: false,
    }
}
