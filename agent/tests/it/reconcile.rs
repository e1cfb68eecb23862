//! A reconcile run: what it reads, what it tells, and that it can be stopped anywhere.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use skarv_canonical::{
    Cursor, Money, Reason, descriptor::Descriptor, ledger::BookedDocument, record::Pulled, spec::StreamSpec,
};
use skarv_connector::{
    Access, BoxedLedger, BoxedSink, BoxedSource, CheckReport, Connector, Error, Ledger, LedgerPage, Page,
    Period, PeriodRequest, PullRequest, Source, noop::Noop,
};
use skarv_proto::{agent::v1 as pb, v1};
use tokio::sync::Notify;

use crate::{
    connectors::told,
    script::{Script, lease},
};

const RECORDS: usize = 120;

/// A shop whose records it cannot make sense of, each of 100 kronor, and books where all but some of them stand.
#[derive(Clone, Default)]
struct Books {
    missing: Vec<usize>,
    /// Reads that fail before one succeeds.
    stumbles: Arc<AtomicUsize>,
    refuses: bool,
    /// Pages never come to an end.
    endless: bool,
    /// Pages never come.
    hangs: Option<Arc<Notify>>,
}

impl Books {
    async fn trouble(&self) -> Result<(), Error> {
        if let Some(began) = &self.hangs {
            began.notify_one();
            std::future::pending::<()>().await;
        }
        if self.refuses {
            return Err(Error::configuration("permission_missing"));
        }
        let stumbles = |left: usize| left.checked_sub(1);
        match self
            .stumbles
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, stumbles)
        {
            Ok(_) => Err(Error::transient("unreachable").retry_after(std::time::Duration::from_millis(1))),
            Err(_) => Ok(()),
        }
    }
}

fn day() -> NaiveDate {
    "2026-11-12".parse().unwrap()
}

fn kronor() -> Money {
    Money::new(Decimal::ONE_HUNDRED, skarv_canonical::Currency::SEK)
}

fn record(number: usize) -> Pulled {
    Pulled {
        source_key: number.to_string(),
        reference: format!("NR{number:0>3}"),
        amount: Some(kronor()),
        content: Err(Reason::data("country_missing")),
    }
}

fn document(number: usize) -> BookedDocument {
    BookedDocument {
        reference: format!("abc123-{number}"),
        number: number.to_string(),
        order_number: format!("NR{number:0>3}"),
        date: day(),
        currency: kronor().currency,
        total: kronor().amount,
        taxes: Vec::new(),
        cancelled: false,
    }
}

#[async_trait]
impl Connector for Books {
    fn descriptor(&self) -> Descriptor {
        Descriptor {
            id: "books".to_owned(),
            ..Noop.descriptor()
        }
    }

    async fn source(&self, _: &Access, _: &StreamSpec) -> Result<BoxedSource, Error> {
        Ok(Box::new(self.clone()))
    }

    async fn sink(&self, _: &Access, _: &StreamSpec) -> Result<BoxedSink, Error> {
        panic!("a comparison opens nothing for writing")
    }

    async fn ledger(&self, _: &Access, _: &StreamSpec) -> Result<BoxedLedger, Error> {
        Ok(Box::new(self.clone()))
    }

    async fn check(&self, access: &Access) -> Result<CheckReport, Error> {
        Noop.check(access).await
    }
}

#[async_trait]
impl Source for Books {
    async fn pull(&self, _: PullRequest) -> Result<Page, Error> {
        Err(Error::transient("not_read"))
    }

    async fn fetch(&self, keys: &[String], _: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        Ok(keys.iter().map(|key| record(key.parse().unwrap())).collect())
    }

    async fn made_in(&self, request: PeriodRequest) -> Result<Page, Error> {
        self.trouble().await?;
        let from = request
            .cursor
            .map_or(0, |cursor| cursor.as_str().parse().unwrap());
        let to = RECORDS.min(from + request.limit);
        Ok(Page {
            records: (from..to).map(record).collect(),
            cursor: Cursor::new(to.to_string()),
            done: to == RECORDS,
        })
    }
}

#[async_trait]
impl Ledger for Books {
    async fn documents(&self, period: Period, next: Option<&str>) -> Result<LedgerPage, Error> {
        assert!(period.covers(day()));
        let from: usize = next.map_or(0, |next| next.parse().unwrap());
        let to = from + 1_000;
        if self.endless {
            return Ok(LedgerPage {
                documents: (from..to).map(document).collect(),
                next: Some(to.to_string()),
            });
        }
        let standing = (0..RECORDS).filter(|number| !self.missing.contains(number));
        Ok(LedgerPage {
            documents: standing.map(document).collect(),
            next: None,
        })
    }
}

fn november() -> pb::Lease {
    pb::Lease {
        period: Some(pb::Period {
            from: "2026-11-01".to_owned(),
            to: "2026-11-30".to_owned(),
        }),
        ..lease("r1", pb::RunKind::Reconcile, "books")
    }
}

fn found(end: &pb::FinishItem) -> v1::Reconciliation {
    let result = end.result.clone().and_then(|result| result.result);
    let Some(pb::run_result::Result::Reconciliation(found)) = result else {
        panic!("nothing was told: {end:?}")
    };
    found
}

#[tokio::test]
async fn a_comparison_reads_all_of_both_sides_and_tells_what_differs() {
    let script = Script::start().await;
    let books = Books {
        missing: vec![7, 77],
        ..Books::default()
    };
    let _agent = script.agent(books).await;
    script.lease(november());
    let end = script.finish_of("r1").await;
    assert_eq!(end.outcome(), pb::FinishOutcome::Succeeded);
    let found = found(&end);
    assert_eq!(
        (found.from.as_str(), found.to.as_str()),
        ("2026-11-01", "2026-11-30")
    );
    let told: Vec<_> = found
        .differences
        .iter()
        .map(|d| (d.code.as_str(), d.order_number.as_str()))
        .collect();
    assert_eq!(told, [("not_invoiced", "NR007"), ("not_invoiced", "NR077")]);
    let sums = found.currencies[0].clone();
    let side = |sums: Option<v1::ReconciledSums>| sums.map(|sums| (sums.count, sums.gross)).unwrap();
    assert_eq!(side(sums.source), (120, "12000.00".to_owned()));
    assert_eq!(side(sums.target), (118, "11800.00".to_owned()));
    assert_eq!(end.totals.unwrap().read, 238);
    assert!(script.state().checkpoints.is_empty(), "it settles nothing");
}

#[tokio::test]
async fn a_read_that_stumbles_is_tried_again() {
    let script = Script::start().await;
    let books = Books {
        stumbles: Arc::new(AtomicUsize::new(5)),
        ..Books::default()
    };
    let _agent = script.agent(books).await;
    script.lease(november());
    let end = script.finish_of("r1").await;
    assert!(found(&end).differences.is_empty());
    assert_eq!(end.totals.unwrap().retries, 5);
}

#[tokio::test]
async fn a_side_that_cannot_be_read_fails_the_comparison_and_leaves_the_stream_alone() {
    let script = Script::start().await;
    let books = Books {
        refuses: true,
        ..Books::default()
    };
    let _agent = script.agent(books).await;
    script.lease(november());
    let end = script.finish_of("r1").await;
    assert_eq!((end.outcome(), end.block), (pb::FinishOutcome::Failed, false));
    assert_eq!(end.error.unwrap().code, "permission_missing");
}

#[tokio::test]
async fn books_that_never_end_are_given_up() {
    let script = Script::start().await;
    let books = Books {
        endless: true,
        ..Books::default()
    };
    let _agent = script.agent(books).await;
    script.lease(november());
    let end = script.finish_of("r1").await;
    let error = end.error.clone().unwrap();
    assert_eq!(
        (end.outcome(), error.code.as_str()),
        (pb::FinishOutcome::Failed, "too_many_documents")
    );
    assert_eq!(error.params["limit"], "200000");
}

#[tokio::test]
async fn an_agent_that_drains_hands_a_comparison_back_at_once() {
    let script = Script::start().await;
    let began = Arc::new(Notify::new());
    let books = Books {
        hangs: Some(Arc::clone(&began)),
        ..Books::default()
    };
    let agent = script.agent(books).await;
    script.lease(november());
    told(&began).await;
    agent.drain().await;
    assert_eq!(
        script.state().finished[0].outcome(),
        pb::FinishOutcome::HandedBack
    );
}

#[tokio::test]
async fn a_comparison_that_a_person_cancels_ends_so() {
    let script = Script::start().await;
    script.state().lease_ms = 400;
    let began = Arc::new(Notify::new());
    let books = Books {
        hangs: Some(Arc::clone(&began)),
        ..Books::default()
    };
    let _agent = script.agent(books).await;
    script.lease(november());
    told(&began).await;
    script
        .state()
        .statuses
        .insert("r1".to_owned(), pb::RunStatus::Cancel);
    assert_eq!(
        script.finish_of("r1").await.outcome(),
        pb::FinishOutcome::Cancelled
    );
}

#[tokio::test]
async fn a_comparison_without_its_days_is_not_guessed() {
    let script = Script::start().await;
    let _agent = script.agent(Books::default()).await;
    script.lease(pb::Lease {
        period: None,
        ..november()
    });
    assert_eq!(
        script.finish_of("r1").await.error.unwrap().code,
        "lease_incomplete"
    );
    let mut backwards = pb::Lease {
        run_id: "r2".to_owned(),
        ..november()
    };
    backwards.period.as_mut().unwrap().to = "2026-10-31".to_owned();
    script.lease(backwards);
    assert_eq!(
        script.finish_of("r2").await.error.unwrap().code,
        "lease_not_understood"
    );
}
