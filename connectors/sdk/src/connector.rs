//! The one thing the agent's registry holds per foreign system.

use async_trait::async_trait;
use skarv_canonical::{descriptor::Descriptor, spec::StreamSpec};

use crate::{Access, CheckReport, Discovery, Error, Finding, Flight, Ledger, Sink, Source};

/// A source, whatever system it reads.
pub type BoxedSource = Box<dyn Source>;
/// A sink, whatever system it writes.
pub type BoxedSink = Box<dyn Sink>;
/// A ledger, whatever system it reads.
pub type BoxedLedger = Box<dyn Ledger>;

/// The code for one foreign system.
#[async_trait]
pub trait Connector: Send + Sync {
    /// What it is and can do.
    fn descriptor(&self) -> Descriptor;

    /// Opens one connection for reading what a stream needs.
    async fn source(&self, access: &Access, stream: &StreamSpec) -> Result<BoxedSource, Error>;

    /// Opens one connection for writing what a stream needs.
    async fn sink(&self, access: &Access, stream: &StreamSpec) -> Result<BoxedSink, Error>;

    /// Opens one connection for reading the documents that a stream's target holds.
    async fn ledger(&self, access: &Access, stream: &StreamSpec) -> Result<BoxedLedger, Error> {
        let _ = (access, stream);
        Err(Error::configuration("not_supported"))
    }

    /// Tries a connection: signs in, reads one of each, and learns which shop it is. A refusal is an item, not an error;
    /// only trouble that keeps the test itself from running is.
    async fn check(&self, access: &Access) -> Result<CheckReport, Error>;

    /// Reads what the system has to choose from in settings. What this connection may not read is left out.
    async fn discover(&self, access: &Access) -> Result<Discovery, Error> {
        let _ = access;
        Err(Error::configuration("not_supported"))
    }

    /// Says what is missing on this side before a flow is switched on: all of it, not the first. Changes nothing. A refusal
    /// is a finding, not an error; only trouble that keeps it from looking is.
    async fn preflight(&self, access: &Access, flight: Flight<'_>) -> Result<Vec<Finding>, Error> {
        let _ = (access, flight);
        Ok(Vec::new())
    }
}
