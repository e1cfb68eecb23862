//! `skarv`: the command line. Composes control plane, agent and simulators in one process, and talks to the public API.
//!
//! Everything it does with a tenant goes through gRPC, as a partner's script would: nothing here reaches into the store.

pub mod client;
mod command;
mod config;
pub mod demo;
mod failure;
pub mod fake;
mod names;
mod secret;
mod show;
mod up;

pub use command::{Cli, run};
pub use failure::{Exit, Report};
