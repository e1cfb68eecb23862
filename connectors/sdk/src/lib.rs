//! What a connector is: a descriptor, and a source and a sink for one tenant's connection.
//!
//! A connector knows one foreign system and nothing of Skarv's dispatch: it gets an `Access`, reads pages, finds and puts
//! documents, and says in its errors what happened. When and how often, and what to do about an error, is the agent's business.

#![warn(missing_docs)]

mod access;
mod check;
mod connector;
mod discovery;
mod error;
mod ledger;
pub mod noop;
mod preflight;
mod preview;
mod sink;
mod source;

pub use access::Access;
pub use check::{CheckItem, CheckReport, ShopIdentity};
pub use connector::{BoxedLedger, BoxedSink, BoxedSource, Connector};
pub use discovery::{DiscoveredList, DiscoveredValue, Discovery, list};
pub use error::{Delivery, Error};
pub use ledger::{Ledger, LedgerPage, Period};
pub use preflight::{Finding, Flight, Severity};
pub use preview::{Foreseen, Preview};
pub use sink::{Found, Put, Receipt, RecentOrder, Sink};
pub use source::{Extent, Page, PeriodRequest, PullRequest, Source};
