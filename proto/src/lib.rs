//! What crosses the wire: `skarv.v1` for people and partners, `skarv.agent.v1` for agents. Decides nothing.
//!
//! The `.proto` files are the contract and carry its documentation; this crate is generated from them, with the
//! conversions to the canonical vocabulary in `convert` and redacted `Debug` for messages that bear secrets.

pub mod convert;
mod redact;

/// Generated from `skarv/v1`.
#[allow(
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    unreachable_pub,
    unused_qualifications,
    rustdoc::all,
    reason = "generated code"
)]
pub mod v1 {
    tonic::include_proto!("skarv.v1");
}

/// Generated from `skarv/agent/v1`.
pub mod agent {
    /// Generated from `skarv/agent/v1`.
    #[allow(
        clippy::all,
        clippy::pedantic,
        clippy::allow_attributes_without_reason,
        unreachable_pub,
        unused_qualifications,
        rustdoc::all,
        reason = "generated code"
    )]
    pub mod v1 {
        tonic::include_proto!("skarv.agent.v1");
    }
}

/// The encoded descriptor set of all services, with comments.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/skarv.bin"));
