//! The data path: engine → pull → transform → put → checkpoint → report. Knows connectors and the canonical vocabulary, not the wire.
//!
//! A record's way is the order of the modules below.

pub mod control;
pub mod engine;
mod pull;
mod transform;
mod put;
mod attempt;
mod checkpoint;
pub mod observer;
pub mod report;
pub mod signal;

pub use engine::{Run, Work, run_slice};
pub use observer::{Observer, Unobserved};
pub use report::{Progress, SliceEnd, Totals};
pub use signal::Signal;

#[cfg(test)]
mod tests;
