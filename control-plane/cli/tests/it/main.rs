//! The command line as people and scripts meet it: the built binary as a process, against a real control plane, a real agent
//! and both simulators on loopback.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on ends there")]

mod comparing;
mod first_day;
mod flows;
mod keys;
mod looking;
mod refusals;
mod tables;
mod tls;
mod token;
mod up;
mod world;
