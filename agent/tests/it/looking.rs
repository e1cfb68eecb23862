//! Runs that only look: what there is to choose from, what is missing before a flow is switched on, what a run would do.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{
    Cursor, Reason,
    descriptor::{Descriptor, Side},
    record::Pulled,
    spec::{StreamKind, StreamSpec},
    write::Write,
};
use skarv_connector::{
    Access, BoxedSink, BoxedSource, CheckItem, CheckReport, Connector, DiscoveredList, DiscoveredValue,
    Discovery, Error, Finding, Flight, Found, Page, PullRequest, Put, Receipt, Sink, Source, list,
    noop::Noop,
};
use skarv_proto::{agent::v1 as pb, v1};

use crate::script::{Script, lease};

/// A system that is a shop on one side and books on the other, as its connection says.
#[derive(Clone, Default)]
struct Looks {
    /// What a test of either side finds.
    problem: Option<Reason>,
    /// Books that do not answer.
    silent: bool,
    records: usize,
}

fn is_shop(access: &Access) -> bool {
    access.connection.starts_with("source")
}

#[async_trait]
impl Connector for Looks {
    fn descriptor(&self) -> Descriptor {
        Descriptor {
            id: "looks".to_owned(),
            side: Side::Shop,
            ..Noop.descriptor()
        }
    }

    async fn source(&self, _: &Access, _: &StreamSpec) -> Result<BoxedSource, Error> {
        Ok(Box::new(self.clone()))
    }

    async fn sink(&self, _: &Access, _: &StreamSpec) -> Result<BoxedSink, Error> {
        Ok(Box::new(self.clone()))
    }

    async fn check(&self, access: &Access) -> Result<CheckReport, Error> {
        if self.silent && !is_shop(access) {
            return Err(Error::transient("unreachable"));
        }
        let item = CheckItem {
            code: "read_orders".to_owned(),
            problem: self.problem.clone(),
        };
        Ok(CheckReport {
            items: vec![item],
            ..CheckReport::default()
        })
    }

    async fn discover(&self, _: &Access) -> Result<Discovery, Error> {
        let value = DiscoveredValue {
            id: "5".to_owned(),
            title: "Levererad".to_owned(),
            facts: [("mail".to_owned(), "true".to_owned())].into(),
        };
        Ok(Discovery {
            lists: vec![DiscoveredList {
                name: list::ORDER_STATES.to_owned(),
                values: vec![value],
            }],
        })
    }

    async fn preflight(&self, access: &Access, flight: Flight<'_>) -> Result<Vec<Finding>, Error> {
        assert!(flight.shop_is_master && flight.streams[0].orders().is_some());
        let orders = Some(StreamKind::Orders);
        if !is_shop(access) {
            return Ok(vec![Finding::blocking(
                orders,
                Reason::configuration("account_missing"),
            )]);
        }
        Ok(vec![
            Finding::warning(orders, Reason::data("state_without_mail")),
            Finding::blocking(orders, Reason::configuration("permission_missing")),
        ])
    }
}

#[async_trait]
impl Source for Looks {
    /// Records that it cannot make sense of.
    async fn pull(&self, request: PullRequest) -> Result<Page, Error> {
        let from: usize = request
            .cursor
            .map_or(0, |cursor| cursor.as_str().parse().unwrap());
        let to = self.records.min(from + request.limit);
        let record = |number: usize| Pulled {
            source_key: number.to_string(),
            reference: format!("NR{number}"),
            amount: None,
            content: Err(Reason::data("country_missing")),
        };
        Ok(Page {
            records: (from..to).map(record).collect(),
            cursor: Cursor::new(to.to_string()),
            done: to == self.records,
        })
    }

    async fn fetch(&self, _: &[String], _: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Sink for Looks {
    async fn find(&self, _: &Write) -> Result<Option<Found>, Error> {
        Ok(None)
    }

    async fn put(&self, _: Put<'_>) -> Result<Receipt, Error> {
        panic!("whoever only looks sends nothing")
    }
}

fn found(end: &pb::FinishItem) -> pb::run_result::Result {
    let result = end.result.clone().and_then(|result| result.result);
    result.unwrap_or_else(|| panic!("nothing was told: {end:?}"))
}

#[tokio::test]
async fn what_there_is_to_choose_from_is_told() {
    let script = Script::start().await;
    let _agent = script.agent(Looks::default()).await;
    script.lease(pb::Lease {
        target: None,
        spec_hash: Vec::new(),
        ..lease("r1", pb::RunKind::Discover, "looks")
    });
    let pb::run_result::Result::Discovery(discovery) = found(&script.finish_of("r1").await) else {
        panic!("no discovery")
    };
    let [states] = &discovery.lists[..] else {
        panic!("{discovery:?}")
    };
    assert_eq!(
        (
            states.name.as_str(),
            states.values[0].id.as_str(),
            states.values[0].facts["mail"].as_str()
        ),
        ("order_states", "5", "true")
    );
}

#[tokio::test]
async fn a_system_that_has_nothing_to_choose_from_says_so() {
    let script = Script::start().await;
    let _agent = script.agent(Noop).await;
    script.lease(lease("r1", pb::RunKind::Discover, "noop"));
    let end = script.finish_of("r1").await;
    assert_eq!(
        (end.outcome(), end.error.unwrap().code.as_str()),
        (pb::FinishOutcome::Failed, "not_supported")
    );
}

fn preflight() -> pb::Lease {
    let lease = lease("r1", pb::RunKind::Preflight, "looks");
    pb::Lease {
        flow_spec_hashes: vec![lease.spec_hash.clone()],
        shop_is_master: true,
        ..lease
    }
}

/// Codes, where they were found, and whether they block.
async fn lacking(looks: Looks, lease: pb::Lease) -> Vec<(String, String, bool)> {
    let script = Script::start().await;
    let _agent = script.agent(looks).await;
    script.lease(lease);
    let end = script.finish_of("r1").await;
    assert_eq!(end.outcome(), pb::FinishOutcome::Succeeded);
    let pb::run_result::Result::Preflight(preflight) = found(&end) else {
        panic!("no pre-flight check")
    };
    let told = |finding: v1::PreflightFinding| {
        let blocks = finding.severity() == v1::FindingSeverity::Blocking;
        (finding.reason.unwrap().code, finding.connection, blocks)
    };
    preflight.findings.into_iter().map(told).collect()
}

fn told(code: &str, place: &str, blocks: bool) -> (String, String, bool) {
    (code.to_owned(), place.to_owned(), blocks)
}

#[tokio::test]
async fn what_either_side_lacks_is_told_once_and_the_blocking_first() {
    let looks = Looks {
        problem: Some(Reason::configuration("permission_missing")),
        ..Looks::default()
    };
    assert_eq!(
        lacking(looks, preflight()).await,
        [
            told("permission_missing", "source", true),
            told("permission_missing", "target", true),
            told("account_missing", "target", true),
            told("state_without_mail", "source", false),
        ]
    );
}

#[tokio::test]
async fn a_side_that_does_not_answer_is_a_finding_and_the_other_is_told_all_the_same() {
    let looks = Looks {
        silent: true,
        ..Looks::default()
    };
    assert_eq!(
        lacking(looks, preflight()).await,
        [
            told("permission_missing", "source", true),
            told("unreachable", "target", true),
            told("state_without_mail", "source", false),
        ]
    );
}

#[tokio::test]
async fn a_shop_without_its_reference_is_a_finding() {
    let mut lease = preflight();
    lease.source.as_mut().unwrap().shop_ref.clear();
    let found = lacking(Looks::default(), lease).await;
    assert_eq!(found[0], told("shop_not_tested", "source", true));
}

#[tokio::test]
async fn a_dry_run_tells_as_many_records_as_asked_for_and_settles_none() {
    let script = Script::start().await;
    let looks = Looks {
        records: 120,
        ..Looks::default()
    };
    let _agent = script.agent(looks).await;
    script.lease(pb::Lease {
        dry_run: Some(pb::DryRunAsk {
            everything: true,
            max_records: 60,
        }),
        cursor: Some("100".to_owned()),
        ..lease("r1", pb::RunKind::DryRun, "looks")
    });
    let end = script.finish_of("r1").await;
    assert_eq!(end.outcome(), pb::FinishOutcome::Succeeded);
    let pb::run_result::Result::DryRun(foreseen) = found(&end) else {
        panic!("nothing was foreseen")
    };
    assert_eq!((foreseen.records.len(), foreseen.has_more), (60, true));
    let first = &foreseen.records[0];
    assert_eq!(
        (
            first.reference.as_str(),
            first.action(),
            first.reason.as_ref().unwrap().code.as_str()
        ),
        ("NR0", v1::DryRunAction::Park, "country_missing")
    );
    assert_eq!(end.totals.unwrap().parked, 60);
    assert!(script.state().checkpoints.is_empty(), "something was settled");
}

#[tokio::test]
async fn a_dry_run_of_what_is_new_begins_at_the_cursor() {
    let script = Script::start().await;
    let looks = Looks {
        records: 120,
        ..Looks::default()
    };
    let _agent = script.agent(looks).await;
    script.lease(pb::Lease {
        dry_run: Some(pb::DryRunAsk::default()),
        cursor: Some("100".to_owned()),
        ..lease("r1", pb::RunKind::DryRun, "looks")
    });
    let pb::run_result::Result::DryRun(foreseen) = found(&script.finish_of("r1").await) else {
        panic!("nothing was foreseen")
    };
    assert_eq!((foreseen.records.len(), foreseen.has_more), (20, false));
}
