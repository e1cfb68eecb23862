//! A pre-flight run: what is missing before a flow is switched on, on both sides at once.
//!
//! Each side is tested as its connection would be, then asked about all streams of the flow. It only reads. A side that
//! cannot be reached is a finding like any other, so that the other side is told of all the same.

use std::{sync::Arc, time::Duration};

use skarv_canonical::{Class, Reason, descriptor, spec::StreamSpec};
use skarv_connector::{Access, Connector, Finding, Flight};
use skarv_http::WallClock;
use tokio::sync::watch;

use crate::{
    flow::{Signal, SliceEnd},
    lease::{Ending, Found},
};

/// How long either side may take: a person waits for it.
const LIMIT: Duration = Duration::from_secs(60);

/// Which of the two connections a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Source,
    Target,
}

/// One of the two systems, and the way to it.
pub(crate) struct Side {
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) access: Access,
}

/// Everything a pre-flight check needs.
pub(crate) struct Preflight {
    pub(crate) streams: Vec<StreamSpec>,
    pub(crate) shop_is_master: bool,
    /// The system that orders are read from.
    pub(crate) source: Side,
    /// The system that invoices are written to.
    pub(crate) target: Side,
    /// What the lease keeper says.
    pub(crate) signal: watch::Receiver<Signal>,
    pub(crate) wall: Arc<dyn WallClock>,
}

impl Preflight {
    /// Asks both sides, unless someone says stop.
    pub(crate) async fn run(&self) -> Ending {
        let mut signal = self.signal.clone();
        tokio::select! {
            biased;
            _ = signal.wait_for(|told| *told == Signal::Cancel) => SliceEnd::Cancelled.into(),
            found = self.found() => Ending::found(Found::Preflight(found)),
        }
    }

    /// What both sides lack, the blocking first.
    async fn found(&self) -> Vec<(Place, Finding)> {
        let (source, target) = tokio::join!(self.in_time(&self.source), self.in_time(&self.target));
        let at = |place| move |finding| (place, finding);
        let source = source.into_iter().map(at(Place::Source));
        let mut found: Vec<_> = source.chain(target.into_iter().map(at(Place::Target))).collect();
        found.sort_by_key(|(_, finding)| finding.severity);
        found
    }

    /// What one side lacks, each reason once and as bad as it is.
    async fn in_time(&self, side: &Side) -> Vec<Finding> {
        let late = || vec![unreachable(Reason::new(Class::Transient, "check_timed_out"))];
        let mut found = tokio::time::timeout(LIMIT, self.lacks(side))
            .await
            .unwrap_or_else(|_| late());
        found.sort_by_key(|finding| finding.severity);
        let mut told: Vec<Finding> = Vec::new();
        for finding in found {
            match told.iter_mut().find(|before| before.reason == finding.reason) {
                // a test knows no streams; whoever looks for a flow says which one it is about
                Some(before) => before.stream = before.stream.or(finding.stream),
                None => told.push(finding),
            }
        }
        told
    }

    async fn lacks(&self, side: &Side) -> Vec<Finding> {
        let mut found: Vec<Finding> = untested(side).into_iter().collect();
        match side.connector.check(&side.access).await {
            Ok(report) => {
                let problems = report.items.into_iter().filter_map(|item| item.problem);
                found.extend(problems.map(unreachable));
            }
            // nothing more would answer
            Err(error) => {
                found.push(unreachable(error.reason));
                return found;
            }
        }
        let flight = Flight {
            streams: &self.streams,
            shop_is_master: self.shop_is_master,
            now: self.wall.now(),
        };
        match side.connector.preflight(&side.access, flight).await {
            Ok(findings) => found.extend(findings),
            Err(error) => found.push(unreachable(error.reason)),
        }
        found
    }
}

/// A shop without its reference: nothing of it could be told from another shop's.
fn untested(side: &Side) -> Option<Finding> {
    let is_shop = side.connector.descriptor().side == descriptor::Side::Shop;
    (is_shop && side.access.shop_ref.is_empty())
        .then(|| unreachable(Reason::configuration("shop_not_tested").fix("test_connection")))
}

fn unreachable(reason: Reason) -> Finding {
    Finding::blocking(None, reason)
}
