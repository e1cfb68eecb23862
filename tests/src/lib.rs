//! The whole system in one process, for stories about it: simulators, a control plane on a real database file, and agents
//! that can be frozen and killed as processes can.

mod agents;
mod platform;

pub use agents::{AgentThread, Moment, Moments};
pub use platform::{Platform, Times};
