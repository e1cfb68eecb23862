//! The control plane: stores tenants, connections and flows, and hands out work over gRPC to pools of agents.
//!
//! `start` puts it together. It links no connector and reaches no foreign system: it reads the catalog and sends agents.

mod accept;
mod app;
mod auth;
mod background;
pub mod check;
pub mod config;
mod console;
mod grpc;
mod health;
mod messages;
mod rekey;
mod serve;

pub use config::Config;
pub use rekey::rotate_master_key;
pub use serve::{ControlPlane, start};
