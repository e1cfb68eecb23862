//! A Skarv agent: stateless, takes any run whose connectors it has, holds nothing that cannot be lost.
//!
//! `worker` takes a slot and asks for work, `carry` carries one lease through `flow` (or compares, in `reconcile`, or looks
//! what is missing, in `preflight`), `keeper` keeps the leases alive, and `control_plane` is the only place that knows the wire.

mod agent;
mod carry;
pub mod check;
pub mod config;
mod control_plane;
pub mod flow;
mod health;
mod holding;
mod keeper;
mod lease;
mod preflight;
mod reading;
mod reconcile;
mod registry;
mod slots;
mod worker;

pub use agent::{Agent, start};
pub use config::AgentConfig;
pub use registry::Registry;
