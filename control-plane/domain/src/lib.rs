//! What the control plane decides: who may see what, which run may do what, and what a write is to be.
//!
//! Everything here is pure: no I/O, no async, and `now` is an argument. The store carries the decisions out, inside its
//! transactions; the wire forms are elsewhere and are not known here. Agents never see this crate.

#![warn(missing_docs)]
#![warn(clippy::wildcard_enum_match_arm)]

pub mod agent_pool;
pub mod api_key;
pub mod auth;
pub mod clock;
pub mod connection;
pub mod dry_run;
pub mod error;
pub mod flow;
pub mod gate;
pub mod id;
pub mod lane;
pub mod lease;
pub mod paging;
pub mod partner;
pub mod period;
pub mod record;
pub mod retry;
pub mod run;
pub mod schedule;
pub mod stream;
pub mod tenant;
pub mod write;

pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{Error, Result};
pub use id::Slug;
