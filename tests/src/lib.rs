//! The whole system in one process, for stories about it: simulators, a control plane on a real database file, and agents
//! that can be frozen and killed as processes can.

mod agents;
pub mod bench;
mod canary;
mod comparing;
mod foreign;
pub mod goods;
mod log;
mod looking;
mod lookout;
mod platform;
mod reckoning;
pub mod register;
pub mod statuses;
mod tenant;

pub use agents::{AgentThread, Frozen, Moment, Moments};
pub use canary::Canaries;
pub use foreign::Foreign;
pub use log::Log;
pub use looking::Tapes;
pub use lookout::{Lookout, Redirector};
pub use platform::{Ground, Opening, Platform, Times};
pub use tenant::{Tenant, Wanted, problems};
