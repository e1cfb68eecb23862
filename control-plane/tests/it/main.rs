//! The control plane from outside: a real store on a file of its own, real gRPC and web on loopback.
//!
//! Agents are played by calls, so that a test decides what one says and when.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod access;
mod agent;
mod api_keys;
mod binary;
mod checks;
mod decisions;
mod discovery;
mod dispatch;
mod dry_runs;
mod flows;
mod forgeries;
mod goods;
mod health;
mod idempotency;
mod initial_sync;
mod leases;
mod master_key;
mod partners;
mod preflight;
mod records;
mod register;
mod revisions;
mod secrets;
mod setup;
mod signing_keys;
mod statuses;
mod tenants;
mod tls;
mod web;
mod world;
