//! An agent against a control plane that follows a script: what it says on the wire, and what it does not say.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod binary;
mod connectors;
mod health;
mod lease;
mod leaving;
mod looking;
mod reconcile;
mod script;
mod trouble;
