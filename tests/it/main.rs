//! The whole system in one process: real gRPC over loopback, a real database, the simulators of the foreign systems.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on ends there")]

mod acceptance;
mod addresses;
mod api_guide;
mod delivery;
mod demo;
mod dry_run;
mod goods;
mod hostile;
mod preflight;
mod proto;
mod reconciliation;
mod register;
mod requests;
mod revisions;
mod secrets;
mod status;
mod tidy;
