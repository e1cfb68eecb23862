//! The whole system in one process: real gRPC over loopback, a real database, the simulators of the foreign systems.

mod proto;
mod tidy;
