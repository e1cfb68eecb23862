//! What a connector gives the suite: its fake, seeded for one stream, and how to get in.

use std::collections::BTreeSet;

use anyhow::Result;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{
    spec::{StreamKind, StreamSpec},
    write::Write,
};
use skarv_connector::{Access, Connector};
use skarv_http::hostile::Format;

/// Which half of a stream is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    Reads,
    Writes,
}

/// A system of its own for one stream: nobody else reads or writes it.
#[async_trait]
pub trait Bench: Send + Sync {
    /// The code that is tried.
    fn connector(&self) -> &dyn Connector;

    /// The stream's settings.
    fn stream(&self) -> StreamSpec;

    /// Where the system listens.
    fn upstream(&self) -> String;

    /// The way in, through this address instead.
    fn access(&self, address: &str) -> Access;

    /// The same with credentials that the system does not know.
    fn stranger(&self, address: &str) -> Access;

    /// What the system speaks.
    fn speaks(&self) -> Format;

    /// The time.
    fn now(&self) -> DateTime<Utc>;

    /// Where reading begins, if the stream needs to be told.
    fn start_at(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// Everything that the system itself says, past the connector.
    async fn books(&self) -> Result<String>;

    /// The keys of all records that there are to read: more than a page of seven.
    async fn holds(&self) -> Result<BTreeSet<String>> {
        Ok(BTreeSet::new())
    }

    /// A key of nothing.
    fn absent(&self) -> String {
        "999999".to_owned()
    }

    /// The writes of the n-th record, in order. The system has not seen their keys.
    fn record(&self, n: usize) -> Vec<Write> {
        let _ = n;
        Vec::new()
    }

    /// The same write with other contents, as it is told later.
    fn later(&self, write: &Write) -> Option<Write> {
        let _ = write;
        None
    }

    /// A write that the system or the connector refuses, of the kind that is put many at a time.
    fn refused(&self) -> Option<Write> {
        None
    }
}

/// A bench for one half of a stream, as often as one is asked for.
#[async_trait]
pub trait Workshop: Send + Sync {
    /// `None`: this half is tried elsewhere, and the reason stands where this is said.
    async fn bench(&self, stream: StreamKind, half: Half) -> Result<Option<Box<dyn Bench>>>;
}
