//! The whole system in one process: real gRPC over loopback, a real database, the simulators of the foreign systems.

mod delivery;
mod demo;
mod proto;
mod requests;
mod tidy;
