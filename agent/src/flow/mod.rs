//! The data path: engine → pull → transform → put → checkpoint → report. Knows connectors and the canonical vocabulary, not the wire.
//!
//! A record's way is the order of the modules below.

mod attempt;
mod batch;
mod checkpoint;
pub mod control;
mod demand;
mod doubt;
mod dry_run;
mod end;
pub mod engine;
mod look;
pub mod observer;
mod pull;
mod put;
mod ready;
pub mod report;
mod shared;
pub mod signal;
mod streak;
mod transform;
mod tries;
mod turns;

pub use doubt::Doubts;
pub use dry_run::{Action, DryRecord, DryRun, DryWrite, MOST_RECORDS, foresee};
pub use engine::{Run, Work, run_slice};
pub use observer::{Observer, Unobserved};
pub use report::{Progress, SliceEnd, Totals};
pub use signal::Signal;

#[cfg(test)]
mod tests;
