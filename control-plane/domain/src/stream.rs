//! A stream: one entity in one direction inside a flow. It owns a cursor, and counts the requests for it to run.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use skarv_canonical::{
    Cursor, Fingerprint, Reason,
    descriptor::Side,
    spec::{StreamKind, Template},
};

use crate::{
    error::{Error, Result},
    id::{ConnectionId, FlowId, RunId, StreamId, TenantId},
};

/// How a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamState {
    /// Off: with its flow, by itself, or because the flow has no settings for it. It continues where it was.
    Off,
    /// Scheduled.
    On,
    /// Held by a person or by the package; continues where it was.
    Paused,
    /// Stopped until a person has acted.
    Blocked,
}

impl StreamState {
    const ALL: [Self; 4] = [Self::Off, Self::On, Self::Paused, Self::Blocked];

    /// The stable name, as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Paused => "paused",
            Self::Blocked => "blocked",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// A stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Its id.
    pub id: StreamId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its flow.
    pub flow: FlowId,
    /// Which entity in which direction.
    pub kind: StreamKind,
    /// The connection it reads.
    pub source: ConnectionId,
    /// The connection it writes.
    pub target: ConnectionId,
    /// Hash of what an agent needs to know to serve it.
    pub spec: Fingerprint,
    /// How it is.
    pub state: StreamState,
    /// Why it is blocked.
    pub block_reason: Option<Reason>,
    /// Whether it is on when its flow is. A person may switch it off by itself.
    pub enabled: bool,
    /// Whether every create is looked up first.
    pub verify: bool,
    /// How far its changes are read.
    pub cursor: Option<Cursor>,
    /// How far its backfill is.
    pub backfill_cursor: Option<Cursor>,
    /// Time between scheduled runs.
    pub interval: Duration,
    /// How often it was asked to run.
    pub wanted_seq: u64,
    /// When it is scheduled next. `None` while it is not on.
    pub next_due_at: Option<DateTime<Utc>>,
    /// When everything there was had last been settled.
    pub last_ok_at: Option<DateTime<Utc>>,
    /// Runs that found nothing, which leave no other trace.
    pub empty_runs: u64,
    /// The run that is queued or under way.
    pub active_run: Option<RunId>,
}

/// Which side a stream reads and which it writes, in that order. `None` when the template has no such stream.
pub fn direction(template: Template, kind: StreamKind) -> Option<(Side, Side)> {
    let to_erp = Some((Side::Shop, Side::Erp));
    let to_shop = Some((Side::Erp, Side::Shop));
    match (kind, template) {
        (StreamKind::Orders, _) | (StreamKind::Products, Template::ShopMaster | Template::Combined) => to_erp,
        (_, Template::ShopMaster) => None,
        (StreamKind::OrderStatus | StreamKind::Prices | StreamKind::PriceLists | StreamKind::Stock, _)
        | (StreamKind::Products, Template::ErpMaster) => to_shop,
    }
}

/// Whether everything can be carried at once, at the beginning. Orders begin at their flow's start date instead.
pub fn has_initial_sync(kind: StreamKind) -> bool {
    match kind {
        StreamKind::Products | StreamKind::Prices | StreamKind::Stock => true,
        StreamKind::Orders | StreamKind::OrderStatus | StreamKind::PriceLists => false,
    }
}

/// The shortest and the longest time between scheduled runs.
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The time between scheduled runs of a stream for which nobody has said one.
pub fn usual_interval(kind: StreamKind) -> Duration {
    let minutes = match kind {
        StreamKind::Orders | StreamKind::OrderStatus | StreamKind::Stock => 5,
        StreamKind::Products | StreamKind::Prices | StreamKind::PriceLists => 15,
    };
    Duration::from_secs(minutes * 60)
}

/// The time between scheduled runs that a person asks for.
pub fn asked_interval(interval: Duration) -> Result<Duration> {
    if (SHORTEST..=LONGEST).contains(&interval) {
        Ok(interval)
    } else {
        Err(Error::invalid("stream.interval", "must be 1 minute to 24 hours"))
    }
}

/// What a person changes about a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamChange {
    /// Time between scheduled runs.
    pub interval: Option<Duration>,
    /// Whether it is on when its flow is.
    pub enabled: Option<bool>,
}

/// The kind of stream of this name.
pub fn parse_kind(name: &str) -> Option<StreamKind> {
    const ALL: [StreamKind; 6] = [
        StreamKind::Orders,
        StreamKind::OrderStatus,
        StreamKind::Products,
        StreamKind::Prices,
        StreamKind::PriceLists,
        StreamKind::Stock,
    ];
    ALL.into_iter().find(|kind| kind.as_str() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_go_to_the_accounting_system_in_every_template() {
        for template in [Template::ShopMaster, Template::ErpMaster, Template::Combined] {
            assert_eq!(
                direction(template, StreamKind::Orders),
                Some((Side::Shop, Side::Erp))
            );
        }
    }

    #[test]
    fn products_follow_their_owner() {
        assert_eq!(
            direction(Template::ShopMaster, StreamKind::Products),
            Some((Side::Shop, Side::Erp))
        );
        assert_eq!(
            direction(Template::ErpMaster, StreamKind::Products),
            Some((Side::Erp, Side::Shop))
        );
        assert_eq!(direction(Template::ShopMaster, StreamKind::Stock), None);
    }

    #[test]
    fn a_stream_runs_at_most_every_minute_and_at_least_every_day() {
        for (seconds, fits) in [(59, false), (60, true), (86_400, true), (86_401, false)] {
            assert_eq!(
                asked_interval(Duration::from_secs(seconds)).is_ok(),
                fits,
                "{seconds}"
            );
        }
        for kind in [
            StreamKind::Orders,
            StreamKind::Products,
            StreamKind::Prices,
            StreamKind::Stock,
        ] {
            assert!(asked_interval(usual_interval(kind)).is_ok());
        }
    }
}
