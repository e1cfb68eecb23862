//! The control plane from outside: a real store on a file of its own, real gRPC and web on loopback.
//!
//! Agents are played by calls, so that a test decides what one says and when.

mod access;
mod agent;
mod dispatch;
mod idempotency;
mod leases;
mod secrets;
mod setup;
mod tenants;
mod web;
mod world;
