//! The engine against a source, a target and a control plane in memory, on paused time.

mod stories;
mod world;
